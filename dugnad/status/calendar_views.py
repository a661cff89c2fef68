"""The release calendar: as a page, as data, and for a reader's own calendar."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dugnad.shared.asked import asked
from dugnad.status import api
from dugnad.status.queries import calendar as queries


@asked
def calendar(request: HttpRequest, form: str = "html") -> HttpResponse:
    """What is to come and when, and whether what was promised came then."""
    found = queries.calendar()
    if form == "ics":
        content = api.icalendar(found, host=settings.PUBLIC_URL)
        return HttpResponse(content, content_type="text/calendar; charset=utf-8")
    if form != "html":
        rows = map(api.calendar_row, found.entries)
        return api.answer_rows(form, name="kalender", columns=api.CALENDAR_COLUMNS, rows=rows)
    return render(request, "status/calendar.html", {"calendar": found})
