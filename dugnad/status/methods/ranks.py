"""Ranks with the interval they keep when the choices behind an index are drawn anew.

Each draw takes other weights, one of the stated ways to normalise and one of the means; with errors of measurement,
other values too. A single figure has no such choices: there only what the error of each place allows is drawn
(`value_ranks`). The interval runs from the 5th to the 95th percentile of a place's ranks over all draws (the smallest
rank that at least 5 and 95 % of the draws are at or below). The same seed gives the same ranks on the same machine,
however many cores it has.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dugnad.status.methods.model import Mean, Uncertainty
from dugnad.status.methods.steps import Floats, Groups, Shape, product

WORKERS = os.cpu_count() or 1  # threads that draw; 1 where none may be started
BLOCK = 250  # draws at a time: what they make fits in the processor's own memory
MOST_COUNTED = 1024  # places whose ranks are counted; a table of every place by every rank must fit in that memory too
AT_ONCE = 5  # blocks whose ranks are counted together
KEPT, KEPT_BLOCKS = 400, 40  # normal numbers at hand: for so many places, of so many blocks (16 MB)
FLOOR = 1.0  # geometric draws lift scores to this: otherwise a zero would decide every one of them


@dataclass(frozen=True)
class Intervals:
    """For each place the rank at the 5th percentile, the median and the 95th; 0 where it has no rank."""

    low: NDArray[np.int64]
    middle: NDArray[np.int64]
    high: NDArray[np.int64]


def rank_intervals(
    variants: Sequence[Floats],
    shape: Shape,
    uncertainty: Uncertainty,
    *,
    ranked: NDArray[np.bool_],
    goal_mean: Mean = "arithmetic",
    fill: Groups | None = None,
    giving: NDArray[np.bool_] | None = None,
    errors: Sequence[Floats] | None = None,
    draws: int = 10_000,
    seed: int = 1,
) -> Intervals:
    """Intervals of the ranks of the places that are `ranked`.

    `variants` are the scores (places x indicators) by each way to normalise, gaps in named goals already filled. What
    is drawn is the mean of goals; within a goal it stays the method's own, `goal_mean`.
    `fill` are the groups whose means fill missing goals, None where gaps stay gaps; `giving` the places those means are
    made of, all when None. `errors` are standard errors for each of
    the `variants`, on the scale of its scores, taken as independent and normal.
    """
    low, middle, high = (np.zeros(len(ranked), dtype=np.int64) for _ in range(3))
    if not ranked.any() or draws <= 0:
        return Intervals(low, middle, high)
    plans = [
        _Plan.of(scores, shape, kind, goal_mean, ranked, fill, giving, errors[way] if errors else None)
        for way, scores in enumerate(variants)
        for kind in uncertainty.aggregation
    ]
    drawing = [partial(_drawn, plan, uncertainty, seed) for plan in plans]
    for found, ends in zip((low, middle, high), _percentiles(drawing, int(ranked.sum()), draws), strict=True):
        found[ranked] = ends
    return Intervals(low, middle, high)


def _drawn(plan: "_Plan", uncertainty: Uncertainty, seed: int, number: int, count: int) -> Floats:
    return plan.index(uncertainty, _stream(seed, number), count)


def value_ranks(values: Floats, errors: Floats, *, most: float = inf, draws: int = 10_000, seed: int = 1) -> Intervals:
    """Intervals of the ranks of places on one figure, the highest first; `errors` are independent standard errors.

    Turn the sign of the values where the lowest is to be first. A change of unit changes nothing. Nobody can be above
    `most`: what is drawn there counts as `most`, so that two who have it are equal and none is ahead of them.

    >>> found = value_ranks(np.array([3.0, 2.0, 2.0, 0.0]), np.array([0.1, 0.5, 0.5, 0.1]))
    >>> found.low, found.high
    (array([1, 2, 2, 4]), array([1, 3, 3, 4]))
    >>> at_best = np.full(100, 100.0)
    >>> [int(value_ranks(at_best, np.ones(100), most=most).low.max()) for most in (np.inf, 100.0)]
    [6, 1]
    """
    middle = np.median(values) if len(values) else 0.0
    size = max(np.abs(values - middle).max(initial=0.0), errors.max(initial=0.0)) or 1.0
    centre, error = (((x - y) / size).round(9).astype(np.float32) for x, y in ((values, middle), (errors, 0.0)))

    best = np.float32(round((most - middle) / size, 9)) if most < inf else None

    def index(number: int, count: int) -> Floats:
        drawn = _normals(seed, number, count * len(centre)).reshape(count, len(centre)) * error
        drawn += centre
        return drawn if best is None else np.minimum(drawn, best, out=drawn)

    if not len(values):
        return Intervals(*(np.zeros(0, dtype=np.int64) for _ in range(3)))
    # One figure is drawn by one thread: two would have it sooner, and make the page dearer for all who wait beside it.
    return Intervals(*_percentiles([index], len(values), draws, workers=1))


def _stream(seed: int, number: int) -> np.random.Generator:
    """Each block of draws has its own stream of chance."""
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed, spawn_key=(number,))))


def _normals(seed: int, number: int, count: int) -> Floats:
    """The first normal numbers of a stream. They are the same for every figure, and to make them takes longer than all
    the rest, so those that one country asks for again and again are kept."""
    if count <= BLOCK * KEPT:
        return _kept_normals(seed, number)[:count]
    return _stream(seed, number).standard_normal(count, dtype=np.float32)


@lru_cache(maxsize=KEPT_BLOCKS)
def _kept_normals(seed: int, number: int) -> Floats:
    return _stream(seed, number).standard_normal(BLOCK * KEPT, dtype=np.float32)


Draw = Callable[[int, int], Floats]  # the index of each place: of which block, in how many draws


def _percentiles(plans: Sequence[Draw], count: int, draws: int, workers: int | None = None) -> list[NDArray[np.int64]]:
    """The 5th percentile, the median and the 95th of each place's ranks over all draws, counted from 1."""
    size = max(1, min(BLOCK, -(-draws // len(plans))))
    starts = range(0, draws, size)
    is_counted = count <= MOST_COUNTED
    together = AT_ONCE if is_counted else 1

    def drawn(first: int) -> NDArray[Any]:
        """Some blocks: how often each place has each rank (rank x place); of many places the ranks in each draw."""
        numbers = range(first, min(first + together, len(starts)))
        # In each draw the rank of each place; or in any order of places the place and its rank as one number, which
        # spares the way back to the order of the places.
        kind = np.int32 if is_counted else np.uint16 if count < 2**16 else np.uint32
        plain = np.arange(count, dtype=np.int32)
        found: NDArray[Any] = np.empty((min(starts[numbers[-1]] + size, draws) - starts[first], count), kind)
        for number in numbers:
            block = found[starts[number] - starts[first] :][:size]
            order, shared, back = _order(plans[number % len(plans)](number, len(block)))
            if is_counted:
                np.add(order, plain * count, out=block)
                block.reshape(-1)[shared] -= back * count
            else:
                position = np.tile(plain, (len(block), 1))
                position.reshape(-1)[shared] -= back
                np.put_along_axis(block, order, position, axis=1)
        return np.bincount(found.reshape(-1), minlength=count * count) if is_counted else found

    firsts = range(0, len(starts), together)
    workers = workers or WORKERS
    if workers == 1:
        parts = list(map(drawn, firsts))
    else:
        with ThreadPoolExecutor(workers) as pool:
            parts = list(pool.map(drawn, firsts))
    ends = [max(1, int(np.ceil(round(share * draws, 6)))) for share in (0.05, 0.5, 0.95)]
    if is_counted:
        often = sum(parts[1:], parts[0]).reshape(count, count).cumsum(axis=0)
        return [(often < end).sum(axis=0) + 1 for end in ends]
    ordered = np.sort(np.concatenate(parts).T.copy(), axis=1, kind="stable")  # by digits: three times as fast
    return [ordered[:, end - 1].astype(np.int64) + 1 for end in ends]


@dataclass(frozen=True)
class _Goal:
    """One goal's part of a plan, for all places: scores and, where any is missing, which are there."""

    weights: Floats
    scores: Floats  # indicators x places, 0 where missing
    known: Floats | None
    variances: Floats | None
    empty: NDArray[np.intp]  # places without any score in the goal
    means: Floats | None  # all places x empty ones: the shares that make the mean of their group


@dataclass(frozen=True)
class _Plan:
    """Everything about one way to normalise and one mean that is the same in every draw."""

    kind: Mean
    goal_mean: Mean
    goals: list[_Goal]
    goal_weights: Floats
    ranked: NDArray[np.bool_]
    everyone: bool

    @classmethod
    def of(
        cls,
        scores: Floats,
        shape: Shape,
        kind: Mean,
        goal_mean: Mean,
        ranked: NDArray[np.bool_],
        fill: Groups | None,
        giving: NDArray[np.bool_] | None,
        errors: Floats | None,
    ) -> "_Plan":
        # Rows that are not ranked are kept only where they give to the means of groups.
        rows = np.ones(len(ranked), dtype=bool) if fill is not None else ranked
        known = ~np.isnan(scores)
        goals = []
        for k in range(shape.membership.shape[1]):
            own = np.flatnonzero(shape.membership[:, k])
            if shape.goal_weights[k] == 0 or len(own) == 0:
                continue
            there = known[np.ix_(rows, own)]
            alone = shape.may_stand_alone[own, k] > 0
            there &= (there & alone).any(axis=1, keepdims=True)
            part = scores[np.ix_(rows, own)]
            if goal_mean == "geometric":
                part = np.log(np.maximum(part, FLOOR))
            part = np.where(there, part, 0.0).T
            empty = np.flatnonzero(~there.any(axis=1))
            means = None
            if fill is not None and len(empty):
                counted = there.any(axis=1) if giving is None else there.any(axis=1) & giving
                given = fill.ones * counted[:, None]
                means = given / np.maximum(given.sum(axis=0), 1.0) @ fill.ones[empty].T
            variances = None
            if errors is not None:
                variances = np.where(there, np.nan_to_num(errors[np.ix_(rows, own)]), 0.0).T ** 2
                if goal_mean == "geometric":  # the error of a logarithm is the error's share of the score
                    variances /= np.exp(2 * part)
            goals.append(
                _Goal(
                    weights=shape.membership[own, k].astype(np.float32),
                    scores=np.ascontiguousarray(part, dtype=np.float32),
                    known=None if there.all() else np.ascontiguousarray(there.T, dtype=np.float32),
                    variances=None if variances is None else np.ascontiguousarray(variances, dtype=np.float32),
                    empty=empty,
                    means=None if means is None else np.ascontiguousarray(means, dtype=np.float32),
                )
            )
        weights = shape.goal_weights[(shape.goal_weights > 0) & shape.membership.any(axis=0)]
        return cls(kind, goal_mean, goals, weights.astype(np.float32), ranked[rows], bool(ranked[rows].all()))

    def index(self, uncertainty: Uncertainty, chance: np.random.Generator, draws: int) -> Floats:
        """The index of each ranked place in each of some draws."""
        goal_weights = _weights(chance, draws, self.goal_weights, uncertainty)
        places = len(self.ranked)
        total = np.zeros((draws, places), dtype=np.float32)
        counted = np.zeros((draws, places), dtype=np.float32)
        gaps = False
        for k, goal in enumerate(self.goals):
            score = self._goal(chance, draws, goal, uncertainty)
            if self.kind == "geometric":
                np.log(np.maximum(score, np.float32(FLOOR), out=score), out=score)
            weight = goal_weights[:, k : k + 1]
            if len(goal.empty) and goal.means is None:
                gaps = True
                score[:, goal.empty] = 0
                counted[:, goal.empty] -= weight
            score *= weight
            total += score
        if gaps:
            counted += goal_weights.sum(axis=1, keepdims=True)
            total /= counted
        return total if self.everyone else total[:, self.ranked]

    def _goal(self, chance: np.random.Generator, draws: int, goal: _Goal, uncertainty: Uncertainty) -> Floats:
        weights = _weights(chance, draws, goal.weights, uncertainty)
        score = product(weights, goal.scores)
        heft = None
        if goal.known is not None:
            heft = product(weights, goal.known)
            heft[:, goal.empty] = 1
            score /= heft
        if goal.variances is not None:
            spread = np.sqrt(product(np.square(weights), goal.variances))
            score += chance.standard_normal(score.shape, dtype=np.float32) * (spread if heft is None else spread / heft)
        if self.goal_mean == "geometric":
            np.exp(score, out=score)
        if goal.means is not None:
            score[:, goal.empty] = score @ goal.means
        return score


def _weights(chance: np.random.Generator, draws: int, weights: Floats, uncertainty: Uncertainty) -> Floats:
    """Weights drawn around those of the method, each row with the sum 1."""
    if uncertainty.weights == "dirichlet":
        drawn = chance.standard_gamma(
            uncertainty.concentration * weights / weights.sum() * len(weights), (draws, len(weights))
        ).astype(np.float32)
        drawn += np.float32(1e-12)
    else:
        drawn = chance.random((draws, len(weights)), dtype=np.float32)
        drawn *= np.float32(2 * uncertainty.spread)
        drawn += np.float32(1 - uncertainty.spread)
        drawn *= weights
    drawn /= np.maximum(drawn.sum(axis=1, keepdims=True), np.float32(1e-12))
    return drawn


def _order(index: Floats) -> tuple[NDArray[Any], NDArray[np.intp], NDArray[Any]]:
    """The places in their order in each draw. Those within a millionth of the spread share the rank of the first of
    them: which cells these are, counted through all draws, and how far back the first one is. The index is used up.

    The index, in steps, and the place's number are one whole number, so that one plain sort orders both.
    """
    places = index.shape[1]
    bits = max(1, (places - 1).bit_length())
    kind, steps = (np.int32, 20) if bits <= 11 else (np.int64, 24)
    highest, lowest = index.max(), index.min()
    spread = highest - lowest
    scale = np.float32((2**steps - 1) / spread) if spread > 0 else np.float32(0)
    np.subtract(highest, index, out=index)
    index *= scale
    keys: NDArray[Any] = index.astype(kind)
    keys <<= bits
    keys |= np.arange(places, dtype=kind)
    keys.sort(axis=1)
    alike = np.zeros(keys.shape, dtype=bool)
    np.less(keys[:, 1:] ^ keys[:, :-1], 1 << bits, out=alike[:, 1:])  # they differ in the place's number alone
    keys &= (1 << bits) - 1
    shared = np.flatnonzero(alike)
    is_new = np.diff(shared, prepend=-2) != 1  # none is alike the one before it at the beginning of a draw
    firsts = (shared[is_new] - 1)[np.cumsum(is_new) - 1]
    return keys, shared, (shared - firsts).astype(np.int32)


def tiers(low: NDArray[np.int64], high: NDArray[np.int64]) -> NDArray[np.int64]:
    """Groups of places that cannot be told apart, 1 the best; 0 for those without a rank.

    A new group begins where a place's interval begins after everything before it has ended, so the order of the groups
    is certain and there is none within a group.

    >>> tiers(np.array([1, 2, 5, 0, 6]), np.array([3, 4, 6, 0, 7]))
    array([1, 1, 2, 0, 2])
    """
    found = np.zeros(len(low), dtype=np.int64)
    tier, reach = 0, 0
    for place in sorted(np.flatnonzero(low), key=lambda p: (low[p], high[p])):
        if low[place] > reach:
            tier += 1
        reach = max(reach, int(high[place]))
        found[place] = tier
    return found
