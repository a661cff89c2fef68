"""Intervals and funnels beside exact sums and scipy's own distributions; noise beside hand values."""

from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from dugnad.shared.periods import Period
from dugnad.status.methods import chance
from dugnad.status.queries.series import Point
from tests.oracles import order as slowly

Kind = Literal["binomial", "poisson"]
KINDS: list[Kind] = ["binomial", "poisson"]


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_intervals_are_those_of_exact_sums(kind: Kind, data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 40))
    k = data.draw(st.integers(0, n))
    share = data.draw(st.sampled_from([0.8, 0.95, 0.998]))
    found = [float(end[0]) for end in chance.interval(kind, [k], [n], share)]
    assert found == pytest.approx(slowly.interval(kind, k, n, share), abs=1e-9)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_funnels_are_those_of_exact_sums(kind: Kind, data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 60))
    expected = data.draw(st.floats(0.01, 0.99))
    share = data.draw(st.sampled_from([chance.WARNING, chance.ALARM]))
    found = [float(end[0]) for end in chance.limits(kind, expected, [n], share)]
    assert found == pytest.approx(slowly.limits(kind, expected, n, share), abs=1e-9)


@given(
    cases=st.lists(st.tuples(st.integers(0, 400_000), st.integers(1, 800_000)), min_size=1, max_size=8),
    expected=st.floats(1e-5, 0.999),
)
@settings(max_examples=40, deadline=None)
def test_large_places_agree_with_scipy(cases: list[tuple[int, int]], expected: float) -> None:
    k = np.array([min(a, b) for a, b in cases])
    n = np.array([b for _a, b in cases])
    low, high = chance.interval("binomial", k, n)
    for i in range(len(n)):
        exact = stats.binomtest(int(k[i]), int(n[i])).proportion_ci(0.95, "exact")
        assert (low[i], high[i]) == pytest.approx((exact.low, exact.high), abs=1e-9)
    for kind, law in (("binomial", stats.binom(n, expected)), ("poisson", stats.poisson(n * expected))):
        for end, p in zip(chance.limits(kind, expected, n), (0.025, 0.975), strict=True):  # type: ignore[arg-type]
            count = law.ppf(p)
            wanted = (count - (law.cdf(count) - p) / (law.cdf(count) - law.cdf(count - 1))) / n
            assert end == pytest.approx(np.clip(wanted, 0, 1 if kind == "binomial" else None), abs=1e-9)


def test_hand_values() -> None:
    low, high = chance.interval("binomial", [0, 5, 10], [10, 10, 10])
    assert low == pytest.approx([0, 0.18708603, 0.69150289], abs=1e-8)  # Clopper and Pearson's own tables
    assert high == pytest.approx([0.30849711, 0.81291397, 1], abs=1e-8)
    low, high = chance.interval("poisson", [0, 5], [1, 1])
    assert (low[1], high[0], high[1]) == pytest.approx((1.62348639, 3.68887945, 11.66833208), abs=1e-8)


def test_nobody_and_everybody_have_a_funnel_without_width() -> None:
    for expected in (0.0, 1.0):
        assert [end.tolist() for end in chance.limits("binomial", expected, [50, 900])] == [[expected] * 2] * 2


def test_where_nobody_is_likely_a_single_case_is_outside() -> None:
    low, high = chance.limits("binomial", 0.01, [2])
    assert (low[0], high[0]) == (0, 0)  # 98 of 100 such places have none


@given(st.integers(1000, 10_000), st.floats(0.01, 0.99))
@settings(max_examples=40)
def test_a_larger_place_has_no_wider_funnel_and_499_in_500_none_narrower(n: int, expected: float) -> None:
    near, far = chance.limits("binomial", expected, [n, 100 * n]), chance.limits("binomial", expected, [n], 0.998)
    widths = (near[1] - near[0]).tolist()
    assert widths[1] <= widths[0] + 1e-12
    assert far[0][0] <= near[0][0] + 1e-12 and near[1][0] <= far[1][0] + 1e-12


def series(*values: float | None, start: int = 2010, **marks: Any) -> list[Point]:
    made = []
    for i, value in enumerate(values):
        fields: dict[str, Any] = {"status": "normal", "is_break": False, "missing": None if value is not None else ".."}
        fields |= {name: of for name, (at, of) in marks.items() if at == i}
        made.append(
            Point("1", Period.year(start + i), value, quality=None, numerator=None, denominator=None,
                  release=None, **fields)  # type: ignore[arg-type]
        )  # fmt: skip
    return made


def test_a_straight_line_has_only_the_noise_of_its_rounding() -> None:
    assert chance.noise(series(*range(8)), 1) == pytest.approx(0.1 / 12**0.5)


def test_noise_is_told_from_six_bends_and_not_from_five() -> None:
    zigzag = [1.0, 2.0] * 4
    # Each bend is 2 or -2, and the rounding to whole numbers adds 1 / 12.
    assert chance.noise(series(*zigzag), 0) == pytest.approx(((1.4826 * 2) ** 2 / 6 + 1 / 12) ** 0.5)
    assert chance.noise(series(*zigzag[:7]), 0) is None


def test_noise_does_not_reach_over_gaps_breaks_and_forecasts() -> None:
    calm = [float(i) for i in range(9)]
    assert chance.noise(series(*calm[:4], None, *calm[:4]), 0) is None  # four bends in all
    broken = series(*calm, *(value + 100 for value in calm), is_break=(9, True))
    assert chance.noise(broken, 0) == pytest.approx(1 / 12**0.5)  # the step of a hundred is no noise
    foretold = series(*calm, 500.0, status=(9, "forecast"))
    assert chance.noise(foretold, 0) == pytest.approx(1 / 12**0.5)


def test_a_year_that_shook_everyone_is_no_noise() -> None:
    calm = [3.0, 3.1, 3.0, 3.1, 3.0, 3.1, 3.0, 3.1, 3.0, 3.1, 3.0, 3.1]
    shaken = [*calm[:6], 9.0, *calm[7:]]
    assert chance.noise(series(*shaken), 2) == pytest.approx(chance.noise(series(*calm), 2))


@given(st.floats(0.1, 50), st.integers(0, 1000))
@settings(max_examples=20)
def test_noise_is_about_the_spread_that_was_put_in(spread: float, seed: int) -> None:
    drawn = np.random.default_rng(seed).normal(100, spread, 400)
    assert chance.noise(series(*drawn.tolist(), start=1600), 6) == pytest.approx(spread, rel=0.3)


def test_periods_that_overlap_tell_nothing() -> None:
    windows = [
        Point("1", Period.years(2000 + i, 2002 + i), float(i % 2), "normal", False, None, None, None, None, None)  # type: ignore[arg-type]
        for i in range(12)
    ]
    assert chance.noise(windows, 0) is None


@given(st.lists(st.floats(0, 100), min_size=8, max_size=15), st.floats(-50, 50), st.floats(-5, 5))
@settings(max_examples=40)
def test_noise_is_the_same_on_any_slope(values: list[float], start: float, rise: float) -> None:
    tilted = [value + start + rise * i for i, value in enumerate(values)]
    assert chance.noise(series(*values), 6) == pytest.approx(chance.noise(series(*tilted), 6), abs=1e-6)
