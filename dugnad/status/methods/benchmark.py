"""Performance to benchmark, as U4SSC reports it: how far a value has come to its target, the band, and the roll-up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from dugnad.status.methods.model import Band, Method

Answer = Literal["measured", "not_reported", "no_benchmark", "target_is_start", "target_wrong_way"]


@dataclass(frozen=True)
class Performance:
    """What can be said of a value and its benchmark: `percent` of the way and `points` only where it was measured."""

    answer: Answer
    percent: float | None = None
    points: float | None = None
    band: Band | None = None


def performance(
    value: float | None,
    *,
    target: float | None,
    start: float = 0.0,
    direction: int = 0,
    nearest: bool = False,
    method: Method,
) -> Performance:
    """100 (value - start) / (target - start), and its band in the method.

    Where `nearest` the target is best, a value past it has come no farther than one as far before it: 1.5 is as good
    as 0.5 on the way from 0 to 1.

    `start` is the worst value: with 0 it is the plain share of the target. `direction` (1 up, -1 down), where it is
    known, must be the way from start to target.

    >>> performance(97.0, target=100, method=u4ssc).points
    4.0
    >>> performance(10.0, target=5, start=8, direction=1, method=u4ssc).answer
    'target_wrong_way'
    """
    if target is None:
        return Performance("no_benchmark")
    if value is None:
        return Performance("not_reported")
    if target == start:
        return Performance("target_is_start")
    if direction * (target - start) < 0:
        return Performance("target_wrong_way")
    percent = 100.0 * (value - start) / (target - start)
    if nearest:
        percent = 100.0 - abs(100.0 - percent)
    band = next(band for band in method.bands if percent >= band.at_least)
    return Performance("measured", percent, band.points, band)


@dataclass(frozen=True)
class Level:
    """The points of everything under one step of a path: their mean, and how many there are of how many."""

    mean: float | None
    measured: int
    of: int

    def between(self, lowest: float, highest: float) -> tuple[float, float]:
        """What the mean can be at all: if everything without points had the lowest, and if it had the highest.

        >>> Level(3.0, 2, 6).between(1, 4)
        (1.6666666666666667, 3.6666666666666665)
        """
        total, rest = (self.mean or 0.0) * self.measured, self.of - self.measured
        return (total + lowest * rest) / self.of, (total + highest * rest) / self.of


def roll_up(points: Iterable[tuple[tuple[str, ...], float | None]]) -> Mapping[tuple[str, ...], Level]:
    """Points carried up every step of their paths: at each step the mean over all data points below it.

    Counts are carried, so a step with one data point weighs one, never as much as its neighbour with twenty. None is a
    data point without points. The empty path is everything.

    >>> rolled = roll_up([(("EC", "ICT"), 4), (("EC", "ICT"), 2), (("EC", "PR"), 1), (("EN", "AQ"), None)])
    >>> rolled[("EC",)], rolled[("EN",)].mean
    (Level(mean=2.3333333333333335, measured=3, of=3), None)
    """
    sums: dict[tuple[str, ...], list[float]] = {}
    for path, found in points:
        for depth in range(len(path) + 1):
            level = sums.setdefault(path[:depth], [0.0, 0, 0])
            level[2] += 1
            if found is not None:
                level[0] += found
                level[1] += 1
    return {
        path: Level(total / measured if measured else None, int(measured), int(of))
        for path, (total, measured, of) in sums.items()
    }
