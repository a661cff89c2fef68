"""What indices are made of, beside their slow twins: ways to normalise, arrows of goals, groups of ranks, influence."""

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dugnad.status.methods import Method, score
from dugnad.status.methods.chance import noise
from dugnad.status.methods.model import GoalRule, Indicator, Trend
from dugnad.status.methods.ranks import tiers
from tests.oracles import index as oracle
from tests.oracles import order as slowly
from tests.status.methods.test_chance import series

TEXT = {"nb": "x"}
figures = st.one_of(st.none(), st.sampled_from([0.0, 1.0, -1.0, 5.0]), st.floats(-99, 99).map(lambda v: round(v, 2)))


def method(**changes: Any) -> Method:
    return replace(
        Method(
            name="test", version="1", title=TEXT, description={}, source="",
            goals=(GoalRule("1", TEXT), GoalRule("2", TEXT, weight=2.0)),
            indicators=(
                Indicator("a", TEXT, "1", 1, 0.0, 10.0, green=7.0, red=2.0, weight=2.0),
                Indicator("b", TEXT, "1", -1, 50.0, -50.0, green=0.0, red=20.0),
                Indicator("c", TEXT, "2", 1, -5.0, 5.0, green=1.0, red=-2.0),
            ),
        ),
        **changes,
    )  # fmt: skip


def table(rows: list[tuple[str, str, str, float | None]]) -> pa.Table:
    return pa.table(
        {name: [row[n] for row in rows] for n, name in enumerate(("place", "indicator", "period", "value"))}
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(figures, min_size=1, max_size=9), st.sampled_from(["minmax", "percentiles", "zscore", "rank"]),
       st.sampled_from(["up", "down"]), st.sampled_from([(2.5, 97.5), (25.0, 75.0), (0.0, 90.0)]),
       st.booleans())  # fmt: skip
def test_scores_of_the_values_themselves_agree_with_the_slow_way(
    values: list[float | None], way: str, better: str, ends: tuple[float, float], clip: bool
) -> None:
    if all(value is None for value in values):
        return
    one = method(indicators=(Indicator("a", TEXT, "1", 1 if better == "up" else -1),), goals=(GoalRule("1", TEXT),),
                 normaliser=way, percentiles=ends, clip=clip)  # fmt: skip
    rows = [(f"p{n}", "a", "2024", value) for n, value in enumerate(values)]
    found = score(table(rows), one, draws=1).indicators["score"].to_pylist()
    for got, expected in zip(found, oracle.scored_by(way, values, better, *ends), strict=True):
        if expected is not None and clip and way in ("minmax", "percentiles"):
            expected = min(100.0, max(0.0, expected))
        assert (got is None) == (expected is None)
        assert got is None or got == pytest.approx(expected, rel=1e-7, abs=1e-7)


years = st.lists(st.tuples(st.integers(2015, 2029), figures.filter(lambda v: v is not None)), max_size=5,
                 unique_by=lambda one: one[0]).map(sorted)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(years, years, years)
def test_the_arrow_of_a_goal_is_that_of_the_mean_of_its_indicators(a: Any, b: Any, c: Any) -> None:
    told = {"a": a, "b": b, "c": c}
    rows = [("p", code, str(year), value) for code, own in told.items() for year, value in own]
    if not rows:
        return
    found = score(table(rows), method(trend=Trend()), draws=1)
    plain = {i.code: oracle.momentum(told[i.code], i.lower, i.upper, i.green) for i in found.method.indicators}
    for code, expected in plain.items():
        got = found.momentum[0, "abc".index(code)]
        assert np.isnan(got) if expected is None else got == pytest.approx(expected, abs=1e-9)
    goals = {row["goal"]: row["trend"] for row in found.goals.to_pylist()}
    for goal, codes in (("1", "ab"), ("2", "c")):
        known = [plain[code] for code in codes if plain[code] is not None]
        mean = sum(known) / len(known) if known else None
        if mean is None or min(abs(mean - cut) for cut in (1, 2, 3)) > 1e-9:
            assert goals[goal] == oracle.goal_arrow([plain[code] for code in codes])


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 4)), min_size=1, max_size=12))
def test_groups_of_ranks_are_what_overlapping_intervals_join(pairs: list[tuple[int, int]]) -> None:
    intervals = [(low, low + width) for low, width in pairs]
    low, high = np.array(intervals).T
    assert tiers(low, high).tolist() == oracle.tiers(intervals)


@given(
    st.lists(st.tuples(figures, st.booleans(), st.sampled_from([False] * 9 + [True])), min_size=3, max_size=16),
    st.integers(0, 3),
)
def test_noise_agrees_with_the_slow_way(told: list[tuple[float | None, bool, bool]], decimals: int) -> None:
    points = series(*[value for value, _is_break, _forecast in told])
    points = [p._replace(is_break=is_break and p.value is not None and not told[i][2],
                         status="forecast" if told[i][2] else "normal")
              for i, (p, (_value, is_break, _f)) in enumerate(zip(points, told, strict=True))]  # fmt: skip
    known = [(p.period.start.year, p.value, p.is_break, p.status == "forecast") for p in points if p.value is not None]
    expected = slowly.noise(known, decimals)
    found = noise(points, decimals)
    assert found == (expected if expected is None else pytest.approx(expected))


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(["arithmetic", "geometric"]), st.sampled_from(["goals", "indicators"]))
def test_influence_is_what_ranks_are_without_an_indicator(data: st.DataObject, mean: Any, of: Any) -> None:
    places = [f"p{n}" for n in range(5)]
    whole = method(index_mean=mean, index_of=of, floor=1.0)
    values = {
        (place, code): value
        for place in places
        for code in "abc"
        if (value := data.draw(figures)) is not None
    }  # fmt: skip
    if not values:
        return
    named = [place for place in places if any((place, code) in values for code in "abc")]
    rows = [(place, code, "2024", value) for (place, code), value in values.items()]
    found = {row["place"]: row for row in score(table(rows), whole, draws=1).index.to_pylist()}
    before = oracle.score(values, named, {}, whole)["ranks"]
    moved: dict[str, dict[str, int]] = {place: {} for place in named}
    for code in "abc":
        kept = tuple(i for i in whole.indicators if i.code != code)
        less = replace(
            whole, indicators=kept, goals=tuple(g for g in whole.goals if any(i.goal == g.goal for i in kept))
        )
        after = oracle.score({k: v for k, v in values.items() if k[1] != code}, named, {}, less)["ranks"]
        for place in named:
            if before[place] is not None and after[place] is not None:
                moved[place][code] = before[place] - after[place]
    for place in named:
        most = max((abs(m) for m in moved[place].values()), default=0)
        row = found[place]
        if most == 0:
            assert row["most_influential"] is None or row["ranks_without_it"] == 0
        else:
            assert abs(row["ranks_without_it"]) == most
            assert moved[place][row["most_influential"]] == row["ranks_without_it"]
