"""Time series as pictures see them: points, the runs a line may join, and where a period lies."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dugnad.shared.periods import Period

LARGEST = 1e15  # above this a float no longer counts one by one, and no municipality has so much of anything

# The sign on the axis and the words that explain it. The dots and colon are Statistics Norway's standard signs.
REASONS: dict[str, tuple[str, str]] = {
    "not_available": ("..", gettext_noop("figure not available")),
    "not_applicable": (".", gettext_noop("not applicable here")),
    "suppressed": (":", gettext_noop("hidden to protect persons")),
    "not_reported": ("NR", gettext_noop("not reported")),
    "border_change": ("≠", gettext_noop("the borders changed")),
    "not_collected": ("×", gettext_noop("not collected")),
}
STATUSES: dict[str, str] = {
    "preliminary": gettext_noop("preliminary"),
    "estimated": gettext_noop("estimated"),
    "forecast": gettext_noop("forecast"),
}


@dataclass(frozen=True)
class Point:
    """One period of a series: a value, or the reason there is none.

    >>> Point(Period.year(2024), 3.1).value, Point(Period.year(2023), missing="suppressed").missing
    (3.1, 'suppressed')

    `is_break`: values before this one cannot be compared with it and those after; `note` says why, in a word or two.
    """

    period: Period
    value: float | None = None
    status: str = "normal"
    is_break: bool = False
    missing: str | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if (self.value is None) == (self.missing is None):
            raise ValueError(f"{self.period.text}: a point has a value or a reason why there is none")
        if self.value is not None and not abs(self.value) <= LARGEST:
            raise ValueError(f"{self.period.text}: {self.value} is not a value that can be drawn")
        if self.missing is not None and self.missing not in REASONS:
            raise ValueError(f"{self.period.text}: no such reason for a missing value: {self.missing!r}")

    @property
    def at(self) -> float:
        """The middle of the period, in days: a value speaks of all of it."""
        return self.period.middle

    @property
    def is_provisional(self) -> bool:
        return self.status != "normal"


@dataclass(frozen=True)
class Line:
    """A named series."""

    name: str
    points: Sequence[Point]


def runs(points: Sequence[Point]) -> Iterator[list[Point]]:
    """The stretches a line may join, of points in time order: none across a missing value or a break.

    >>> year = Period.year
    >>> series = [Point(year(2020), 1.0), Point(year(2021), missing="suppressed"), Point(year(2022), 2.0)]
    >>> series.append(Point(year(2023), 9.0, is_break=True))
    >>> [[point.value for point in run] for run in runs(series)]
    [[1.0], [2.0], [9.0]]
    """
    run: list[Point] = []
    for point in points:
        if run and (point.value is None or point.is_break):
            yield run
            run = []
        if point.value is not None:
            run.append(point)
    if run:
        yield run


def typical_step(points: Sequence[Point]) -> float:
    """The usual distance between points in time order, in days (a year for a single point): the lower median.

    >>> typical_step([Point(Period.year(y), 1.0) for y in (2009, 2011, 2013, 2014, 2015)])
    365.0
    """
    at = [point.at for point in points]
    steps = sorted(after - before for before, after in pairwise(at) if after > before)
    return steps[(len(steps) - 1) // 2] if steps else 365.0


def is_long(point: Point, step: float) -> bool:
    """Whether a period is longer than the step between points: such windows overlap and share data."""
    return (point.period.end - point.period.start).days > 1.5 * step


def reason(missing: str) -> str:
    """Why there is no value, in the reader's language."""
    return _(REASONS[missing][1])


def finite(values: Sequence[float | None]) -> list[float]:
    """The values there are; refuses what cannot be drawn."""
    seen = [value for value in values if value is not None]
    if not all(math.isfinite(value) and abs(value) <= LARGEST for value in seen):
        raise ValueError("a value is not a number that can be drawn")
    return seen
