"""How does a place stand: its indicators under the 17 goals, with change, spread and what is missing?"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, lru_cache

from django.utils import timezone

from dugnad.places import queries as places
from dugnad.places.models import BEGINNING, Place, PlaceKind
from dugnad.shared.periods import Period
from dugnad.standards import queries as standards
from dugnad.standards.models import DataPoint, Goal, IndicatorSet, IndicatorVersion, Quantity
from dugnad.status import rules, trends
from dugnad.status.methods import published_methods
from dugnad.status.queries.borders import Borders, series_on_borders
from dugnad.status.queries.series import Point, SeriesKey, Spread, series_at_places, spreads, spreads_among
from dugnad.status.queries.snapshots import Published
from dugnad.status.queries.whose import counties_by_indicator

Spreads = Mapping[SeriesKey, Mapping[Period, Spread]]

MOST_HIGHLIGHTS = 3
CLEAR = 2.0  # a change is clear from so many times the usual step


@dataclass(frozen=True)
class Measured:
    """A current indicator as these questions need it: its goals, its parts, and its ids in all editions, oldest first.

    `breakdowns` is [("", None)], or [("part=3g", <DataPoint 3g>), ...] for an indicator in parts.
    """

    version: IndicatorVersion
    goals: frozenset[int]
    primary: int | None
    breakdowns: tuple[tuple[str, DataPoint | None], ...]
    ids: tuple[str, ...]


@dataclass(frozen=True)
class Standing:
    """One indicator, or one part of it, at one place: its series and what its latest value means.

    `earlier` is the point that `latest` is compared with, None when nothing can be; `change` is better, worse, same or
    changed (no direction is better), and "" without an earlier one. `spreads` is how the municipalities lie in each
    period: those of the county on a county's page, else all that have figures. `trend` is its course to 2030.
    """

    measured: Measured
    part: DataPoint | None
    breakdown: str
    points: Sequence[Point]
    latest: Point
    earlier: Point | None
    change: str
    clearness: float
    spreads: Mapping[Period, Spread]
    trend: trends.Trend

    @property
    def version(self) -> IndicatorVersion:
        return self.measured.version

    @property
    def key(self) -> SeriesKey:
        return self.version.id, self.breakdown

    @property
    def gaps(self) -> list[Point]:
        return [point for point in self.points if point.missing]

    @cached_property
    def quantity(self) -> Quantity:
        return self.version.quantity(self.part)

    @property
    def verdict(self) -> str:
        """better or worse, where the change since the earlier value and the course agree on it; else ""."""
        return self.change if self.change and self.change == self.trend.verdict else ""

    @property
    def is_series(self) -> bool:
        """Whether there is more than one value: one alone is no picture."""
        return sum(point.value is not None for point in self.points) > 1

    @property
    def spread(self) -> Spread | None:
        return self.spreads.get(self.latest.period)

    @cached_property
    def position(self) -> str:
        """above, within or below the middle half of the municipalities; "" where that cannot be said, or of a county
        that these are the parts of."""
        spread = self.spread
        if (
            spread is None
            or spread.is_own
            or spread.n < rules.FEWEST
            or not self.quantity.is_size_free
            or self.latest.value is None
        ):
            return ""
        return rules.position(self.latest.value, spread.lower_quartile, spread.upper_quartile, self.quantity.decimals)

    @property
    def distance(self) -> float:
        """How far outside the middle half, in widths of it (of the whole range where the half has no width)."""
        if self.position not in ("above", "below") or self.spread is None or self.latest.value is None:
            return 0.0
        spread, value = self.spread, self.latest.value
        width = spread.upper_quartile - spread.lower_quartile or spread.highest - spread.lowest
        return max(value - spread.upper_quartile, spread.lower_quartile - value) / (width or 1.0)


@dataclass(frozen=True)
class Lacking:
    """An indicator without a figure here: what was published of it, by breakdown, is reasons why there is none."""

    measured: Measured
    series: Sequence[tuple[str, Sequence[Point]]]

    @property
    def missing(self) -> str | None:
        """Why, as far as it is known: the reason of the latest period."""
        return self.series[-1][1][-1].missing if self.series else None

    @property
    def version(self) -> IndicatorVersion:
        return self.measured.version


Gaps = dict[str, list[tuple[str, Sequence[Point]]]]  # of an indicator without a figure: breakdown, what is published
Told = tuple[list[Standing], Gaps]


def changes_of(standings: Iterable[Standing]) -> Counter[str]:
    """How many indicators got better, worse, stayed the same, changed or ("") have nothing to be compared with."""
    parts: dict[str, list[str]] = {}
    for standing in standings:
        parts.setdefault(standing.version.id, []).append(standing.change)
    return Counter(rules.common_change(changes) for changes in parts.values())


def statuses_of(standings: Iterable[Standing]) -> Counter[str]:
    """How many indicators are on course, too slow and so on (`trends.Trend.meaning`); one in parts counts once."""
    parts: dict[str, list[str]] = {}
    for standing in standings:
        parts.setdefault(standing.version.id, []).append(standing.trend.meaning)
    return Counter(trends.common_status(said) for said in parts.values())


@dataclass(frozen=True)
class GoalStanding:
    """What is known of a place under one goal: every indicator that reaches it, those shown under it first."""

    goal: Goal
    standings: tuple[Standing, ...]
    lacking: tuple[Lacking, ...]

    @cached_property
    def changes(self) -> Counter[str]:
        return changes_of(self.standings)

    @cached_property
    def statuses(self) -> Counter[str]:
        return statuses_of(self.standings)

    @cached_property
    def status(self) -> str:
        """What most of its judged indicators say: on_course, behind, worse, uncertain, mixed; unknown without one."""
        return trends.goal_status(list(self.statuses.elements()), published_methods()["trend-2030"].projection)

    @property
    def judged(self) -> int:
        """Indicators with a status here."""
        return sum(n for status, n in self.statuses.items() if status not in ("", "unknown"))

    @property
    def better(self) -> int:
        return self.changes["better"]

    @property
    def worse(self) -> int:
        return self.changes["worse"]

    @property
    def known(self) -> int:
        """Indicators with a figure here; an indicator in parts counts once."""
        return sum(self.changes.values())

    @property
    def total(self) -> int:
        return self.known + len(self.lacking)

    @property
    def own(self) -> tuple[Standing, ...]:
        """Those shown under this goal: an indicator that reaches several goals is shown under its main one."""
        return tuple(s for s in self.standings if s.measured.primary == self.goal.number)

    @property
    def guests(self) -> tuple[Standing, ...]:
        """Those that reach this goal and are shown under another."""
        return tuple(s for s in self.standings if s.measured.primary != self.goal.number)


@dataclass(frozen=True)
class Coverage:
    """How much of an indicator set has a figure at a place.

    `elsewhere` of the others have figures for the municipalities of one other `county` only, for at least half of them.
    """

    set: IndicatorSet
    known: int
    total: int
    elsewhere: int = 0
    county: Place | None = None


@dataclass(frozen=True)
class Predecessor:
    """A place this one came from, with the series about it that end where this place's own begin."""

    place: Place
    about: tuple[Standing, ...]


@dataclass(frozen=True)
class PlaceOverview:
    """How a place stands: under each goal, about the place itself, and how much is known."""

    place: Place
    goals: tuple[GoalStanding, ...]
    about: tuple[Standing, ...]
    coverage: tuple[Coverage, ...]
    predecessors: tuple[Predecessor, ...] = ()

    @cached_property
    def standings(self) -> tuple[Standing, ...]:
        """Every series once, though it may stand under several goals."""
        return tuple({standing.key: standing for goal in self.goals for standing in goal.standings}.values())

    @property
    def lacking(self) -> tuple[Lacking, ...]:
        """Every indicator without a figure once."""
        return tuple({lack.version.id: lack for goal in self.goals for lack in goal.lacking}.values())

    @cached_property
    def changes(self) -> Counter[str]:
        return changes_of(self.standings)

    @cached_property
    def statuses(self) -> Counter[str]:
        """How many of the 17 goals have each status; "no_figures" are those without a single one."""
        return Counter(goal.status if goal.known else "no_figures" for goal in self.goals)

    @property
    def known(self) -> int:
        return sum(self.changes.values())

    @property
    def thin(self) -> Coverage | None:
        """The set that makes the page look thin: more of it is shown for one other county only than all that is known
        here."""
        found = max(self.coverage, key=lambda part: part.elsewhere, default=None)
        return found if found and found.elsewhere > self.known else None

    @property
    def known_goals(self) -> int:
        return sum(bool(goal.standings) for goal in self.goals)

    @property
    def empty_goals(self) -> tuple[GoalStanding, ...]:
        return tuple(goal for goal in self.goals if not goal.standings)

    def _clearest(self, change: str) -> tuple[Standing, ...]:
        found = [s for s in self.standings if s.verdict == change and s.clearness >= CLEAR]
        return tuple(sorted(found, key=lambda s: -s.clearness)[:MOST_HIGHLIGHTS])

    @property
    def improved(self) -> tuple[Standing, ...]:
        """The clearest changes for the better: the largest compared with the usual step of their own series, of those
        whose course is clearly better too."""
        return self._clearest("better")

    @property
    def worsened(self) -> tuple[Standing, ...]:
        return self._clearest("worse")

    @property
    def outside(self) -> tuple[Standing, ...]:
        """Those farthest outside the middle half of the municipalities."""
        found = [s for s in self.standings if s.distance > 0]
        return tuple(sorted(found, key=lambda s: -s.distance)[:MOST_HIGHLIGHTS])

    @property
    def newest(self) -> tuple[Standing, ...]:
        """Those about the latest time; of several alike, those published last."""
        found = sorted(self.standings, key=lambda s: s.latest.release.published_at, reverse=True)
        return tuple(sorted(found, key=lambda s: s.latest.period.end, reverse=True)[:MOST_HIGHLIGHTS])


def place_overview(published: Published, place: Place) -> PlaceOverview:
    """Everything the page of a place shows.

    A goal holds the indicators linked to it in every set that is used where the place is; indicators without a goal
    tell about the place.
    """
    used = _used_at(published, place)
    texts, ids = _breakdowns(used), {i for m in used for i in m.ids}
    series = _series_of([place], published, ids, texts)[place.pk]
    origins = {origin.code: origin for origin in _origins(place)}
    before = series_at_places(published, {code: [code] for code in origins}, ids, texts) if origins else {}
    about = {i for m in used if not m.goals and m.version.quantity().is_size_free for i in m.ids}
    [told] = _standings((place, used, series, _spreads(published, place, series, texts, about)))
    return _overview(
        place,
        used,
        told,
        [(origin, before[code]) for code, origin in origins.items()],
        counties_by_indicator(published),
    )


def overviews_beside(published: Published, chosen: Sequence[Place]) -> list[PlaceOverview]:
    """The same for several places, asked about together, without what only the page of one tells: how others lie, what
    the place came from and how much of each set is known."""
    used = {place.pk: _used_at(published, place) for place in chosen}
    everything = {m.version.id: m for measured in used.values() for m in measured}.values()
    series = _series_of(chosen, published, {i for m in everything for i in m.ids}, _breakdowns(everything))
    told = _standings(*((place, used[place.pk], series[place.pk], {}) for place in chosen))
    return [_overview(place, used[place.pk], found) for place, found in zip(chosen, told, strict=True)]


def _series_of(
    chosen: Sequence[Place], published: Published, ids: Collection[str], breakdowns: Collection[str]
) -> dict[int, dict[SeriesKey, list[Point]]]:
    """The series of some places on their own borders, by the place's key."""
    carried = series_on_borders(published, chosen, ids, breakdowns)
    return {place.pk: _until_its_end(place, carried[place.pk]) for place in chosen}


def _until_its_end(place: Place, series: dict[SeriesKey, list[Point]]) -> dict[SeriesKey, list[Point]]:
    """A place that is no more has the figures of its time, though others may be added up on its borders."""
    if place.valid_to is None:
        return series
    return {
        key: kept for key, points in series.items() if (kept := [p for p in points if p.period.start < place.valid_to])
    }


def goal_at_place(published: Published, place: Place, goal_number: int, borders: Borders | None = None) -> GoalStanding:
    """One goal at one place: the same as in `place_overview`, with the spread of every period. On chosen `borders`, of
    which `place` is one, all its figures through time, without the spread of the places of today."""
    used = [m for m in _used_at(published, place) if goal_number in m.goals]
    texts = _breakdowns(used)
    estimate = borders is not None and borders.is_chosen
    all_ids = {i for m in used for i in m.ids}
    series = series_on_borders(published, [place], all_ids, texts, estimate=estimate)[place.pk]
    ids = {version_id for version_id, _breakdown in series}
    lie = (
        spreads_among(published, ids, _members(place), place, texts)
        if place.kind == PlaceKind.COUNTY
        else spreads(published, ids, breakdowns=texts)
    )
    if borders is not None and not borders.are_todays:
        lie = {}
    [told] = _standings((place, used, series, lie))
    return next(g for g in _overview(place, used, told).goals if g.goal.number == goal_number)


def set_at_place(
    published: Published, place: Place, set_id: str
) -> tuple[list[Measured], list[Standing], dict[str, str]]:
    """Every indicator of a set that is used where the place is; those with a figure; why others have none, where that
    is known, by their ids. Without the spread of other places."""
    used = [m for m in _used_at(published, place) if m.version.edition.set_id == set_id]
    all_ids = {i for m in used for i in m.ids}
    series = series_on_borders(published, [place], all_ids, _breakdowns(used))[place.pk]
    [(standings, gaps)] = _standings((place, used, _until_its_end(place, series), {}))
    lacking = [Lacking(m, gaps[m.version.id]) for m in used if m.version.id in gaps]
    return used, standings, {lack.version.id: lack.missing or "" for lack in lacking}


def _breakdowns(used: Iterable[Measured]) -> set[str]:
    """What pages of places show: wholes and parts, none of the other breakdowns."""
    return {text for measured in used for text, _part in measured.breakdowns}


def codes_of(place: Place) -> list[str]:
    """Every code the area has had, newest first."""
    return list(dict.fromkeys(code for code, _from, _to in reversed(places.same_area_codes(place.code))))


def _members(county: Place) -> list[str]:
    return [municipality.code for municipality in places.municipalities_of(county.code)]


def _origins(place: Place) -> list[Place]:
    """The places that this area was put together from, or cut out of, when its oldest code began."""
    code, since, _until = places.same_area_codes(place.code)[0]
    if since == BEGINNING or place.kind != PlaceKind.MUNICIPALITY:
        return []
    edges = places.predecessors(code, since)
    day = since - timedelta(days=1)
    return [places.place(origin, day) for origin in dict.fromkeys(edge.from_code for edge in edges)]


def _spreads(
    published: Published,
    place: Place,
    series: Mapping[SeriesKey, list[Point]],
    breakdowns: Collection[str],
    about: Collection[str],
) -> Spreads:
    """How municipalities lie in the periods of a place's latest values, and in all of those that are drawn: `about`."""
    drawn = {
        point.period for (version_id, _breakdown), points in series.items() if version_id in about for point in points
    }
    latest: dict[str, set[Period]] = {}
    for (version_id, _breakdown), points in series.items():
        if (last := _latest(points)) is not None:
            latest.setdefault(version_id, set()).add(last.period)
    if place.kind == PlaceKind.COUNTY:
        return spreads_among(published, list(latest), _members(place), place, breakdowns)
    return spreads(published, list(latest), set().union(*latest.values(), drawn), breakdowns)


def _used_at(published: Published, place: Place) -> list[Measured]:
    """The current indicators of the sets that have figures for places of the same kind of origin as this one."""
    used = {
        version_id.partition(".")[0]
        for release in published.releases
        if place.source.key in release.place_sources
        for version_id in release.indicators
    }
    return [m for m in _measured(standards.loaded_key()) if m.version.edition.set_id in used]


@lru_cache(maxsize=2)
def _measured(_loaded_key: str) -> tuple[Measured, ...]:
    earlier = standards.earlier_versions()
    found = []
    for version in standards.current_versions():
        primary = version.primary_goal
        parts = tuple((f"part={part.code}", part) for part in version.data_points.all())
        found.append(
            Measured(
                version,
                frozenset(goal.number for goal in version.goals.all()),
                primary.number if primary else None,
                parts or (("", None),),
                (*earlier.get(version.id, ()), version.id),
            )
        )
    return tuple(found)


def _overview(
    place: Place,
    used: Sequence[Measured],
    told: Told,
    origins: Sequence[tuple[Place, Mapping[SeriesKey, list[Point]]]] = (),
    counties: Mapping[str, Mapping[str, int]] | None = None,
) -> PlaceOverview:
    standings, gaps = told
    known = {standing.version.id for standing in standings}
    lacking = [Lacking(m, gaps.get(m.version.id, ())) for m in used if m.version.id not in known]
    # Amounts first: how many people live there comes before how old they are.
    about = tuple(sorted((s for s in standings if not s.measured.goals), key=lambda s: s.quantity.is_size_free))
    return PlaceOverview(
        place,
        tuple(_goal(goal, standings, lacking) for goal in standards.goals()),
        about,
        () if counties is None else _coverage(place, used, known, counties),
        _predecessors(place, used, about, origins),
    )


def _goal(goal: Goal, standings: Sequence[Standing], lacking: Sequence[Lacking]) -> GoalStanding:
    def own_first(one: Standing | Lacking) -> bool:
        return one.measured.primary != goal.number

    return GoalStanding(
        goal,
        tuple(sorted((s for s in standings if goal.number in s.measured.goals), key=own_first)),
        tuple(sorted((lack for lack in lacking if goal.number in lack.measured.goals), key=own_first)),
    )


def _standings(*asked: tuple[Place, Iterable[Measured], Mapping[SeriesKey, list[Point]], Spreads]) -> list[Told]:
    """For each place with its series: the indicators with a figure, and of others that were asked about the reasons why
    there is none. The courses of all places are found together."""
    found = [(place, *_figures(used, series), lie) for place, used, series, lie in asked]
    series = [(m.version, part, points, place) for place, figures, *_rest in found for m, part, _, points, _ in figures]
    courses = iter(trends_of(series))
    return [
        ([_standing(*figure, lie, next(courses)) for figure in figures], gaps) for _place, figures, gaps, lie in found
    ]


def _figures(
    used: Iterable[Measured], series: Mapping[SeriesKey, list[Point]]
) -> tuple[list[tuple[Measured, DataPoint | None, str, Sequence[Point], Point]], Gaps]:
    """Each series with its latest value, and what was published of the indicators that have none."""
    found: list[tuple[Measured, DataPoint | None, str, Sequence[Point], Point]] = []
    gaps: Gaps = {}
    for measured in used:
        for breakdown, part in measured.breakdowns:
            editions = [points for i in measured.ids if (points := series.get((i, breakdown)))]
            points = editions[0] if len(editions) == 1 else join_editions(editions)
            if (latest := _latest(points)) is not None:
                found.append((measured, part, breakdown, points, latest))
            elif points and points[-1].missing:
                gaps.setdefault(measured.version.id, []).append((breakdown, points))
    return found, gaps


def standing_of(
    version: IndicatorVersion, part: DataPoint | None, breakdown: str, points: Sequence[Point], place: Place
) -> Standing | None:
    """One series that has already been read, with its trend, as the page of its place tells it; None without a value.

    Of an indicator that is no longer current it has the figures of its own edition alone.
    """
    latest = _latest(points)
    if latest is None:
        return None
    measured = next((m for m in _measured(standards.loaded_key()) if m.version.id == version.id), None)
    if measured is None:
        measured = Measured(version, frozenset(), None, ((breakdown, part),), (version.id,))
    [trend] = trends_of([(version, part, points, place)])
    return _standing(measured, part, breakdown, points, latest, {}, trend)


def trends_of(
    series: Sequence[tuple[IndicatorVersion, DataPoint | None, Sequence[Point], Place]],
) -> list[trends.Trend]:
    """The course of each series of a place to 2030, by the published method, held against its benchmark where it has
    one. A place that has ended, or will, leads nowhere."""
    methods = published_methods()
    known = standards.benchmarks((version.id for version, *_rest in series), timezone.localdate())

    def target(version: IndicatorVersion, part: DataPoint | None) -> float | None:
        if part is None and version.target_value is not None:
            return version.target_value
        benchmark = known.get((version.id, part.code if part else ""))
        return benchmark.value if benchmark else None

    asked = [
        trends.Asked(
            points, quantity.direction, quantity.kind, quantity.decimals, target(version, part), bool(place.valid_to)
        )
        for version, part, points, place in series
        for quantity in (version.quantity(part),)
    ]
    return trends.trends(asked, methods["trend-2030"], methods["progress-statcan"])


def _standing(
    measured: Measured,
    part: DataPoint | None,
    breakdown: str,
    points: Sequence[Point],
    latest: Point,
    lie: Spreads,
    trend: trends.Trend,
) -> Standing:
    pair = rules.comparable_before(points)
    earlier, change, clearness = None, "", 0.0
    if pair is not None:
        earlier = points[pair[0]]
        assert earlier.value is not None and latest.value is not None
        quantity = measured.version.quantity(part)
        change = rules.judge_change(quantity.direction, earlier.value, latest.value, quantity.decimals)
        clearness = rules.clearness(points, *pair)
    spread = lie.get((measured.version.id, breakdown), {})
    return Standing(measured, part, breakdown, points, latest, earlier, change, clearness, spread, trend)


def _latest(points: Sequence[Point]) -> Point | None:
    """The last value of what has happened."""
    return next((p for p in reversed(points) if p.value is not None and p.status != "forecast"), None)


def join_editions(series: Sequence[Sequence[Point]]) -> list[Point]:
    """One line of points from the editions of an indicator, oldest first: the newer edition is believed where both
    have a figure, and the first point of a newer edition is a break, for it was measured in another way."""
    joined: list[Point] = []
    for points in series:
        periods = {point.period for point in points}
        kept = [point for point in joined if point.period not in periods]
        first = next((i for i, point in enumerate(points) if point.value is not None), None)
        if kept and first is not None:
            points = [p._replace(is_break=True) if i == first else p for i, p in enumerate(points)]
        joined = sorted([*kept, *points], key=lambda point: point.period)
    return joined


def _predecessors(
    place: Place,
    used: Sequence[Measured],
    about: Sequence[Standing],
    origins: Sequence[tuple[Place, Mapping[SeriesKey, list[Point]]]],
) -> tuple[Predecessor, ...]:
    """Where the figures about a place begin with the place itself: what those before it have, never joined to them."""
    first = {s.key: next(p for p in s.points if p.value is not None) for s in about}
    found = []
    for origin, series in origins:
        [(standings, _gaps)] = _standings((origin, [m for m in used if not m.goals], series, {}))
        older = tuple(s for s in standings if s.key in first and s.latest.period < first[s.key].period)
        if older:
            found.append(Predecessor(origin, older))
    return tuple(found)


def _coverage(
    place: Place, used: Iterable[Measured], known: set[str], counties: Mapping[str, Mapping[str, int]]
) -> tuple[Coverage, ...]:
    groups: dict[str, list[Measured]] = {}
    for measured in used:
        groups.setdefault(measured.version.edition.set_id, []).append(measured)
    names = {county.code: county for county in places.places_on(kind=PlaceKind.COUNTY)}
    sizes = Counter(municipality.county_code for municipality in places.places_on())
    found = []
    for group in groups.values():
        own = sum(m.version.id in known for m in group)
        alone: Counter[str] = Counter()
        for m in group:
            having = [counties[i] for i in m.ids if i in counties]
            codes = set().union(*having)
            if m.version.id not in known and len(codes) == 1:
                (code,) = codes
                # A few towns that happen to lie in one county are not the county.
                if 2 * max(each[code] for each in having) >= sizes[code] > 1:
                    alone[code] += 1
        code, elsewhere = next(iter(alone.most_common(1)), ("", 0))
        if code not in names or code in (place.code, place.county_code):
            elsewhere, code = 0, ""
        found.append(Coverage(group[0].version.edition.set, own, len(group), elsewhere, names.get(code)))
    return tuple(found)
