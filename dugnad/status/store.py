"""The one place that knows the engine: immutable files in, DuckDB over them out.

    files = write_release_files(table)          # three Parquet files, named by their SHA-256, on disk for good
    rows = rows_at_place(snapshot, ["4003"])    # every observation of one place in the current releases

Files are written under another name, flushed to the disk and renamed, so a file that has its name is whole. A release
exists when its row in the database does; a file without a row is waste that `dugnad doctor` names.
"""

import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings
from django.utils.translation import gettext as _

from dugnad.shared.errors import Refusal
from dugnad.shared.periods import Period
from dugnad.status.borders import panel as panels

if TYPE_CHECKING:  # it takes a while to import, and few ask for it
    import narwhals as nw

SERIES_ORDER = ("indicator", "breakdown", "place", "period_end", "period_start")
PLACE_ORDER = ("place", "indicator", "breakdown", "period_end", "period_start")
ROW_GROUP = 32_768


@dataclass(frozen=True)
class ReleaseFiles:
    """The files of one release, as SHA-256 names. `wholes` is `by_place` itself where there are no other breakdowns."""

    by_series: str
    by_place: str
    wholes: str
    distribution: str


def folder(kind: str) -> Path:
    """`raw`, `staged`, `releases` or `panels` under the data folder; made when first asked for."""
    path = Path(settings.DATA_DIR) / kind
    if not path.is_dir():
        path.mkdir(parents=True, exist_ok=True)
    return path


def path_of(kind: str, sha256: str) -> Path:
    return folder(kind) / (sha256 if kind == "raw" else f"{sha256}.parquet")


def keep(kind: str, write: Callable[[Path], object]) -> str:
    """Write a file with `write(path)`, keep it under the SHA-256 of its bytes for good, and return that name."""
    temporary = folder(kind) / f".{os.getpid()}-{threading.get_ident()}.part"
    try:
        write(temporary)
        with temporary.open("rb+") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        target = path_of(kind, digest)
        if not target.exists():
            temporary.chmod(0o444)
            temporary.rename(target)
            directory = os.open(target.parent, os.O_RDONLY)
            try:
                os.fsync(directory)
            finally:
                os.close(directory)
        return digest
    finally:
        temporary.unlink(missing_ok=True)


def keep_table(kind: str, table: pa.Table) -> str:
    """Keep an Arrow table as Parquet; the same rows in the same order give the same bytes and so the same name."""
    return keep(
        kind,
        lambda path: pq.write_table(
            table, path, compression="zstd", row_group_size=ROW_GROUP, write_statistics=True, store_schema=True
        ),
    )


def staged_table(sha256: str) -> pa.Table:
    return pq.read_table(path_of("staged", sha256))


def write_release_files(table: pa.Table) -> ReleaseFiles:
    """The files of a release from tidy observations (`observations.SCHEMA`), the same for the same set of rows."""
    by_series = table.sort_by([(name, "ascending") for name in SERIES_ORDER])
    series, spread = keep_table("releases", by_series), keep_table("releases", distribution(by_series))
    del by_series  # one order at a time is held in memory
    by_place = table.sort_by([(name, "ascending") for name in PLACE_ORDER])
    place, wholes = keep_table("releases", by_place), keep_table("releases", _wholes(by_place))
    return ReleaseFiles(by_series=series, by_place=place, wholes=wholes, distribution=spread)


def is_whole(breakdown: str) -> bool:
    """Whether a breakdown is what pages of places show: the whole, or a part of an indicator in parts, and no more."""
    return not breakdown or (breakdown.startswith("part=") and ";" not in breakdown)


def _wholes(table: pa.Table) -> pa.Table:
    texts = pc.unique(table["breakdown"]).to_pylist()
    return table.filter(pc.is_in(table["breakdown"], pa.array(filter(is_whole, texts), pa.string())))


def distribution(table: pa.Table) -> pa.Table:
    """How the municipalities' values lie for each indicator, breakdown and period.

    Columns: indicator, breakdown, period, period_end, n (with a value), missing, lowest, lower quartile, median, upper
    quartile, highest. Quantiles are linear between the nearest values (numpy's and DuckDB's `quantile_cont`).
    Codes of four digits are municipalities; the country and counties are left out.
    """
    is_municipal = pc.equal(pc.utf8_length(pc.cast(table["place"], pa.string())), 4)
    municipal = table.select(["indicator", "breakdown", "period", "period_end", "value", "missing"]).filter(
        is_municipal
    )
    with duckdb.connect(":memory:") as connection:
        connection.register("observations", municipal)
        return connection.sql(
            """
            SELECT indicator, breakdown, period, period_end,
                   count(value)::INTEGER AS n,
                   count(missing)::INTEGER AS missing,
                   min(value) AS lowest,
                   quantile_cont(value, 0.25) AS lower_quartile,
                   quantile_cont(value, 0.5) AS median,
                   quantile_cont(value, 0.75) AS upper_quartile,
                   max(value) AS highest
            FROM observations
            GROUP BY ALL
            ORDER BY indicator, breakdown, period_end, period
            """
        ).to_arrow_table()


def panel_of(by_place: str) -> panels.Panel:
    """A release as one dense block, by the name of its file sorted by place; kept on the disk under the same name.

    It says nothing that the release does not: made when it is first asked for, and made again where it is lost.
    """

    def write(path: Path) -> None:
        texts = ["indicator", "place", "period", "breakdown", "status", "missing"]
        columns = [*texts, "value", "is_break", "quality", "numerator", "denominator"]
        table = pq.read_table(path_of("releases", by_place), columns=columns, read_dictionary=texts)
        panels.write(panels.from_table(table), path)

    return _panel(_made(f"{by_place}.arrow", write))


Contents = Mapping[str, Mapping[str, tuple[Period, ...]]]  # version id: breakdown: periods by time


def contents_of(by_series: str) -> Contents:
    """What a release has figures of, by the name of its file sorted by series: kept beside the panels, as they are."""

    def write(path: Path) -> None:
        rows = ask(
            """
            SELECT indicator, breakdown, period
            FROM read_parquet(?)
            GROUP BY ALL
            ORDER BY indicator, breakdown, max(period_end), max(period_start)
            """,
            [str(path_of("releases", by_series))],
        )
        found: dict[str, dict[str, list[str]]] = {}
        for indicator, breakdown, period in rows:
            found.setdefault(indicator, {}).setdefault(breakdown, []).append(period)
        path.write_text(json.dumps(found))

    return _contents(_made(f"{by_series}.json", write))


def _made(name: str, write: Callable[[Path], None]) -> Path:
    """Where something told from a release is kept; it is written when it is first asked for."""
    path = folder("panels") / name
    if not path.exists():
        temporary = path.with_name(f".{os.getpid()}-{threading.get_ident()}.part")
        write(temporary)
        temporary.rename(path)
    return path


@lru_cache(maxsize=128)
def _panel(path: Path) -> panels.Panel:
    return panels.read(path)


@lru_cache(maxsize=128)
def _contents(path: Path) -> Contents:
    period = cache(Period.parse)  # few differ
    return {
        indicator: {breakdown: tuple(map(period, texts)) for breakdown, texts in found.items()}
        for indicator, found in json.loads(path.read_text()).items()
    }


_local = threading.local()
_lock = threading.Lock()


@cache
def _engine(releases: Path) -> duckdb.DuckDBPyConnection:
    """One in-process engine that can read the release files and nothing else."""
    return _locked(releases, "1GB")


@contextmanager
def workbench() -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine of its own for a run over everything: it may hold tables, and is thrown away with them."""
    with _locked(folder("releases"), "2GB") as connection:
        yield connection


def _locked(releases: Path, memory: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:", config={"threads": 2, "memory_limit": memory})
    connection.execute("SET parquet_metadata_cache = true")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"SET allowed_directories = ['{str(releases).replace(chr(39), chr(39) * 2)}/']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def cursor() -> duckdb.DuckDBPyConnection:
    """This thread's cursor on the locked engine."""
    releases = folder("releases")
    if getattr(_local, "releases", None) != releases:
        with _lock:
            _local.cursor = _engine(releases).cursor()
        _local.releases = releases
    return _local.cursor


def ask(sql: str, parameters: list | dict | None = None) -> list[tuple]:
    """The rows of a query over release files. SQL is ours, values are bound, never written into the text."""
    return cursor().execute(sql, parameters).fetchall()


def paths(hashes: Iterable[str]) -> list[str]:
    """Release files by their names, for `read_parquet(?)`."""
    return [str(path_of("releases", sha256)) for sha256 in hashes]


def release_table(sha256: str) -> pa.Table:
    """A whole release file, for comparing and for open data."""
    return pq.read_table(path_of("releases", sha256))


def release_rows(sha256: str, indicators: Iterable[str]) -> pa.Table:
    """The observations of some indicators in a release file, without reading the others."""
    return pq.read_table(path_of("releases", sha256), filters=[("indicator", "in", sorted(indicators))])


Open = Callable[[Path | pa.Table], "nw.LazyFrame[Any]"]


@contextmanager
def engine(cluster: str = "") -> Iterator[Open]:
    """What opens Parquet files and Arrow tables as Narwhals lazy frames for `status/expressions.py`.

    Without `cluster` DuckDB on this machine; else the Spark that answers at its Spark Connect address
    (`sc://host:15002`), which must see the same files. Frames live as long as the context.
    """
    import narwhals as nw

    if not cluster:
        with duckdb.connect(":memory:") as connection:
            connection.execute("SET preserve_insertion_order = false")
            yield lambda source: nw.from_native(
                connection.sql("SELECT * FROM read_parquet(?)", params=[str(source)])
                if isinstance(source, Path)
                else connection.from_arrow(source)
            )
        return
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise Refusal(
            _("The client of Spark is not installed"), cluster, _("Install it with: pip install 'dugnad[cluster]'.")
        ) from None
    session = SparkSession.builder.remote(cluster).create()
    try:
        yield lambda source: nw.from_native(
            session.read.parquet(str(source.resolve())) if isinstance(source, Path) else session.createDataFrame(source)
        )
    finally:
        session.stop()
