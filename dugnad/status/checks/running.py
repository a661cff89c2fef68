"""How checks are run: one question each over the tables of a run."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from dugnad.shared.periods import Period
from dugnad.status.checks.model import Check, Hit
from dugnad.status.checks.named import NAMED
from dugnad.status.checks.tables import Facts, prepare

MOST = 1000  # hits of one check that are kept; how many there were is always said
COLUMNS = ("dataset", "indicator", "place", "period", "breakdown", "value", "expected", "detail")


def run(
    engine: duckdb.DuckDBPyConnection, facts: Facts, checks: Iterable[Check], today: date
) -> dict[str, tuple[int, list[Hit]]]:
    """What each check finds in the view `published` of an engine: how many hits, and the first of them by place.

    >>> run(engine, facts, shipped().values(), date(2026, 11, 25))["percent_outside"]
    (1, [Hit("percent_outside", "arlig", "x.1.a", "4003", "2024", "", 104.0, 100.0, "")])
    """
    prepare(engine, facts)
    return {check.code: one(engine, check, today) for check in checks}


def one(engine: duckdb.DuckDBPyConnection, check: Check, today: date) -> tuple[int, list[Hit]]:
    if check.named:
        texts = [
            dict(zip(("dataset", "indicator", "whereabouts", "said"), row, strict=True))
            for row in engine.execute("SELECT dataset, indicator, whereabouts, said FROM texts").fetchall()
        ]
        found = NAMED[check.named](texts, check.parameters)
        return len(found), [_hit(check, row) for row in found[:MOST]]
    parameters = dict(check.parameters)
    if "$today" in check.sql:
        parameters["today"] = today
    asked = engine.execute(check.sql, parameters)
    names = [column[0] for column in asked.description or ()]
    assert set(names) <= set(COLUMNS), f"{check.code} gives columns that no hit has: {names}"
    rows = [dict(zip(names, row, strict=True)) for row in asked.fetchall()]
    rows.sort(key=lambda row: [row.get(name) or "" for name in COLUMNS[:5]])
    hits = [_hit(check, row) for row in rows[:MOST]]
    return len(rows), _with_status(engine, hits)


def _with_status(engine: duckdb.DuckDBPyConnection, hits: list[Hit]) -> list[Hit]:
    """The same, each value that is not final with its status."""
    if not any(hit.value is not None and hit.place for hit in hits):
        return hits
    keys = [(hit.dataset, hit.indicator, hit.place, hit.period, hit.breakdown) for hit in hits]
    names = COLUMNS[:5]
    engine.register("about", pa.table(dict(zip(names, map(pa.array, zip(*keys, strict=True)), strict=True))))
    found = engine.execute("SELECT * FROM about JOIN unsettled USING (dataset, indicator, place, period, breakdown)")
    statuses = {tuple(row[:5]): row[5] for row in found.fetchall()}
    return [
        replace(hit, status=statuses[key]) if hit.value is not None and key in statuses else hit
        for hit, key in zip(hits, keys, strict=True)
    ]


def _hit(check: Check, row: dict[str, Any]) -> Hit:
    def number(name: str) -> float | None:
        return None if row.get(name) is None else float(row[name])

    dataset, indicator, place, period, breakdown = (str(row.get(name) or "") for name in COLUMNS[:5])
    period = Period.parse(period).text if "/" in period else period  # a span of several, as SQL writes it
    value, expected, detail = number("value"), number("expected"), str(row.get("detail") or "")
    return Hit(check.code, dataset, indicator, place, period, breakdown, value, expected, detail)
