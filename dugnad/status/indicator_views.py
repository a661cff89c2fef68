"""The pages of an indicator: how every place lies on it, and what the figures rest on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from dugnad.places import queries as places
from dugnad.places.models import PlaceKind
from dugnad.places.queries import Group, PlaceNotFound
from dugnad.shared import charts
from dugnad.shared.asked import NotShown, refuse_as_data, tell, with_query
from dugnad.shared.periods import Period
from dugnad.shared.published import published
from dugnad.standards import queries as standards
from dugnad.standards.models import IndicatorVersion
from dugnad.status import api, maps, ordering, refusals
from dugnad.status.queries import comparisons, indicators, orders, performance, snapshots, vintages
from dugnad.status.queries.borders import border_days, borders_asked_for, reconciled, renumbered
from dugnad.status.queries.comparisons import MOST
from dugnad.status.queries.indicators import IndicatorOverview, PlaceValue
from dugnad.status.queries.series import periods_by_breakdown
from dugnad.status.queries.standing import standing_of


def _meant(written: str) -> IndicatorVersion:
    """The version of an id, or the one of today that a lasting id or an alias means: `u4ssc.EC:ICT:ICT:1C`."""
    try:
        return standards.version_meant(written)
    except standards.IndicatorNotFound as error:
        raise refusals.no_indicator(str(error), written) from None


def _to(version: IndicatorVersion, request: HttpRequest, route: str, form: str) -> HttpResponse:
    """To the version of today, with what was asked of it. Not for ever: the next edition will have another."""
    kwargs = {"version_id": version.id} | ({} if form == "html" else {"form": form})
    return redirect(with_query(request, reverse(route, kwargs=kwargs)))


@published(asks=("del", "periode", "side", "sted", "gruppe", "grenser"), page_asks=("sorter", "kart"), many=("sted",))
def indicator(request: HttpRequest, version_id: str, form: str = "html") -> HttpResponse:
    """One indicator in every place: map, distribution and table, in the period `?periode=` or the latest good one.

    `?del=` chooses a part, `?sted=` names places to point out, `?gruppe=` whom the first of them is compared with,
    `?sorter=` the order of the table, `?kart=` the map. As data the same part in the same period; `?periode=alle` is
    every period of the part, the latest `api.MOST_PERIODS` first and earlier ones on `?side=2`.
    """
    version = _meant(version_id)
    if version.id != version_id:
        return _to(version, request, "status:indicator", form)
    now = snapshots.asked_for(request)
    borders = borders_asked_for(request)
    breakdown = request.GET.get("del") or None
    written = request.GET.get("periode", "")
    try:
        period = Period.parse(written) if written and written != api.ALL else None
    except ValueError:
        raise refusals.no_period(written) from None
    overview = indicators.indicator_overview(now, version, breakdown, period, borders)
    if breakdown and breakdown not in overview.breakdowns:
        raise refusals.no_part(breakdown, overview.breakdowns)
    if form != "html":
        return _as_data(request, now, overview, form)
    if "side" in request.GET and written != api.ALL:
        raise refusals.no_side(request.GET["side"])
    tell(
        request,
        form,
        ("sorter", refusals.word_said("sorter", request.GET.get("sorter", ""), indicators.SORTS)),
        ("kart", refusals.word_said("kart", request.GET.get("kart", ""), maps.FORMS)),
    )
    context = {
        "version": version,
        "overview": overview,
        "all_asked": written == api.ALL,
        "editions": indicators.editions_of(now, version),
        "related": indicators.related_to(now, version),
        "notices": vintages.notices(now, indicators={version.id}),
        "snapshot": now,
        "borders": borders,
        "border_days": border_days(),
        "keep": api.others_asked(request, "grenser"),
        "reconciled": reconciled(now, version.id, overview.breakdown, overview.wholes, borders),
    }
    if not overview.periods:
        return render(request, "status/indicator_empty.html", context)
    return render(request, "status/indicator.html", context | _shown(request, overview))


def _as_data(request: HttpRequest, now: snapshots.Published, overview: IndicatorOverview, form: str) -> HttpResponse:
    """The observations of one part, those of the period shown with where they lie among all, or in the group of
    `?gruppe=`."""
    version, borders = overview.version, overview.borders
    try:
        given = api.given(request, periods_by_breakdown(now, version.id), overview)
    except ValueError:
        raise refusals.no_side(request.GET["side"]) from None
    found = indicators.observations(
        now, version, overview.breakdown, given.periods, borders if borders.is_chosen else None
    )
    if request.GET.get("periode") and not found:
        raise NotShown(maps.finding(overview), 404, without="periode")
    wholes = reconciled(now, version.id, overview.breakdown, overview.wholes, borders)
    pointed = _pointed_out(request, overview)
    compared = _compared(request, overview, pointed.values) if request.GET.get("gruppe") else NOT_COMPARED
    refuse_as_data(form, *pointed.said, ("gruppe", compared.said))
    among, group = compared.among or orders.among_all(overview), compared.group
    placed = {
        (version.id, overview.breakdown, p.point.place, p.point.period.text): api.Placed(among, placing)
        for p in overview.known
        if p.point is not None and (placing := among.order.placings.get(p.place.code))
    }
    about = {
        **api.indicator_about(version),
        **api.borders_about(overview, wholes),
        **given.about,
        "compared_in": overview.period.text if overview.period else None,
        "pointed_out": [value.place.code for value in pointed.values],
        "group": api.group_about(group or among.group),
    }
    name = version.id.replace(":", "-")
    rows: Iterable[dict[str, Any]] = api.indicator_rows(now, version, overview.breakdown, found)
    columns: tuple[str, ...] = api.COMPARED
    if form == "csv":
        rows, columns = api.beside_parts(rows, overview, wholes), api.COMPARED + api.PARTS_COLUMNS
    return api.answer_compared(form, name=name, about=about, rows=rows, placed=placed, columns=columns)


def _shown(request: HttpRequest, overview: IndicatorOverview) -> dict[str, Any]:
    """Pictures, the rows in the order asked for, and the places that are pointed out."""
    lang = get_language() or "nb"
    sort = request.GET.get("sorter", "")
    kart = request.GET.get("kart", "")
    kart = kart if kart in maps.FORMS else maps.usual_form(overview)
    pointed = _pointed_out(request, overview)
    chosen = pointed.values
    order = orders.order_among(overview)
    return {
        **_among(request, overview, chosen),
        "order": order,
        "tiers": ordering.tiers_of(order, {p.place.code: p.place.name for p in overview.known}),
        "funnel": maps.funnel(overview, order, [p.place.code for p in chosen]),
        "finding": maps.finding(overview),
        "chosen": chosen,
        "renumbered": renumbered([p.place for p in chosen], overview.borders),
        "chosen_codes": [p.place.code for p in chosen],
        "chosen_findings": [
            (
                p,
                _standing_words(p, overview),
                standing_of(overview.version, overview.part, overview.breakdown, p.series, p.place),
            )
            for p in chosen
        ],
        "unclear": pointed.unclear,
        "not_pointed_out": pointed.not_shown,
        "map": maps.municipalities(overview, kart, chosen[0].place.code if chosen else ""),
        "map_form": kart,
        "map_is_chosen": "kart" in request.GET,
        "distribution": maps.distribution(overview, {p.place.name_in(lang): p.value for p in chosen}),
        "counties_picture": maps.counties(overview),
        "sort": sort if sort in indicators.SORTS else indicators.SORTS[0],
        "rows": indicators.in_order(overview.municipalities, sort if sort in indicators.SORTS else "navn"),
    }


@dataclass(frozen=True)
class PointedOut:
    """The places that an address points out, each with its value or without; the words that mean no place or several;
    the names of those that are too many, and of those that are no municipalities."""

    values: list[PlaceValue]
    unclear: Sequence[PlaceNotFound]
    left_out: list[str]
    others: list[str]

    @property
    def not_shown(self) -> list[str]:
        """What is said of places that were found and are not pointed out."""
        return [said for said in (refusals.left_out_said(self.left_out), refusals.others_said(self.others)) if said]

    @property
    def said(self) -> list[tuple[str, str]]:
        return [("sted", said) for said in (refusals.places_said(self.unclear), *self.not_shown)]


def _pointed_out(request: HttpRequest, overview: IndicatorOverview) -> PointedOut:
    by_code = {p.place.code: p for p in overview.municipalities}
    named = comparisons.places_named(request.GET.getlist("sted"))
    then = [places.same_area_on(place, overview.borders.day) or place for place in named.found]
    shown = {place.code: place for place in then if place.kind == PlaceKind.MUNICIPALITY}
    values = [by_code.get(code) or PlaceValue(place, (), None, None, "") for code, place in shown.items()]
    return PointedOut(
        values[:MOST],
        named.unclear,
        [*(value.place.name for value in values[MOST:]), *named.beyond],
        [place.name for place in then if place.kind != PlaceKind.MUNICIPALITY],
    )


@dataclass(frozen=True)
class Compared:
    """The group that an address asks for, of the first place that is pointed out or a list of its own: its places in
    their order, what it is, what else may be chosen, and in one sentence what was asked for and is not shown."""

    among: orders.Among | None = None
    group: Group | None = None
    groups: Sequence[Group] = ()
    said: str = ""


NOT_COMPARED = Compared()


def _compared(request: HttpRequest, overview: IndicatorOverview, chosen: list[PlaceValue]) -> Compared:
    here = chosen[0] if chosen else None
    wanted = request.GET.get("gruppe", "").strip()
    if overview.quantity.follows_size:
        return Compared(said=refusals.group_of_amounts() if wanted else "")
    if not (here or "," in wanted):
        return Compared(said=refusals.group_alone(wanted) if wanted else "")
    todays = overview.borders.are_todays
    groups = comparisons.groups_for(here.place, snapshots.asked_for(request)) if here and todays else []
    if len(chosen) > 1:
        groups.insert(0, comparisons.pointed_out([p.place for p in chosen[1:]]))
    group, unknown = comparisons.group_meant(here.place if here else None, wanted, groups)
    if group and not todays and group.key != comparisons.CHOSEN:  # a list of one's own is read as places of today
        then = [places.same_area_on(places.place(code), overview.borders.day) for code in group.codes]
        group = replace(group, codes=tuple(place.code for place in then if place))
    said = refusals.group_said(wanted, group, unknown, groups)
    return Compared(orders.among_values(overview, here, group) if group else None, group, groups, said)


def _among(request: HttpRequest, overview: IndicatorOverview, chosen: list[PlaceValue]) -> dict[str, Any]:
    """What the page says of a place in its group."""
    compared = _compared(request, overview, chosen)
    among = compared.among
    if among is None:
        return {"group_said": compared.said, "only_of_page": ("gruppe",)}
    earlier = chosen[0].earlier if chosen else None
    since = earlier.period.label(get_language() or "nb") if earlier else ""
    return {
        "groups": compared.groups,
        "group": compared.group,
        "group_said": compared.said,
        "among": among,
        "among_said": ordering.among_sentences(among, overview.quantity, since),
        "among_lines": ordering.lines(
            among,
            overview.quantity,
            overview.version.id,
            overview.period.text if overview.period else "",
            overview.breakdown,
        ),
        "intervals": maps.intervals(overview, among),
    }


def _standing_words(value: PlaceValue, overview: IndicatorOverview) -> str:
    told = maps.caption(overview, "place", "")
    return charts.range_finding(
        value.place.name,
        value.value,
        [p.value for p in overview.known],
        lang=told.lang,
        symbol=told.symbol,
        decimals=told.decimals,
        direction=overview.quantity.direction,
    )


@published
def method(request: HttpRequest, version_id: str, form: str = "html") -> HttpResponse:
    """The data and the method of an indicator: definition, formula, sources, releases, what is uncertain."""
    version = _meant(version_id)
    if version.id != version_id:
        return _to(version, request, "status:method", form)
    now = snapshots.asked_for(request)
    releases = now.with_indicators({version.id}).releases
    if form == "html":
        context = {
            "version": version,
            "releases": releases,
            "editions": indicators.editions_of(now, version),
            "related": indicators.related_to(now, version),
            "notices": vintages.notices(now, indicators={version.id}),
            "benchmarks": list(standards.benchmarks([version.id], timezone.localdate()).values()),
            "wants_benchmark": version.edition.set_id in performance.SETS,
            "snapshot": now,
        }
        return render(request, "status/method.html", context)
    return api.answer_rows(
        form,
        name=f"{version.id.replace(':', '-')}-metode",
        about=api.indicator_about(version),
        columns=api.RELEASE_COLUMNS,
        rows=map(api.release_row, releases),
    )
