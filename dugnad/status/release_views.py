"""The pages of what has been published: the list, one release, and its files."""

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from dugnad.shared.asked import MOMENT, NotShown, asked
from dugnad.shared.published import published
from dugnad.status import api, refusals, store
from dugnad.status.models import Release
from dugnad.status.queries import releases as queries
from dugnad.status.queries import snapshots

PARQUET = "application/vnd.apache.parquet"


@published
def releases(request: HttpRequest, form: str = "html") -> HttpResponse:
    """Everything that has been published, newest first, and what is known to come."""
    now = snapshots.asked_for(request)
    found = queries.all_releases(now)
    if form == "html":
        context = {
            "releases": found,
            "current": {release.pk for release in now.releases},
            "snapshot": now,
        }
        return render(request, "status/releases.html", context)
    return api.answer_rows(form, name="releases", columns=api.RELEASE_COLUMNS, rows=map(api.release_row, found))


@published
def release(request: HttpRequest, dataset: str, number: str, form: str = "html") -> HttpResponse:
    """One release: where it comes from, what it holds, what it changed, and all its observations as data."""
    now = snapshots.asked_for(request)
    found = _release(now, dataset, number)
    if form != "html":
        if queries.is_hidden(found):
            raise NotShown(_gone(), 410)
        return api.release_file(form, found)
    context = {
        "overview": queries.release_overview(now, found),
        "release": found,
        "coming": now.next_release(found),
        "findings": [finding.translated(gettext) for finding in found.staged.all_findings],
        "size": store.path_of("releases", found.by_series).stat().st_size,
        "snapshot": now,
    }
    return render(request, "status/release.html", context)


@asked(asks=(MOMENT,), form="parquet")
def release_parquet(request: HttpRequest, dataset: str, number: str) -> FileResponse | HttpResponse:
    """The immutable file of a release itself: its SHA-256 is on the page of the release."""
    found = _release(snapshots.asked_for(request), dataset, number)
    if queries.is_hidden(found):
        raise NotShown(_gone(), 410)
    content = store.path_of("releases", found.by_series).open("rb")
    response = FileResponse(content, content_type=PARQUET, as_attachment=True, filename=f"{dataset}-{number}.parquet")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["ETag"] = f'"{found.by_series}"'
    return response


def _gone() -> str:
    return gettext("This release was withdrawn to protect persons, and its numbers are given out no more.")


def _release(published: snapshots.Published, dataset: str, number: str) -> Release:
    try:
        return queries.one_release(published, dataset, int(number))
    except (Release.DoesNotExist, OverflowError):
        raise refusals.no_release(dataset, number) from None
