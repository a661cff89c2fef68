"""From values to positions: scales, round ticks, classes, and the stated rule for a logarithmic scale."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dugnad.shared.numbers import rounded


@dataclass(frozen=True)
class Scale:
    """Where a value lies. Built by `linear` or `log`, which choose the ends so that they are ticks.

    >>> scale = linear([3.2, 4.1], 200, 0)
    >>> scale.ticks, scale(4.0)
    ((0.0, 1.0, 2.0, 3.0, 4.0, 5.0), 40.0)
    """

    low: float
    high: float
    start: float
    stop: float
    ticks: tuple[float, ...] = ()
    is_log: bool = False

    def __call__(self, value: float) -> float:
        if self.is_log:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.stop - self.start)

    @property
    def decimals(self) -> int:
        """How many decimals the ticks need to differ."""
        steps = [b - a for a, b in zip(self.ticks, self.ticks[1:], strict=False)]
        return max(0, -math.floor(math.log10(min(steps)) + 1e-9)) if steps else 0


def linear(
    values: Iterable[float], start: float, stop: float, *, zero: bool = True, decimals: int = 0, count: int = 4
) -> Scale:
    """A scale with about `count` round steps over the values, and over zero unless told otherwise.

    A step is never finer than the decimals values are written with: nobody counts half persons.
    """
    seen = [*values, 0.0] if zero else list(values) or [0.0]
    low, high = min(seen), max(seen)
    # Nor finer than floats of this size can tell apart.
    finest = max(10.0**-decimals, _round_step(1e-12 * max(-low, high)))
    step = max(_round_step((high - low) / count), finest)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    if last - first > 2 * count - 1:  # the step was rounded down, and both ends stick out
        step = _round_step(2 * step)
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    if first == last:
        last += 1
    # Multiplied, not added up, so that 0.3 is 0.3.
    ticks = tuple(round(i * step, 12) for i in range(first, last + 1))
    return Scale(ticks[0], ticks[-1], start, stop, ticks)


def log(values: Iterable[float], start: float, stop: float) -> Scale:
    """A logarithmic scale over positive values, with ticks at 1, 2 and 5 (at 1 alone over more than three decades)."""
    seen = list(values)
    low, high = min(seen), max(seen)
    decades = range(math.floor(math.log10(low) - 1e-9), math.ceil(math.log10(high) + 1e-9) + 1)
    every = (1, 2, 5) if len(decades) <= 4 else (1,)
    rounds = [m * 10.0**k if k >= 0 else m / 10.0**-k for k in decades for m in every]
    first = max((i for i, tick in enumerate(rounds) if tick <= low), default=0)
    last = min((i for i, tick in enumerate(rounds) if tick >= high), default=len(rounds) - 1)
    ticks = tuple(rounds[first : max(last, first + 1) + 1])
    return Scale(ticks[0], ticks[-1], start, stop, ticks, is_log=True)


def wants_log(values: Sequence[float], decimals: int = 0) -> bool:
    """Whether a linear scale would say nothing: at least five values, all more than zero as they are written, and the
    largest at least five times the median.

    >>> wants_log([2, 3, 4, 5, 53]), wants_log([2, 3, 4, 5, 6])
    (True, False)
    """
    return len(values) >= 5 and min(values) >= 10.0**-decimals and max(values) >= 5 * quantile(sorted(values), 0.5)


def quantile(ordered: Sequence[float], share: float) -> float:
    """The linear quantile (numpy's default) of values in rising order.

    >>> quantile([1, 2, 3, 4], 0.25)
    1.75
    """
    position = share * (len(ordered) - 1)
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def classify(
    values: Iterable[float | None], k: int = 5, method: str = "quantile", decimals: int | None = None
) -> tuple[float, ...]:
    """The limits between at most `k` classes; a value on a limit belongs to the class above it.

    >>> classify([1, 2, 3, 4, 5, 6, 7, 8, None], k=4, decimals=0)
    (3.0, 5.0, 6.0)
    >>> classify([7, 7, 7]), classify([])
    ((), ())

    `quantile` makes classes of about equal size, `equal` of equal width, `log` of equal ratio. Equal values always
    share a class, so many ties or few values make fewer classes. No class is empty. With `decimals` the limits are
    round as they will be written, and values are compared as written.
    """
    seen = sorted(_written(value, decimals) for value in values if value is not None)
    if not seen or k < 2:
        return ()
    low, high = seen[0], seen[-1]
    shares = [i / k for i in range(1, k)]
    if method == "quantile":
        limits = [quantile(seen, share) for share in shares]
    elif method == "equal":
        limits = [low + (high - low) * share for share in shares]
    elif method == "log":
        if low <= 0:
            raise ValueError(f"classes of equal ratio need positive values, not {low}")
        limits = [low * (high / low) ** share for share in shares]
    else:
        raise ValueError(f"no such method of classes: {method!r} (quantile, equal or log)")
    kept: list[float] = []
    below = 0
    for limit in (_written(limit, decimals) for limit in limits):
        under = sum(1 for value in seen if value < limit)
        if below < under < len(seen):
            kept.append(limit)
            below = under
    return tuple(kept)


def class_of(value: float, limits: Sequence[float], decimals: int | None = None) -> int:
    """The class of a value, counted from 0.

    >>> class_of(4.0, (2.0, 4.0, 6.0))
    2
    """
    return bisect_right(limits, _written(value, decimals))


def _written(value: float, decimals: int | None) -> float:
    return value if decimals is None else float(rounded(value, decimals))


def _round_step(rough: float) -> float:
    """The one of 1, 2, 5 times a power of ten that is nearest to a rough step (by ratio)."""
    if rough <= 0 or not math.isfinite(math.log10(rough)):
        return 0.0
    power = 10.0 ** math.floor(math.log10(rough))
    return next((m * power for m, below in ((1, 1.5), (2, 3.2), (5, 7.1)) if rough < below * power), 10 * power)
