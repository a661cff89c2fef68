"""How do all places lie on one indicator, in one period?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from dugnad.places import queries as places
from dugnad.places.models import Place
from dugnad.shared.periods import Period
from dugnad.standards.models import IndicatorVersion
from dugnad.status import rules
from dugnad.status.models import Release
from dugnad.status.queries.series import Point, Spread, series_of, spreads
from dugnad.status.queries.snapshots import Published


@dataclass(frozen=True)
class PlaceValue:
    """One place in the period shown: its point, or None where no row was published; `change` as in `Standing`."""

    place: Place
    point: Point | None
    series: Sequence[Point]
    change: str

    @property
    def value(self) -> float | None:
        return self.point.value if self.point else None


@dataclass(frozen=True)
class IndicatorOverview:
    """One indicator, or one part of it, in one period, for every place of a kind."""

    version: IndicatorVersion
    breakdown: str
    breakdowns: tuple[str, ...]
    period: Period | None
    periods: tuple[Period, ...]
    municipalities: tuple[PlaceValue, ...]
    counties: tuple[PlaceValue, ...]
    country: PlaceValue | None
    spread: Spread | None
    releases: tuple[Release, ...]

    @property
    def everyone(self) -> tuple[PlaceValue, ...]:
        """Municipalities, counties, the country."""
        return (*self.municipalities, *self.counties, *((self.country,) if self.country else ()))

    @cached_property
    def known(self) -> list[PlaceValue]:
        return [p for p in self.municipalities if p.value is not None]

    @cached_property
    def missing(self) -> Counter[str]:
        """Why municipalities lack a figure: reason, or "" where nothing was published about them."""
        return Counter((p.point.missing or "") if p.point else "" for p in self.municipalities if p.value is None)

    @cached_property
    def changes(self) -> Counter[str]:
        return Counter(p.change for p in self.municipalities if p.change)


def indicator_overview(
    published: Published, version: IndicatorVersion, breakdown: str | None = None, period: Period | None = None
) -> IndicatorOverview:
    """The indicator in a period; without one, in the latest period where at least half as many municipalities have a
    figure as in the best one (a first few early figures do not make a map)."""
    lie = {key[1]: by_period for key, by_period in spreads(published, [version.id]).items()}
    if breakdown is None:
        parts = [f"part={part.code}" for part in version.data_points.all()]
        breakdown = next((part for part in ("", *parts) if part in lie), "")
    by_period = lie.get(breakdown, {})
    periods = sorted(by_period)
    if period is None and periods:
        most = max(spread.n for spread in by_period.values())
        period = [p for p in periods if 2 * by_period[p].n >= most][-1]
    series = series_of(published, version.id, breakdown)
    current = places.places_on()
    sources = {place.source_id for place in current if place.code in series}
    return IndicatorOverview(
        version=version,
        breakdown=breakdown,
        breakdowns=tuple(sorted(lie)),
        period=period,
        periods=tuple(periods),
        municipalities=tuple(_value(p, series, period, version) for p in current if p.source_id in sources),
        counties=tuple(_value(p, series, period, version) for p in places.places_on(kind="county") if p.code in series),
        country=next(
            (_value(p, series, period, version) for p in places.places_on(kind="country") if p.code in series), None
        ),
        spread=by_period.get(period) if period else None,
        releases=published.with_indicators({version.id}).releases,
    )


def _value(
    place: Place, series: dict[str, list[Point]], period: Period | None, version: IndicatorVersion
) -> PlaceValue:
    """The place's own series, with what stands under the numbers the same area had before."""
    points = list(series.get(place.code, ()))
    if place.kind == "municipality":
        own = {point.period for point in points}
        for code, _from, _to in places.same_area_codes(place.code):
            if code != place.code:
                points += [point for point in series.get(code, ()) if point.period not in own]
        points.sort(key=lambda point: point.period)
    point = next((point for point in points if point.period == period), None)
    change = ""
    if point is not None:
        until = [p for p in points if p.period <= point.period]
        pair = rules.comparable_before(until)
        if pair is not None and pair[1] == len(until) - 1:
            before, after = until[pair[0]].value, until[pair[1]].value
            assert before is not None and after is not None
            change = rules.judge_change(version.direction, before, after, version.decimals)
    return PlaceValue(place, point, points, change)
