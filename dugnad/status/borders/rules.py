"""How a value is put together from those of its parts, and when that cannot be done.

- One part, whole: its value as it was published.
- What is added (`sum`) is the sum of its parts. A missing part makes the whole missing.
- What is a mean (`weighted_mean`) is carried by its own numerators and denominators, or by the series that the
  indicator names as its denominator; never by anything else. A part whose denominator is zero counts for nothing. A
  missing part makes the whole missing, unless the others hold at least `ENOUGH` of the denominator: then the value is
  of these, estimated, with its coverage.
- What is neither (`none`) is never put together.
- A part of a place is taken only of a count, by a share that is published with its source, and is estimated.
- Everything else is missing: the border changed.

The status of the whole is that of its least settled part, its quality that of the worst, and a break in a part is one
in the whole. So is the passing from an estimate to what was counted.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from dugnad.status.borders.panel import (
    BORDER_CHANGE,
    BREAK,
    ESTIMATED,
    NO_ROW,
    NOT_APPLICABLE,
    NOT_AVAILABLE,
    Array,
    marked,
    reason,
    settled,
)

ENOUGH = 0.95  # of the denominator: with less known, a mean says too little of the whole

How = Literal["sum", "weighted_mean", "none"]


@dataclass(frozen=True)
class Rule:
    """How the values of one series are put together over places: what its indicator's definition says of it.

    value = numerator / denominator * multiplier. `is_count`: it counts things, so a published share may divide it.
    """

    how: How
    multiplier: float | None = None
    is_count: bool = False

    @property
    def may_split(self) -> bool:
        return self.how == "sum" and self.is_count


class Cells(NamedTuple):
    """Values of parts or of wholes, (part or whole, series); `weight` is the denominator, NaN where it is unknown."""

    value: Array
    mark: Array
    quality: Array | None
    numerator: Array
    weight: Array


class Whole(NamedTuple):
    """What parts make together, (whole, series). `coverage` is how much of the denominator the known parts hold, of
    what is added how much of `size`; NaN where that is not known."""

    value: Array
    mark: Array
    quality: Array | None
    numerator: Array
    denominator: Array
    coverage: Array


def together(
    parts: Cells, shares: Array, starts: Array, rules: list[Rule], *, estimate: bool, sizes: Array | None = None
) -> Whole:
    """The wholes that parts make: those from `starts[i]` up to `starts[i + 1]` make the whole i.

    `shares` is 1 for a whole part and NaN for a part of unknown size; without `estimate` no share is used. `sizes` are
    the inhabitants of each part, for the coverage of what is added.
    """

    def added(block: Array) -> Array:
        return np.add.reduceat(block, starts, axis=0)

    how = np.array([rule.how for rule in rules])
    means, sums = how == "weighted_mean", how == "sum"
    multiplier = np.array([rule.multiplier or np.nan for rule in rules])
    why = reason(parts.mark)
    published = np.maximum.reduceat(why != NO_ROW, starts, axis=0)
    why = np.where(why == NO_ROW, NOT_AVAILABLE, why)
    is_whole = np.minimum.reduceat(shares == 1, starts)[:, None]
    splits = ~is_whole & np.minimum.reduceat(~np.isnan(shares), starts)[:, None]
    may_split = np.array([rule.may_split for rule in rules]) & estimate
    allowed = (sums | means) & is_whole | splits & may_split

    # Added.
    value = added(parts.value * shares[:, None])
    has = ~np.isnan(parts.value)
    coverage = np.full(value.shape, np.nan)
    if sizes is not None:
        weighed = sizes * shares
        coverage = added(np.where(has, weighed[:, None], 0.0)) / added(np.broadcast_to(weighed[:, None], has.shape))
    coverage = np.where(np.minimum.reduceat(has, starts, axis=0), 1.0, coverage)

    # Means: value * weight is added, and divided by the weights that are known.
    own = parts.numerator * multiplier
    weight = parts.weight
    product = np.where(np.isnan(own), parts.value * weight, own)
    nothing = weight == 0
    known = has & ~np.isnan(product) | nothing
    total, held = added(weight), added(np.where(known, weight, 0.0))
    numerator = added(np.where(known & ~nothing, product, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        covered = held / total
        mean = numerator / held
    enough = covered >= ENOUGH - 1e-12
    lacks_weight = np.maximum.reduceat(has & np.isnan(product) & ~nothing, starts, axis=0)
    worst = np.maximum.reduceat(np.where(nothing & means, 0, why), starts, axis=0)
    empty = total == 0
    partial = means & enough & (worst > 0)

    value = np.where(means, np.where(enough, mean, np.nan), value)
    coverage = np.where(means, covered, coverage)
    missing = np.where(means & empty, NOT_APPLICABLE, worst)
    missing = np.where(means & lacks_weight & (missing == 0), BORDER_CHANGE, missing)
    missing = np.where(means & enough, 0, missing)
    missing = np.where(allowed, missing, BORDER_CHANGE)
    missing = np.where(published, missing, NO_ROW)
    value = np.where(missing > 0, np.nan, value)
    counted = np.where(nothing & means, 0, settled(parts.mark))
    status = np.maximum.reduceat(counted, starts, axis=0)
    status = np.where((partial | splits) & (status < ESTIMATED), ESTIMATED, status)
    status = np.where(missing > 0, 0, status)
    is_break = np.maximum.reduceat(parts.mark & BREAK, starts, axis=0) > 0
    kept = means & (missing == 0)
    return Whole(
        value,
        marked(status, missing, is_break),
        None if parts.quality is None else np.where(missing > 0, 0, np.maximum.reduceat(parts.quality, starts, axis=0)),
        np.where(kept, numerator / multiplier, np.nan),
        np.where(kept, held, np.nan),
        np.where(allowed & published, coverage, np.nan),
    )
