"""Where places stand among each other: beside plain lists and plain draws, and what must never change."""

import os
import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dugnad.status.methods import order as orders
from dugnad.status.methods.order import Figure, Measured, Order, order_of, quarter
from dugnad.status.methods.ranks import value_ranks
from tests.oracles import order as slowly
from tests.status.methods.test_chance import series

SHARE = Measured("down", "binomial", 100, 1, most=100.0)


def counted(*pairs: tuple[int, int]) -> list[Figure]:
    return [Figure(f"{i:02}", 100 * k / n, k, n) for i, (k, n) in enumerate(pairs)]


def ranks(found: Order) -> list[tuple[int | None, int | None]]:
    return [(p.rank_from, p.rank_to) for p in found.placings.values()]


@given(st.lists(st.integers(0, 6), min_size=2, max_size=30))
def test_quantiles_are_the_mean_place_of_equals(values: list[int]) -> None:
    found = order_of([Figure(str(i), float(v)) for i, v in enumerate(values)], Measured())
    for placing in found.placings.values():
        assert placing.quantile == pytest.approx(slowly.quantile(placing.value, [float(v) for v in values]))
        assert orders.quantile_of(placing.value, [float(v) for v in values]) == placing.quantile
        assert np.quantile(values, placing.quantile) == pytest.approx(placing.value)  # linear, as numpy's


def test_rank_intervals_agree_with_plain_draws() -> None:
    dice = random.Random(5)
    values = [dice.gauss(0, 1) for _ in range(25)]
    errors = [dice.uniform(0.05, 0.6) for _ in values]
    found = value_ranks(np.array(values), np.array(errors))
    for low, high, (slow_low, slow_high) in zip(
        found.low, found.high, slowly.rank_interval(values, errors, 4000, 3), strict=True
    ):
        assert abs(low - slow_low) <= 1 and abs(high - slow_high) <= 1


def test_rank_intervals_at_the_best_possible_agree_with_plain_draws() -> None:
    dice = random.Random(5)
    values = [100.0] * 6 + [100 - dice.uniform(0, 3) for _ in range(12)]
    errors = [dice.uniform(0.2, 0.9) for _ in values]
    found = value_ranks(np.array(values), np.array(errors), most=100.0)
    for low, high, (slow_low, slow_high) in zip(
        found.low, found.high, slowly.rank_interval(values, errors, 4000, 3, most=100.0), strict=True
    ):
        assert abs(low - slow_low) <= 1 and abs(high - slow_high) <= 1


@pytest.mark.parametrize("kind", ["counts up", "counts down", "rate down", "noise up", "noise down"])
def test_nobody_is_ahead_of_the_best_possible(kind: str) -> None:
    """Thirty places have all or none of what is counted, some others nearly so: first place is open to all the thirty.

    Ranks from the 2nd place excluded them from it, though nobody can be better.
    """
    basis, direction = kind.split()
    best, near = (100.0, 97.0) if direction == "up" else (0.0, 3.0)
    if basis == "noise":
        values = [*[best] * 30, *[near] * 10]
        figures = [Figure(str(i), v, points=series(*[abs(v - 1), v] * 5)) for i, v in enumerate(values)]
        found = order_of(figures, Measured(direction, decimals=1, most=100.0))
    else:
        counts = [(round(v), 100) for v in [*[best] * 30, *[near] * 10]]
        chances = "binomial" if basis == "counts" else "poisson"
        found = order_of(counted(*counts), replace(SHARE, direction=direction, chance=chances))
    assert found.basis == ("noise" if basis == "noise" else "counts")
    placings = list(found.placings.values())
    assert all(p.rank_from == 1 for p in placings[:30])
    assert all((p.rank_to or 0) > 25 for p in placings[30:])  # the others are not made first for that


def test_where_no_value_is_the_best_possible_nothing_is_cut_off() -> None:
    values, errors = np.array([50.0] * 40), np.full(40, 1.0)
    plain, bounded = value_ranks(values, errors), value_ranks(values, errors, most=100.0)
    assert (plain.low == bounded.low).all() and (plain.high == bounded.high).all()


@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(300, 4000)), min_size=2, max_size=12),
    st.sampled_from([0.01, 1000.0, 1 / 3]),
)
@settings(max_examples=25, deadline=None)
def test_a_change_of_unit_changes_no_rank(pairs: list[tuple[int, int]], factor: float) -> None:
    """Shares as percent or per mille, values in tonnes or kilograms: the order is of the places, not of the unit."""
    plain = order_of(counted(*pairs), SHARE)
    scaled = [replace(f, value=f.value * factor) for f in counted(*pairs)]
    other = order_of(scaled, replace(SHARE, multiplier=100 * factor, most=None))
    assert ranks(plain) == ranks(other) and [p.tier for t in plain.tiers for p in t] == [
        p.tier for t in other.tiers for p in t
    ]
    assert [p.outside for p in plain.placings.values()] == [p.outside for p in other.placings.values()]

    noisy = [Figure(str(i), float(k), points=series(*wave(k, n))) for i, (k, n) in enumerate(pairs)]
    changed = [
        replace(f, value=f.value * factor, points=series(*[p.value * factor for p in f.points]))  # type: ignore[operator]
        for f in noisy
    ]
    # Written with so many decimals that the rounding of the figure itself, which follows the unit, is nothing.
    measured = Measured("up", decimals=9)
    assert ranks(order_of(noisy, measured)) == ranks(order_of(changed, measured))


def wave(level: int, seed: int) -> list[float]:
    dice = random.Random(seed)
    return [level + round(dice.uniform(-20, 20), 1) for _ in range(10)]


def test_the_same_seed_gives_the_same_ranks_on_any_number_of_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    values, errors = np.arange(40.0) % 13, np.full(40, 1.5)
    found = []
    for cores in (1, 2, 7):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        found.append(value_ranks(values, errors, seed=11))
    assert all((f.low == found[0].low).all() and (f.high == found[0].high).all() for f in found)
    other = value_ranks(values, errors, seed=12)
    assert (other.low != found[0].low).any() or (other.high != found[0].high).any()


def test_whoever_is_put_first_the_ranks_are_the_same() -> None:
    """Each page puts its own place last, and yet they tell of one draw."""
    figures = counted(*((50 + 3 * i, 1000) for i in range(17)))
    first = order_of(figures, SHARE).placings
    for turn in (1, 5, 16):
        other = order_of([*figures[turn:], *figures[:turn]], SHARE).placings
        assert other == first


def test_no_error_no_rank_only_the_quarter() -> None:
    found = order_of([Figure(str(i), float(i)) for i in range(9)], Measured("up"))
    assert found.basis == "" and ranks(found) == [(None, None)] * 9 and found.tiers == []
    assert [quarter(p.quantile) for p in found.placings.values() if p.quantile is not None] == [
        1,
        1,
        2,
        2,
        3,
        3,
        4,
        4,
        4,
    ]


def test_counts_decide_who_can_be_told_apart() -> None:
    # 5 of 100 and 8 of 100 may be the same; 40 of 100 is another.
    found = order_of(counted((5, 100), (8, 100), (40, 100)), SHARE)
    assert found.basis == "counts" and ranks(found) == [(1, 2), (1, 2), (3, 3)]
    assert [[p.code for p in tier] for tier in found.tiers] == [["00", "01"], ["02"]]
    up = order_of(counted((5, 100), (8, 100), (40, 100)), replace(SHARE, direction="up"))
    assert ranks(up) == [(2, 3), (2, 3), (1, 1)]


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(60, 4000)), min_size=2, max_size=15))
@settings(max_examples=25, deadline=None)
def test_places_whose_intervals_overlap_are_never_put_in_an_order(pairs: list[tuple[int, int]]) -> None:
    found = list(order_of(counted(*pairs), SHARE).placings.values())
    for one in found:
        for other in found:
            assert one.low is not None and one.high is not None and other.low is not None and other.high is not None
            assert one.rank_from is not None and one.rank_to is not None and other.rank_from is not None
            if one.low <= other.high and other.low <= one.high:
                assert one.tier == other.tier
                assert one.rank_to >= other.rank_from or one.value == other.value
            assert 1 <= one.rank_from <= one.rank_to <= len(found)


def test_the_quantile_interval_is_that_of_the_ranks() -> None:
    [low, middle, high] = order_of(counted((5, 100), (8, 100), (40, 100)), SHARE).placings.values()
    assert [(p.quantile, p.quantile_from, p.quantile_to) for p in (low, middle, high)] == [
        (0.0, 0.0, 0.5),
        (0.5, 0.0, 0.5),
        (1.0, 1.0, 1.0),
    ]
    [first, *_rest] = order_of(counted((40, 100), (5, 100), (8, 100)), replace(SHARE, direction="up")).placings.values()
    assert (first.rank_from, first.quantile_from, first.quantile_to) == (1, 1.0, 1.0)


def test_equals_without_error_share_a_rank_and_with_error_an_interval() -> None:
    found = value_ranks(np.array([2.0, 2.0, 1.0]), np.zeros(3))
    assert (found.low.tolist(), found.high.tolist()) == ([1, 1, 3], [1, 1, 3])
    assert ranks(order_of(counted((20, 200), (20, 200)), SHARE)) == [(1, 2), (1, 2)]


def test_one_place_has_an_interval_but_no_rank_and_none_has_nothing() -> None:
    [alone] = order_of(counted((5, 100)), SHARE).placings.values()
    assert (alone.quantile, alone.rank_from, alone.funnel) == (None, None, None)
    assert alone.low is not None and alone.low < 5 < (alone.high or 0)
    assert order_of([], SHARE) == orders.NOTHING
    assert len(value_ranks(np.array([]), np.array([])).low) == 0


def test_what_is_missing_changes_nothing_for_the_others() -> None:
    pairs = [(5, 100), (8, 100), (40, 100)]
    with_gap = [*counted(*pairs), Figure("gap", float("nan"))]
    assert order_of(with_gap, SHARE) == order_of(counted(*pairs), SHARE)


def test_noise_of_the_series_where_counts_are_not_known_and_borrowed_by_few() -> None:
    figures = [Figure(str(i), 10.0 * i, points=series(*wave(10 * i, i))) for i in range(4)]
    found = order_of(figures, Measured("up", decimals=1))
    assert found.basis == "noise" and all(p.low is not None and p.low >= 0 for p in found.placings.values())
    short = [*figures, Figure("short", 15.0, points=series(14.0, 15.0))]
    borrowed = order_of(short, Measured("up", decimals=1)).placings["short"]
    assert borrowed.rank_from is not None and (borrowed.high or 0) - 15 >= 1
    mostly_short = [*figures[:1], *(Figure(f"s{i}", float(i)) for i in range(4))]
    assert order_of(mostly_short, Measured("up", decimals=1)).basis == ""


def test_amounts_have_a_quarter_and_no_order() -> None:
    found = order_of(counted((5, 100), (9, 100)), replace(SHARE, is_size_free=False))
    assert found.basis == "" and found.expected is None and ranks(found) == [(None, None)] * 2


@pytest.mark.parametrize(("chance", "base", "small"), [("binomial", 99, True), ("binomial", 100, False),
                                                      ("", 12, True), ("none", 12, False)])  # fmt: skip
def test_a_denominator_below_a_hundred_is_small_unless_it_counts_no_cases(chance: str, base: int, small: bool) -> None:
    found = order_of(counted((5, base), (9, 900)), replace(SHARE, chance=chance))
    assert found.placings["00"].is_small is small and [p.code for p in found.small] == (["00"] if small else [])


def test_a_funnel_says_who_is_outside_what_chance_gives() -> None:
    found = order_of(counted((500, 10_000), (2, 20), (700, 10_000), (590, 10_000)), SHARE)
    assert found.expected == pytest.approx(100 * 1792 / 30_020)
    assert [p.outside for p in found.placings.values()] == ["very_low", "", "very_high", ""]
    assert [p.code for p in found.outside] == ["00", "02"]
    funnel = found.placings["01"].funnel
    assert funnel is not None and funnel.far_low <= funnel.low <= found.expected <= funnel.high <= funnel.far_high
    assert order_of(counted((5, 100), (9, 100)), replace(SHARE, direction="none")).expected is None


def test_a_numerator_nobody_published_follows_from_value_and_denominator() -> None:
    assert orders.counts_of(Figure("a", 5.0, None, 200.0), SHARE) == (10.0, 200.0)
    assert orders.counts_of(Figure("a", 5.0, 10.4, 200.0), SHARE) is None  # no count of cases
    assert orders.counts_of(Figure("a", 5.0, 300.0, 200.0), SHARE) is None  # more than there are
    assert orders.counts_of(Figure("a", 5.0, 10.0, None), SHARE) is None
    assert orders.counts_of(Figure("a", 5.0, 10.0, 200.0), replace(SHARE, chance="none")) is None


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(200, 4000)), min_size=2, max_size=8),
    st.sampled_from(["up", "down"]),
)
@settings(max_examples=40, deadline=None)
def test_best_of_all_is_said_only_of_one_that_lies_clear_of_each_other(pairs: list[tuple[int, int]], way: str) -> None:
    found = order_of(counted(*pairs), replace(SHARE, direction=way))
    spans = {one.code: (one.low or 0.0, one.high or 0.0) for one in found.placings.values()}
    clear = [
        code
        for code, (low, high) in spans.items()
        if all(low > o[1] if way == "up" else high < o[0] for other, o in spans.items() if other != code)
    ]
    assert orders.clearly_best(found, way) == (clear[0] if clear else None)
    assert orders.clearly_best(found, "none") is None


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(60, 4000)), min_size=2, max_size=6))
@settings(max_examples=25, deadline=None)
def test_the_drawn_funnel_is_that_of_each_place(pairs: list[tuple[int, int]]) -> None:
    found = order_of(counted(*pairs), SHARE)
    assert found.expected is not None
    for placing, (_k, n) in zip(found.placings.values(), pairs, strict=True):
        [row] = orders.funnel_curve(SHARE, found.expected, n, n)
        funnel = placing.funnel
        assert funnel is not None and row[0] == n
        assert row[1:] == pytest.approx((funnel.low, funnel.high, funnel.far_low, funnel.far_high), abs=1e-9)
