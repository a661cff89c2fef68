"""Job B: 20 years of figures onto the borders of today: 2.15 million rows, half of them counts, half rates.

The places are those of Norway, each year's figures under the codes of that year. Ours starts from the dense block kept
beside the release, and, in a line of its own, from the Parquet file. The peers join the same Parquet file with a table
of weights, weigh and sum, as one writes it in Polars, and in lines of their own in SQL for DuckDB and in pandas; they
keep no status. The limit copies each place's row in each year: nothing is added, nothing is missing.
"""

import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import Contender

PEER, DUCKDB, PANDAS = "Polars 2.1.0", "DuckDB 2.0.0, SQL", "pandas 3.1.1"

YEARS, SERIES = range(2005, 2025), 262
TODAY = date(2026, 1, 1)
ROOT = Path(__file__).resolve().parent.parent


def _places() -> Any:
    """The municipalities of Norway in time, the targets of today, and who bore which code in each year."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dugnad.config.settings")
    import django

    django.setup()
    from dugnad.places.areas import Areas, Bearer
    from dugnad.places.reading import read_folder
    from dugnad.status.borders.carrying import Planner

    folder = read_folder(ROOT / "definitions" / "places")
    rows = [row for row in folder.places if row.kind == "municipality"]

    def on(day: date) -> dict[str, Bearer]:
        return {row.code: Bearer(row.code, row.valid_from) for row in rows if row.is_valid_on(day)}

    targets = [(bearer,) for _code, bearer in sorted(on(TODAY).items())]
    return Planner(Areas(folder.places, folder.steps), targets), {year: on(date(year, 12, 31)) for year in YEARS}


def _rules() -> list[Any]:
    from dugnad.status.borders.rules import Rule

    return [Rule("sum", None, True) if n % 2 else Rule("weighted_mean", 100.0) for n in range(SERIES)]


@contextmanager
def ground() -> Iterator[dict[str, str]]:
    """The release as a Parquet file, its dense block, and the weights for SQL."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from dugnad.shared.periods import Period

    planner, bearers = _places()
    from dugnad.status.borders import panel as panels
    from dugnad.status.observations import SCHEMA

    chance = np.random.default_rng(7)
    keys = sorted((code, year) for year, held in bearers.items() for code in held)
    count = len(keys) * SERIES
    value = chance.integers(1, 1000, count).astype(float)
    is_rate = np.tile(np.arange(SERIES) % 2 == 0, len(keys))
    denominator = np.where(is_rate, chance.integers(100, 2000, count), np.nan)
    named = [f"bench.1.i{n:03d}" for n in range(SERIES)]
    periods = [Period.year(year) for year in YEARS]

    def repeated(words: list[Any], at: np.ndarray, type: pa.DataType) -> pa.Array:
        return pa.array(words, type).take(pa.array(at))

    year_at = np.repeat([year - YEARS[0] for _code, year in keys], SERIES)
    table = pa.table(
        {
            "indicator": repeated(named, np.tile(np.arange(SERIES), len(keys)), pa.string()),
            "place": repeated([code for code, _year in keys], np.repeat(np.arange(len(keys)), SERIES), pa.string()),
            "period": repeated([p.text for p in periods], year_at, pa.string()),
            "period_start": repeated([p.start for p in periods], year_at, pa.date32()),
            "period_end": repeated([p.end for p in periods], year_at, pa.date32()),
            "breakdown": pa.repeat("", count),
            "value": pa.array(value),
            "status": pa.repeat("normal", count),
            "is_break": pa.repeat(False, count),
            "missing": pa.nulls(count, pa.string()),
            "quality": pa.nulls(count, pa.int8()),
            "numerator": pa.nulls(count, pa.float64()),
            "denominator": pa.array(denominator, from_pandas=True),
        },
        schema=SCHEMA,
    )
    weights = []
    for year, held in bearers.items():
        plan = planner.plan(tuple(held.values()), np.ones(len(held), bool), np.ones(len(held), bool))
        for (target,), pieces in zip(planner.targets, plan.pieces, strict=True):
            weights += [(str(year), p.place.code if p.place else "", target.code, p.share) for p in pieces]
    with tempfile.TemporaryDirectory(prefix="dugnad-harmonise-") as folder:
        file = Path(folder)
        table = table.sort_by([("place", "ascending"), ("indicator", "ascending"), ("period_end", "ascending")])
        pq.write_table(table, file / "release.parquet", compression="zstd", row_group_size=32_768)
        panels.write(panels.from_table(table), file / "panel.arrow")
        columns = list(zip(*weights, strict=True))
        pq.write_table(
            pa.table(dict(zip(("period", "place", "target", "share"), map(list, columns), strict=True))),
            file / "weights.parquet",
        )
        yield {"DUGNAD_HARMONISE": folder, "OPENBLAS_NUM_THREADS": "1"}


def _file(name: str) -> str:
    return str(Path(os.environ["DUGNAD_HARMONISE"]) / name)


def _prepare() -> Any:
    """What a warm worker has: the history of places, and the plans of the first time it was asked."""
    planner, bearers = _places()
    rules = _rules()
    _carry((planner, bearers, rules))
    return planner, bearers, rules


def _carry(prepared: Any, panel: Any = None) -> Any:
    from dugnad.status.borders import panel as panels
    from dugnad.status.borders.carrying import carry

    planner, bearers, rules = prepared
    panel = panel or panels.read(Path(_file("panel.arrow")))
    held = [tuple(map(bearers[period.start.year].get, panel.places)) for period in panel.periods]
    return carry(panel, held, planner, rules, estimate=True).blocks["value"]


def _from_parquet(prepared: Any) -> Any:
    import pyarrow.parquet as pq

    from dugnad.status.borders import panel as panels

    texts = ["indicator", "place", "period", "breakdown", "status", "missing"]
    columns = [*texts, "value", "is_break", "quality", "numerator", "denominator"]
    table = pq.read_table(_file("release.parquet"), columns=columns, read_dictionary=texts)
    return _carry(prepared, panels.from_table(table))


SQL = """
SELECT period, target, indicator,
       CASE WHEN count(share) < count(*) THEN NULL
            WHEN right(indicator, 1) IN ('1', '3', '5', '7', '9') THEN sum(value * share)
            WHEN min(share) < 1 THEN NULL
            ELSE sum(value * denominator) / sum(denominator) END AS value
FROM read_parquet($release) AS figures JOIN read_parquet($weights) AS weights USING (period, place)
GROUP BY period, target, indicator
"""


def _sql(_prepared: Any) -> Any:
    import duckdb

    with duckdb.connect(":memory:", config={"threads": 2}) as connection:
        names = {"release": _file("release.parquet"), "weights": _file("weights.parquet")}
        return connection.sql(SQL, params=names).to_arrow_table()


def _polars(_prepared: Any) -> Any:
    import polars as pl

    figures = pl.scan_parquet(_file("release.parquet")).select("indicator", "place", "period", "value", "denominator")
    share, value, weight = pl.col("share"), pl.col("value"), pl.col("denominator")
    mean = pl.when(share.min() == 1).then((value * weight).sum() / weight.sum())
    found = pl.when(pl.col("indicator").str.contains("[13579]$").first()).then((value * share).sum()).otherwise(mean)
    joined = figures.join(pl.scan_parquet(_file("weights.parquet")), on=["period", "place"])
    known = pl.when(share.is_not_null().all()).then(found)
    return joined.group_by("period", "target", "indicator").agg(value=known).collect().to_arrow()


def _pandas(_prepared: Any) -> Any:
    import pandas as pd
    import pyarrow as pa

    columns = ["indicator", "place", "period", "value", "denominator"]
    figures = pd.read_parquet(_file("release.parquet"), columns=columns)
    joined = figures.merge(pd.read_parquet(_file("weights.parquet")), on=["period", "place"])
    joined["part"] = joined["value"] * joined["share"]
    joined["product"] = joined["value"] * joined["denominator"]
    joined["unknown"] = joined["share"].isna()
    groups = joined.groupby(["period", "target", "indicator"], sort=False)
    sums = groups.agg(
        part=("part", "sum"), product=("product", "sum"), denominator=("denominator", "sum"),
        least=("share", "min"), unknown=("unknown", "any"),
    ).reset_index()  # fmt: skip
    is_count = sums["indicator"].str[-1].isin(list("13579"))
    mean = (sums["product"] / sums["denominator"]).where(sums["least"] == 1)
    sums["value"] = sums["part"].where(is_count, mean).where(~sums["unknown"])
    return pa.Table.from_pandas(sums[["period", "target", "indicator", "value"]])


def _table_digest(table: Any) -> str:
    planner, _bearers = _places()
    codes = {target.code: i for i, (target,) in enumerate(planner.targets)}
    values = np.full((len(YEARS), len(codes), SERIES), np.nan)
    at = (
        np.array([int(text) - YEARS[0] for text in table["period"].to_pylist()]),
        np.array([codes[code] for code in table["target"].to_pylist()]),
        np.array([int(name[-3:]) for name in table["indicator"].to_pylist()]),
    )
    values[at] = table["value"].to_numpy()
    return _digest(values)


def _digest(values: np.ndarray) -> str:
    return hashlib.sha256(np.nan_to_num(np.round(values, 6) + 0.0, nan=-1.0).tobytes()).hexdigest()


def _prepare_limit() -> Any:
    chance = np.random.default_rng(7)
    return chance.random((len(YEARS), 430, SERIES)), np.sort(chance.integers(0, 430, 357))


def _limit(prepared: Any) -> Any:
    values, rows = prepared
    out = np.empty((len(YEARS), len(rows), SERIES))
    for at in range(len(YEARS)):
        np.take(values[at], rows, axis=0, out=out[at], mode="wrap")
    return out


def details(told: dict[str, list[Any]]) -> Iterator[str]:
    """Those that are neither ours, the peer nor the limit."""
    for name, title in (("parquet", "ours from the Parquet file"), ("duckdb", DUCKDB), ("pandas", PANDAS)):
        seconds = sorted(took for took, _digest in told[name])
        same = {digest for _took, digest in told[name]} == set(told["ours"])
        agrees = "the same answer" if same else "ANOTHER ANSWER"
        yield f"{title} {1000 * seconds[len(seconds) // 2]:.0f} ms, {agrees}"


def _beside(prepare: Any, work: Any, answer: Any, repeats: int) -> Contender:
    """One for the details, which are told how long it took."""

    def timed(prepared: Any) -> Any:
        start = time.perf_counter()
        found = work(prepared)
        return found, time.perf_counter() - start

    return Contender(prepare, timed, tell=lambda found: (found[1], answer(found[0])), repeats=repeats)


def contenders() -> dict[str, Contender]:
    return {
        "ours": Contender(_prepare, _carry, _digest, repeats=5, tell=_digest),
        "peer": Contender(lambda: None, _polars, _table_digest, repeats=3),
        "limit": Contender(_prepare_limit, _limit, repeats=5),
        "parquet": _beside(_prepare, _from_parquet, _digest, 3),
        "duckdb": _beside(lambda: None, _sql, _table_digest, 3),
        "pandas": _beside(lambda: None, _pandas, _table_digest, 1),
    }
