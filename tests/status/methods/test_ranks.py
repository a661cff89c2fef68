"""Rank intervals: against ranks drawn one at a time in plain Python, and in cases a person can decide."""

import numpy as np
import pytest

from dugnad.status.methods import ranks as module
from dugnad.status.methods.model import Uncertainty
from dugnad.status.methods.ranks import rank_intervals, tiers, value_ranks
from dugnad.status.methods.steps import Groups, Shape, ranks
from tests.oracles import index as oracle

ARITHMETIC = Uncertainty(aggregation=("arithmetic",))


def shape(goals: list[int], weights: list[float] | None = None) -> Shape:
    membership = np.zeros((len(goals), max(goals) + 1))
    membership[np.arange(len(goals)), goals] = weights or 1.0
    ones = (membership > 0).astype(float)
    return Shape(membership, membership.sum(axis=1), np.ones(max(goals) + 1), ones, np.array([], dtype=np.intp))


def intervals(scores: np.ndarray, a_shape: Shape, uncertainty: Uncertainty = ARITHMETIC, **more: object) -> list:
    ranked = more.pop("ranked", np.ones(len(scores), dtype=bool))
    found = rank_intervals([scores], a_shape, uncertainty, ranked=ranked, **{"draws": 400, **more})  # type: ignore
    return list(zip(found.low.tolist(), found.high.tolist(), strict=True))


def test_without_doubt_there_is_no_interval() -> None:
    scores = np.array([[10.0, 20], [90, 80], [50, 60]])  # each ahead in everything: no weights can turn them
    assert intervals(scores, shape([0, 1])) == [(3, 3), (1, 1), (2, 2)]
    assert intervals(scores[:1], shape([0, 1])) == [(1, 1)]


def test_equal_places_share_every_rank() -> None:
    scores = np.array([[40.0, 60], [70, 10], [40, 60], [5, 5]])
    found = intervals(scores, shape([0, 1]), Uncertainty())
    assert found[0] == found[2]
    assert found[3] == (4, 4)
    assert intervals(np.full((3, 2), 50.0), shape([0, 1])) == [(1, 1)] * 3


def test_agrees_with_ranks_drawn_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = np.random.default_rng(5)
    scores = chance.uniform(0, 100, (9, 6))
    one_goal_each = shape(list(range(6)))
    drawn: list[list[float]] = []

    def remembered(rng: np.random.Generator, draws: int, weights: np.ndarray, rules: Uncertainty) -> np.ndarray:
        found = original(rng, draws, weights, rules)
        if len(weights) == 6:  # the goals' weights; those within a goal of one are 1
            drawn.extend(found.tolist())
        return found

    original = module._weights
    monkeypatch.setattr(module, "_weights", remembered)
    found = intervals(scores, one_goal_each)
    slow = np.sort(np.array(oracle.drawn_ranks(drawn, scores.tolist())), axis=0)
    assert len(slow) == 400
    assert found == list(zip(slow[19].tolist(), slow[379].tolist(), strict=True))  # the 20th and the 380th of 400


def test_the_same_seed_gives_the_same_intervals_and_another_nearly() -> None:
    scores = np.random.default_rng(1).uniform(0, 100, (40, 12))
    a_shape = shape([0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 3])
    one, again, other = (intervals(scores, a_shape, Uncertainty(), seed=seed, draws=3000) for seed in (7, 7, 8))
    assert one == again
    assert max(abs(a - b) for x, y in zip(one, other, strict=True) for a, b in zip(x, y, strict=True)) <= 3


def test_gaps_are_left_out_or_filled_by_the_group() -> None:
    nan = np.nan
    scores = np.array([[80.0, nan], [60, 60], [70, 90], [75, 10.0]])
    left_out = intervals(scores, shape([0, 1]))
    assert left_out[0] == (1, 2)  # its only goal, 80, against about 80 of the third
    north = Groups.of(["n", "n", "s", "n"])
    filled = intervals(scores, shape([0, 1]), fill=north)  # the goal is 35, the mean of 60 and 10
    assert filled[0][0] >= 2
    assert intervals(scores, shape([0, 1]), fill=Groups.of(["s", "n", "s", "n"]))[0] == (1, 1)  # 80 and 90


def test_places_without_rank_have_no_interval() -> None:
    scores = np.array([[80.0, 80], [60, 60], [70, 70]])
    assert intervals(scores, shape([0, 1]), ranked=np.array([True, False, True])) == [(1, 1), (0, 0), (2, 2)]


def test_errors_of_measurement_widen_the_interval() -> None:
    scores = np.array([[52.0, 52], [50, 50], [10, 10]])
    assert intervals(scores, shape([0, 1])) == [(1, 1), (2, 2), (3, 3)]
    wide = intervals(scores, shape([0, 1]), errors=[np.full((3, 2), 5.0)])
    assert wide == [(1, 2), (1, 2), (3, 3)]


def test_more_doubt_never_makes_a_sharper_ranking() -> None:
    scores = np.random.default_rng(2).uniform(0, 100, (30, 8))
    a_shape = shape([0, 0, 1, 1, 2, 2, 3, 3])

    def width(spread: float) -> int:
        found = intervals(scores, a_shape, Uncertainty(aggregation=("arithmetic",), spread=spread), draws=2000)
        return sum(high - low for low, high in found)

    assert width(0.0) == 0 < width(0.1) < width(0.5)


@pytest.mark.parametrize("concentration", [5.0, 500.0])
def test_dirichlet_weights_lie_around_those_of_the_method(concentration: float) -> None:
    rules = Uncertainty(weights="dirichlet", concentration=concentration)
    drawn = module._weights(np.random.default_rng(3), 20_000, np.array([1.0, 3.0], dtype=np.float32), rules)
    assert drawn.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert drawn.mean(axis=0) == pytest.approx([0.25, 0.75], abs=0.01)


def test_tied_places_share_a_rank_and_the_next_counts_them() -> None:
    assert ranks(np.array([0.1 + 0.2, 0.3, 0.5, np.nan])).tolist() == [2, 2, 1, 0]


def test_groups_that_cannot_be_told_apart() -> None:
    # The first three hang together through the second; the fourth begins where they all have ended.
    low, high = np.array([1, 2, 4, 6, 0]), np.array([2, 4, 5, 6, 0])
    assert tiers(low, high).tolist() == [1, 1, 1, 2, 0]


@pytest.mark.parametrize("places", [1, 2, 7, 40])
def test_those_alike_in_a_draw_share_the_rank_of_the_first(places: int) -> None:
    index = np.random.default_rng(places).integers(0, 5, (30, places)).astype(np.float32)
    higher = (index[:, None, :] > index[:, :, None]).sum(axis=2)  # how many are ahead of each
    order, shared, back = module._order(index.copy())
    position = np.tile(np.arange(places), (30, 1))
    position.reshape(-1)[shared] -= back
    assert (np.sort(order, axis=1) == np.arange(places)).all()
    assert (position == np.take_along_axis(higher, order, axis=1)).all()


@pytest.mark.parametrize("draws", [1, 999, 10_000])
def test_ranks_are_the_same_counted_and_sorted(monkeypatch: pytest.MonkeyPatch, draws: int) -> None:
    dice = np.random.default_rng(draws)
    values, errors = np.minimum(dice.uniform(90, 102, 60).round(), 100), dice.uniform(0, 2, 60)
    counted = value_ranks(values, errors, most=100.0, draws=draws)
    monkeypatch.setattr(module, "MOST_COUNTED", 0)
    ordered = value_ranks(values, errors, most=100.0, draws=draws)
    for one, other in ((counted.low, ordered.low), (counted.middle, ordered.middle), (counted.high, ordered.high)):
        assert (one == other).all()
