"""Borders as expressions: they find what the slow twin finds, on DuckDB, on Sail and on a real Spark."""

import os
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from dugnad.status import expressions, store
from tests.oracles import borders as oracle

INDICATORS = [("count", "sum", None, True), ("amount", "sum", None, False), ("share", "weighted_mean", 100.0, False),
              ("rate", "weighted_mean", None, False), ("index", "none", None, False)]  # fmt: skip
PERIODS = ("2018", "2024")
REASONS = pa.table({"missing": oracle.REASONS, "order": pa.array(range(len(oracle.REASONS)), pa.int64())})
RULES = pa.table(
    {
        "indicator": [name for name, *_rule in INDICATORS],
        "how": [how for _name, how, *_rest in INDICATORS],
        "multiplier": pa.array([multiplier for *_names, multiplier, _count in INDICATORS], pa.float64()),
        "is_count": [count for *_rest, count in INDICATORS],
    }
)


def links(chance: np.random.Generator) -> list[dict[str, Any]]:
    """Wholes of one to four parts: whole ones mostly, some divided by a known share, some by an unknown one."""
    found = []
    for whole in range(8):
        for period in PERIODS:
            for part in range(int(chance.integers(1, 5))):
                share = float(chance.choice([1.0, 1.0, 1.0, 0.25])) if chance.random() > 0.08 else None
                found.append({"period": period, "whole": f"w{whole}", "place": f"p{whole}{part}", "share": share})
    return found


def cells(chance: np.random.Generator, linked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was published: values, zeros, marks, weights of zero and none, and places without a row."""
    found = []
    for link in linked:
        for indicator, how, multiplier, _count in INDICATORS:
            if chance.random() < 0.05:
                continue
            missing = str(chance.choice(oracle.REASONS)) if chance.random() < 0.12 else None
            value = None if missing else float(chance.choice([0.0, 12.5, -3.0, round(chance.normal(50, 20), 1)]))
            weight = None if chance.random() < 0.05 else float(chance.choice([0.0, 10.0, 1000.0, 4000.0]))
            if how != "weighted_mean":
                weight = None
            numerator = None
            if value is not None and weight and multiplier and chance.random() < 0.5:
                numerator = value * weight / multiplier
            found.append(
                {"place": link["place"], "indicator": indicator, "period": link["period"], "value": value,
                 "missing": missing, "numerator": numerator, "weight": weight}
            )  # fmt: skip
    return found


def schema(*names: str) -> pa.Schema:
    numbers = {"value", "numerator", "weight", "share"}
    return pa.schema([(name, pa.float64() if name in numbers else pa.string()) for name in names])


def agree(seed: int, cluster: str, estimate: bool) -> int:
    chance = np.random.default_rng(seed)
    linked = links(chance)
    published = cells(chance, linked)
    columns = ("place", "indicator", "period", "value", "missing", "numerator", "weight")
    with store.engine(cluster) as open_:
        frame = expressions.harmonised(
            open_(pa.Table.from_pylist(published, schema=schema(*columns))),
            open_(pa.Table.from_pylist(linked, schema=schema("period", "whole", "place", "share"))),
            open_(RULES),
            open_(REASONS),
            estimate=estimate,
        )
        found = {(r["place"], r["indicator"], r["period"]): r for r in expressions.collected(frame).to_pylist()}
    at = {(cell["place"], cell["indicator"], cell["period"]): cell for cell in published}
    for whole in sorted({link["whole"] for link in linked}):
        for period in PERIODS:
            for indicator, how, multiplier, count in INDICATORS:
                parts = [
                    (
                        cell and {**cell, "status": "normal", "is_break": False},
                        link["share"],
                    )
                    for link in linked
                    if (link["whole"], link["period"]) == (whole, period)
                    for cell in [at.get((link["place"], indicator, period))]
                ]
                expected = oracle.together((how, multiplier, count), parts, estimate=estimate)
                ours = found.pop((whole, indicator, period), None)
                if expected is None:
                    assert ours is None
                    continue
                assert ours is not None, (whole, indicator, period)
                case = (seed, whole, indicator, period, parts)
                assert ours["missing"] == expected["missing"], case
                assert ours["value"] == (
                    None if expected["value"] is None else pytest.approx(expected["value"], abs=1e-9)
                ), case
                assert ours["is_estimate"] == (expected["status"] == "estimated"), case
                if how == "weighted_mean" and expected["coverage"] is not None:
                    assert ours["coverage"] == pytest.approx(expected["coverage"]), case
    assert not found
    return len(at)


def test_as_the_slow_twin_has_it(cluster: str) -> None:
    """The same tables on every engine, with and without published shares."""
    for seed, estimate in ((1, True), (2, False)):
        assert agree(seed, cluster, estimate) > 100


def test_many_random_wholes() -> None:
    for seed in range(int(os.environ.get("RANDOM_TABLES", "12"))):
        agree(100 + seed, "", seed % 3 > 0)
