"""How far latest values have come to their benchmarks, by the method `u4ssc-performance`: one by one, and rolled up.

found = set_performance(published, place, "u4ssc")
found.levels[0].level.mean, .level.measured, .level.of, .between, .indicators, .covered
found.lines[0].answer
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils import timezone

from dugnad.places.models import Place
from dugnad.shared.text import translate
from dugnad.standards import queries as standards
from dugnad.standards.models import Benchmark, DataPoint, Edition, IndicatorGroup, IndicatorVersion
from dugnad.standards.queries import Branch
from dugnad.status.methods import Method, published_methods
from dugnad.status.methods.benchmark import Level, Performance, performance, roll_up
from dugnad.status.queries.series import SeriesKey
from dugnad.status.queries.snapshots import Published
from dugnad.status.queries.standing import Measured, Standing, set_at_place

METHOD = "u4ssc-performance"
SETS = ("u4ssc",)  # sets that are reported against benchmarks: there it is told when one is lacking
LOOKS = ("good", "fair", "weak", "poor")


@dataclass(frozen=True)
class Performed:
    """One latest value and its benchmark: `answer` is a number's or, with a name, why there is none."""

    found: Performance
    benchmark: Benchmark | None
    method: Method

    @property
    def look(self) -> str:
        """How the band looks beside its word: the kinds of a status badge."""
        bands = self.method.bands
        return LOOKS[bands.index(self.found.band)] if self.found.band and len(bands) == len(LOOKS) else "none"


def performances(standings: Iterable[Standing]) -> dict[SeriesKey, Performed]:
    """The performance of each standing that has a benchmark, or whose set is reported against benchmarks."""
    standings = list(standings)
    method = published_methods()[METHOD]
    known = standards.benchmarks((s.version.id for s in standings), timezone.localdate())
    told = {}
    for s in standings:
        benchmark = known.get((s.version.id, s.part.code if s.part else ""))
        if benchmark is not None or s.version.edition.set_id in SETS:
            told[s.key] = _performed(s.latest.value, s.quantity.direction, benchmark, method)
    return told


def _performed(value: float | None, direction: str, benchmark: Benchmark | None, method: Method) -> Performed:
    found = performance(
        value,
        target=benchmark.value if benchmark else None,
        start=benchmark.worst if benchmark else 0.0,
        direction={"up": 1, "down": -1}.get(direction, 0),
        nearest=direction == "target",
        method=method,
    )
    return Performed(found, benchmark, method)


@dataclass(frozen=True)
class Line:
    """One data point of a set at a place: its figure and how far that has come, or why nothing is said. `path` are
    the codes of the groups it is in, from the top."""

    path: tuple[str, ...]
    version: IndicatorVersion
    part: DataPoint | None
    standing: Standing | None
    missing: str | None
    performed: Performed

    @property
    def title(self) -> str:
        """What the indicator is called, with its part."""
        name = translate(self.version.title)
        return f"{name}: {translate(self.part.title)}" if self.part else name

    @property
    def points(self) -> float | None:
        return self.performed.found.points


@dataclass(frozen=True)
class SetLevel:
    """A level of a set at a place, from the whole set (`group` is None) down to its categories.

    `level` has the mean of the points and how many data points have points; `between` is what that mean can be
    whatever the others would have. `indicators` of the level, those with a figure (`reported`) and those with points
    for at least one of their data points (`covered`); `figures`: data points with a figure.
    """

    group: IndicatorGroup | None
    level: Level
    between: tuple[float, float]
    indicators: int
    reported: int
    covered: int
    figures: int

    @property
    def depth(self) -> int:
        return self.group.level if self.group else 0


@dataclass(frozen=True)
class SetPerformance:
    """A set at a place against its benchmarks: every level, the whole set first, and every data point."""

    edition: Edition
    method: Method
    levels: tuple[SetLevel, ...]
    lines: tuple[Line, ...]

    @property
    def whole(self) -> SetLevel:
        return self.levels[0]

    @property
    def highest(self) -> float:
        return max(band.points for band in self.method.bands)

    @property
    def by_dimension(self) -> list[tuple[IndicatorGroup | None, list[Line]]]:
        """The data points under each group of the first level, in the order of the set."""
        tops = [one.group for one in self.levels if one.depth == 1] or [None]
        return [(top, [line for line in self.lines if top is None or line.path[0] == top.code]) for top in tops]


def is_reported(set_id: str) -> bool:
    """Whether a set is held against benchmarks: it is U4SSC, or one of its indicators has an adopted one today."""
    versions = [v.id for v in standards.current_versions() if v.edition.set_id == set_id]
    return bool(versions) and (set_id in SETS or bool(standards.benchmarks(versions, timezone.localdate())))


def set_performance(published: Published, place: Place, set_id: str) -> SetPerformance | None:
    """How far a place has come to the benchmarks of a set, level by level; None where the set is not used there."""
    used, standings, reasons = set_at_place(published, place, set_id)
    if not used:
        return None
    method = published_methods()[METHOD]
    known = standards.benchmarks((m.version.id for m in used), timezone.localdate())
    edition = used[0].version.edition
    groups = dict(_walked(standards.set_overview(set_id, edition.code).branches))
    lines = tuple(_lines(used, groups, {s.key: s for s in standings}, reasons, known, method))
    rolled = roll_up((line.path, line.points) for line in lines)
    found = {(): None, **{path: group for group, path in groups.items()}}
    levels = tuple(_level(group, path, lines, rolled[path], method) for path, group in found.items() if path in rolled)
    return SetPerformance(edition, method, levels, lines)


def _lines(
    used: Iterable[Measured],
    groups: dict[IndicatorGroup, tuple[str, ...]],
    standings: dict[SeriesKey, Standing],
    reasons: dict[str, str],
    known: dict[tuple[str, str], Benchmark],
    method: Method,
) -> Iterator[Line]:
    for m in used:
        for breakdown, part in m.breakdowns:
            standing = standings.get((m.version.id, breakdown))
            direction = m.version.quantity(part).direction
            benchmark = known.get((m.version.id, part.code if part else ""))
            value = standing.latest.value if standing else None
            missing = None if standing else reasons.get(m.version.id)
            path = groups[m.version.group] if m.version.group else ()
            yield Line(path, m.version, part, standing, missing, _performed(value, direction, benchmark, method))


def _level(
    group: IndicatorGroup | None, path: tuple[str, ...], lines: Sequence[Line], level: Level, method: Method
) -> SetLevel:
    below = [line for line in lines if line.path[: len(path)] == path]
    points = [band.points for band in method.bands]
    return SetLevel(
        group,
        level,
        level.between(min(points), max(points)),
        indicators=len({line.version.id for line in below}),
        reported=len({line.version.id for line in below if line.standing}),
        covered=len({line.version.id for line in below if line.points is not None}),
        figures=sum(line.standing is not None for line in below),
    )


def _walked(
    branches: Iterable[Branch], above: tuple[str, ...] = ()
) -> Iterator[tuple[IndicatorGroup, tuple[str, ...]]]:
    """Every group with the codes that lead to it from the top, in the order of the set."""
    for branch in branches:
        if branch.group:
            path = (*above, branch.group.code)
            yield branch.group, path
            yield from _walked(branch.branches, path)
