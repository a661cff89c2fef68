"""Beyond one machine: the heavy steps on a hundred million figures, by DuckDB here or by a Spark.

    python -m benchmarks.scale make FOLDER                             # 100 million figures as Parquet, once
    python -m benchmarks.scale run FOLDER                              # DuckDB on this machine
    python -m benchmarks.scale run FOLDER --engine sc://host:15002     # a Spark elsewhere, which must see FOLDER
    python -m benchmarks.scale run FOLDER --spark                      # a Spark with a master and two workers here

Forty-nine countries, each with the municipalities of Norway as they were in each of twenty years, and 250 indicators,
half counts, half rates by their denominators. The figures are carried onto the borders of today; what comes out is
normalised, put together to goals and an index, and ranked, by the same expressions on either engine. After each step
stands how long it took, and a sum of what it found, which is the same on either.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harmonise import _places

COUNTRIES, INDICATORS, GOALS = 49, 250, 17


def make(folder: Path, countries: int) -> None:
    """`figures/`, a file for each year, and `links.parquet`: what each municipality of today consisted of in it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    planner, bearers = _places()
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    named = pa.array([f"i{n:03}" for n in range(INDICATORS)])
    links: list[tuple[str, str, str, float | None]] = []
    count = 0
    for year, held in bearers.items():
        chance = np.random.default_rng(year)
        places = pa.array([f"{country:02}-{code}" for country in range(countries) for code in sorted(held)])
        size = len(places) * INDICATORS
        is_rate = np.tile(np.arange(INDICATORS) % 2 == 0, len(places))

        def spread(words: pa.Array, at: np.ndarray) -> pa.DictionaryArray:
            return pa.DictionaryArray.from_arrays(pa.array(at, pa.int32()), words)

        absent = chance.random(size) < 0.01
        table = pa.table(
            {
                "place": spread(places, np.repeat(np.arange(len(places)), INDICATORS)),
                "indicator": spread(named, np.tile(np.arange(INDICATORS), len(places))),
                "period": spread(pa.array([str(year)]), np.zeros(size)),
                "value": pa.array(chance.integers(1, 1000, size).astype(float), mask=absent),
                "missing": pa.DictionaryArray.from_arrays(
                    pa.array(np.zeros(size), pa.int32(), mask=~absent), pa.array(["suppressed"])
                ),
                "numerator": pa.nulls(size, pa.float64()),
                "weight": pa.array(chance.integers(100, 2000, size).astype(float), mask=~is_rate),
            }
        )
        pq.write_table(table, folder / "figures" / f"{year}.parquet", compression="zstd", store_schema=False)
        count += size
        plan = planner.plan(tuple(held.values()), np.ones(len(held), bool), np.ones(len(held), bool))
        for (target,), pieces in zip(planner.targets, plan.pieces, strict=True):
            for country in range(countries):
                links += [
                    (
                        str(year),
                        f"{country:02}-{target.code}",
                        f"{country:02}-{p.place.code if p.place else ''}",
                        p.share,
                    )
                    for p in pieces
                ]
    columns = zip(*links, strict=True)
    kinds = (pa.string(), pa.string(), pa.string(), pa.float64())
    names = ("period", "whole", "place", "share")
    arrays = {name: pa.array(column, kind) for name, column, kind in zip(names, columns, kinds, strict=True)}
    pq.write_table(pa.table(arrays), folder / "links.parquet")
    print(f"{count:,} figures, {len(links):,} links in {folder}")


def run(folder: Path, engine: str) -> None:
    """Each step from files to a file, timed."""
    import narwhals as nw
    import pyarrow as pa

    from dugnad.status import expressions, store
    from dugnad.status.borders.panel import REASONS
    from dugnad.status.methods.model import GoalRule, Indicator, Method

    text = {"nb": "-"}
    goal_of = np.arange(INDICATORS) * GOALS // INDICATORS
    method = Method(
        name="bench", version="1", title=text, description={}, source="", max_missing=0.2, periods="each",
        goals=tuple(GoalRule(str(goal), text) for goal in range(GOALS)),
        indicators=tuple(
            Indicator(f"i{n:03}", text, str(goal_of[n]), 1, 0.0, 1000.0) for n in range(INDICATORS)
        ),
    )  # fmt: skip
    rules = pa.table(
        {
            "indicator": [f"i{n:03}" for n in range(INDICATORS)],
            "how": ["sum" if n % 2 else "weighted_mean" for n in range(INDICATORS)],
            "multiplier": pa.array([None if n % 2 else 100.0 for n in range(INDICATORS)], pa.float64()),
            "is_count": [bool(n % 2) for n in range(INDICATORS)],
        }
    )
    reasons = pa.table(
        {
            "missing": [str(r) for r in REASONS if r],
            "order": pa.array([i for i, r in enumerate(REASONS) if r], pa.int64()),
        }
    )
    out = folder / f"out-{'spark' if engine else 'duckdb'}-{time.time_ns()}"
    out.mkdir()
    with store.engine(engine) as open_:

        def step(name: str, frame: Any, number: str) -> Path:
            start = time.perf_counter()
            target = out / f"{name}.parquet"
            frame.sink_parquet(str(target))
            took = time.perf_counter() - start
            told = open_(target).select(count=nw.len(), known=nw.col(number).count(), total=nw.col(number).sum())
            (row,) = expressions.collected(told).to_pylist()
            print(
                f"{name:12} {took:7.1f} s  {row['count']:,} rows, {row['known']:,} numbers, sum {row['total']:.4f}",
                flush=True,
            )
            return target

        figures = folder / "figures" if engine else folder / "figures" / "*.parquet"
        carried = expressions.harmonised(
            open_(figures), open_(folder / "links.parquet"), open_(rules), open_(reasons), estimate=True
        )
        values = open_(step("harmonise", carried, "value"))
        start = time.perf_counter()
        frames = expressions.index_of(values.select("place", "indicator", "period", "value"), method, open_)
        print(f"{'check':12} {time.perf_counter() - start:7.1f} s  no value stands twice", flush=True)
        step("normalise", frames.scores.select("place", "indicator", "period", "score"), "score")
        step("aggregate", frames.goals, "score")
        step("rank", frames.index, "rank")
    print(f"written in {out}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description="A hundred million figures.")
    parser.add_argument("what", choices=("make", "run"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--countries", type=int, default=COUNTRIES, help="each has 2 million figures")
    parser.add_argument("--engine", default="", help="the Spark Connect address, sc://host:15002")
    parser.add_argument("--spark", action="store_true", help="start a Spark of a master and two workers for the run")
    asked = parser.parse_args()
    folder = asked.folder.resolve()
    if asked.what == "make":
        make(folder, asked.countries)
    elif asked.spark:
        from tests.engines import spark

        (folder / "spark").mkdir(exist_ok=True)
        with spark(folder / "spark", gigabytes=3) as address:
            run(folder, address)
    else:
        run(folder, asked.engine)


if __name__ == "__main__":
    main()
