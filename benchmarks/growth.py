"""Job G: what a page of a place and the map of an indicator ask for when a hundred million observations are published.

250 indicators in 50 releases, the 357 municipalities of today, 20 years, and more and more breakdowns: GROWTH_ROWS of
them in all (default 10 million; 1 785 000 are without a breakdown; 100 million need 3 GB of disk and some minutes to be
made). Ours asks as the pages do, on the borders of today: every series of one place, and every value of one indicator.
The peer is DuckDB on the same rows as they arrive, year by year, in one Parquet file for each release. The limit is
DuckDB on files that hold just the rows that are asked for. What is made once for a release and then kept is made before
the time is taken, by all three.

`python -m benchmarks.growth` prints how long it takes to publish releases of growing size, and with how much memory.
"""

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import Contender
from dugnad.status.observations import SCHEMA

PEER = "DuckDB on rows as they arrive"

RELEASES, INDICATORS, PLACES, YEARS = 50, 5, 357, 20
ROWS = int(os.environ.get("GROWTH_ROWS", "10000000"))
BREAKDOWNS = max(1, round(ROWS / (RELEASES * INDICATORS * PLACES * YEARS)))
PLACE, INDICATOR = "4204", "bench.2026.i7-3"  # in the middle of the places and of the releases

ORDERS = {"series": (0, 1, 2, 3), "place": (2, 0, 1, 3), "arrival": (3, 0, 2, 1)}  # which axis is outermost, and so on


def _release(number: int, codes: list[str]) -> Callable[[tuple[int, ...]], Any]:
    """What gives the rows of a release in an order of its axes: indicator, breakdown, place, year."""
    import pyarrow as pa

    sizes = (INDICATORS, BREAKDOWNS, PLACES, YEARS)
    count = math.prod(sizes)
    chance = np.random.default_rng(number)
    years = [2005 + year for year in range(YEARS)]
    words = [
        pa.array([f"bench.2026.i{number}-{i}" for i in range(INDICATORS)]),
        pa.array([f"age={b:02}" if b else "" for b in range(BREAKDOWNS)]),
        pa.array(codes),
        pa.array(list(map(str, years))),
    ]
    days = [pa.array([date(year + more, 1, 1) for year in years], pa.date32()) for more in (0, 1)]
    values = chance.uniform(5, 95, count).round(1)

    def ordered(axes: tuple[int, ...]) -> Any:
        at = np.arange(count, dtype=np.int32).reshape(sizes).transpose(axes).reshape(-1)
        places = np.unravel_index(at, sizes)
        spread = [
            pa.DictionaryArray.from_arrays(pa.array(i.astype(np.int32)), w) for i, w in zip(places, words, strict=True)
        ]
        columns = {
            "indicator": spread[0], "breakdown": spread[1], "place": spread[2], "period": spread[3],
            "period_start": days[0].take(spread[3].indices), "period_end": days[1].take(spread[3].indices),
            "value": pa.array(values[at]), "is_break": pa.array(np.zeros(count, bool)),
            "status": pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), pa.array(["normal"])),
        }  # fmt: skip
        return pa.table([columns.get(f.name, pa.nulls(count, f.type)) for f in SCHEMA], names=SCHEMA.names)

    return ordered


def _files(order: str) -> list[str]:
    folder = Path(os.environ["DUGNAD_DATA_DIR"]) / "releases"
    return [str(folder / f"{order}{number}.parquet") for number in range(RELEASES)]


@contextmanager
def ground() -> Iterator[dict[str, str]]:
    """The releases in three orders, and the few rows that are asked for in files of their own."""
    import duckdb
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    def keep(table: pa.Table, file: str) -> None:
        pq.write_table(table, file, compression="zstd", row_group_size=ROW_GROUP, store_schema=False)

    with tempfile.TemporaryDirectory(prefix="dugnad-growth-") as chosen:
        os.environ |= {"DUGNAD_DATA_DIR": chosen, "DUGNAD_LOG_LEVEL": "ERROR"}
        _django()
        from dugnad.places import queries as places
        from dugnad.status.store import ROW_GROUP

        (Path(chosen) / "releases").mkdir()
        _database(Path(chosen))
        codes = [place.code for place in places.places_on()]
        for number in range(RELEASES):
            ordered = _release(number, codes)
            for order, axes in ORDERS.items():
                table = ordered(axes)
                keep(table, _files(order)[number])
                if order == "place":
                    keep(table.filter(pc.equal(table["breakdown"], "")), _files("wholes")[number])
        with duckdb.connect(config={"memory_limit": "1GB"}) as connection:
            for name, where in (("one-place", f"place = '{PLACE}'"), ("one-indicator", f"indicator = '{INDICATOR}'")):
                connection.execute(
                    f"COPY (FROM read_parquet($1) WHERE breakdown = '' AND {where}) TO '{chosen}/{name}.parquet'",
                    [_files("series")],
                )
        yield {"DUGNAD_DATA_DIR": chosen}


def _django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dugnad.config.settings")
    import django

    django.setup()


def _database(folder: Path) -> None:
    """Places and units as they are shipped, and a set of 250 invented indicators."""
    from django.conf import settings
    from django.core.management import call_command

    from dugnad.places.changes import load_places
    from dugnad.shared.writing import Actor
    from dugnad.standards.changes import load_definitions

    by = Actor.system("benchmark")
    call_command("migrate", verbosity=0)
    load_places(settings.DEFINITIONS_DIR / "places", by=by)
    load_definitions(settings.DEFINITIONS_DIR, by=by)
    said = dict.fromkeys(("nb", "nn", "en"), "Invented")
    own = {"id": "bench", "title": said, "description": said, "owner": "Benchmark", "invented": True, "licence": said}
    indicators = [
        {"code": f"i{number}-{i}", "title": said, "definition": said, "unit": "percent", "kind": "percent",
         "decimals": 1, "direction": "up", "reason": said, "aggregation": "none"}
        for number in range(RELEASES) for i in range(INDICATORS)
    ]  # fmt: skip
    edition = {
        "kind": "edition", "set": "bench", "edition": "2026", "status": "published", "valid_from": "2026-01-01",
        "title": said, "source": "Invented", "defaults": {"source": said}, "indicators": indicators,
        "expects": {"indicators": len(indicators)},
    }  # fmt: skip
    definitions = folder / "definitions" / "bench"
    definitions.mkdir(parents=True)
    for name, content in (("set", {"kind": "set", **own}), ("2026", edition)):
        (definitions / f"{name}.yaml").write_text(json.dumps(content))
    load_definitions(folder / "definitions", by=by)


def _prepare_ours() -> Any:
    _django()
    from django.utils import timezone

    from dugnad.places import queries as places
    from dugnad.status.models import Release, StagedImport
    from dugnad.status.queries.snapshots import Published

    releases = tuple(
        Release(
            pk=n + 1, published_at=timezone.now(), staged=StagedImport(borders_on=timezone.localdate()),
            by_place=f"place{n}", wholes=f"wholes{n}", by_series=f"series{n}", distribution="",
            indicators=[f"bench.2026.i{n}-{i}" for i in range(INDICATORS)],
        )
        for n in range(RELEASES)
    )  # fmt: skip
    return Published(1, "bench", None, releases), places.places_on()


def _ours(prepared: Any) -> dict[str, Any]:
    from dugnad.status.queries.borders import series_on_borders

    published, everyone = prepared
    indicators = [indicator for release in published.releases for indicator in release.indicators]
    here = [place for place in everyone if place.code == PLACE]
    at_place = _timed(lambda: series_on_borders(published, here, indicators, [""]))
    of_indicator = _timed(lambda: series_on_borders(published, everyone, [INDICATOR], [""]))
    return {
        "place": at_place[0],
        "indicator": of_indicator[0],
        "work": {"place": at_place[1], "indicator": of_indicator[1]},
        "sums": [
            sum(point.value for series in found.values() for points in series.values() for point in points)
            for found in (at_place[2], of_indicator[2])
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
        "work": {"place": at_place[1], "indicator": of_indicator[1]},
        "sums": [sum(row[5] for row in found) for found in (at_place[2], of_indicator[2])],
    }


def _timed(ask: Any) -> tuple[float, float, Any]:
    """The fastest of three, after one that warms what the engine remembers of the files; the least processor time; and
    what was found."""
    ask()
    took, work = [], []
    for _ in range(3):
        start, spent = time.perf_counter(), time.process_time()
        found = ask()
        took.append(time.perf_counter() - start)
        work.append(time.process_time() - spent)
    return min(took), min(work), found


def _answer(found: dict[str, Any]) -> Any:
    return [round(total, 3) for total in found["sums"]]


def _contender(prepare: Any, work: Any) -> Contender:
    return Contender(prepare, work, _answer, seconds=lambda found: found["place"] + found["indicator"], tell=_told)


def _told(found: dict[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in ("place", "indicator", "work")}


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
    """Milliseconds for each question, of each contender, by the clock and of processor time."""
    yield f"{RELEASES * INDICATORS * PLACES * YEARS * BREAKDOWNS:,} observations"
    for question in ("place", "indicator"):
        parts = []
        for name, rounds in told.items():
            took, work = (statistics.median(r[question] for r in of) for of in (rounds, [r["work"] for r in rounds]))
            parts.append(f"{name} {1000 * took:.1f} ms ({1000 * work:.1f} of processor time)")
        yield f"{question:10} {'   '.join(parts)}"


def _publish() -> dict[str, float]:
    """Writes one release, from the table as it was read to the files that are published."""
    import resource

    _django()
    from dugnad.status import store

    codes = [str(1000 + place) for place in range(PLACES)]
    table = _release(0, codes)(ORDERS["arrival"]).cast(SCHEMA).combine_chunks()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    work = time.process_time()
    store.write_release_files(table)
    took, work = time.perf_counter() - start, time.process_time() - work
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"rows": len(table), "s": took, "cpu": work, "before": before // 1024, "after": after // 1024}


def publishing() -> None:
    """Print how long releases of growing size take to be written, each in a process of its own."""
    for breakdowns in (7, 14, 28, 56, 112):
        rows = RELEASES * INDICATORS * PLACES * YEARS * breakdowns
        with tempfile.TemporaryDirectory(prefix="dugnad-growth-") as chosen:
            own = {"GROWTH_ROWS": str(rows), "DUGNAD_DATA_DIR": chosen}
            command = [sys.executable, "-m", "benchmarks.growth", "child"]
            child = subprocess.run(command, check=True, stdout=subprocess.PIPE, env={**os.environ, **own})
        told = json.loads(child.stdout)
        each = 1e6 * told["cpu"] / told["rows"]
        spent = f"{told['s']:.1f} s, {told['cpu']:.1f} s of processor time, {each:.2f} s a million"
        print(f"{told['rows']:,} rows: {spent}; {told['before']} MB before, at most {told['after']} MB", flush=True)


if __name__ == "__main__":
    print(json.dumps(_publish())) if sys.argv[1:] == ["child"] else publishing()
