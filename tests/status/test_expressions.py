"""The expressions find what the arrays find, on DuckDB, on Sail and on a real Spark with two workers."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command

from dugnad.shared.errors import Refusal
from dugnad.status import expressions, store
from dugnad.status.methods import Method, score
from dugnad.status.methods.model import Band, GoalRule, Indicator
from dugnad.status.scale import score_file

TEXT = {"nb": "-"}
GROUPS = {f"p{n}": f"g{n % 3}" for n in range(11)}  # the twelfth place is in no group
PLACES, PERIODS = [f"p{n}" for n in range(12)], ("2019", "2021-Q4", "2023")
GOALS = ("1", "2", "13")


def method(**changes: object) -> Method:
    indicators = tuple(
        Indicator(
            f"i{n}", TEXT, GOALS[n % 3], direction=1 if n % 2 else -1, lower=0.0 if n % 2 else 10.0,
            upper=10.0 if n % 2 else 0.0, weight=1.0 + n % 3, is_scored=n != 4, is_filled=n in (0, 3),
        )
        for n in range(9)
    )  # fmt: skip
    goals = tuple(GoalRule(goal, TEXT, weight=1.0 + k) for k, goal in enumerate(GOALS))
    base = Method("tried", "1", TEXT, {}, "", indicators=indicators, goals=goals, periods="each")
    return replace(base, **changes)  # type: ignore[arg-type]


EVERY_STEP = {  # few, for engines that need a second for each; together they take every branch
    "own range, newest, not alone": method(
        normaliser="minmax", periods="latest", goals=(GoalRule("1", TEXT, not_alone=("i0", "i3")), *method().goals[1:])
    ),
    "gaps filled, bands, one let in": method(
        fill_index=True, max_missing=0.3, means_of="eligible", always_eligible=frozenset({"p3"}),
        bands=(Band(95, 4, TEXT), Band(66, 3, TEXT), Band(33, 2, TEXT), Band(float("-inf"), 1, TEXT)),
    ),
    "geometric, lifted, one period": method(
        goal_mean="geometric", index_mean="geometric", floor=1.0, periods="2021-Q4"
    ),
    "of indicators, as they are": method(index_of="indicators", normaliser="none", index_mean="geometric"),
}  # fmt: skip
BANDS = (Band(95, 4, TEXT), Band(66, 3, TEXT), Band(33, 2, TEXT), Band(float("-inf"), 1, TEXT))
METHODS = {
    "plain": method(),
    "newest": method(periods="latest"),
    "one period": method(periods="2021-Q4"),
    "not clipped": method(clip=False),
    "own range": method(normaliser="minmax"),
    "as they are": method(normaliser="none"),
    "geometric": method(goal_mean="geometric", index_mean="geometric"),
    "lifted": method(goal_mean="geometric", floor=1.0),
    "gaps filled": method(fill_index=True, max_missing=0.4),
    "gaps filled by the eligible": method(fill_index=True, max_missing=0.4, means_of="eligible"),
    "one let in": method(max_missing=0.2, always_eligible=frozenset({"p3", "p7"})),
    "of indicators": method(index_of="indicators"),
    "bands": method(bands=BANDS),
    "not alone": method(goals=(GoalRule("1", TEXT, not_alone=("i0", "i3")), *method().goals[1:])),
}


def values(seed: int, places: list[str] = PLACES, periods: tuple[str, ...] = PERIODS) -> pa.Table:
    """Numbers below, within and above the bounds; ties and zeros; a third missing as rows without a value or no row."""
    chance = np.random.default_rng(seed)
    rows = []
    for place in places:
        for period in periods:
            for n in range(9):
                value = float(chance.choice([0.0, 5.0, 10.0, round(chance.normal(5, 5), 2)]))
                kept = chance.random()
                if kept > 0.15:
                    rows.append((place, f"i{n}", period, value if kept > 0.3 else None))
    rows.append((places[0], "unknown", periods[0], 1.0))
    columns = zip(*rows, strict=True)
    names = ("place", "indicator", "period", "value")
    types = (pa.string(), pa.string(), pa.string(), pa.float64())
    return pa.table({name: pa.array(column, kind) for name, column, kind in zip(names, columns, types, strict=True)})


def agree(table: pa.Table, tried: Method, cluster: str, folder: Path, groups: dict[str, str] | None = GROUPS) -> None:
    file = folder / "values.parquet"
    pq.write_table(table, file)
    expected = score(table, replace(tried, decimals=(12, 12, 12)), groups=groups, draws=0)
    with store.engine(cluster) as open_:
        frames = expressions.index_of(open_(file), tried, open_, groups)
        found = {name: expressions.collected(getattr(frames, name)).to_pylist() for name in ("goals", "index")}
    index = {(row["place"], row["period"]): row for row in found["index"]}
    for row in expected.index.to_pylist():
        ours = index.pop((row["place"], row["period"]))
        assert ours["score"] == (None if row["score"] is None else pytest.approx(row["score"], abs=1e-9)), row
        assert ours["rank"] == row["rank"], row
        assert ours["missing_share"] == pytest.approx(row["missing_share"], abs=1e-6)
    assert not index
    goals = {(row["place"], row["period"], row["goal"]): row["score"] for row in found["goals"]}
    for row in expected.goals.to_pylist():
        ours = goals.get((row["place"], row["period"], row["goal"]))
        assert ours == (None if row["score"] is None else pytest.approx(row["score"], abs=1e-9)), row


@pytest.mark.parametrize("name", METHODS)
def test_as_the_arrays_have_it(name: str, tmp_path: Path) -> None:
    agree(values(len(name)), METHODS[name], "", tmp_path)


@pytest.mark.parametrize("name", EVERY_STEP)
def test_the_same_on_every_engine(name: str, cluster: str, tmp_path: Path) -> None:
    agree(values(len(name)), EVERY_STEP[name], cluster, tmp_path)


def test_places_in_no_group(cluster: str, tmp_path: Path) -> None:
    agree(values(4), METHODS["plain"], cluster, tmp_path, groups=None)


@pytest.mark.parametrize(
    "table",
    [values(1, ["p1"]), values(2, periods=("2020",)), values(3, ["p1"], ("2020",))],
    ids=["one place", "one year", "one of each"],
)
def test_little_data(table: pa.Table, tmp_path: Path) -> None:
    agree(table, METHODS["gaps filled"], "", tmp_path)


def test_many_random_tables(tmp_path: Path) -> None:
    """On the engine that is always there; the others have the same expressions and the cases above."""
    for seed in range(int(os.environ.get("RANDOM_TABLES", "12"))):
        agree(values(100 + seed), list(METHODS.values())[seed % len(METHODS)], "", tmp_path)


def test_a_value_that_stands_twice_is_refused(cluster: str, tmp_path: Path) -> None:
    table = values(1)
    twice = pa.concat_tables([table, table.slice(3, 1)])
    with store.engine(cluster) as open_, pytest.raises(Refusal, match="p0, i"):
        pq.write_table(twice, tmp_path / "values.parquet")
        expressions.index_of(open_(tmp_path / "values.parquet"), METHODS["plain"], open_, GROUPS)


def test_a_file_by_an_engine_is_the_file_by_arrays(cluster: str, tmp_path: Path) -> None:
    """Scores of every period; ranks with their intervals in the newest, and nowhere without."""
    tried, table = METHODS["gaps filled"], values(8)
    pq.write_table(table, tmp_path / "values.parquet")
    written = score_file(tmp_path / "values.parquet", tried, tmp_path / "out", engine=cluster, groups=GROUPS, draws=200)
    assert [path.name for path in written] == ["index.csv", "goals.csv", "indicators.parquet"]
    index = {(r["place"], str(r["period"])): r for r in pcsv.read_csv(written[0]).to_pylist()}
    for row in score(table, tried, groups=GROUPS, draws=200).index.to_pylist():
        ours = index[row["place"], row["period"]]
        assert ours["score"] == (None if row["score"] is None else pytest.approx(row["score"], abs=1e-9))
        shown = [ours[name] for name in ("rank", "rank_from", "rank_to")]
        newest = row["period"] == "2023"
        assert shown == [row[name] if newest else None for name in ("rank", "rank_from", "rank_to")]
        assert (ours["method"], str(ours["method_version"])) == ("tried", "1")
    whole = pq.read_table(written[2])
    known = pc.sum(pc.is_valid(table["value"])).as_py() - 1  # all but that of an indicator the method does not know
    assert pc.sum(pc.is_valid(whole["value"])).as_py() == known


def test_a_file_without_its_columns_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"place": ["p1"], "value": [1.0]}), tmp_path / "values.parquet")
    with pytest.raises(Refusal, match="indicator, period"):
        score_file(tmp_path / "values.parquet", METHODS["plain"], tmp_path / "out")


def test_the_command_takes_parquet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pq.write_table(values(1), tmp_path / "values.parquet")
    (tmp_path / "method.yaml").write_text(
        "title: {nb: Prøve, nn: Prøve, en: Trial}\nindicators:\n"
        "  - {code: i1, goal: '1', lower: 0, upper: 10}\n  - {code: i2, goal: '2', lower: 10, upper: 0}\n"
    )
    out = ["-o", str(tmp_path / "out"), "--lang", "en"]
    arguments = [str(tmp_path / "values.parquet"), str(tmp_path / "method.yaml"), *out]
    call_command("score", *arguments)
    assert "computed by duckdb" in capsys.readouterr().out
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"index.csv", "goals.csv", "indicators.parquet"}
    (tmp_path / "values.csv").write_text("place,indicator,period,value\np1,i1,2020,1\n")
    with pytest.raises(CommandError, match="not Parquet"):
        call_command("score", str(tmp_path / "values.csv"), *arguments[1:], "--engine", "duckdb")
    with pytest.raises(CommandError, match="does not exist"):
        call_command("score", str(tmp_path / "other.parquet"), *arguments[1:])


def test_a_step_that_is_not_written_for_many_machines_is_refused() -> None:
    with store.engine() as open_, pytest.raises(Refusal, match="zscore"):
        expressions.index_of(open_(values(1)), method(normaliser="zscore"), open_)


def test_the_agreement_can_fail(tmp_path: Path) -> None:
    """The control: another rule is not taken for the same."""
    table = values(5)
    other = replace(METHODS["plain"], goal_mean="geometric")
    with store.engine() as open_:
        frames = expressions.index_of(open_(table), other, open_, GROUPS)
        found = {(r["place"], r["period"]): r["score"] for r in expressions.collected(frames.index).to_pylist()}
    expected = {
        (r["place"], r["period"]): r["score"]
        for r in score(table, METHODS["plain"], groups=GROUPS, draws=0).index.to_pylist()
    }
    assert any(found[key] != pytest.approx(expected[key], abs=1e-9) for key in expected if expected[key] is not None)
