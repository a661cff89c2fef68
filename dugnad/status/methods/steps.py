"""The steps of an index as arithmetic on arrays: rows are places in periods, columns are indicators or goals.

NaN stands for "no score". Every step has its slow, obvious twin in tests/oracles/index.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from dugnad.status.methods.model import Mean, Method

Floats = NDArray[np.floating]
_SMALL = 250_000  # multiplications at a time
NOISE = 9  # decimals of a score beyond which two scores are the same


@dataclass(frozen=True)
class Shape:
    """A method's indicators and goals as columns: which indicator is in which goal, and how heavily."""

    membership: Floats  # indicators x goals: the weight of the indicator where it is scored in the goal, else 0
    weights: Floats  # of scored indicators, else 0
    goal_weights: Floats
    may_stand_alone: Floats  # indicators x goals: 1 where the indicator alone is enough for the goal
    filled: NDArray[np.intp]  # columns filled with the mean of the group

    @classmethod
    def of(cls, method: Method) -> "Shape":
        goals = {rule.goal: k for k, rule in enumerate(method.goals)}
        membership = np.zeros((len(method.indicators), len(goals)))
        alone = np.zeros_like(membership)
        for i, indicator in enumerate(method.indicators):
            if indicator.is_scored and indicator.goal:
                k = goals[indicator.goal]
                membership[i, k] = indicator.weight
                alone[i, k] = indicator.code not in method.goals[k].not_alone
        return cls(
            membership=membership,
            weights=np.array([i.weight * i.is_scored for i in method.indicators]),
            goal_weights=np.array([rule.weight for rule in method.goals]),
            may_stand_alone=alone,
            filled=np.flatnonzero([i.is_filled and i.is_scored for i in method.indicators]),
        )

    def without(self, indicator: int) -> "Shape":
        """The same method as if an indicator had never been in it; a goal it was alone in counts no more."""
        membership = self.membership.copy()
        membership[indicator] = 0
        weights = self.weights.copy()
        weights[indicator] = 0
        goal_weights = np.where(membership.any(axis=0), self.goal_weights, 0.0)
        return Shape(membership, weights, goal_weights, self.may_stand_alone, self.filled)


@dataclass(frozen=True)
class Groups:
    """Which rows share a mean: `ones` is rows x groups with a 1 where the row is in the group; none is allowed."""

    ones: Floats

    @classmethod
    def of(cls, names: Sequence[str | None]) -> "Groups":
        order = {name: g for g, name in enumerate(dict.fromkeys(name for name in names if name))}
        ones = np.zeros((len(names), len(order)))
        for row, name in enumerate(names):
            if name:
                ones[row, order[name]] = 1
        return cls(ones)

    def fill(self, scores: Floats, giving: NDArray[np.bool_] | None = None) -> Floats:
        """Scores with each gap filled by the unweighted mean of the row's group, where the group has any.

        `giving` are the rows the means are made of; all when None.
        """
        if not self.ones.shape[1]:
            return scores
        known = ~np.isnan(scores)
        counted = known if giving is None else known & giving[:, None]
        counts = self.ones.T @ counted
        with np.errstate(invalid="ignore", divide="ignore"):
            means = (self.ones.T @ np.where(counted, scores, 0.0)) / counts
        own = np.full_like(scores, np.nan)
        grouped = self.ones.any(axis=1)
        own[grouped] = means[self.ones[grouped].argmax(axis=1)]
        return cast(Floats, np.where(known, scores, own))


def bounds(method: Method) -> tuple[Floats, Floats]:
    """What scores 0 and what scores 100, for each indicator."""
    lower, upper = (
        np.array([np.nan if (bound := getattr(i, name)) is None else bound for i in method.indicators])
        for name in ("lower", "upper")
    )
    return lower, upper


def goalposts(values: Floats, method: Method, *, clip: tuple[float, float] = (0.0, 100.0)) -> Floats:
    """How far each value is from the worst (0) to the best bound (100); direction is the order of the bounds."""
    lower, upper = bounds(method)
    scores = values - lower
    scores /= upper - lower
    scores *= 100.0
    if method.clip:
        np.clip(scores, clip[0], clip[1], out=scores)
    return scores


def normalise(values: Floats, method: Method, by: str | None = None) -> Floats:
    """Scores of one period's values (places x indicators), by the method's own way or another.

    goalposts: see above. minmax and percentiles: bounds are those percentiles (linear) of the values themselves.
    zscore: standard deviations from the mean, shown as 50 + 10 z. rank: share of the others that are worse, ties
    halved, times 100. none: the values are scores already. Nothing is said where all values are the same.
    """
    by = by or method.normaliser
    if by == "none":
        return values.copy()
    if by == "goalposts":
        return goalposts(values, method)
    sign = np.array([float(i.direction or 1) for i in method.indicators])
    turned = values * sign
    if by == "zscore":
        with np.errstate(invalid="ignore", divide="ignore"):
            counts = (~np.isnan(turned)).sum(axis=0)
            centre = np.nansum(turned, axis=0) / counts
            spread = np.sqrt(np.nansum((turned - centre) ** 2, axis=0) / counts)
            return cast(Floats, 50 + 10 * (turned - centre) / np.where(_varies(turned), spread, np.nan))
    if by == "rank":
        return np.column_stack([_shares_below(turned[:, i]) for i in range(turned.shape[1])])
    low, high = method.percentiles if by == "percentiles" else (0.0, 100.0)
    ends = np.full((2, turned.shape[1]), np.nan)
    for i in range(turned.shape[1]):
        known = turned[~np.isnan(turned[:, i]), i]
        if len(known):
            ends[:, i] = np.percentile(known, (low, high))
    worst, best = ends
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = (turned - worst) / np.where(best > worst, best - worst, np.nan) * 100
    return cast(Floats, np.clip(scores, 0.0, 100.0) if method.clip else scores)


def _varies(values: Floats) -> NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        lowest = np.where(np.isnan(values), np.inf, values).min(axis=0, initial=np.inf)
        highest = np.where(np.isnan(values), -np.inf, values).max(axis=0, initial=-np.inf)
    return cast(NDArray[np.bool_], highest > lowest)


def _shares_below(values: Floats) -> Floats:
    known = values[~np.isnan(values)]
    if len(known) < 2:
        return np.full_like(values, np.nan)
    ordered = np.sort(known)
    below = np.searchsorted(ordered, values, "left")
    ties = np.searchsorted(ordered, values, "right") - below - 1
    shares = 100.0 * (below + ties / 2) / (len(known) - 1)
    return np.where(np.isnan(values), np.nan, shares)


def in_bands(scores: Floats, method: Method) -> Floats:
    """The points of the band each score is in; the scores themselves where the method has no bands."""
    if not method.bands:
        return scores
    points = np.full_like(scores, np.nan)
    for band in reversed(method.bands):
        points[scores >= band.at_least] = band.points
    return points


def product(left: Floats, right: Floats) -> Floats:
    """left @ right, in pieces small enough to stay in the thread that asks.

    Above some size the linear algebra starts threads of its own, which on a busy machine wait for each other longer
    than they work.
    """
    step = max(1, _SMALL // max(right.size, 1))
    if step >= len(left):
        return left @ right
    found = np.empty((len(left), right.shape[1]), dtype=np.result_type(left, right))
    for start in range(0, len(left), step):
        np.matmul(left[start : start + step], right, out=found[start : start + step])
    return found


def mean(scores: Floats, weights: Floats, kind: Mean, floor: float = 0.0) -> Floats:
    """Weighted means over the columns a row has; `weights` is columns x means. NaN where a row has none.

    Geometric: zero times anything is zero, and a negative score has no geometric mean. `floor` lifts the scores first.
    """
    known = ~np.isnan(scores)
    counted = product(known.astype(np.float64), weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        if kind == "arithmetic":
            return cast(Floats, product(np.where(known, scores, 0.0), weights) / counted)
        lifted = np.maximum(scores, floor) if floor else scores
        logs = product(np.log(np.where(known & (lifted > 0), lifted, 1.0)), weights)
        means = np.exp(logs / counted)
        used = (weights > 0).astype(np.float64)
        zero, negative = ((known & test).astype(np.float64) @ used > 0 for test in (lifted == 0, lifted < 0))
        means = np.where(zero, 0.0, means)
        return cast(Floats, np.where(negative | ~(counted > 0), np.nan, means))


def goal_scores(scores: Floats, shape: Shape, method: Method) -> Floats:
    """The score of each goal: the mean of its indicators, unless only some that may not stand alone are there."""
    goals = mean(scores, shape.membership, method.goal_mean, method.floor)
    if any(rule.not_alone for rule in method.goals):
        goals = np.where((~np.isnan(scores)).astype(np.float64) @ shape.may_stand_alone > 0, goals, np.nan)
    return goals


def goal_score(scores: Floats, goal: int, shape: Shape, method: Method) -> Floats:
    """The score of one goal alone, as `goal_scores` has it."""
    own = np.flatnonzero(shape.membership[:, goal])
    if not len(own):
        return np.full(len(scores), np.nan)
    found = mean(scores[:, own], shape.membership[own, goal : goal + 1], method.goal_mean, method.floor)[:, 0]
    enough = shape.may_stand_alone[own, goal] > 0
    return np.where((~np.isnan(scores[:, own]) & enough).any(axis=1), found, np.nan)


def index_scores(
    scores: Floats, goals: Floats, eligible: NDArray[np.bool_], groups: Groups, shape: Shape, method: Method
) -> tuple[Floats, Floats]:
    """The index of each row, and the goals it was made of, gaps filled where the method says so.

    A row has no index where it is not eligible, or where a gap had to be filled and its group has nothing to give.
    """
    used = goals
    if method.index_of == "indicators":
        index = mean(scores, shape.weights[:, None], method.index_mean, method.floor)[:, 0]
    else:
        if method.fill_index:
            used = groups.fill(goals, eligible if method.means_of == "eligible" else None)
        index = mean(used, shape.goal_weights[:, None], method.index_mean, method.floor)[:, 0]
        if method.fill_index:
            index = np.where(np.isnan(used[:, shape.goal_weights > 0]).any(axis=1), np.nan, index)
    return np.where(eligible, index, np.nan), used


def missing_shares(values: Floats, shape: Shape) -> Floats:
    """The share of the indicators that score a row has no value for, before anything is filled."""
    counted = (shape.weights > 0).astype(np.float64)
    return cast(Floats, 1.0 - (~np.isnan(values)).astype(np.float64) @ counted / max(counted.sum(), 1.0))


def ranks(index: Floats) -> NDArray[np.int64]:
    """1 for the highest; those with the same index share a rank, and the next counts them all. 0 where there is none.

    >>> ranks(np.array([50.0, 70.0, 50.0, np.nan, 10.0]))
    array([2, 1, 2, 0, 4])
    """
    rounded = np.round(index, NOISE)
    ordered = np.sort(-rounded[~np.isnan(rounded)])
    return np.where(np.isnan(rounded), 0, np.searchsorted(ordered, -rounded, "left") + 1)
