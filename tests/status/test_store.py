"""The engine: whole files, locked doors, and a spread that numpy agrees with."""

import os
import threading
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from dugnad.status import store
from dugnad.status.observations import table_from_rows


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path


def table(values: dict[str, float | None], period: str = "2024") -> pa.Table:
    return table_from_rows(
        {
            "indicator": "norge.2026.population",
            "place": place,
            "period": period,
            "value": value,
            "missing": None if value is not None else "suppressed",
        }
        for place, value in values.items()
    )


def test_the_same_rows_give_the_same_file_in_whatever_order_they_came() -> None:
    one = store.write_release_files(table({"4001": 1.0, "4003": 2.0, "0301": 3.0}))
    other = store.write_release_files(table({"0301": 3.0, "4003": 2.0, "4001": 1.0}))
    assert one == other
    assert len(list(store.folder("releases").iterdir())) == len({one.by_series, one.by_place, one.distribution})


def test_a_kept_file_is_named_by_its_content_and_cannot_be_written() -> None:
    name = store.keep("raw", lambda path: path.write_bytes(b"abc"))
    assert name == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert store.path_of("raw", name).stat().st_mode & 0o222 == 0


def test_nothing_is_left_when_writing_fails() -> None:
    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        store.keep("raw", fail)
    assert list(store.folder("raw").iterdir()) == []


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6, allow_nan=False)), min_size=1, max_size=40))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
def test_the_spread_agrees_with_numpy(values: list[float | None]) -> None:
    found = store.distribution(table({f"{1000 + i}": v for i, v in enumerate(values)})).to_pylist()[0]
    known = [v for v in values if v is not None]
    assert (found["n"], found["missing"]) == (len(known), len(values) - len(known))
    if known:
        told = [found[name] for name in ("lowest", "lower_quartile", "median", "upper_quartile", "highest")]
        assert told == pytest.approx(np.quantile(known, [0, 0.25, 0.5, 0.75, 1], method="linear"), rel=1e-9, abs=1e-9)


def test_the_spread_is_of_municipalities_alone() -> None:
    found = store.distribution(table({"0": 5_000_000.0, "40": 170_000.0, "4001": 1.0, "4003": 3.0})).to_pylist()
    assert [(row["n"], row["lowest"], row["highest"]) for row in found] == [(2, 1.0, 3.0)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM read_parquet('/etc/*.parquet')",
        "COPY (SELECT 1) TO '/tmp/dugnad-out.csv'",
        "ATTACH '/tmp/dugnad-other.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "SET lock_configuration = false",
        "SET threads = 64",
    ],
)
def test_the_engine_reaches_nothing_but_releases(sql: str) -> None:
    store.ask("SELECT 1")
    with pytest.raises(duckdb.Error):
        store.ask(sql)


def test_the_engine_reads_releases() -> None:
    """The control for the test above: what is allowed works."""
    files = store.write_release_files(table({"4001": 1.0, "4003": 3.0}))
    rows = store.ask("SELECT place, value FROM read_parquet(?) ORDER BY place", [store.paths([files.by_place])])
    assert rows == [("4001", 1.0), ("4003", 3.0)]


def test_a_value_is_bound_never_written_into_the_question() -> None:
    files = store.write_release_files(table({"4001": 1.0}))
    hostile = "4001' OR 1=1 --"
    found = store.ask("SELECT * FROM read_parquet(?) WHERE place = ?", [store.paths([files.by_place]), hostile])
    assert found == []


def test_many_threads_ask_at_once() -> None:
    files = store.write_release_files(table({f"{1000 + i}": float(i) for i in range(500)}))
    told: list[int] = []

    def ask() -> None:
        for _ in range(20):
            told.append(store.ask("SELECT count(*) FROM read_parquet(?)", [store.paths([files.by_place])])[0][0])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == [500] * 160


def test_files_are_on_the_disk_before_they_have_their_name(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    fsync, rename = os.fsync, Path.rename
    monkeypatch.setattr(os, "fsync", lambda handle: (order.append("fsync"), fsync(handle))[1])
    monkeypatch.setattr(Path, "rename", lambda path, target: (order.append("rename"), rename(path, target))[1])
    store.keep("raw", lambda path: path.write_bytes(b"abc"))
    assert order == ["fsync", "rename", "fsync"]


def test_wholes_and_parts_lie_in_a_file_of_their_own() -> None:
    """What pages of places ask for stays small however many breakdowns a release has."""
    rows = table({"4001": 1.0, "4003": 2.0})
    texts = ["part=3g", "sex=female"]
    broken_down = [rows.set_column(5, rows.schema.field(5), pa.array([text] * 2)) for text in texts]
    files = store.write_release_files(pa.concat_tables([rows, *broken_down]))
    kept = store.release_table(files.wholes)
    assert [(r["place"], r["breakdown"]) for r in kept.to_pylist()] == [
        ("4001", ""), ("4001", "part=3g"), ("4003", ""), ("4003", "part=3g"),
    ]  # fmt: skip
    plain = store.write_release_files(rows)
    assert plain.wholes == plain.by_place
