"""Where does a place stand in its group, how sure is that, and does it move with the group or against it?

order = order_among(overview)                        # all municipalities on one indicator
among = among_group(now, goal.standings, place, group)["norge.2026.unemployment", ""]
among.placing.rank_from, among.placing.rank_to, among.n, among.change, among.group_change
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from django.utils.translation import gettext

from dugnad.places import queries as places
from dugnad.places.models import Place, PlaceKind
from dugnad.places.queries import Group
from dugnad.shared.periods import Period
from dugnad.standards.models import DataPoint, IndicatorVersion
from dugnad.status import rules
from dugnad.status.methods.order import Figure, Measured, Order, Placing, funnel_curve, order_of
from dugnad.status.queries.borders import series_on_borders
from dugnad.status.queries.indicators import IndicatorOverview, PlaceValue
from dugnad.status.queries.series import Point, SeriesKey
from dugnad.status.queries.snapshots import Published
from dugnad.status.queries.standing import Standing, join_editions

OWN = "municipalities"  # the group of a county's own municipalities: the county is no place among its parts


def measured_of(version: IndicatorVersion, part: DataPoint | None = None) -> Measured:
    """What of a definition decides an order."""
    quantity = version.quantity(part)
    return Measured(
        direction=quantity.direction,
        chance=version.chance,
        multiplier=version.multiplier or (100.0 if quantity.is_percent else 1.0),
        decimals=quantity.decimals,
        is_size_free=quantity.is_size_free,
        most=100.0 if quantity.is_percent else None,
    )


def figure_of(code: str, point: Point | None, points: Sequence[Point]) -> Figure | None:
    if point is None or point.value is None:
        return None
    return Figure(code, point.value, point.numerator, point.denominator, points)


def intervals_of(
    version: IndicatorVersion, part: DataPoint | None, places: Iterable[tuple[str, Point | None, Sequence[Point]]]
) -> Order:
    """Places (their key, their value and all of their series) with the intervals of their values, as far as the error
    can be stated; not ranked. A comparison and the explanation of one of its figures ask here."""
    figures = [figure_of(key, point, points) for key, point, points in places]
    return order_of([f for f in figures if f], measured_of(version, part), ranked=False)


def order_among(overview: IndicatorOverview, codes: Collection[str] | None = None) -> Order:
    """The municipalities of an indicator's page in their order, or those of a group."""
    values = [p for p in overview.known if codes is None or p.place.code in codes]
    figures = [figure_of(p.place.code, p.point, p.series) for p in values]
    return order_of([f for f in figures if f], measured_of(overview.version, overview.part))


@dataclass(frozen=True)
class Among:
    """One series of a place among the places of a group, in the period of its latest value.

    `points` are those of the group and of the place itself, None where no row was published for the period. `changes`
    are the differences, as figures are written, from the period the place's own change is told from, of those that have
    both and no break between them, the place's own left out; `change` is its own, None where it has none.
    """

    group: Group
    place: str
    names: Mapping[str, str]
    points: Mapping[str, Point | None]
    order: Order
    change: float | None
    changes: tuple[float, ...]

    @property
    def placing(self) -> Placing | None:
        return self.order.placings.get(self.place)

    @cached_property
    def values(self) -> dict[str, float | None]:
        return {code: point.value if point else None for code, point in self.points.items()}

    @property
    def place_name(self) -> str:
        return self.names.get(self.place, "")

    @property
    def n(self) -> int:
        """How many places have a figure, the place itself among them."""
        return self.order.n

    @cached_property
    def group_change(self) -> float | None:
        """The median change of the others."""
        return median(self.changes) if self.changes else None


def among_group(
    published: Published, standings: Sequence[Standing], place: Place, group: Group
) -> dict[SeriesKey, Among]:
    """Each series of a place among the places of a group; a county's own municipalities by themselves."""
    codes = [code for code in dict.fromkeys(group.codes) if code != place.code]
    series = _series(published, standings, codes)
    placed = [] if group.key == OWN else [place.code]
    names = {code: places.place(code).name for code in (*codes, *placed)}
    found = {}
    for standing in standings:
        told = {code: _points(series[code], standing) for code in codes} | {code: standing.points for code in placed}
        found[standing.key] = _among(standing, "".join(placed), group, names, told)
    return found


def among_rows(
    published: Published, rows: Sequence[Sequence[Standing | None]], chosen: Sequence[Place], group: Group | None
) -> dict[SeriesKey, Among]:
    """Places beside each other, and those of a group around them: each row whose figures are of one period and can be
    compared. Without a group the chosen places are alone; among its own municipalities a county is not placed."""
    fair = {
        known[0].key: row
        for row in rows
        if (known := [s for s in row if s])
        and known[0].quantity.is_size_free
        and len({standing.latest.period for standing in known}) == 1
    }
    first = {key: next(s for s in row if s) for key, row in fair.items()}
    own = {place.code: place for place in chosen if group is None or group.key != OWN or place.kind != PlaceKind.COUNTY}
    codes = [code for code in dict.fromkeys(group.codes if group else ()) if code not in own]
    series = _series(published, list(first.values()), codes)
    names = {code: places.place(code).name for code in codes} | {code: place.name for code, place in own.items()}
    around = group or Group("", "", "", ())
    found = {}
    for key, row in fair.items():
        beside = {p.code: s.points for p, s in zip(chosen, row, strict=True) if s is not None and p.code in own}
        everyone = {code: _points(series[code], first[key]) for code in codes} | beside
        found[key] = _among(first[key], "", around, names, everyone, ranked=group is not None)
    return found


def _series(
    published: Published, standings: Sequence[Standing], codes: Sequence[str]
) -> dict[str, dict[SeriesKey, list[Point]]]:
    """The series of these places on the borders of today."""
    others = {code: places.place(code) for code in codes}
    ids = {version_id for s in standings for version_id in s.measured.ids}
    found = series_on_borders(published, list(others.values()), ids, {s.breakdown for s in standings})
    return {code: found[other.pk] for code, other in others.items()}


def _points(series: Mapping[SeriesKey, list[Point]], standing: Standing) -> Sequence[Point]:
    editions = [points for i in standing.measured.ids if (points := series.get((i, standing.breakdown)))]
    return editions[0] if len(editions) == 1 else join_editions(editions)


def _among(
    standing: Standing,
    place: str,
    group: Group,
    names: Mapping[str, str],
    series: Mapping[str, Sequence[Point]],
    *,
    ranked: bool = True,
) -> Among:
    period = standing.latest.period
    here = {code: next((p for p in points if p.period == period), None) for code, points in series.items()}
    figures = [figure_of(code, here[code], series[code]) for code in series]
    change, changes = None, []
    if place and standing.earlier and standing.earlier.value is not None and standing.latest.value is not None:
        decimals = standing.quantity.decimals
        change = rules.written_difference(standing.earlier.value, standing.latest.value, decimals)
        since = standing.earlier.period
        others = (_change(points, since, period, decimals) for code, points in series.items() if code != place)
        changes = [difference for difference in others if difference is not None]
    return Among(
        group,
        place,
        names,
        here,
        order_of([f for f in figures if f], measured_of(standing.version, standing.part), ranked=ranked),
        change,
        tuple(changes),
    )


def _change(points: Sequence[Point], before: Period, after: Period, decimals: int) -> float | None:
    """The difference between two periods of a series, as they are written; None where one is lacking or something
    broke between them."""
    first = next((i for i, p in enumerate(points) if p.period == before and p.value is not None), None)
    last = next((i for i, p in enumerate(points) if p.period == after and p.value is not None), None)
    if first is None or last is None:
        return None
    if any(p.is_break or p.missing == "border_change" for p in points[first + 1 : last + 1]):
        return None
    return rules.written_difference(points[first].value or 0.0, points[last].value or 0.0, decimals)


def among_values(overview: IndicatorOverview, here: PlaceValue | None, group: Group) -> Among:
    """The same on the page of an indicator: of a place that is pointed out, or of the group alone."""
    known = {p.place.code: p for p in overview.municipalities}
    if here is not None:
        known |= {here.place.code: here}
    own = here.place.code if here else ""
    codes = [code for code in dict.fromkeys((*group.codes, own)) if code in known]
    change, changes, decimals = None, [], overview.quantity.decimals
    if here is not None and here.earlier is not None and here.point is not None:
        before, after = here.earlier.period, here.point.period
        change = _change(here.series, before, after, decimals)
        others = (_change(known[code].series, before, after, decimals) for code in codes if code != own)
        changes = [difference for difference in others if difference is not None]
    return Among(
        group,
        own,
        {code: known[code].place.name for code in codes},
        {code: known[code].point for code in codes},
        order_among(overview, frozenset(codes)),
        change,
        tuple(changes),
    )


def among_all(overview: IndicatorOverview) -> Among:
    """All municipalities of the page as one group."""
    names = {p.place.code: p.place.name for p in overview.municipalities}
    everyone = Group("all", gettext("All municipalities shown"), "", tuple(names))
    points = {p.place.code: p.point for p in overview.municipalities}
    return Among(everyone, "", names, points, order_among(overview), None, ())


def funnel_limits(overview: IndicatorOverview, order: Order) -> list[tuple[float, ...]]:
    """The limits of the funnel from the smallest to the largest place: (base, low, high, far low, far high)."""
    bases = [p.point.denominator for p in overview.known if p.point and p.point.denominator]
    if order.expected is None or not bases:
        return []
    return funnel_curve(measured_of(overview.version, overview.part), order.expected, min(bases), max(bases))
