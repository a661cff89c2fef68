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

from collections.abc import Sequence
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


class Rules(NamedTuple):
    """The rules of several series that are put together in the same way; the arrays have an item for each."""

    how: How
    multiplier: Array
    may_split: Array

    @staticmethod
    def of(rules: Sequence[Rule], times: int = 1) -> "Rules":
        """Those of some series, which stand so many times one after the other."""
        (how,) = {rule.how for rule in rules}
        multiplier = np.array([rule.multiplier or np.nan for rule in rules])
        return Rules(how, np.tile(multiplier, times), np.tile([rule.may_split for rule in rules], times))


class Cells(NamedTuple):
    """Values of parts or of wholes, (part or whole, series); `weight` is the denominator, NaN where it is unknown.
    `quality` and `numerator` are None where nothing has any."""

    value: Array
    mark: Array
    quality: Array | None
    numerator: Array | None
    weight: Array


class Whole(NamedTuple):
    """What parts make together, (whole, series). `coverage` is how much of the denominator the known parts hold, of
    what is added how much of `size`; NaN where that is not known. Only a mean has numerator and denominator."""

    value: Array
    mark: Array
    quality: Array | None
    numerator: Array | float
    denominator: Array | float
    coverage: Array


def together(
    parts: Cells, shares: Array, starts: Array, rules: Rules, *, estimate: bool, sizes: Array | None = None
) -> Whole:
    """The wholes that parts make: those from `starts[i]` up to `starts[i + 1]` make the whole i.

    `shares` is 1 for a whole part and NaN for a part of unknown size; without `estimate` no share is used. `sizes` are
    the inhabitants of each part, for the coverage of what is added.
    """
    why = reason(parts.mark)
    published = np.maximum.reduceat(why != NO_ROW, starts, axis=0)
    why = np.where(why == NO_ROW, np.uint8(NOT_AVAILABLE), why)
    is_whole = np.minimum.reduceat(shares == 1, starts)[:, None]
    splits = ~is_whole & np.minimum.reduceat(~np.isnan(shares), starts)[:, None]
    allowed = is_whole & (rules.how != "none") | splits & rules.may_split & estimate
    if rules.how == "weighted_mean":
        made = _mean(parts, why, starts, rules.multiplier)
    else:
        made = _sum(parts, why, shares, starts, sizes)
    missing = np.where(allowed, made.missing, np.uint8(BORDER_CHANGE))
    missing = np.where(published, missing, np.uint8(NO_ROW))
    lacks = missing > 0
    status = np.maximum.reduceat(made.settled, starts, axis=0)
    status = np.where((made.is_partial | splits) & (status < ESTIMATED), np.uint8(ESTIMATED), status)
    status = np.where(lacks, np.uint8(0), status)
    is_break = np.maximum.reduceat(parts.mark & BREAK, starts, axis=0) > 0
    return Whole(
        np.where(lacks, np.nan, made.value),
        marked(status, missing, is_break),
        None if parts.quality is None else np.where(lacks, 0, np.maximum.reduceat(parts.quality, starts, axis=0)),
        np.where(lacks, np.nan, made.numerator / rules.multiplier),
        np.where(lacks, np.nan, made.denominator),
        np.where(allowed & published, made.coverage, np.nan),
    )


class _Made(NamedTuple):
    """What the parts would make if they may be put together; `settled` is of each part."""

    value: Array
    missing: Array
    coverage: Array
    settled: Array
    is_partial: Array | bool = False
    numerator: Array | float = np.nan
    denominator: Array | float = np.nan


def _sum(parts: Cells, why: Array, shares: Array, starts: Array, sizes: Array | None) -> _Made:
    has = ~np.isnan(parts.value)
    coverage: Array | float = np.nan
    if sizes is not None:
        weighed = (sizes * shares)[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            coverage = _added(np.where(has, weighed, 0.0), starts) / _added(weighed, starts)
    return _Made(
        _added(parts.value * shares[:, None], starts),
        np.maximum.reduceat(why, starts, axis=0),
        np.where(np.minimum.reduceat(has, starts, axis=0), 1.0, coverage),
        settled(parts.mark),
    )


def _mean(parts: Cells, why: Array, starts: Array, multiplier: Array) -> _Made:
    """value * weight is added, and divided by the weights that are known."""
    weight, product = parts.weight, parts.value * parts.weight
    if parts.numerator is not None:
        product = np.where(np.isnan(parts.numerator), product, parts.numerator * multiplier)
    has, nothing = ~np.isnan(parts.value), weight == 0
    has_product = ~np.isnan(product)
    known = has & has_product | nothing
    total, held = _added(weight, starts), _added(np.where(known, weight, 0.0), starts)
    numerator = _added(np.where(known & ~nothing, product, 0.0), starts)
    with np.errstate(divide="ignore", invalid="ignore"):
        covered = held / total
        mean = numerator / held
    enough = covered >= ENOUGH - 1e-12
    lacks_weight = np.maximum.reduceat(has & ~has_product & ~nothing, starts, axis=0)
    worst = np.maximum.reduceat(np.where(nothing, np.uint8(0), why), starts, axis=0)
    missing = np.where(total == 0, np.uint8(NOT_APPLICABLE), worst)
    missing = np.where(lacks_weight & (missing == 0), np.uint8(BORDER_CHANGE), missing)
    missing = np.where(enough, np.uint8(0), missing)
    counted = np.where(nothing, np.uint8(0), settled(parts.mark))
    return _Made(np.where(enough, mean, np.nan), missing, covered, counted, enough & (worst > 0), numerator, held)


def _added(block: Array, starts: Array) -> Array:
    return np.add.reduceat(block, starts, axis=0)
