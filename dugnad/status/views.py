"""Pages of numbers. Each reads its address, asks one question and shows the answer: as a page, JSON or CSV."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language

from dugnad.places import queries as places
from dugnad.shared.published import published
from dugnad.status import api
from dugnad.status.queries import snapshots, standing


def _address(kind: str, code: str, form: str = "html") -> str:
    return reverse("status:county" if kind == "county" else "status:place", args=[code, form])


@published
def place(request: HttpRequest, key: str, form: str, kind: str) -> HttpResponse:
    """How a municipality or a county stands on the 17 goals."""
    try:
        found = places.resolve(key, kind=kind)
    except places.PlaceNotFound as error:
        raise Http404(str(error)) from None
    if not found.is_current and len(found.became) == 1:
        return redirect(_address(kind, found.became[0].code, form), permanent=True)
    if not found.is_current:
        return render(
            request, "status/place_ended.html", {"found": found, "kind": kind}, status=404 if form != "html" else 200
        )
    now = snapshots.current()
    overview = standing.place_overview(now, found.place)
    if form != "html":
        rows = [
            api.observation(s.version, s.breakdown, found.place.name, point)
            for s in (*overview.standings, *overview.about)
            for point in s.points
        ]
        return api.answer(form, name=f"{found.place.slug}", about=api.place_about(found.place), rows=rows)
    return render(request, "status/place.html", {**_place_context(found.place), "overview": overview, "snapshot": now})


@published
def place_goal(request: HttpRequest, key: str, goal: int, form: str, kind: str) -> HttpResponse:
    """One of the 17 goals at one place: every indicator with its history."""
    try:
        found = places.resolve(key, kind=kind)
    except places.PlaceNotFound as error:
        raise Http404(str(error)) from None
    if not found.is_current or not 1 <= goal <= 17:
        raise Http404
    now = snapshots.current()
    goal_standing = standing.goal_at_place(now, found.place, goal)
    if form != "html":
        rows = [
            api.observation(s.version, s.breakdown, found.place.name, point)
            for s in goal_standing.standings
            for point in s.points
        ]
        about = {**api.place_about(found.place), "goal": goal}
        return api.answer(form, name=f"{found.place.slug}-{goal}", about=about, rows=rows)
    context = {**_place_context(found.place), "goal": goal_standing, "snapshot": now}
    return render(request, "status/place_goal.html", context)


def _place_context(place: Any) -> dict[str, Any]:
    lang = get_language() or "nb"
    return {
        "place": place,
        "place_name": place.name_in(lang),
        "place_url": _address(place.kind, place.code),
        "goal_route": "status:county_goal" if place.kind == "county" else "status:place_goal",
        "county": places.place(place.county_code) if place.county_code else None,
        "history": places.history(place.code),
    }
