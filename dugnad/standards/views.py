"""Pages of what is measured. Each reads its address, asks one question and shows the answer: page, JSON or CSV."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dugnad.shared.asked import NoSuchPage, NotShown
from dugnad.shared.published import published
from dugnad.standards import api, queries


@published
def goals(request: HttpRequest, form: str = "html") -> HttpResponse:
    """The 17 goals."""
    found = queries.goals()
    if form == "json":
        return api.as_json({"goals": [api.goal(goal) for goal in found]})
    if form == "csv":
        columns = ("number", "title_nb", "title_nn", "title_en", "colour")
        return api.as_csv("goals", columns, [api.goal_row(goal) for goal in found])
    return render(request, "standards/goals.html", {"goals": found})


@published
def goal(request: HttpRequest, number: str, form: str = "html") -> HttpResponse:
    """One goal: its targets, and the indicators of every set under each."""
    try:
        overview = queries.goal_overview(int(number))
    except queries.IndicatorNotFound as error:
        raise NoSuchPage(str(error)) from None
    if form == "json":
        return api.as_json(api.goal_page(overview))
    if form == "csv":
        rows = [api.indicator_row(version) for version in overview.versions]
        return api.as_csv(f"goal-{number}", api.INDICATOR_COLUMNS, rows)
    return render(request, "standards/goal.html", {"overview": overview})


@published
def sets(request: HttpRequest, form: str = "html") -> HttpResponse:
    """The indicator sets, each by its current edition."""
    found = queries.set_overviews()
    if form == "json":
        return api.as_json({"sets": [api.set_about(overview) for overview in found]})
    if form == "csv":
        return api.as_csv("indicator-sets", api.SET_COLUMNS, [api.set_row(overview) for overview in found])
    return render(request, "standards/sets.html", {"overviews": found})


@published(asks=("utgave",))
def indicator_set(request: HttpRequest, set_id: str, form: str = "html") -> HttpResponse:
    """One set by group, in its current edition or the one named by `?utgave=`."""
    try:
        overview = queries.set_overview(set_id, request.GET.get("utgave") or None)
    except queries.EditionNotFound as error:
        raise NotShown(str(error), 404, without="utgave") from None
    except queries.IndicatorNotFound as error:
        raise NoSuchPage(str(error)) from None
    if form == "json":
        return api.as_json(api.set_page(overview))
    if form == "csv":
        rows = [api.indicator_row(version) for version in overview.versions]
        return api.as_csv(overview.edition.id, api.INDICATOR_COLUMNS, rows)
    return render(request, "standards/set.html", {"overview": overview})
