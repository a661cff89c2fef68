"""Performance to benchmark, progress and the straight path: rules by hand, and a name where no number fits."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dugnad.status.methods import published_methods
from dugnad.status.methods.benchmark import performance, roll_up
from dugnad.status.methods.model import ProgressRules
from dugnad.status.methods.progress import limit_scale, on_path, progress_to_target, progress_without_target
from tests.oracles import index as oracle
from tests.oracles import progress as slowly

RULES = ProgressRules()


@pytest.mark.parametrize(
    ("value", "points"),
    [(120, 4), (100, 4), (95, 4), (94.9, 3), (66, 3), (65.9, 2), (33, 2), (32.9, 1), (0, 1), (-10, 1)],
)
def test_the_four_bands(value: float, points: int) -> None:
    found = performance(value, target=100, method=published_methods()["u4ssc-performance"])
    assert (found.answer, found.percent, found.points) == ("measured", pytest.approx(value), points)


@pytest.mark.parametrize(
    ("value", "target", "start", "direction", "answer", "percent"),
    [
        (5.0, 0.0, 10.0, -1, "measured", 50.0),  # less is better, and the target is none at all
        (0.0, 0.0, 10.0, -1, "measured", 100.0),
        (-2.0, 4.0, -8.0, 1, "measured", 50.0),  # through zero
        (5.0, None, 0.0, 1, "no_benchmark", None),
        (None, 10.0, 0.0, 1, "not_reported", None),
        (5.0, 0.0, 0.0, 1, "target_is_start", None),
        (5.0, 2.0, 8.0, 1, "target_wrong_way", None),
    ],
)
def test_performance(value: Any, target: Any, start: float, direction: int, answer: str, percent: Any) -> None:
    method = published_methods()["u4ssc-performance"]
    found = performance(value, target=target, start=start, direction=direction, method=method)
    assert (found.answer, found.percent) == (answer, percent)


def test_points_are_carried_up_with_their_counts() -> None:
    # Three data points in one category, one in another: the dimension's mean is over four, not over two means.
    rolled = roll_up(
        [(("EC", "ICT", "1"), 4), (("EC", "ICT", "2"), 4), (("EC", "ICT", "3"), 1), (("EC", "PR", "1"), 1),
         (("EN", "AQ", "1"), None)]
    )  # fmt: skip
    assert rolled["EC", "ICT"].mean == 3
    assert rolled["EC",].mean == 2.5  # not (3 + 1) / 2
    assert (rolled[()].mean, rolled[()].measured, rolled[()].of) == (2.5, 4, 5)
    assert rolled["EN",].mean is None


def to_target(**changes: Any) -> Any:
    plain = {"base": 100.0, "base_year": 2015, "value": 110.0, "year": 2020, "target": 140.0, "target_year": 2030}
    return progress_to_target(**{**plain, "direction": 1, "rules": RULES, **changes})


def test_progress_with_a_target() -> None:
    # Needed: 1.4^(1/15) - 1 = 2.2685 %; done: 1.1^(1/5) - 1 = 1.9245 %: 84.8 %.
    found = to_target()
    assert (found.answer, found.path) == ("acceleration_needed", "geometric")
    assert found.ratio == pytest.approx(0.84835, abs=1e-4)
    assert to_target(value=140.0).answer == "achieved"
    assert to_target(value=112.0).answer == "on_track"  # 2.292 %: 101 %
    assert to_target(value=105.0).answer == "limited"
    assert to_target(value=99.0).answer == "deterioration"


@pytest.mark.parametrize(
    ("changes", "answer", "path"),
    [
        # Half the way in a third of the time; compound growth towards zero would call it limited.
        ({"base": 10.0, "value": 5.0, "target": 0.0, "direction": -1}, "on_track", "linear"),
        # A target above the base where less is wished for is an error, not an achievement.
        ({"base": 10.0, "value": 11.0, "target": 12.0, "direction": -1}, "target_wrong_way", ""),
        ({"base": 10.0, "target": 10.0}, "target_is_base", ""),
        ({"base": -10.0, "value": -5.0, "target": 5.0}, "on_track", "linear"),  # through zero
        ({"base": 0.0, "value": 1.0, "target": 10.0}, "limited", "linear"),
        # All below zero: 1.02 % a year of 4.52 %, as a debt that shrinks.
        ({"base": -10.0, "value": -9.5, "target": -5.0}, "limited", "geometric"),
        ({"base": -10.0, "value": -11.0, "target": -5.0}, "deterioration", "geometric"),
        ({"year": 2015}, "too_early", ""),
        ({"target_year": 2015}, "deadline_passed", ""),
    ],
)
def test_progress_where_growth_has_no_meaning(changes: dict[str, Any], answer: str, path: str) -> None:
    found = to_target(**changes)
    assert (found.answer, found.path) == (answer, path)


@pytest.mark.parametrize(
    ("base", "value", "direction", "answer", "path"),
    [
        (100.0, 108.0, 1, "on_track", "geometric"),  # 1.55 % a year
        (100.0, 105.0, 1, "acceleration_needed", "geometric"),  # 0.98 %
        (100.0, 101.0, 1, "limited", "geometric"),  # 0.2 %
        (100.0, 100.0, 1, "limited", "geometric"),
        (100.0, 101.0, -1, "deterioration", "geometric"),
        (100.0, 90.0, -1, "on_track", "geometric"),
        (-4.0, 4.0, 1, "on_track", "linear"),
        (-4.0, -8.0, 1, "deterioration", "geometric"),  # a compound rate without its sign turned would call it growth
        (-4.0, -3.0, 1, "on_track", "geometric"),
        (5.0, 0.0, -1, "on_track", "linear"),
        (0.0, 5.0, 1, "base_is_zero", ""),
    ],
)
def test_progress_without_a_target(base: float, value: float, direction: int, answer: str, path: str) -> None:
    found = progress_without_target(base=base, base_year=2015, value=value, year=2020, direction=direction, rules=RULES)
    assert (found.answer, found.path) == (answer, path)


def test_cut_offs_shrink_near_a_natural_limit() -> None:
    near = {"base": 98.0, "base_year": 2015, "value": 98.6, "year": 2020, "direction": 1, "rules": RULES}
    assert progress_without_target(**near).answer == "limited"  # type: ignore[arg-type]
    assert progress_without_target(**near, scale=0.05).answer == "on_track"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("base", "limit", "direction", "scale"),
    [
        (98.0, 100.0, 1, 0.0858),  # 1 - 0.98^4.44
        (90.0, 100.0, 1, 0.3736),
        (50.0, 100.0, 1, 0.9539),
        (100.0, 100.0, 1, 0.0),
        (98.0, None, 1, 1.0),
        (98.0, 100.0, -1, 1.0),  # a limit behind one's back
        (4.0, 0.0, -1, 1.0),  # twice nothing is nothing: far from it
        (1.0, 0.9, -1, 0.4072),  # as far from 0.9 as 0.8 is: 1 - (0.8 / 0.9)^4.44
        (1.8, 0.9, -1, 1.0),  # twice the limit
        (0.0, 100.0, 1, 1.0),
        (-98.0, -100.0, -1, 0.0858),  # the same below zero
        (-50.0, 100.0, 1, 1.0),  # across zero
    ],
)
def test_how_far_cut_offs_are_lowered_near_a_limit(
    base: float, limit: float | None, direction: int, scale: float
) -> None:
    found = limit_scale(base=base, limit=limit, direction=direction, rules=RULES)
    assert found == pytest.approx(scale, abs=1e-4)


@given(st.floats(0.01, 1000), st.floats(0.01, 1000))
def test_nobody_is_asked_to_pass_the_limit(base: float, limit: float) -> None:
    direction = 1 if limit >= base else -1
    scale = limit_scale(base=base, limit=limit, direction=direction, rules=RULES)
    assert 0 <= scale <= 1
    reached = base * (1 + direction * RULES.growth_on_track * scale) ** 15
    assert (limit - reached) * direction >= -1e-6 * max(base, limit)


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({}, "on_path"),
        ({"value": 7.0}, "on_path"),
        ({"value": 9.0}, "behind"),
        ({"value": 11.0}, "away"),
        ({"value": 4.0}, "achieved"),
        ({"value": 5.0, "year": 2030}, "missed"),
        ({"target": 12.0}, "target_wrong_way"),
        ({"target": 10.0}, "target_is_base"),
        ({"year": 2015}, "too_early"),
    ],
)
def test_the_straight_path(changes: dict[str, Any], answer: str) -> None:
    plain = {"base": 10.0, "base_year": 2015, "value": 8.0, "year": 2020, "target": 4.0, "target_year": 2030}
    assert on_path(**{**plain, "direction": -1, **changes}).answer == answer


def test_the_straight_path_in_numbers() -> None:
    found = on_path(base=10, base_year=2015, value=9, year=2020, target=4, target_year=2030, direction=-1)
    assert (found.expected, found.gap, found.needed) == (8.0, -1.0, -0.5)
    assert found.arrival == 2045  # 0.2 a year, six to go
    still = on_path(base=10, base_year=2015, value=10, year=2020, target=4, target_year=2030, direction=-1)
    assert (still.answer, still.arrival) == ("behind", None)


sizes = st.one_of(st.sampled_from([0.0, 33.0, 66.0, 95.0, 100.0, -5.0]), st.floats(-200, 200))


@pytest.mark.parametrize(
    ("value", "percent", "points"), [(0.64, 64, 2), (1.0, 100, 4), (1.5, 50, 2), (2.0, 0, 1), (2.5, -50, 1)]
)
def test_where_nearest_is_best_too_much_is_as_bad_as_too_little(value: float, percent: float, points: int) -> None:
    """Income of women as a share of men's: 0.64 in Asker in 2020; 1 is equal."""
    found = performance(value, target=1, nearest=True, method=published_methods()["u4ssc-performance"])
    assert (found.percent, found.points) == (pytest.approx(percent), points)


@given(st.none() | sizes, st.none() | sizes, sizes, st.booleans())
def test_performance_agrees_with_the_slow_way(
    value: float | None, target: float | None, start: float, nearest: bool
) -> None:
    if target is not None and 0 < abs(target - start) < 1e-6:
        return  # a way too short to be measured along
    method = published_methods()["u4ssc-performance"]
    found = performance(value, target=target, start=start, nearest=nearest, method=method)
    answer, percent, points = oracle.performed(value, target, start, nearest)
    assert found.answer == answer and found.percent == (
        percent if percent is None else pytest.approx(percent, abs=1e-6)
    )
    if percent is None or min(abs(percent - cut) for cut in (95, 66, 33)) > 1e-6:
        assert found.points == points


paths = st.lists(st.sampled_from("ABC"), min_size=1, max_size=3).map(tuple)


@given(st.lists(st.tuples(paths, st.none() | st.sampled_from([1.0, 2.0, 3.0, 4.0])), max_size=20))
def test_the_roll_up_agrees_with_the_slow_way(points: list[tuple[tuple[str, ...], float | None]]) -> None:
    found = {step: (level.mean, level.measured, level.of) for step, level in roll_up(points).items()}
    expected = oracle.rolled_up(points)
    assert found.keys() == expected.keys()
    for step, (mean, measured, of) in expected.items():
        assert found[step] == (mean if mean is None else pytest.approx(mean), measured, of)


figures = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, 10.0, 100.0, -50.0]), st.floats(-500, 500).map(lambda v: round(v, 3))
)
years = st.integers(2010, 2034)
ways = st.sampled_from(["up", "down"])
SIGNS = {"up": 1, "down": -1}


def near(found: float | None, expected: Any) -> bool:
    if found is None or expected is None:
        return found is None and expected is None
    return found == pytest.approx(float(expected), rel=1e-7, abs=1e-9)


def is_at_a_cut(found: float | None, *cuts: float) -> bool:
    """So near a cut-off that the last bit decides the word."""
    return found is not None and any(abs(found - cut) < 1e-9 for cut in (*cuts, 0.0))


@settings(max_examples=300, deadline=None)
@given(figures, years, figures, years, figures, years, ways)
def test_progress_to_a_target_agrees_with_the_slow_way(
    base: float, base_year: int, value: float, year: int, target: float, target_year: int, way: str
) -> None:
    found = progress_to_target(
        base=base, base_year=base_year, value=value, year=year, target=target, target_year=target_year,
        direction=SIGNS[way], rules=RULES,
    )  # fmt: skip
    answer, path, share = slowly.to_target(base, base_year, value, year, target, target_year, way)
    assert found.path == path and near(found.ratio, share) and found.rate is None
    assert found.answer == answer or is_at_a_cut(share, 0.95, 0.6)


@settings(max_examples=300, deadline=None)
@given(figures, years, figures, years, ways, st.none() | figures)
def test_progress_without_a_target_agrees_with_the_slow_way(
    base: float, base_year: int, value: float, year: int, way: str, limit: float | None
) -> None:
    scale = limit_scale(base=base, limit=limit, direction=SIGNS[way], rules=RULES)
    assert scale == pytest.approx(slowly.lowered(base, limit, way), abs=1e-12)
    found = progress_without_target(
        base=base, base_year=base_year, value=value, year=year, direction=SIGNS[way], rules=RULES, scale=scale
    )
    answer, path, rate = slowly.without_target(base, base_year, value, year, way, limit)
    assert found.path == path and near(found.rate, rate) and found.ratio is None
    assert found.answer == answer or is_at_a_cut(rate, 0.015 * scale, 0.005 * scale)


@settings(max_examples=300, deadline=None)
@given(figures, years, figures, years, figures, years, ways)
def test_the_straight_path_agrees_with_the_slow_way(
    base: float, base_year: int, value: float, year: int, target: float, target_year: int, way: str
) -> None:
    found = on_path(
        base=base, base_year=base_year, value=value, year=year, target=target, target_year=target_year,
        direction=SIGNS[way],
    )  # fmt: skip
    expected = slowly.path(base, base_year, value, year, target, target_year, way)
    assert all(near(getattr(found, name), expected[name]) for name in ("expected", "gap", "needed", "arrival"))
    assert found.answer == expected["answer"] or is_at_a_cut(found.gap)


@given(figures, figures, figures, ways, st.sampled_from([0.001, 7.0, 1000.0]))
def test_a_unit_changes_no_progress(base: float, value: float, target: float, way: str, unit: float) -> None:
    """Tonnes or kilograms, crowns or thousands: no answer and no share depends on it."""
    years = {"base_year": 2015, "year": 2021}
    one, other = (
        progress_to_target(base=base * u, value=value * u, target=target * u, target_year=2030, direction=SIGNS[way],
                           rules=RULES, **years)
        for u in (1.0, unit)
    )  # fmt: skip
    assert near(one.ratio, other.ratio) and (one.answer == other.answer or is_at_a_cut(one.ratio, 0.95, 0.6))


@given(figures, figures, figures)
def test_down_is_up_in_a_mirror(base: float, value: float, target: float) -> None:
    """A debt that shrinks is a fortune that grows: all signs turned and the direction too, nothing is changed."""
    plain = {"base_year": 2015, "year": 2021, "target_year": 2030, "rules": RULES}
    one = progress_to_target(base=base, value=value, target=target, direction=1, **plain)  # type: ignore[arg-type]
    other = progress_to_target(base=-base, value=-value, target=-target, direction=-1, **plain)  # type: ignore[arg-type]
    assert (one.answer, one.path, one.ratio) == (other.answer, other.path, other.ratio)
