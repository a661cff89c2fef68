"""Job G: what a page of a place and the map of an indicator cost when a hundred million observations are published.

250 indicators in 50 releases, 357 places, 20 years, and more and more breakdowns: GROWTH_ROWS of them in all (default
10 million; 1 785 000 are without a breakdown; 100 million need 3 GB of disk and some minutes to be made). Ours asks as
the pages do: every series of one place, and every value of one indicator, from the sort order that fits. The peer is
DuckDB on the same rows as they arrive, year by year, in one Parquet file for each release. The limit is DuckDB on files
that hold just the rows that are asked for.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import Contender

PEER = "DuckDB on rows as they arrive"

RELEASES, INDICATORS, PLACES, YEARS = 50, 5, 357, 20
ROWS = int(os.environ.get("GROWTH_ROWS", "10000000"))
BREAKDOWNS = max(1, round(ROWS / (RELEASES * INDICATORS * PLACES * YEARS)))
PLACE, INDICATOR = "1178", "bench.2026.i7-3"  # in the middle of the places and of the releases

_ROWS = f"""
    SELECT 'bench.2026.i' || $release || '-' || i AS indicator,
           (1000 + p)::VARCHAR AS place,
           (2005 + y)::VARCHAR AS period,
           make_date(2005 + y, 1, 1) AS period_start,
           make_date(2006 + y, 1, 1) AS period_end,
           CASE WHEN b = 0 THEN '' ELSE 'age=' || lpad(b::VARCHAR, 2, '0') END AS breakdown,
           round(5 + 90 * (hash(i, p, y, b, $release) % 1000003) / 1000003.0, 1) AS value,
           'normal' AS status,
           false AS is_break,
           NULL::VARCHAR AS missing,
           NULL::TINYINT AS quality,
           NULL::DOUBLE AS numerator,
           NULL::DOUBLE AS denominator
    FROM range({INDICATORS}) AS _i(i), range({PLACES}) AS _p(p), range({YEARS}) AS _y(y), range({BREAKDOWNS}) AS _b(b)
"""
_COPY = (
    "COPY (SELECT * FROM ({rows}) ORDER BY {order}) TO '{file}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {n})"
)
ORDERS = {"place": "place, indicator, breakdown, period_end", "series": "indicator, breakdown, place, period_end",
          "arrival": "period_end, indicator, place, breakdown"}  # fmt: skip


def _files(order: str) -> list[str]:
    folder = Path(os.environ["DUGNAD_DATA_DIR"]) / "releases"
    return [str(folder / f"{order}{number}.parquet") for number in range(RELEASES)]


@contextmanager
def ground() -> Iterator[dict[str, str]]:
    """The releases in three orders, and the few rows that are asked for in files of their own."""
    import duckdb

    from dugnad.status.store import ROW_GROUP

    with tempfile.TemporaryDirectory(prefix="dugnad-growth-") as chosen:
        os.environ["DUGNAD_DATA_DIR"] = chosen
        (Path(chosen) / "releases").mkdir()
        with duckdb.connect(config={"memory_limit": "4GB", "temp_directory": chosen}) as connection:
            for number in range(RELEASES):
                connection.execute(f"CREATE OR REPLACE TABLE these AS {_ROWS}", {"release": number})
                for order, columns in ORDERS.items():
                    connection.execute(
                        _COPY.format(rows="FROM these", order=columns, file=_files(order)[number], n=ROW_GROUP)
                    )
                wholes = f"SELECT * FROM read_parquet('{_files('place')[number]}') WHERE breakdown = ''"
                connection.execute(
                    _COPY.format(rows=wholes, order=ORDERS["place"], file=_files("wholes")[number], n=ROW_GROUP)
                )
            for name, where in (("one-place", f"place = '{PLACE}'"), ("one-indicator", f"indicator = '{INDICATOR}'")):
                connection.execute(
                    f"COPY (FROM read_parquet($1) WHERE breakdown = '' AND {where}) TO '{chosen}/{name}.parquet'",
                    [_files("series")],
                )
        yield {"DUGNAD_DATA_DIR": chosen}


def _prepare_ours() -> Any:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dugnad.config.settings")
    import django

    django.setup()
    from dugnad.status.models import Release
    from dugnad.status.queries.snapshots import Published

    releases = tuple(
        Release(
            pk=n + 1,
            by_place=f"place{n}", wholes=f"wholes{n}", by_series=f"series{n}", distribution="",
            indicators=[f"bench.2026.i{n}-{i}" for i in range(INDICATORS)],
        )
        for n in range(RELEASES)
    )  # fmt: skip
    return Published(1, "bench", None, releases)


def _ours(published: Any) -> dict[str, Any]:
    from dugnad.status.queries.series import series_at_places, series_of

    everything = {indicator for release in published.releases for indicator in release.indicators}
    at_place = _timed(lambda: series_at_places(published, {"": [PLACE]}, everything, [""])[""])
    of_indicator = _timed(lambda: series_of(published, INDICATOR))
    return {
        "place": at_place[0],
        "indicator": of_indicator[0],
        "sums": [
            sum(point.value for points in found.values() for point in points)
            for found in (at_place[1], of_indicator[1])
        ],
    }


_ASK = """
    SELECT indicator, breakdown, place, period_start, period_end, value, status, is_break, missing, quality, numerator,
           denominator
    FROM read_parquet($files)
    WHERE breakdown = '' AND ($place IS NULL OR place = $place) AND ($indicator IS NULL OR indicator = $indicator)
"""


def _by_duckdb(files: dict[str, list[str]]) -> dict[str, Any]:
    import duckdb

    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute("SET parquet_metadata_cache = true")

        def ask(name: str, place: str | None, indicator: str | None) -> list[tuple]:
            asked = {"files": files[name], "place": place, "indicator": indicator}
            return connection.execute(_ASK, asked).fetchall()

        at_place = _timed(lambda: ask("place", PLACE, None))
        of_indicator = _timed(lambda: ask("indicator", None, INDICATOR))
    return {
        "place": at_place[0],
        "indicator": of_indicator[0],
        "sums": [sum(row[5] for row in found) for found in (at_place[1], of_indicator[1])],
    }


def _timed(ask: Any) -> tuple[float, Any]:
    """The fastest of three, after one that warms what the engine remembers of the files; and what was found."""
    ask()
    took = []
    for _ in range(3):
        start = time.perf_counter()
        found = ask()
        took.append(time.perf_counter() - start)
    return min(took), found


def _answer(found: dict[str, Any]) -> Any:
    return [round(total, 3) for total in found["sums"]]


def _contender(prepare: Any, work: Any) -> Contender:
    return Contender(prepare, work, _answer, seconds=lambda found: found["place"] + found["indicator"], tell=_told)


def _told(found: dict[str, Any]) -> dict[str, float]:
    return {"place": found["place"], "indicator": found["indicator"]}


def _one_row_files() -> dict[str, list[str]]:
    folder = os.environ["DUGNAD_DATA_DIR"]
    return {"place": [f"{folder}/one-place.parquet"], "indicator": [f"{folder}/one-indicator.parquet"]}


def contenders() -> dict[str, Contender]:
    return {
        "ours": _contender(_prepare_ours, _ours),
        "peer": _contender(lambda: dict.fromkeys(("place", "indicator"), _files("arrival")), _by_duckdb),
        "limit": _contender(_one_row_files, _by_duckdb),
    }


def details(told: dict[str, list[Any]]) -> Iterator[str]:
    """Milliseconds for each question, of each contender."""
    yield f"{RELEASES * INDICATORS * PLACES * YEARS * BREAKDOWNS:,} observations"
    for question in ("place", "indicator"):
        parts = [
            f"{name} {1000 * statistics.median(r[question] for r in rounds):.1f} ms" for name, rounds in told.items()
        ]
        yield f"{question:10} {'   '.join(parts)}"
