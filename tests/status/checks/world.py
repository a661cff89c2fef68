"""Small worlds for checks: observations and what stands around them as plain values, without a database."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from dugnad.status.checks import tables
from dugnad.status.checks.model import Check, Hit
from dugnad.status.checks.running import run
from dugnad.status.observations import table_from_rows

TODAY = date(2026, 11, 25)
BEGINNING = date(1900, 1, 1)
# Ten municipalities of one county that have always been, one that began in 2024 and one that ended then.
TELEMARK = ("4001", "4003", "4005", "4010", "4012", "4014", "4016", "4018", "4020", "4022")
PLACES = [
    *({"code": code, "kind": "municipality", "county": "40", "valid_from": BEGINNING} for code in TELEMARK),
    *({"code": f"{5001 + i}", "kind": "municipality", "county": "50", "valid_from": BEGINNING} for i in range(18)),
    {"code": "40", "kind": "county", "county": "", "valid_from": BEGINNING},
    {"code": "0", "kind": "country", "county": "", "valid_from": BEGINNING},
    {"code": "1580", "kind": "municipality", "county": "15", "valid_from": date(2024, 1, 1)},
    {"code": "1507", "kind": "municipality", "county": "15", "valid_from": BEGINNING, "valid_to": date(2024, 1, 1)},
]
VERSION = {
    "set_id": "x", "code": "a", "kind": "percent", "decimals": 1, "direction": "up", "has_reason": True,
    "has_definition": True, "languages": 3, "goals": 1, "target_value": None, "numerator": "", "denominator": "",
    "multiplier": None, "aggregation": "none", "is_current": True,
}  # fmt: skip
RELEASE = {
    "kind": "final", "provider": "Prøve", "title": "Made for a test", "licence": "CC0-1.0", "has_reason": False,
    "borders_on": None, "published_on": date(2026, 3, 1), "next_on": None,
}  # fmt: skip


def looked(
    observations: Mapping[str, Iterable[Mapping[str, Any]]],
    versions: Iterable[Mapping[str, Any]],
    checks: Iterable[Check],
    releases: Mapping[str, Mapping[str, Any]] | None = None,
    parts: Iterable[Mapping[str, Any]] = (),
    benchmarks: Iterable[Mapping[str, Any]] = (),
    texts: Iterable[Mapping[str, Any]] = (),
) -> dict[str, tuple[int, list[Hit]]]:
    """Checks run over {dataset: rows}; what is not said of a version or a release is as `VERSION` and `RELEASE` say."""
    datasets = {**{dataset: {} for dataset in observations}, **(releases or {})}
    found = []
    for dataset, rows in observations.items():
        table = table_from_rows(rows)
        found.append(table.add_column(0, tables.PUBLISHED.field(0), pa.array([dataset] * len(table), pa.string())))
    facts = tables.Facts(
        versions=pa.Table.from_pylist([{**VERSION, **version} for version in versions], schema=tables.VERSIONS),
        parts=pa.Table.from_pylist(list(parts), schema=tables.PARTS),
        places=pa.Table.from_pylist([{"valid_to": None, **place} for place in PLACES], schema=tables.PLACES),
        releases=pa.Table.from_pylist(
            [{"dataset": dataset, **RELEASE, **said} for dataset, said in datasets.items()], schema=tables.RELEASES
        ),
        benchmarks=pa.Table.from_pylist(list(benchmarks), schema=tables.BENCHMARKS),
        texts=pa.Table.from_pylist(list(texts), schema=tables.TEXTS),
    )
    with duckdb.connect(":memory:", config={"threads": 2}) as engine:
        engine.register("published", pa.concat_tables(found) if found else tables.PUBLISHED.empty_table())
        return run(engine, facts, checks, TODAY)
