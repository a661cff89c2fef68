"""The page behind every number: how it came about."""

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dugnad.places import queries as places
from dugnad.shared.asked import NotShown, with_query
from dugnad.shared.published import published
from dugnad.status import api, explaining
from dugnad.status.queries import explanations, snapshots
from dugnad.status.queries.explanations import NothingToExplain
from dugnad.status.wording import explain_address


@published(asks=("del",))
def explain(
    request: HttpRequest, version_id: str, key: str, period: str | None = None, form: str = "html"
) -> HttpResponse:
    """One number from its source file to the page, or why there is none; `?del=` chooses a part of the indicator."""
    try:
        found = explanations.explain(snapshots.asked_for(request), version_id, key, period, request.GET.get("del"))
    except NothingToExplain as error:
        return _nothing(request, error, form)
    # One address for each number, in whatever words it is asked for: there are endlessly many.
    code = key if places.is_code(key) else found.code
    meant = {"version_id": found.asked.id, "key": code} | ({"period": found.period.text} if period else {})
    if meant != {"version_id": version_id, "key": key} | ({"period": period} if period else {}):
        address = reverse("status:explain", kwargs=meant | ({} if form == "html" else {"form": form}))
        return redirect(with_query(request, address))
    if form == "csv":
        name = f"{found.version.id.replace(':', '-')}-{found.code}-{found.period.text.replace('/', '-')}"
        return api.answer_rows("csv", name=name, columns=explaining.COLUMNS, rows=explaining.rows(found))
    if form == "json":
        content = api.explanation(found) | {"text": explaining.rows(found)}
        return HttpResponse(orjson.dumps(content, option=orjson.OPT_INDENT_2), content_type="application/json")
    context = {
        "e": found,
        "name": explaining.name(found),
        "figure": explaining.figure(found),
        "sections": explaining.sections(found),
    }
    return render(request, "status/explanation.html", context)


def _nothing(request: HttpRequest, error: NothingToExplain, form: str) -> HttpResponse:
    """404 in one sentence, with what comes nearest."""
    said = explaining.missed(error)
    if form != "html":
        raise NotShown(f"{said} {explaining.remedy(error)}", 404)
    near = [(n.text, explain_address(n.indicator, n.place, n.period, n.breakdown)) for n in error.nearest if n.place]
    named = [n.text for n in error.nearest if not n.place]
    context = {"said": said, "near": near, "named": named, "remedy": explaining.remedy(error)}
    return render(request, "status/explanation_none.html", context, status=404)
