"""Pages of places. Each reads its address, asks one question and shows the answer: as a page, JSON or CSV."""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from dugnad.places import queries as places
from dugnad.places.models import Place, PlaceKind
from dugnad.shared.asked import NoSuchPage, refuse_as_data, tell, with_query
from dugnad.shared.published import published
from dugnad.standards import queries as standards
from dugnad.status import api, refusals
from dugnad.status.queries import comparisons, orders, performance, snapshots, standing, structure, vintages
from dugnad.status.queries.borders import Borders, border_days, borders_asked_for, places_then, renumbered
from dugnad.status.queries.standing import Lacking, Standing


def _address(place: Place, form: str = "html") -> str:
    name = "status:county" if place.kind == PlaceKind.COUNTY else "status:place"
    return reverse(name, kwargs={"key": place.code} if form == "html" else {"key": place.code, "form": form})


@published(page_asks=("gruppe",))  # the page leads on to goals in that group
def place(request: HttpRequest, key: str, kind: str, form: str = "html") -> HttpResponse:
    """How a municipality or a county stands on the 17 goals."""
    try:
        found = places.resolve(key, kind=kind)
    except places.PlaceNotFound as error:
        return _unknown_place(request, error, form)
    if not found.is_current and len(found.became) == 1:
        return _to_code(request, _address(found.became[0], form), for_ever=True)
    if key != found.place.code and places.resolve(found.place.code, kind=kind).place == found.place:
        return _to_code(request, _address(found.place, form))
    now = snapshots.asked_for(request)
    overview = standing.place_overview(now, found.place)
    if form == "html":
        if wanted := request.GET.get("gruppe", "").strip():
            groups = comparisons.groups_for(found.place, now)
            meant, unknown = comparisons.group_meant(found.place, wanted, groups)
            tell(request, form, ("gruppe", refusals.group_said(wanted, meant, unknown, groups)))
        context = {
            **_place_context(found.place),
            **_changes(now, [found.place], [*overview.standings, *overview.about], overview.lacking),
            "overview": overview,
            "asked": _asked(request.GET.get("gruppe", "")),
            "reported_sets": [c.set.id for c in overview.coverage if performance.is_reported(c.set.id)],
            "became": found.became,
            "snapshot": now,
        }
        return render(request, "status/place.html" if found.is_current else "status/place_ended.html", context)
    series = [(found.place, (*overview.standings, *overview.about))]
    series += [(before.place, before.about) for before in overview.predecessors]
    about = api.place_about(found.place)
    return api.standings_answer(
        form, now, name=found.place.slug, about=about, found=series, lacking=(found.place, overview.lacking)
    )


def _to_code(request: HttpRequest, address: str, *, for_ever: bool = False) -> HttpResponse:
    """From a name to the one address of a page, so that it is made ready once, with what was asked of it. Names move,
    so it is `for_ever` only from a place that is no more."""
    return redirect(with_query(request, address), permanent=for_ever)


def _ending(form: str) -> str:
    return "" if form == "html" else f".{form}"


def _elsewhere(
    request: HttpRequest, key: str, found: places.Resolved, end: str, form: str, *, for_ever: bool = True
) -> HttpResponse | None:
    """To the one address of what lies at `end` under a place; None when it was asked for there.

    404 when the place became none or several. What is true on some borders only is not `for_ever`.
    """
    if not found.is_current:
        if len(found.became) != 1:
            several = places.PlaceNotFound(key, timezone.localdate(), found.became)
            return _unknown_place(request, several, form)
        return _to_code(request, f"{_address(found.became[0])}{end}{_ending(form)}", for_ever=for_ever)
    return _to_code(request, f"{_address(found.place)}{end}{_ending(form)}") if key != found.place.code else None


def _unknown_place(request: HttpRequest, error: places.PlaceNotFound, form: str) -> HttpResponse:
    """404 with the places that may be meant: two of them are called Herøy."""
    if form != "html":
        raise refusals.no_place(error)
    return render(request, "status/place_unknown.html", {"words": error.text, "places": error.suggestions}, status=404)


@published(asks=("gruppe", "grenser"))
def place_goal(request: HttpRequest, key: str, goal: str, kind: str, form: str = "html") -> HttpResponse:
    """One of the 17 goals at one place: every indicator with its history, beside the places of `?gruppe=`."""
    if int(goal) > 17:
        raise NoSuchPage(str(standards.no_goal(goal)))
    borders = borders_asked_for(request)
    try:
        found = places.resolve(key, borders.day if borders.is_chosen else None, kind=kind)
    except places.PlaceNotFound as error:
        if not borders.is_chosen:
            return _unknown_place(request, error, form)
        return _then(request, key, kind, goal, borders, error, form)
    if elsewhere := _elsewhere(request, key, found, f"/mal/{goal}", form, for_ever=not borders.is_chosen):
        return elsewhere
    now = snapshots.asked_for(request)
    goal_standing = standing.goal_at_place(now, found.place, int(goal), borders)
    groups = comparisons.groups_for(found.place, now) if borders.are_todays else []
    wanted = request.GET.get("gruppe", "").strip()
    group, unknown = comparisons.group_meant(found.place, wanted, groups) if groups else (None, [])
    group_said = refusals.group_said(wanted, group, unknown, groups)
    if wanted and not borders.are_todays:
        group_said = refusals.group_then(borders)
    refuse_as_data(form, ("gruppe", group_said))
    compared = [s for s in goal_standing.standings if s.quantity.is_size_free]
    amongs = orders.among_group(now, compared, found.place, group) if group else {}
    performed = performance.performances(goal_standing.standings)
    if form == "html":
        context = {
            **_place_context(found.place),
            "performances": performed,
            **_changes(now, [found.place], goal_standing.standings, goal_standing.lacking),
            "goal": goal_standing,
            "borders": borders,
            "renumbered": renumbered([found.place], borders),
            "border_days": border_days(),
            "keep": api.others_asked(request, "grenser"),
            "groups": groups,
            "group": group,
            "group_said": group_said,
            "amongs": amongs,
            "asked": _asked(group.key if group and wanted else ""),
            "snapshot": now,
        }
        return render(request, "status/place_goal.html", context)
    about = {**api.place_about(found.place), "goal": int(goal), "status": goal_standing.status}
    about |= {"borders_on": borders.day.isoformat()} if borders.is_chosen else {}
    about["group"] = api.group_about(group)
    placed = {
        (s.version.id, s.breakdown, s.latest.place, s.latest.period.text): api.Placed(among, among.placing)
        for s in compared
        if (among := amongs.get(s.key))
    }
    return api.standings_answer(
        form,
        now,
        name=f"{found.place.slug}-{goal}",
        about=about,
        found=[(found.place, goal_standing.standings)],
        lacking=(found.place, goal_standing.lacking),
        placed=placed,
        performed=performed,
    )


@published
def place_set(request: HttpRequest, key: str, set_id: str, kind: str, form: str = "html") -> HttpResponse:
    """How far a place has come to the benchmarks of an indicator set, from the whole set down to its data points."""
    try:
        found = places.resolve(key, kind=kind)
    except places.PlaceNotFound as error:
        return _unknown_place(request, error, form)
    if elsewhere := _elsewhere(request, key, found, f"/sett/{set_id}", form):
        return elsewhere
    now = snapshots.asked_for(request)
    performed = performance.set_performance(now, found.place, set_id)
    if performed is None:
        raise refusals.no_set_here(set_id, (one.id for one in standards.sets()))
    if form == "html":
        shown = [line.standing for line in performed.lines if line.standing]
        context = {
            **_place_context(found.place),
            **_changes(now, [found.place], shown, ()),
            "performed": performed,
            "snapshot": now,
        }
        return render(request, "status/place_set.html", context)
    return api.answer_rows(
        form,
        name=f"{found.place.slug}-{set_id}",
        about={**api.place_about(found.place), **api.set_about(performed)},
        columns=api.SET_COLUMNS,
        rows=api.set_rows(performed),
    )


@published
def alike(request: HttpRequest, key: str, form: str = "html") -> HttpResponse:
    """The municipalities most alike in structure, and what the distance to each is made of."""
    try:
        found = places.resolve(key, kind=PlaceKind.MUNICIPALITY)
    except places.PlaceNotFound as error:
        return _unknown_place(request, error, form)
    if elsewhere := _elsewhere(request, key, found, "/lignende", form):
        return elsewhere
    now = snapshots.asked_for(request)
    found_alike = structure.alike_in_structure(now, found.place)
    if form == "html":
        context = {**_place_context(found.place), "structure": found_alike, "snapshot": now}
        return render(request, "status/place_alike.html", context)
    return api.answer_rows(
        form,
        name=f"{found.place.slug}-lignende",
        about=api.place_about(found.place),
        columns=api.ALIKE_COLUMNS,
        rows=api.alike_rows(found_alike),
    )


def _asked(group: str) -> str:
    """The choice of a group, for links to other pages of the place to keep."""
    return f"?gruppe={quote(group)}" if group else ""


def _then(
    request: HttpRequest, key: str, kind: str, goal: str, borders: Borders, error: places.PlaceNotFound, form: str
) -> HttpResponse:
    """To a place of today under the number it had on the chosen day; where the borders were others, which places it
    was; where it is none either, those that may be meant."""
    try:
        place = places.resolve(key, kind=kind).place
    except places.PlaceNotFound:
        return _unknown_place(request, error, form)
    if same := places.same_area_on(place, borders.day):
        return _to_code(request, f"{_address(same)}/mal/{goal}{_ending(form)}")
    then = places_then(place, borders)
    if form != "html":
        raise refusals.place_then(place, then)
    route = "status:county_goal" if kind == PlaceKind.COUNTY else "status:place_goal"
    context = {
        "place": place,
        "then": then,
        "borders": borders,
        "goal_route": route,
        "goal": goal,
    }
    return render(request, "status/place_then.html", context, status=404)


def _changes(
    now: snapshots.Published, shown: Sequence[Place], standings: Iterable[Standing], lacking: Iterable[Lacking]
) -> dict[str, Any]:
    """What became of the values on a page since they were first published, and what readers must know of it."""
    if not shown:
        return {"notices": [], "changed_values": {}}
    codes = {code for place in shown for code in standing.codes_of(place)}
    known = {version_id for s in standings for version_id in s.measured.ids}
    all_ids = known.union(*(lack.measured.ids for lack in lacking))
    return {
        "notices": vintages.notices(now, places=shown, codes=codes, indicators=all_ids),
        "changed_values": vintages.vintages(now, codes, known, changed_only=True),
    }


def _place_context(place: Place) -> dict[str, Any]:
    return {
        "place": place,
        "place_name": place.name_in(get_language() or "nb"),
        "other_names": [(lang, place.names[lang]) for lang in ("se", "smj", "sma", "fkv") if lang in place.names],
        "population_year": max(place.population, default=""),
        "place_url": _address(place),
        "goal_route": "status:county_goal" if place.kind == PlaceKind.COUNTY else "status:place_goal",
        "set_route": "status:county_set" if place.kind == PlaceKind.COUNTY else "status:place_set",
        "county": places.place(place.county_code)
        if place.kind == PlaceKind.MUNICIPALITY and not place.valid_to
        else None,
        "municipalities": places.municipalities_of(place.code) if place.kind == PlaceKind.COUNTY else [],
        "history": places.history(place.code, place.valid_from),
        "is_invented": place.source.is_invented,
    }


@published(asks=("sted", "gruppe"), many=("sted",))
def compare(request: HttpRequest, form: str = "html") -> HttpResponse:
    """Two to six places beside each other: `?sted=4003&sted=4001`, by code or by name, in the group of `?gruppe=`."""
    named = comparisons.places_named(request.GET.getlist("sted"))
    beside = list(named.found[: comparisons.MOST])
    now = snapshots.asked_for(request)
    goals = comparisons.compare(now, beside)
    groups = comparisons.groups_for(beside[0], now) if beside and (form == "html" or "gruppe" in request.GET) else []
    group: places.Group | None = None
    wanted = request.GET.get("gruppe", "").strip()
    group_said = refusals.group_alone(wanted) if wanted else ""
    if beside and wanted:
        group, unknown = comparisons.group_meant(beside[0], wanted, groups)
        group_said = refusals.group_said(wanted, group, unknown, groups)
    left_out_said = refusals.left_out_said([*(p.name for p in named.found[comparisons.MOST :]), *named.beyond])
    refuse_as_data(form, ("sted", refusals.places_said(named.unclear)), ("sted", left_out_said), ("gruppe", group_said))
    lines = [row for goal in goals for row in goal.rows]
    amongs = orders.among_rows(now, [row.standings for row in lines], beside, group)
    if form == "html":
        context = {
            "chosen": beside,
            "left_out_said": left_out_said,
            "unclear": named.unclear,
            "goals": goals,
            "row_count": len(lines),
            "groups": comparisons.places_of(groups),
            "group": group,
            "group_said": group_said,
            "amongs": amongs,
            "most": comparisons.MOST,
            **_changes(now, beside, [s for row in lines for s in row.standings if s], ()),
            "snapshot": now,
        }
        return render(request, "status/compare.html", context)
    found_rows = [(place, s) for row in lines for place, s in zip(beside, row.standings, strict=True) if s]
    placed = {
        (s.version.id, s.breakdown, s.latest.place, s.latest.period.text): api.Placed(
            among, among.order.placings.get(place.code)
        )
        for place, s in found_rows
        if (among := amongs.get(s.key))
    }
    return api.answer_compared(
        form,
        name="-".join(place.slug for place in beside) or "sammenlign",
        about={"places": [place.code for place in beside], "group": api.group_about(group)},
        rows=[
            row
            for line in lines
            for place, s, lack in zip(beside, line.standings, line.lacking, strict=True)
            for row in (
                api.standing_rows(now, [s], place) if s else api.lacking_rows(now, [lack] if lack else [], place)
            )
        ],
        placed=placed,
    )
