"""Progress of one series: at the pace of the national statistics offices, and along the straight path to a target.

Where no number can be right there is an answer with a name instead:

    target_is_base      the base is the target already: there is no distance to measure
    target_wrong_way    the target lies on the worse side of the base: met from the start, or it is wrong
    too_early           no time has passed since the base year
    deadline_passed     the target's year is not after the base year
    base_is_zero        without a target, change is a share of the base, and there is none of zero

Growth is compound (`path="geometric"`) where all numbers lie on one side of zero, below it with the sign turned; at
zero and through it growth has no meaning, and the straight change is used (`path="linear"`).
"""

from dataclasses import dataclass
from typing import Literal

from dugnad.status.methods.model import ProgressRules

Path = Literal["geometric", "linear", ""]


@dataclass(frozen=True)
class Progress:
    """`answer` is one of the named ones, or: achieved, on_track, acceleration_needed, limited, deterioration.

    `ratio` is the pace as a share of the needed one (with a target); `rate` the change a year in the wished direction,
    as a share of the value (without one).
    """

    answer: str
    path: Path = ""
    ratio: float | None = None
    rate: float | None = None


def progress_to_target(
    *,
    base: float,
    base_year: int,
    value: float,
    year: int,
    target: float,
    target_year: int,
    direction: int,
    rules: ProgressRules,
) -> Progress:
    """The growth there was against the growth that leads from the base to the target in time.

    >>> halfway = {"base": 10, "base_year": 2015, "value": 5, "year": 2020, "target": 0, "target_year": 2030}
    >>> progress_to_target(**halfway, direction=-1, rules=rules)
    Progress(answer='on_track', path='linear', ratio=1.5, rate=None)
    """
    if named := _no_number(base, base_year, year, target, target_year, direction):
        return Progress(named)
    if (value - target) * direction >= 0:
        return Progress("achieved")
    path = _path(base, value, target)
    if path == "geometric":
        observed = (value / base) ** (1 / (year - base_year)) - 1
        needed = (target / base) ** (1 / (target_year - base_year)) - 1
    else:
        observed = (value - base) / (year - base_year)
        needed = (target - base) / (target_year - base_year)
    ratio = observed / needed
    return Progress(_level(ratio, rules.on_track, rules.acceleration), path, ratio=ratio)


def progress_without_target(
    *,
    base: float,
    base_year: float,
    value: float,
    year: float,
    direction: int,
    rules: ProgressRules,
    scale: float = 1.0,
) -> Progress:
    """The change a year in the wished direction. `scale` (0 to 1) lowers the cut-offs near a natural limit."""
    if year <= base_year:
        return Progress("too_early")
    if base == 0:
        return Progress("base_is_zero")
    path = _path(base, value)
    if path == "geometric":
        rate = ((value / base) ** (1 / (year - base_year)) - 1) * (1 if base > 0 else -1)
    else:
        rate = (value - base) / (year - base_year) / abs(base)
    rate *= direction
    return Progress(_level(rate, rules.growth_on_track * scale, rules.growth_moderate * scale), path, rate=rate)


def limit_scale(*, base: float, limit: float | None, direction: int, rules: ProgressRules) -> float:
    """How far the cut-offs are lowered near a natural limit: 1 far from it, 0 at it, by Statistics Canada's formula.

    With the power it is published with, growth at the highest cut-off does not pass the limit within fifteen years. A
    limit on the other side than the wished one, or on the other side of zero, says nothing.

    >>> limit_scale(base=98, limit=100, direction=1, rules=rules)
    0.0858...
    """
    if limit is None or (limit - base) * direction < 0 or base * limit < 0:
        return 1.0
    start, end = abs(base), abs(limit)
    if start >= 2 * end:
        return 1.0
    return 1.0 - float((start if start <= end else 2 * end - start) / end) ** rules.limit_power


def _path(*values: float) -> Path:
    return "geometric" if min(values) > 0 or max(values) < 0 else "linear"


def _level(found: float, on_track: float, moderate: float) -> str:
    if found >= on_track:
        return "on_track"
    if found >= moderate:
        return "acceleration_needed"
    return "limited" if found >= 0 else "deterioration"


def _no_number(base: float, base_year: int, year: int, target: float, target_year: int, direction: int) -> str:
    if target == base:
        return "target_is_base"
    if (target - base) * direction < 0:
        return "target_wrong_way"
    if target_year <= base_year:
        return "deadline_passed"
    return "too_early" if year <= base_year else ""


@dataclass(frozen=True)
class OnPath:
    """Where a value is beside the straight path: `expected` is the path's value in that year, `gap` the value's lead on
    it in the wished direction, `needed` the yearly change from now on, `arrival` the year the straight line through
    base and value meets the target (None: never).
    """

    answer: str
    expected: float | None = None
    gap: float | None = None
    needed: float | None = None
    arrival: float | None = None


def on_path(
    *, base: float, base_year: int, value: float, year: int, target: float, target_year: int, direction: int
) -> OnPath:
    """achieved, on_path (or ahead of it), behind, away (worse than the base), missed (the year is over); or named.

    >>> on_path(base=10, base_year=2015, value=8, year=2020, target=4, target_year=2030, direction=-1)
    OnPath(answer='on_path', expected=8.0, gap=0.0, needed=-0.4, arrival=2030.0)
    """
    if named := _no_number(base, base_year, year, target, target_year, direction):
        return OnPath(named)
    share = min(1.0, (year - base_year) / (target_year - base_year))
    expected = base + (target - base) * share
    gap = (value - expected) * direction
    change = (value - base) / (year - base_year)
    arrival = base_year + (target - base) / change if change * direction > 0 else None
    if (value - target) * direction >= 0:
        return OnPath("achieved", expected, gap, 0.0, arrival)
    if year >= target_year:
        return OnPath("missed", expected, gap, None, arrival)
    needed = (target - value) / (target_year - year)
    if (value - base) * direction < 0:
        return OnPath("away", expected, gap, needed, arrival)
    tolerance = 1e-9 * max(abs(base), abs(target), abs(value))
    return OnPath("on_path" if gap >= -tolerance else "behind", expected, gap, needed, arrival)
