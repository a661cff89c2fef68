"""Pages of numbers. Each reads its address, asks one question and shows the answer: as a page, JSON or CSV."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language

from dugnad.places import queries as places
from dugnad.places.models import Place
from dugnad.shared.periods import Period
from dugnad.shared.published import published
from dugnad.standards import queries as standards
from dugnad.standards.models import IndicatorVersion
from dugnad.status import api
from dugnad.status.models import Release
from dugnad.status.queries import comparisons, indicators, snapshots, standing
from dugnad.status.queries import releases as release_queries


def _address(place: Place, form: str = "html") -> str:
    name = "status:county" if place.kind == "county" else "status:place"
    return reverse(name, kwargs={"key": place.code} if form == "html" else {"key": place.code, "form": form})


def _resolved(key: str, kind: str) -> places.Resolved:
    try:
        return places.resolve(key, kind=kind)
    except places.PlaceNotFound as error:
        raise Http404(str(error)) from None


@published
def place(request: HttpRequest, key: str, kind: str, form: str = "html") -> HttpResponse:
    """How a municipality or a county stands on the 17 goals."""
    found = _resolved(key, kind)
    if not found.is_current and len(found.became) == 1:
        return redirect(_address(found.became[0], form), permanent=True)
    now = snapshots.current()
    if not found.is_current:
        context = {**_place_context(found.place), "became": found.became, "snapshot": now}
        return render(request, "status/place_ended.html", context)
    overview = standing.place_overview(now, found.place)
    if form == "html":
        return render(
            request, "status/place.html", {**_place_context(found.place), "overview": overview, "snapshot": now}
        )
    rows = api.standing_rows((*overview.standings, *overview.about), found.place)
    return api.answer(form, name=found.place.slug, about=api.place_about(found.place), rows=rows)


@published
def place_goal(request: HttpRequest, key: str, goal: str, kind: str, form: str = "html") -> HttpResponse:
    """One of the 17 goals at one place: every indicator with its history."""
    found = _resolved(key, kind)
    if not found.is_current or int(goal) > 17:
        raise Http404
    now = snapshots.current()
    goal_standing = standing.goal_at_place(now, found.place, int(goal))
    if form == "html":
        context = {**_place_context(found.place), "goal": goal_standing, "snapshot": now}
        return render(request, "status/place_goal.html", context)
    rows = api.standing_rows(goal_standing.standings, found.place)
    about = {**api.place_about(found.place), "goal": int(goal)}
    return api.answer(form, name=f"{found.place.slug}-{goal}", about=about, rows=rows)


def _place_context(place: Place) -> dict[str, Any]:
    return {
        "place": place,
        "place_name": place.name_in(get_language() or "nb"),
        "place_url": _address(place),
        "goal_route": "status:county_goal" if place.kind == "county" else "status:place_goal",
        "county": places.place(place.county_code) if place.kind == "municipality" else None,
        "history": places.history(place.code, place.valid_from),
    }


def _version(version_id: str) -> IndicatorVersion:
    try:
        return standards.indicator_version(version_id)
    except standards.IndicatorNotFound as error:
        raise Http404(str(error)) from None


@published
def indicator(request: HttpRequest, version_id: str, form: str = "html") -> HttpResponse:
    """One indicator in every place: map, distribution and table, in the period `?periode=` or the latest good one."""
    version = _version(version_id)
    try:
        period = Period.parse(request.GET["periode"]) if "periode" in request.GET else None
    except ValueError as error:
        raise Http404(str(error)) from None
    now = snapshots.current()
    overview = indicators.indicator_overview(now, version, request.GET.get("del"), period)
    if form == "html":
        return render(request, "status/indicator.html", {"version": version, "overview": overview, "snapshot": now})
    rows = [
        api.observation(version, overview.breakdown, value.place.name, point)
        for value in overview.everyone
        for point in value.series
    ]
    return api.answer(form, name=version.id.replace(":", "-"), about={"indicator": version.id}, rows=rows)


@published
def method(request: HttpRequest, version_id: str, form: str = "html") -> HttpResponse:
    """The data and the method of an indicator: definition, formula, sources, releases, what is uncertain."""
    version = _version(version_id)
    now = snapshots.current()
    found = now.with_indicators({version.id}).releases
    if form == "html":
        return render(request, "status/method.html", {"version": version, "releases": found, "snapshot": now})
    return api.answer_rows(
        form, name=f"{version.id}-metode", columns=api.RELEASE_COLUMNS, rows=map(api.release_row, found)
    )


def compare(request: HttpRequest, form: str = "html") -> HttpResponse:
    """Two to six places beside each other: `?sted=4003&sted=4001`."""
    chosen, unknown = [], []
    for key in dict.fromkeys(request.GET.getlist("sted")):
        try:
            chosen.append(places.resolve(key).place)
        except places.PlaceNotFound as error:
            unknown.append(error)
    chosen = chosen[: comparisons.MOST]
    now = snapshots.current()
    goals = comparisons.compare(now, chosen)
    if form == "html":
        context = {"chosen": chosen, "unknown": unknown, "goals": goals, "snapshot": now, "most": comparisons.MOST}
        return render(request, "status/compare.html", context)
    rows = [
        row
        for goal in goals
        for line in goal.rows
        for place, standing_ in zip(chosen, line.standings, strict=True)
        if standing_
        for row in api.standing_rows([standing_], place)
    ]
    return api.answer(
        form, name="-".join(p.slug for p in chosen) or "empty", about={"places": [p.code for p in chosen]}, rows=rows
    )


@published
def releases(request: HttpRequest, form: str = "html") -> HttpResponse:
    """Everything that has been published, newest first."""
    found = release_queries.all_releases()
    if form == "html":
        return render(request, "status/releases.html", {"releases": found, "snapshot": snapshots.current()})
    return api.answer_rows(form, name="releases", columns=api.RELEASE_COLUMNS, rows=map(api.release_row, found))


@published
def release(request: HttpRequest, dataset: str, number: str, form: str = "html") -> HttpResponse:
    """One release: where it comes from, what it holds, what it changed, and all its observations as data."""
    try:
        found = release_queries.one_release(dataset, int(number))
    except Release.DoesNotExist:
        raise Http404 from None
    if form == "html":
        return render(request, "status/release.html", {"release": found, "snapshot": snapshots.current()})
    return api.release_file(form, found)
