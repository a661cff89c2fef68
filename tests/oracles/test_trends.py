"""Trends beside their slow twin, and what must not change them."""

import math
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dugnad.shared.periods import Period
from dugnad.status.methods import published_methods
from dugnad.status.trends import Asked, Trend, dropped, t_below, t_quantile, trends
from tests.oracles import trends as slowly

NUMBERS = ("slope", "slope_low", "slope_high", "projection", "projection_low", "projection_high")


@dataclass(frozen=True)
class P:
    period: Period
    value: float | None
    status: str = "normal"
    is_break: bool = False
    missing: str | None = None


def found(*asked: Asked) -> list[Trend]:
    methods = published_methods()
    return trends(asked, methods["trend-2030"], methods["progress-statcan"])


@st.composite
def series(draw: Any, low: float = 1, high: float = 99) -> list[P]:
    """Up to 24 years with gaps, breaks, windows, forecasts and values written with one decimal."""
    first = draw(st.integers(1998, 2016))
    window = draw(st.sampled_from([1, 1, 1, 3]))
    points = []
    for year in range(first, 2026):
        what = draw(st.sampled_from("vvvvvvvvvvvvvv-:bf"))
        if what == "-":
            continue
        period = Period.years(year - window + 1, year)
        if what == ":":
            points.append(P(period, None, missing=draw(st.sampled_from(["suppressed", "border_change"]))))
        else:
            value = round(draw(st.floats(low, high)), 1)
            points.append(P(period, value, "forecast" if what == "f" else "normal", what == "b"))
    return points


@settings(max_examples=120, deadline=None)
@given(st.lists(st.tuples(series(), st.sampled_from(["up", "down"]), st.sampled_from(["percent", "rate"]),
                          st.floats(5, 95)), min_size=1, max_size=4))  # fmt: skip
def test_the_fast_way_agrees_with_the_slow(chosen: list[tuple[list[P], str, str, float]]) -> None:
    rules = published_methods()["trend-2030"].projection
    asked = [Asked(points, way, kind, 1, round(target, 1)) for points, way, kind, target in chosen]
    for one, trend in zip(asked, found(*asked), strict=True):
        assert one.target is not None
        threshold = one.target - 0.05 if one.direction == "up" else one.target + 0.05
        plain = slowly.trend(list(one.points), one.kind, 1, threshold, rules)
        assert trend.is_known == (plain is not None)
        if plain is None:
            continue
        for name in NUMBERS:
            assert getattr(trend, name) == pytest.approx(plain[name], rel=1e-6, abs=1e-6)
        share = plain["below"] if one.direction == "down" else 1 - plain["below"]
        assert trend.probability == pytest.approx(share, abs=1e-5)
        used = slowly.used_points(list(one.points), rules)
        said = slowly.status(plain, used or [], one.direction, one.kind, 1, one.target)
        if min(abs(share - 1 / 3), abs(share - 2 / 3), abs(plain["slope_low"]), abs(plain["slope_high"])) > 1e-6:
            assert trend.status == said
        assert trend.slope_low <= trend.slope <= trend.slope_high  # type: ignore[operator]
        assert trend.projection_low <= trend.projection <= trend.projection_high  # type: ignore[operator]


@settings(max_examples=80, deadline=None)
@given(series(-40, 99), st.sampled_from(["up", "down"]), st.sampled_from(["percent", "rate"]), st.floats(-9, 9))
def test_the_status_without_a_target_agrees_with_the_slow_way(
    points: list[P], way: str, kind: str, slope: float
) -> None:
    """Courses that rise or fall steadily under some noise, also through zero, so that every status comes up."""
    tilted = [replace(p, value=round(p.value / 20 + slope * (i - 9), 1)) if p.value is not None else p
              for i, p in enumerate(points)]  # fmt: skip
    rules = published_methods()["trend-2030"].projection
    plain = slowly.trend(tilted, kind, 1, None, rules)
    [trend] = found(Asked(tilted, way, kind, 1))
    if plain is None:
        assert not trend.is_known
        return
    used = slowly.used_points(tilted, rules)
    if min(abs(plain["slope_low"]), abs(plain["slope_high"])) > 1e-6:
        assert trend.status == slowly.status(plain, used or [], way, kind, 1, None)
        assert trend.verdict == slowly.verdict(plain, used or [], way, kind, 1)


@given(st.integers(4, 24), st.sampled_from([0.5, 0.8, 0.9]))
@settings(max_examples=30, deadline=None)
def test_kendalls_interval_is_that_of_counted_orders(n: int, level: float) -> None:
    assert dropped(n, level) == slowly.outside(n, level)


def test_students_t_is_the_sum_of_its_density() -> None:
    for df in (1, 2, 3, 4, 7, 10, 19):
        for t in (-4.0, -1.2, 0.0, 0.3, 2.5):
            assert float(t_below(df, np.array(t))) == pytest.approx(slowly.t_share_below(t, df), abs=1e-9)
        assert t_quantile(df, 0.9) == pytest.approx(slowly.t_value(df, 0.9), rel=1e-6)
    assert t_quantile(10, 0.95) == pytest.approx(1.812461, abs=1e-6)  # as printed tables have it


plain_series = st.lists(st.integers(-300, 300), min_size=6, max_size=12).map(lambda values: [v / 10 for v in values])


def years(values: list[float], last: int = 2025) -> list[P]:
    return [P(Period.year(last + 1 - len(values) + i), v) for i, v in enumerate(values)]


@given(plain_series, st.sampled_from([-2, 3]))
def test_another_unit_gives_the_same_answer(values: list[float], power: int) -> None:
    """Tonnes or thousand tonnes: the numbers follow the unit, the status does not change."""
    [one] = found(Asked(years(values), "down", "amount", 1, 2.0))
    factor = 10.0**power
    [other] = found(Asked(years([v * factor for v in values]), "down", "amount", 1 - power, 2.0 * factor))
    for name in NUMBERS:
        assert getattr(other, name) == pytest.approx(getattr(one, name) * factor, rel=1e-6, abs=1e-9 * factor)
    assert other.probability == pytest.approx(one.probability, abs=1e-9)
    assert other.status == one.status


@given(plain_series)
def test_the_mirror_of_a_course_is_the_course_of_its_mirror(values: list[float]) -> None:
    [one] = found(Asked(years(values), "up", "amount", 1, 12.0))
    [other] = found(Asked(years([-v for v in values]), "down", "amount", 1, -12.0))
    assume(min(values) < 0 < max(values))  # a course that never went below zero is not led below it
    assert other.slope == pytest.approx(-one.slope, abs=1e-9)  # type: ignore[operator]
    assert other.slope_low == pytest.approx(-one.slope_high, abs=1e-9)  # type: ignore[operator]
    assert other.projection_low == pytest.approx(-one.projection_high, abs=1e-9)  # type: ignore[operator]
    assert other.probability == pytest.approx(one.probability, abs=1e-9)
    assert (other.status, other.rate) == (one.status, one.rate)


@given(plain_series)
def test_the_whole_course_may_lie_earlier(values: list[float]) -> None:
    """Two years earlier, and led on to 2028: the same slope, and the same value at its end."""
    methods = published_methods()
    method, progress = methods["trend-2030"], methods["progress-statcan"]
    earlier = replace(method, projection=replace(method.projection, target_year=2028))
    [one] = trends([Asked(years(values, 2025), "up", "amount", 1)], method, progress)
    [other] = trends([Asked(years(values, 2023), "up", "amount", 1)], earlier, progress)
    assert (one.status, one.n) == (other.status, other.n)
    for name in NUMBERS:
        assert getattr(other, name) == pytest.approx(getattr(one, name), rel=1e-9, abs=1e-9)


@given(plain_series, st.lists(st.integers(2000, 2013), max_size=4, unique=True), st.randoms())
@settings(deadline=None)
def test_gaps_and_neighbours_change_nothing(values: list[float], gaps: list[int], dice: Any) -> None:
    """Periods without a value say nothing, and neither do the other series that are asked about."""
    points = years(values)
    [alone] = found(Asked(points, "up", "amount", 1))
    with_gaps = [P(Period.year(year), None, missing="suppressed") for year in sorted(gaps)] + points
    asked = [Asked(with_gaps, "up", "amount", 1), Asked(points[-5:], "up", "amount", 1), Asked([], "down")]
    order = [0, 1, 2]
    dice.shuffle(order)
    together = found(*(asked[i] for i in order))
    again = together[order.index(0)]
    assert again.status == alone.status
    for name in NUMBERS:
        assert getattr(again, name) == pytest.approx(getattr(alone, name), rel=1e-12, abs=1e-12)


@given(st.lists(st.floats(0, 100), min_size=6, max_size=12), st.sampled_from(["up", "down"]))
def test_a_share_stays_between_nothing_and_all(values: list[float], way: str) -> None:
    [trend] = found(Asked(years([round(v, 1) for v in values]), way, "percent", 1))
    numbers = [trend.projection_low, trend.projection, trend.projection_high]
    assert all(n is not None and 0 <= n <= 100 and math.isfinite(n) for n in numbers)
    assert numbers == sorted(numbers)  # type: ignore[type-var]


def test_days_and_years_agree() -> None:
    """A value of 1 January and a value of the whole year have their places half a year apart."""
    day = Period.parse("2024-01-01")
    assert slowly.year_fraction(Period.year(2024)) - slowly.year_fraction(day) == pytest.approx(0.4986, abs=1e-3)
    assert day.end - day.start == timedelta(days=1)
