"""How do all places lie on one indicator, in one period, and what else is there to know of it?"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, lru_cache
from typing import Any

from django.utils import timezone

from dugnad.places import queries as places
from dugnad.places.models import Place, PlaceKind
from dugnad.shared.periods import Period
from dugnad.shared.text import TranslatedText
from dugnad.standards import queries as standards
from dugnad.standards.models import DataPoint, IndicatorVersion, Quantity, RelatedLink, Status
from dugnad.status import rules
from dugnad.status.models import Release
from dugnad.status.queries.borders import Borders, places_shown, series_on_borders
from dugnad.status.queries.series import Point, periods_by_breakdown, series_of
from dugnad.status.queries.snapshots import Published

SORTS = ("navn", "verdi", "-verdi", "endring", "-endring")


@dataclass(frozen=True)
class PlaceValue:
    """One place in the period shown: its point, or None where no row was published.

    `earlier` is the point that this one is compared with, and `change` what the difference means, as in `Standing`.
    """

    place: Place
    series: Sequence[Point]
    point: Point | None
    earlier: Point | None
    change: str
    follows_size: bool = False

    @property
    def value(self) -> float | None:
        return self.point.value if self.point else None

    @property
    def difference(self) -> float | None:
        """By how much the value has changed since `earlier`, in its own unit; 0 where both are written alike."""
        if self.value is None or self.earlier is None or self.earlier.value is None:
            return None
        return 0.0 if self.change == "same" else self.value - self.earlier.value

    @property
    def growth(self) -> float | None:
        """The same in percent of the earlier value; None where there is nothing to grow from."""
        if self.difference is None or self.earlier is None or not self.earlier.value or self.earlier.value < 0:
            return None
        return 100 * self.difference / self.earlier.value

    @property
    def shown_change(self) -> float | None:
        """The change as it is told: in percent where the value follows the size of the place, else the difference."""
        return self.growth if self.follows_size and self.growth is not None else self.difference


@dataclass(frozen=True)
class IndicatorOverview:
    """One indicator, or one part of it, in one period, for every place it is known for.

    `municipalities` are those of `borders` that the figures speak of: everyone in the country or in a county where at
    least half have figures, and elsewhere those that do. `counties_shown` are the counties shown whole, where it is not
    the whole country; `elsewhere` is how many municipalities are left out. `former` have a figure of which only a part,
    that nobody knows, belongs to the places shown.
    """

    version: IndicatorVersion
    part: DataPoint | None
    breakdown: str
    breakdowns: tuple[str, ...]
    period: Period | None
    periods: tuple[Period, ...]
    municipalities: tuple[PlaceValue, ...]
    counties_shown: tuple[Place, ...]
    elsewhere: int
    counties: tuple[PlaceValue, ...]
    country: PlaceValue | None
    former: tuple[PlaceValue, ...]
    releases: tuple[Release, ...]
    borders: Borders

    @property
    def title(self) -> TranslatedText:
        return self.version.title

    @cached_property
    def quantity(self) -> Quantity:
        return self.version.quantity(self.part)

    @cached_property
    def known(self) -> list[PlaceValue]:
        return [p for p in self.municipalities if p.value is not None]

    @property
    def has_figures(self) -> bool:
        """Whether any place has a figure in the period."""
        above = (*self.counties, *([self.country] if self.country else []))
        return bool(self.known) or any(p.value is not None for p in above)

    @cached_property
    def lacking(self) -> list[tuple[str, int]]:
        """Why municipalities lack a figure, the commonest first: (reason, how many); "" where nobody has said."""
        reasons = ((p.point.missing or "") if p.point else "" for p in self.municipalities if p.value is None)
        return Counter(reasons).most_common()

    @cached_property
    def changes(self) -> Counter[str]:
        """In how many municipalities the value is higher ("up"), lower ("down") or the "same" as the earlier one."""
        found = [p.difference for p in self.municipalities if p.difference is not None]
        return Counter("up" if d > 0 else "down" if d < 0 else "same" for d in found)

    @cached_property
    def since(self) -> Period | None:
        """The period that all of them are compared with; None where they differ."""
        found = {p.earlier.period for p in self.municipalities if p.earlier is not None and p.change}
        return found.pop() if len(found) == 1 else None

    @property
    def period_notes(self) -> list[str]:
        """What the sources of the values shown say of the period: that it is the report's year."""
        shown = (*self.municipalities, *self.counties, *([self.country] if self.country else []))
        notes = dict.fromkeys(p.point.release.period_note for p in shown if p.point and p.value is not None)
        return [note for note in notes if note]

    @property
    def is_mappable(self) -> bool:
        """Whether the municipalities make a picture of a land: a few towns here and there do not."""
        return self.borders.are_todays and len(self.known) > 1 and (not self.elsewhere or bool(self.counties_shown))

    @property
    def wholes(self) -> list[tuple[Place, Point]]:
        """The counties and the country that have a figure or the reason why not, with that."""
        everyone = (*self.counties, *([self.country] if self.country else []))
        return [(value.place, value.point) for value in everyone if value.point]

    @property
    def before(self) -> Period | None:
        return next((p for p in reversed(self.periods) if self.period and p < self.period), None)

    @property
    def after(self) -> Period | None:
        return next((p for p in self.periods if self.period and p > self.period), None)


def indicator_overview(
    published: Published,
    version: IndicatorVersion,
    breakdown: str | None = None,
    period: Period | None = None,
    borders: Borders | None = None,
) -> IndicatorOverview:
    """The indicator in a period; without one, in the latest period where at least half as many municipalities have a
    figure as in the best one (a first few early figures do not make a map).

    Places of one source only, the one with most figures: invented places never stand beside real ones. `borders` are
    those of today unless others are chosen.
    """
    borders = borders or Borders(timezone.localdate())
    parts = {f"part={part.code}": part for part in version.data_points.all()}
    known = periods_by_breakdown(published, version.id)
    breakdowns = tuple(sorted(known, key=lambda b: ([*parts].index(b) if b in parts else -1, b)))
    if breakdown is None:
        breakdown = breakdowns[0] if breakdowns else ""
    quantity = version.quantity(parts.get(breakdown))
    everyone = places_shown(published, [version.id], borders)
    series = series_on_borders(published, everyone, [version.id], [breakdown], estimate=borders.is_chosen)
    joined = {pk: found.get((version.id, breakdown), []) for pk, found in series.items()}
    source = _richest_source(p for p in everyone if _has_value(joined[p.pk]))
    own = {kind: [p for p in everyone if p.source_id == source and p.kind == kind] for kind in PlaceKind.values}
    municipalities = own[PlaceKind.MUNICIPALITY]
    shown, whole = _shown(municipalities, {p.code for p in municipalities if joined[p.pk]})
    above = [p for p in (*own[PlaceKind.COUNTY], *own[PlaceKind.COUNTRY]) if _has_value(joined[p.pk])]

    counts = _periods(joined[place.pk] for place in shown) or _periods(joined[place.pk] for place in above)
    periods = tuple(sorted(counts))
    if period is None and periods:
        period = [p for p in periods if 2 * counts[p] >= max(counts.values())][-1]

    def value(place: Place) -> PlaceValue:
        return _value(place, joined[place.pk], period, quantity)

    return IndicatorOverview(
        version=version,
        part=parts.get(breakdown),
        breakdown=breakdown,
        breakdowns=breakdowns,
        period=period,
        periods=periods,
        municipalities=tuple(map(value, shown)),
        counties_shown=tuple(p for p in own[PlaceKind.COUNTY] if p.code in whole),
        elsewhere=len(municipalities) - len(shown),
        counties=tuple(value(p) for p in above if p.kind == PlaceKind.COUNTY),
        country=next((value(p) for p in above if p.kind == PlaceKind.COUNTRY), None),
        former=_not_carried(published, version.id, breakdown, [joined[p.pk] for p in municipalities], period),
        releases=published.with_indicators({version.id}).releases,
        borders=borders,
    )


def in_order(values: Iterable[PlaceValue], by: str) -> list[PlaceValue]:
    """By name in Norwegian order; by value or change, the highest first, with a minus before it the lowest first.

    A change is counted as it is shown: what grows with the place in percent. Places without come last whichever way.
    """
    named = sorted(values, key=lambda v: (v.place.sort_key, v.place.code))
    sign = 1 if by.startswith("-") else -1

    def key(v: PlaceValue) -> tuple[bool, float]:
        found = v.value if by.endswith("verdi") else v.shown_change
        return (found is None, sign * (found or 0.0))

    return named if by == "navn" else sorted(named, key=key)


def observations(
    published: Published,
    version: IndicatorVersion,
    breakdown: str = "",
    periods: Collection[Period] | None = None,
    borders: Borders | None = None,
) -> list[tuple[Place, Point]]:
    """Every published observation of one part of an indicator, in some periods or in all: (place as it was called,
    point), by code and time; carried onto `borders` where these are given. Places of one source only, as in
    `indicator_overview`."""
    if borders is None:
        series = series_of(published, version.id, breakdown, periods)
        points = [point for code in sorted(series) for point in series[code]]
        named = _bearers((point.place, point) for point in points)
        found = [(named[point.place, point.period], point) for point in points]
    else:
        everyone = sorted(places_shown(published, [version.id], borders), key=lambda place: place.code)
        carried = series_on_borders(published, everyone, [version.id], [breakdown], estimate=borders.is_chosen)
        wanted = None if periods is None else frozenset(periods)
        found = [
            (place, point)
            for place in everyone
            for points in carried[place.pk].values()
            for point in points
            if wanted is None or point.period in wanted
        ]
    source = _richest_source(place for place, _point in found)
    return [row for row in found if row[0].source_id == source]


def _periods(series: Iterable[Sequence[Point]]) -> dict[Period, int]:
    """How many series have a figure in each period. Series share the objects that their periods are, so these are told
    apart first: to compare thousands of days takes longer."""
    found: dict[int, list[Any]] = {}
    for points in series:
        for point in points:
            if point.value is not None:
                found.setdefault(id(point.period), [point.period, 0])[1] += 1
    counts: Counter[Period] = Counter()
    for period, count in found.values():
        counts[period] += count
    return counts


def _has_value(points: Iterable[Point]) -> bool:
    return any(point.value is not None for point in points)


def _richest_source(found: Iterable[Place]) -> int | None:
    counts = Counter(place.source_id for place in found)
    return max(counts, key=lambda source: (counts[source], -source)) if counts else None


def _shown(municipalities: Sequence[Place], covered: set[str]) -> tuple[list[Place], frozenset[str]]:
    """Which municipalities the figures speak of, and the codes of the counties shown whole (none: the country is)."""
    if 2 * len(covered) >= len(municipalities):
        return (list(municipalities) if covered else []), frozenset()
    total = Counter(p.county_code for p in municipalities)
    has = Counter(p.county_code for p in municipalities if p.code in covered)
    # A county of one municipality (Oslo) is no land to draw a map of.
    whole = frozenset(code for code, n in has.items() if 2 * n >= total[code] and total[code] > 1)
    return [p for p in municipalities if p.county_code in whole or p.code in covered], whole


def _value(place: Place, points: Sequence[Point], period: Period | None, quantity: Quantity) -> PlaceValue:
    at = next((i for i in reversed(range(len(points))) if points[i].period == period), None)
    point, earlier, change = None if at is None else points[at], None, ""
    if at is not None and point is not None and point.value is not None:
        until = points[: at + 1]
        pair = rules.comparable_before(until)
        if pair is not None and pair[1] == len(until) - 1:
            earlier = until[pair[0]]
            assert earlier.value is not None
            change = rules.judge_change(quantity.direction, earlier.value, point.value, quantity.decimals)
    return PlaceValue(place, points, point, earlier, change, quantity.follows_size)


def _not_carried(
    published: Published, version_id: str, breakdown: str, shown: Iterable[list[Point]], period: Period | None
) -> tuple[PlaceValue, ...]:
    """Municipalities with a figure in the period of which only a part, of a size not used, is in any place shown:
    Ålesund as it was with Haram. Their figures stand by themselves."""
    lost = [point for points in shown for point in points if point.missing and point.period == period]
    made = [(point, step) for point in lost if point.steps for step in point.steps.parts]
    parts = {step.code: point for point, step in made if step.share != 1 and step.code}
    bearers = {bearer.pk: bearer for bearer in _bearers(parts.items()).values()}
    series = series_on_borders(published, list(bearers.values()), [version_id], [breakdown]) if bearers else {}
    found = []
    for pk, bearer in bearers.items():
        points = series[pk].get((version_id, breakdown), [])
        point = next((p for p in points if p.period == period and p.value is not None), None)
        if point is not None:
            found.append(PlaceValue(bearer, points, point, None, ""))
    return tuple(sorted(found, key=lambda value: (value.place.sort_key, value.place.code)))


def _bearers(points: Iterable[tuple[str, Point]]) -> dict[tuple[str, Period], Place]:
    """The places that published codes stand for: on the borders that the source follows, else those of the period."""
    days = {
        (code, point.period): point.release.staged.borders_on or point.period.end - timedelta(days=1)
        for code, point in points
    }
    found = places.bearers((code, day) for (code, _period), day in days.items())
    return {(code, period): found[code, day] for (code, period), day in days.items()}


# What else there is to know of it.

COMPARED = (
    "title", "definition", "unit", "direction", "target_value", "numerator", "denominator", "multiplier", "aggregation",
    "parts",
)  # fmt: skip


@dataclass(frozen=True)
class EditionChange:
    """What an edition changed in an indicator: the name of a field, as it was and as it became."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class EditionOverview:
    """An indicator as one edition has it, what that changed from the edition before, and whether it has figures."""

    version: IndicatorVersion
    changes: tuple[EditionChange, ...]
    has_figures: bool


def editions_of(published: Published, version: IndicatorVersion) -> list[EditionOverview]:
    """The editions of an indicator that are no drafts, oldest first; empty when there is only one."""
    current = standards.latest_version(version.edition.set_id, version.code)
    ids = [*standards.earlier_versions().get(current.id, ()), current.id]
    versions = [standards.indicator_version(i) for i in ids]
    if len(versions) < 2 or current.status == Status.DRAFT:
        return []
    return [
        EditionOverview(
            now,
            tuple(
                EditionChange(name, _field(before, name), _field(now, name))
                for name in COMPARED
                if before is not None and _field(before, name) != _field(now, name)
            ),
            bool(published.with_indicators({now.id}).releases),
        )
        for before, now in zip([None, *versions[:-1]], versions, strict=True)
    ]


def _field(version: IndicatorVersion, name: str) -> Any:
    """A field as it can be compared and shown: texts as they are, words of a choice as its label."""
    match name:
        case "unit":
            return version.unit.title
        case "direction":
            return version.get_direction_display()
        case "aggregation":
            return version.get_aggregation_display()
        case "parts":
            return [part.title for part in version.data_points.all()]
    return getattr(version, name)


@dataclass(frozen=True)
class RelatedIndicator:
    """A neighbour in another set: `nearness` says how near, `has_figures` whether anything is published of it."""

    version: IndicatorVersion
    nearness: str
    has_figures: bool


def related_to(published: Published, version: IndicatorVersion) -> list[RelatedIndicator]:
    """The neighbours that a version names, and those that name it, nearest first; each once, as it is defined now."""
    found: dict[str, str] = {}
    for link in version.related_links.all():
        try:
            found[standards.latest_version(link.indicator.set_id, link.indicator.code).id] = link.nearness
        except standards.IndicatorNotFound:  # its set is not loaded here
            continue
    for other_id, nearness in _named_by(standards.loaded_key()).get(version.indicator_id, ()):
        found.setdefault(other_id, nearness)
    order = RelatedLink.Nearness.values
    return [
        RelatedIndicator(
            standards.indicator_version(version_id),
            nearness,
            bool(published.with_indicators({version_id}).releases),
        )
        for version_id, nearness in sorted(found.items(), key=lambda item: order.index(item[1]))
    ]


@lru_cache(maxsize=2)
def _named_by(_loaded_key: str) -> dict[str, list[tuple[str, str]]]:
    """By the key of an indicator the current versions that name it as a neighbour, with how near they say it is."""
    found: dict[str, list[tuple[str, str]]] = {}
    for version in standards.current_versions():
        for link in version.related_links.all():
            found.setdefault(link.indicator_id, []).append((version.id, link.nearness))
    return found
