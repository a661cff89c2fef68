"""Scores, goals, index and ranks against the slow and obvious way, on values of every awkward kind."""

import math
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dugnad.shared.errors import Refusal
from dugnad.status.methods import Method, score
from dugnad.status.methods.model import Band, GoalRule, Indicator, Trend
from tests.oracles import index as oracle

TEXT = {"nb": "x"}
PLACES = [f"p{n}" for n in range(7)]


def method(**changes: Any) -> Method:
    """Two goals: one with two indicators, of which the second counts downwards, and one with one."""
    plain = Method(
        name="test", version="1", title=TEXT, description={}, source="",
        goals=(GoalRule("1", TEXT), GoalRule("2", TEXT)),
        indicators=(
            Indicator("a", TEXT, "1", 1, 0.0, 10.0, red=2.0, yellow=4.0, green=7.0),
            Indicator("b", TEXT, "1", -1, 50.0, -50.0, red=20.0, green=0.0),
            Indicator("c", TEXT, "2", 1, -5.0, 5.0, red=-2.0, green=1.0),
        ),
    )  # fmt: skip
    return replace(plain, **changes)


def table(rows: list[tuple[str, str, str, float | None]]) -> pa.Table:
    names = ("place", "indicator", "period", "value")
    return pa.table({name: [row[n] for row in rows] for n, name in enumerate(names)})


# Zero, both signs, the bounds themselves and beyond them.
numbers = st.one_of(
    st.sampled_from([0.0, 10.0, -5.0, 5.0, 50.0, -50.0, 2.0, 7.0]), st.floats(-60, 60, allow_subnormal=False)
)


@st.composite
def methods(draw: st.DrawFn) -> Method:
    mean = st.sampled_from(["arithmetic", "geometric"])
    weights = [draw(st.sampled_from([1.0, 1.0, 2.5, 0.0])) for _ in range(3)]
    filled = draw(st.sampled_from([(), (0,), (0, 1, 2)]))
    scored = draw(st.sampled_from([(0, 1, 2), (0, 2), (0, 1)]))
    base = method()
    indicators = tuple(
        replace(i, weight=weights[n] or 1.0, is_filled=n in filled, is_scored=n in scored)
        for n, i in enumerate(base.indicators)
    )
    index_of = draw(st.sampled_from(["goals", "goals", "indicators"]))
    return method(
        indicators=indicators,
        goals=(
            GoalRule("1", TEXT, not_alone=draw(st.sampled_from([(), ("b",)]))),
            GoalRule("2", TEXT, weight=draw(st.sampled_from([1.0, 3.0]))),
        ),
        clip=draw(st.booleans()),
        goal_mean=draw(mean),
        index_mean=draw(mean),
        floor=draw(st.sampled_from([0.0, 1.0])),
        index_of=index_of,
        fill_index=index_of == "goals" and draw(st.booleans()),
        means_of=draw(st.sampled_from(["all", "eligible"])),
        max_missing=draw(st.sampled_from([None, 0.2, 0.4, 0.5])),
        always_eligible=draw(st.sampled_from([frozenset(), frozenset({"p0"})])),
        normaliser=draw(st.sampled_from(["goalposts", "goalposts", "none"])),
    )


@settings(max_examples=150, deadline=None)
@given(
    methods(),
    st.integers(1, 7),
    st.integers(1, 3),
    st.data(),
)
def test_agrees_with_the_slow_way(a_method: Method, places: int, years: int, data: st.DataObject) -> None:
    names, periods = PLACES[:places], [str(2015 + n) for n in range(years)]
    keys = [(p, i, y) for p in names for i in "abc" for y in periods]
    drawn = data.draw(st.lists(st.one_of(numbers, st.none()), min_size=len(keys), max_size=len(keys)))
    groups = {p: data.draw(st.sampled_from(["north", "south", ""])) for p in names}
    rows = [(p, i, y, v) for (p, i, y), v in zip(keys, drawn, strict=True)]
    each = replace(a_method, periods="each")
    found = score(table(rows), each, groups=groups or None, draws=8)
    for number, year in enumerate(periods):
        expected = oracle.score({(p, i): v for p, i, y, v in rows if y == year and v is not None}, names, groups, each)
        _agree(found, expected, number, names)


@settings(max_examples=60, deadline=None)
@given(methods(), st.data())
def test_latest_takes_the_newest_value_of_each(a_method: Method, data: st.DataObject) -> None:
    keys = [(p, i, y) for p in PLACES[:4] for i in "abc" for y in ("2018", "2019", "2020")]
    drawn = data.draw(st.lists(st.one_of(numbers, st.none()), min_size=len(keys), max_size=len(keys)))
    rows = [(p, i, y, v) for (p, i, y), v in zip(keys, drawn, strict=True)]
    groups = dict(zip(PLACES, ["n", "n", "s", "s"], strict=False))
    newest = {(p, i): v for p, i, _y, v in rows if v is not None}  # later years overwrite
    expected = oracle.score(newest, PLACES[:4], groups, a_method)
    _agree(score(table(rows), a_method, groups=groups, draws=8), expected, 0, PLACES[:4])


def _agree(found: Any, expected: Any, number: int, names: list[str]) -> None:
    at = slice(number * len(names), (number + 1) * len(names))
    count, goals = len(found.method.indicators), len(found.method.goals)
    index = found.index.slice(at.start, len(names)).to_pylist()
    cells = found.indicators.slice(at.start * count, len(names) * count).to_pylist()
    goal_rows = found.goals.slice(at.start * goals, len(names) * goals).to_pylist()
    scored = {i.code for i in found.method.indicators if i.is_scored}
    for row in index:
        _same(row["score"], expected["index"][row["place"]])
        assert row["rank"] == expected["ranks"][row["place"]]
        assert (row["why_none"] is None) == (row["score"] is not None)
    for row in cells:
        key = row["place"], row["indicator"]
        _same(row["score"], expected["scores"][key] if row["indicator"] in scored else None)
        assert row["colour"] == expected["colours"][key]
    for row in goal_rows:
        _same(row["score"], expected["goals"][row["place"], row["goal"]])
        assert row["colour"] == expected["goal_colours"][row["place"], row["goal"]]


def _same(found: float | None, expected: float | None) -> None:
    assert (found is None) == (expected is None), f"{found} {expected}"
    assert found is None or math.isclose(found, expected or 0.0, rel_tol=1e-9, abs_tol=1e-8)


def test_by_hand() -> None:
    # a: 5 of 0..10 is 50. b: 0 of 50..-50 is 50. c: 5 is the upper bound, and 8 beyond it is clipped to it.
    rows = [("p", "a", "2020", 5.0), ("p", "b", "2020", 0.0), ("p", "c", "2020", 5.0),
            ("q", "a", "2020", 10.0), ("q", "b", "2020", -25.0), ("q", "c", "2020", 8.0)]  # fmt: skip
    found = score(table(rows), method(), draws=50)
    assert found.indicators["score"].to_pylist() == [50, 50, 100, 100, 75, 100]
    assert found.goals["score"].to_pylist() == [50, 100, 87.5, 100]
    assert found.index["score"].to_pylist() == [75, 93.75]
    assert found.index["rank"].to_pylist() == [2, 1]
    assert set(found.index["method_version"].to_pylist()) == {"1"}
    # 5 of 4..7 is between yellow and green; 0 is the green threshold itself: together yellow, for not both are green.
    assert found.indicators["colour"].to_pylist()[:2] == ["yellow", "green"]
    assert found.goals["colour"].to_pylist()[0] == "yellow"


def test_a_missing_goal_is_filled_in_the_index_only() -> None:
    rows = [("p", "a", "2020", 5.0), ("p", "b", "2020", 0.0),  # no value in goal 2
            ("q", "a", "2020", 5.0), ("q", "b", "2020", 0.0), ("q", "c", "2020", 5.0),
            ("r", "a", "2020", 5.0), ("r", "b", "2020", 0.0), ("r", "c", "2020", 0.0)]  # fmt: skip
    found = score(table(rows), method(fill_index=True), groups=dict.fromkeys("pqr", "east"), draws=50)
    goal_two = found.goals.filter(pa.compute.equal(found.goals["goal"], "2"))
    assert goal_two["score"].to_pylist() == [None, 100, 50]
    assert goal_two["filled_in_index"].to_pylist() == [True, False, False]
    assert found.index["score"].to_pylist() == [62.5, 75, 50]  # (50 + mean of 100 and 50) / 2
    alone = score(table(rows), method(fill_index=True), groups={"p": "west", "q": "east", "r": "east"}, draws=50)
    assert alone.index["why_none"].to_pylist() == ["no_group_mean", None, None]


def test_no_index_where_too_much_is_missing() -> None:
    rows = [("p", "a", "2020", 5.0), ("p", "b", "2020", 0.0), ("q", "a", "2020", 5.0), ("q", "b", "2020", 0.0),
            ("q", "c", "2020", 5.0)]  # fmt: skip
    found = score(table(rows), method(max_missing=0.2), draws=50).index.to_pylist()
    assert [(row["score"], row["rank"], row["why_none"]) for row in found] == [
        (None, None, "too_little_data"),
        (75.0, 1, None),
    ]
    always = method(max_missing=0.2, always_eligible=frozenset({"p"}))
    assert score(table(rows), always, draws=50).index["score"].to_pylist() == [50.0, 75.0]


def test_a_share_of_exactly_the_limit_is_allowed() -> None:
    indicators = tuple(Indicator(f"i{n}", TEXT, "1", 1, 0.0, 100.0) for n in range(5))
    one_goal = method(indicators=indicators, goals=(GoalRule("1", TEXT),), max_missing=0.2)
    rows = [("p", f"i{n}", "2020", 50.0) for n in range(4)]
    assert score(table(rows), one_goal, draws=10).index["score"].to_pylist() == [50.0]


def test_bands_give_points_and_every_data_point_counts_the_same() -> None:
    bands = (Band(95, 4, TEXT), Band(66, 3, TEXT), Band(33, 2, TEXT), Band(-math.inf, 1, TEXT))
    banded = method(bands=bands, clip=False, index_of="indicators")
    rows = [("p", "a", "2020", 9.5), ("p", "b", "2020", 17.0), ("p", "c", "2020", -7.0)]  # 95 %, 33 %, -20 %
    found = score(table(rows), banded, draws=10)
    assert found.indicators["score"].to_pylist() == [95, 33, -20]
    assert found.indicators["points"].to_pylist() == [4, 2, 1]
    assert found.goals["score"].to_pylist() == [3, 1]
    assert found.index["score"].to_pylist() == [round(7 / 3, 10)]


@pytest.mark.parametrize("way", ["minmax", "percentiles", "zscore", "rank"])
def test_scores_of_the_values_themselves(way: str) -> None:
    one = (Indicator("a", TEXT, "1", -1),)
    plain = method(indicators=one, goals=(GoalRule("1", TEXT),), normaliser=way, percentiles=(25.0, 75.0))
    rows = [(f"p{n}", "a", "2020", float(v)) for n, v in enumerate([1, 2, 2, 3, 4])]
    found = score(table(rows), plain, draws=10).index["score"].to_pylist()
    by_hand = {
        "minmax": [100, 100 * 2 / 3, 100 * 2 / 3, 100 / 3, 0],
        "percentiles": [100, 100, 100, 0, 0],  # a quarter and three quarters of the way lie at 2 and 3
        "zscore": [50 - 10 * (v - 2.4) / math.sqrt(1.04) for v in (1, 2, 2, 3, 4)],
        "rank": [100, 62.5, 62.5, 25, 0],
    }
    assert found == pytest.approx(by_hand[way])
    same = [(f"p{n}", "a", "2020", 3.0) for n in range(3)]
    if way != "rank":
        assert score(table(same), plain, draws=10).index["score"].to_pylist() == [None] * 3


def test_a_threshold_beyond_a_bound_stands_for_it() -> None:
    wide = Indicator("a", TEXT, "1", -1, 30.0, 2.0, red=35.0, green=1.0)  # red from 35 up, bounds 30 and 2
    rows = [(f"p{n}", "a", "2020", value) for n, value in enumerate([36.0, 35.0, 18.0, 17.0, 1.0])]
    found = score(table(rows), method(indicators=(wide,), goals=(GoalRule("1", TEXT),)), draws=1)
    assert found.indicators["colour"].to_pylist() == ["red", "orange", "yellow", "yellow", "green"]
    assert found.indicators["score"].to_pylist()[:2] == [0, 0]


def test_what_is_meant_for_some_places_counts_in_the_colour_of_their_goal_alone() -> None:
    # b is red at both places, and meant for p alone: the goal of q has the colour of a.
    narrow = method(indicators=tuple(
        replace(i, is_scored=False, places=frozenset("p")) if i.code == "b" else i for i in method().indicators
    ))  # fmt: skip
    rows = [(place, code, "2020", value) for place in "pq" for code, value in (("a", 9.0), ("b", 45.0), ("c", 4.0))]
    found = score(table(rows), narrow, draws=10)
    colours = {(row["place"], row["goal"]): row["colour"] for row in found.goals.to_pylist()}
    # p: the mean of 0.17 (b) and 2.67 (a) is 1.4, orange; not both are red.
    assert (colours["p", "1"], colours["q", "1"]) == ("orange", "green")
    cells = {(row["place"], row["indicator"]): row for row in found.indicators.to_pylist()}
    assert cells["q", "b"]["colour"] == "red" and cells["q", "b"]["score"] is None
    assert {row["score"] for row in found.goals.to_pylist() if row["goal"] == "1"} == {90}


def test_arrows() -> None:
    slow = method(trend=Trend())
    # a: green is 70 points. From 20 in 2015 it needs 50/15 = 3.33 points a year.
    for last, expected in ((4.0, "on_track"), (3.0, "moderately_improving"), (2.2, "stagnating"), (1.0, "decreasing"),
                           (7.0, "on_track")):  # fmt: skip
        rows = [("p", "a", "2015", 2.0), ("p", "a", "2020", last)]
        found = score(table(rows), slow, draws=10).indicators.to_pylist()[0]
        assert found["trend"] == expected == oracle.arrow([(2015, 2.0), (2020, last)], 0, 10, 7)
    one_value = score(table([("p", "a", "2020", 5.0)]), slow, draws=10)
    assert one_value.indicators["trend"].to_pylist() == [None] * 3


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(2015, 2029), numbers), min_size=2, max_size=6, unique_by=lambda one: one[0]))
def test_arrows_agree_with_the_slow_way(series: list[tuple[int, float]]) -> None:
    series.sort()
    rows = [("p", "a", str(year), value) for year, value in series]
    found = score(table(rows), method(trend=Trend()), draws=1)
    assert found.indicators["trend"].to_pylist()[0] == oracle.arrow(series, 0, 10, 7)


def test_a_unit_does_not_move_a_rank() -> None:
    chance = __import__("random").Random(3)
    rows = [(p, i, "2020", chance.uniform(-10, 10)) for p in PLACES for i in "abc"]
    changed = method(indicators=tuple(
        replace(i, lower=i.lower * 1000 + 32, upper=i.upper * 1000 + 32, red=None, yellow=None, green=None)
        for i in method().indicators
    ))  # fmt: skip
    before = score(table(rows), method(), draws=400)
    after = score(table([(p, i, y, v * 1000 + 32) for p, i, y, v in rows]), changed, draws=400)
    for column in ("rank", "rank_from", "rank_to", "rank_group", "most_influential"):
        assert before.index[column].to_pylist() == after.index[column].to_pylist()


def test_the_same_seed_gives_the_same_tables() -> None:
    rows = [(p, i, "2020", float((7 * n + ord(i)) % 11)) for n, p in enumerate(PLACES) for i in "abc"]
    one, other = (score(table(rows), method(), draws=500, seed=4) for _ in range(2))
    assert one.index.equals(other.index)


def test_what_is_in_doubt_is_refused() -> None:
    rows = [("p", "a", "2020", 5.0), ("p", "a", "2020", 6.0)]
    with pytest.raises(Refusal, match="p, a, 2020"):
        score(table(rows), method())
    with pytest.raises(Refusal, match="last year"):
        score(table([("p", "a", "last year", 5.0)]), method())
    with pytest.raises(Refusal, match="a, b, c"):
        score(table([("p", "x", "2020", 5.0)]), method())
    two_groups = table([("p", "a", "2020", 5.0), ("p", "b", "2020", 5.0)]).append_column("group", [["n", "s"]])
    with pytest.raises(Refusal, match=r"n, s|s, n"):
        score(two_groups, method())
    with pytest.raises(Refusal, match="2020"):
        score(table([("p", "a", "2020", 5.0)]), method(periods="2019"))


def test_what_neither_side_knows_is_told() -> None:
    rows = [("p", "a", "2020", 5.0), ("p", "zzz", "2020", 1.0)]
    found = score(table(rows), method(fill_index=True), draws=10)
    assert (found.unknown, found.unmeasured, found.ungrouped) == (("zzz",), ("b", "c"), ("p",))
