"""What chance alone can do to a figure: intervals of shares and rates, the limits of a funnel, noise between years.

A share counts how many of those in the denominator are something (binomial), a rate how many events there were over
the denominator (Poisson). Which of them an indicator is, its definition says (`chance`); nothing is guessed. Intervals
are exact (Clopper-Pearson, Garwood). The limits of a funnel are exact quantiles of what a place of that size would have
if it were like all the others, drawn between whole counts as Spiegelhalter (2005) does.
"""

from collections.abc import Sequence
from math import hypot, sqrt
from statistics import median
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dugnad.status.rules import PointLike

Chance = Literal["binomial", "poisson"]
Pair = tuple[NDArray[np.float64], NDArray[np.float64]]

WARNING, ALARM = 0.95, 0.998  # the two limits of a funnel: one place in twenty, one in five hundred
SMALL = 100  # a denominator below this says little: one person more or less is a percentage point
FEWEST_STEPS = 6  # bends of a series, three neighbouring periods each, from which noise can be told


def interval(kind: Chance, count: ArrayLike, base: ArrayLike, share: float = WARNING) -> Pair:
    """The exact interval of a share or a rate, as a fraction of the base.

    >>> low, high = interval("binomial", [4], [80])
    >>> round(float(low[0]), 4), round(float(high[0]), 4)
    (0.0138, 0.1231)
    """
    from scipy import special  # three tenths of a second the first time: not when Django starts

    k, n = _arrays(count, base)
    tail = (1 - share) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        if kind == "binomial":
            low = np.where(k == 0, 0.0, special.betaincinv(np.maximum(k, 1), n - k + 1, tail))
            high = np.where(k == n, 1.0, special.betaincinv(k + 1, np.maximum(n - k, 1), 1 - tail))
        else:
            low = np.where(k == 0, 0.0, special.gammaincinv(np.maximum(k, 1), tail)) / n
            high = special.gammaincinv(k + 1, 1 - tail) / n
    return low, high


def limits(kind: Chance, expected: float, base: ArrayLike, share: float = WARNING) -> Pair:
    """Between which fractions a place of this size lies by chance with this probability, if it is like the others.

    >>> low, high = limits("binomial", 0.05, [80])
    >>> round(float(low[0]), 4), round(float(high[0]), 4)
    (0.0015, 0.0971)
    """
    tail = (1 - share) / 2
    low, high = (np.maximum(_between_counts(kind, expected, base, p), 0.0) for p in (tail, 1 - tail))
    return low, np.minimum(high, 1.0) if kind == "binomial" else high


def _between_counts(kind: Chance, expected: float, base: ArrayLike, p: float) -> NDArray[np.float64]:
    """The fraction below which a share `p` lies: the smallest count reached by as much, moved back by the surplus."""
    from scipy import special

    _k, n = _arrays(0, base)
    if expected <= 0 or (kind == "binomial" and expected >= 1):
        return np.full(n.shape, float(expected))

    def reached(k: NDArray[np.float64]) -> NDArray[np.float64]:
        below = special.bdtr(k, n.astype(int), expected) if kind == "binomial" else special.pdtr(k, n * expected)
        return np.where(k < 0, 0.0, below)

    count = np.ceil(special.bdtrik(p, n, expected) if kind == "binomial" else special.pdtrik(p, n * expected))
    count = np.where(reached(count - 1) >= p, count - 1, count)
    surplus = (reached(count) - p) / (reached(count) - reached(count - 1))
    return (count - surplus) / n


def _arrays(count: ArrayLike, base: ArrayLike) -> Pair:
    return np.asarray(count, dtype=np.float64), np.asarray(base, dtype=np.float64)


def steady(kind: Chance, count: ArrayLike, base: ArrayLike) -> Pair:
    """Fractions on a scale where chance is as large for a high as for a low one, and its standard error there.

    The order of places is the same on it; a place without a single case has an error too.
    """
    k, n = _arrays(count, base)
    with np.errstate(invalid="ignore"):
        root = np.sqrt(k / n)
        scaled = np.arcsin(np.minimum(root, 1.0)) if kind == "binomial" else root
    return scaled, 0.5 / np.sqrt(n)


def noise(points: Sequence[PointLike], decimals: int) -> float | None:
    """How much one figure of a series varies by itself, as a standard deviation; None where too little tells.

    Told from how the series bends over three periods that follow on each other without a break: a steady rise bends
    nothing, so what bends is noise. The middle size of the bends, as a standard deviation (times 1.4826), divided by
    the root of six, and with the rounding of the figure itself. The middle one, so that a single year that shook
    everyone is not taken for noise. Periods that overlap or have gaps between them tell nothing.

    >>> from collections import namedtuple
    >>> from dugnad.shared.periods import Period
    >>> P = namedtuple("P", "period value status is_break missing")
    >>> zigzag = [P(Period.year(2015 + i), 3 + i % 2, "normal", False, None) for i in range(8)]
    >>> round(noise(zigzag, 0), 3)
    1.244
    """
    bends = []
    for a, b, c in zip(points, points[1:], points[2:], strict=False):
        if a.value is None or b.value is None or c.value is None or b.is_break or c.is_break:
            continue
        if "forecast" in (a.status, b.status, c.status):
            continue
        if a.period.end == b.period.start and b.period.end == c.period.start:
            bends.append(abs(a.value - 2 * b.value + c.value))
    if len(bends) < FEWEST_STEPS:
        return None
    rounding = 10.0**-decimals
    return hypot(1.4826 * median(bends) / sqrt(6), rounding / sqrt(12))
