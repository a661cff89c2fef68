"""How does a place stand: its indicators under the 17 goals, with change, spread and what is missing?"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from dugnad.places import queries as places
from dugnad.places.models import Place
from dugnad.standards import queries as standards
from dugnad.standards.models import DataPoint, Goal, IndicatorSet, IndicatorVersion
from dugnad.status import rules
from dugnad.status.queries.series import Point, SeriesKey, Spread, series_at, spreads
from dugnad.status.queries.snapshots import Published


@dataclass(frozen=True)
class Standing:
    """One indicator, or one part of it, at one place: its series and what its latest value means.

    `earlier` is the point that `latest` is compared with, None when nothing can be; `change` is better, worse, same or
    changed (no direction is better), and "" without an earlier one. `spread` is how the municipalities lie in the
    period of `latest`.
    """

    version: IndicatorVersion
    part: DataPoint | None
    breakdown: str
    points: Sequence[Point]
    latest: Point
    earlier: Point | None
    change: str
    spread: Spread | None

    @property
    def gaps(self) -> list[Point]:
        return [point for point in self.points if point.missing]

    @property
    def direction(self) -> str:
        return self.part.direction if self.part else self.version.direction


@dataclass(frozen=True)
class Lacking:
    """An indicator without a figure here, and why as far as it is known: the reasons of its latest period."""

    version: IndicatorVersion
    missing: str | None


@dataclass(frozen=True)
class GoalStanding:
    """What is known of a place under one goal."""

    goal: Goal
    standings: tuple[Standing, ...]
    lacking: tuple[Lacking, ...]

    @cached_property
    def changes(self) -> Counter[str]:
        """How many indicators of this goal got better, worse, stayed the same."""
        return Counter(standing.change for standing in self.standings if standing.change)

    @property
    def better(self) -> int:
        return self.changes["better"]

    @property
    def worse(self) -> int:
        return self.changes["worse"]

    @property
    def known(self) -> int:
        """Indicators with a figure here; an indicator in parts counts once."""
        return len({standing.version.id for standing in self.standings})


@dataclass(frozen=True)
class Coverage:
    """How much of an indicator set has a figure at a place."""

    set: IndicatorSet
    known: int
    total: int


@dataclass(frozen=True)
class PlaceOverview:
    """How a place stands: under each goal, about the place itself, and how much is known."""

    place: Place
    goals: tuple[GoalStanding, ...]
    about: tuple[Standing, ...]
    coverage: tuple[Coverage, ...]

    @cached_property
    def standings(self) -> tuple[Standing, ...]:
        """Every indicator once, though it may stand under several goals."""
        seen: dict[tuple[str, str], Standing] = {}
        for goal in self.goals:
            for standing in goal.standings:
                seen.setdefault((standing.version.id, standing.breakdown), standing)
        return tuple(seen.values())

    @cached_property
    def changes(self) -> Counter[str]:
        return Counter(standing.change for standing in self.standings if standing.change)

    @property
    def known_goals(self) -> int:
        return sum(bool(goal.standings) for goal in self.goals)

    @property
    def better(self) -> int:
        return self.changes["better"]

    @property
    def worse(self) -> int:
        return self.changes["worse"]

    @property
    def same(self) -> int:
        return self.changes["same"]


def place_overview(published: Published, place: Place) -> PlaceOverview:
    """Everything the page of a place shows.

    A goal holds the indicators linked to it in every set that is used where the place is; indicators without a goal
    tell about the place.
    """
    versions = _versions_used(published, place)
    found, reasons = _standings(published, place, versions)
    known = {standing.version.id for standing in found}
    lacking = [Lacking(version, reasons.get(version.id)) for version in versions if version.id not in known]
    goals = tuple(
        GoalStanding(
            goal,
            tuple(standing for standing in found if goal in standing.version.goals.all()),
            tuple(lack for lack in lacking if goal in lack.version.goals.all()),
        )
        for goal in standards.goals()
    )
    about = tuple(standing for standing in found if not standing.version.goals.all())
    return PlaceOverview(place, goals, about, _coverage(versions, known))


def goal_at_place(published: Published, place: Place, goal_number: int) -> GoalStanding:
    """One goal at one place: the same as in `place_overview`."""
    return next(g for g in place_overview(published, place).goals if g.goal.number == goal_number)


def _versions_used(published: Published, place: Place) -> list[IndicatorVersion]:
    """The current indicators of the sets that have figures for places of the same kind of origin as this one."""
    used = {
        version_id.split(".", 1)[0]
        for release in published.releases
        if place.source.key in release.place_sources
        for version_id in release.indicators
    }
    return [version for version in standards.current_versions() if version.edition.set_id in used]


def _standings(
    published: Published, place: Place, versions: Iterable[IndicatorVersion]
) -> tuple[list[Standing], dict[str, str]]:
    """The indicators with a figure here, and for the others that were asked about the reason why there is none."""
    codes = [code for code, _from, _to in reversed(places.same_area_codes(place.code))]
    editions = standards.earlier_versions()
    ids = {old for version in versions for old in (version.id, *editions.get(version.id, ()))}
    series = series_at(published, codes, ids)
    lie = spreads(published, [version for version, _breakdown in series])
    found: list[Standing] = []
    reasons: dict[str, str] = {}
    for version in versions:
        for part in version.data_points.all() or [None]:
            breakdown = f"part={part.code}" if part else ""
            points = join_editions(
                [series.get((i, breakdown), []) for i in (*editions.get(version.id, ()), version.id)]
            )
            standing = _standing(version, part, breakdown, points, lie)
            if standing is not None:
                found.append(standing)
            elif points and points[-1].missing:
                reasons[version.id] = points[-1].missing
    return found, reasons


def _standing(
    version: IndicatorVersion,
    part: DataPoint | None,
    breakdown: str,
    points: list[Point],
    lie: dict[SeriesKey, dict],
) -> Standing | None:
    known = [point for point in points if point.value is not None and point.status != "forecast"]
    if not known:
        return None
    latest = known[-1]
    pair = rules.comparable_before(points)
    earlier = points[pair[0]] if pair else None
    change = ""
    if earlier is not None and earlier.value is not None and latest.value is not None:
        direction = part.direction if part else version.direction
        change = rules.judge_change(direction, earlier.value, latest.value, version.decimals)
    spread = lie.get((version.id, breakdown), {}).get(latest.period)
    return Standing(version, part, breakdown, points, latest, earlier, change, spread)


def join_editions(series: Sequence[Sequence[Point]]) -> list[Point]:
    """One line of points from the editions of an indicator, oldest first: the newer edition is believed where both
    have a figure, and the first point of a newer edition is a break, for it was measured in another way."""
    joined: list[Point] = []
    for points in series:
        periods = {point.period for point in points}
        kept = [point for point in joined if point.period not in periods]
        first = next((i for i, point in enumerate(points) if point.value is not None), None)
        if kept and first is not None:
            points = [replace(p, is_break=True) if i == first else p for i, p in enumerate(points)]
        joined = sorted([*kept, *points], key=lambda point: point.period)
    return joined


def _coverage(versions: Iterable[IndicatorVersion], known: set[str]) -> tuple[Coverage, ...]:
    totals: dict[str, list[IndicatorVersion]] = {}
    for version in versions:
        totals.setdefault(version.edition.set_id, []).append(version)
    return tuple(
        Coverage(group[0].edition.set, sum(v.id in known for v in group), len(group)) for group in totals.values()
    )
