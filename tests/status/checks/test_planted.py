"""Errors planted at random are found (at least 95 % of 200), what is sound is left alone (at most 2 % alarms)."""

import random
from typing import Any

import pytest

from dugnad.status.checks.documents import shipped
from dugnad.status.checks.model import Hit
from tests.status.checks.world import TELEMARK, looked

YEARS = range(2013, 2025)
PLACES = (*TELEMARK, *(f"{5001 + i}" for i in range(18)))
INDICATORS: dict[str, dict[str, Any]] = {
    "x.1.share": {"multiplier": 100, "numerator": "some", "denominator": "everyone"},
    "x.1.rate": {"kind": "rate", "decimals": 2},
    "x.1.index": {"kind": "index", "decimals": 1},
    "x.1.people": {"kind": "count", "decimals": 0, "aggregation": "sum"},
    "x.1.tonnes": {"kind": "amount", "decimals": 0, "aggregation": "sum"},
    "x.1.pupils": {"kind": "count", "decimals": 0, "aggregation": "sum"},
    "x.1.rate_two": {"kind": "rate", "decimals": 1},
    "x.1.kroner": {"kind": "amount", "decimals": 0},
}
Key = tuple[str, str]  # indicator, place
World = dict[Key, list[dict[str, Any]]]


def world(chance: random.Random) -> World:
    """Series that drift and tremble by a few per cent, around levels that differ by place and size."""
    found: World = {}
    for indicator, said in INDICATORS.items():
        for place in PLACES:
            size = chance.lognormvariate(8.5, 0.9)
            level = {"percent": chance.uniform(8, 60), "rate": chance.lognormvariate(2, 0.35),
                     "index": chance.uniform(60, 140)}.get(said.get("kind", "percent"), size)  # fmt: skip
            drift, rows = chance.gauss(0, 0.01), []
            for year in YEARS:
                level *= 1 + drift + chance.gauss(0, 0.03)
                row: dict[str, Any] = {"indicator": indicator, "place": place, "period": str(year)}
                if indicator == "x.1.share":
                    level = min(level, 95.0)
                    all_of_them = round(4000 * (1 + 0.01 * chance.random()))
                    some = round(level / 100 * all_of_them)
                    row |= {"numerator": float(some), "denominator": float(all_of_them)}
                    row["value"] = round(100 * some / all_of_them, 1)
                else:
                    row["value"] = round(level, said["decimals"])
                rows.append(row)
            found[indicator, place] = rows
    return found


def plant(chance: random.Random, series: World, free: list[Key]) -> tuple[str, set[tuple[str, str]]]:
    """One error in a series that has none yet: its kind, and the (place, period)s of the indicator where it may be
    told of. Taken from the screening reports and the traps of the sources."""
    kind = chance.choice(
        ["times 10", "times 100", "times 1000", "by 10", "by 100", "by 1000", "sign", "swap", "dropped", "copied",
         "formula", "doubled"]
    )  # fmt: skip
    key = free.pop()
    if kind == "formula":
        key = free.pop(next((i for i, k in enumerate(free) if k[0] == "x.1.share"), -1))
        kind = kind if key[0] == "x.1.share" else "doubled"
    rows = series[key]
    at = chance.randrange(1, len(rows) - 1)
    row = rows[at]
    told = {(key[1], row["period"])}
    if kind.startswith(("times", "by")):
        factor = float(kind.split()[1])
        row["value"] = row["value"] * factor if kind.startswith("times") else row["value"] / factor
    elif kind == "sign":
        row["value"] = -row["value"]
    elif kind == "doubled":
        row["value"] *= chance.choice([2.2, 2.5, 3.0, 0.4])
    elif kind == "formula":
        row["value"] = round(row["value"] * 1.15, 1)
    elif kind == "dropped":
        del rows[at]
        told = {(key[1], rows[at]["period"])}  # told of where the series goes on
    elif kind == "copied":
        first = min(at, len(rows) - 5)
        for later in rows[first + 1 : first + 5]:
            later.update({k: rows[first][k] for k in ("value", "numerator", "denominator") if k in rows[first]})
        told = {(key[1], r["period"]) for r in rows[first : first + 5]}
    else:  # swapped with a place whose numbers are clearly others
        others = [k for k in free if k[0] == key[0] and not 0.6 < series[k][at]["value"] / row["value"] < 1.7]
        if not others:
            row["value"] *= 3.0
            return "doubled", told
        other = series[others[0]][at]
        free.remove(others[0])
        for field in ("value", "numerator", "denominator"):
            if field in row:
                row[field], other[field] = other[field], row[field]
        told |= {(others[0][1], row["period"])}
    return kind, {(key[0], f"{place} {period}") for place, period in told}


def found_in(series: World) -> list[Hit]:
    rows = [row for some in series.values() for row in some]
    versions = [{"id": name, **said} for name, said in INDICATORS.items()]
    return [hit for _count, hits in looked({"planted": rows}, versions, shipped().values()).values() for hit in hits]


@pytest.mark.parametrize("seed", [1, 2])
def test_planted_errors_are_found_and_sound_values_left_alone(seed: int) -> None:
    chance = random.Random(seed)
    series = world(chance)
    values = sum(map(len, series.values()))
    alarms = {(hit.indicator, hit.place, hit.period) for hit in found_in(series)}
    assert len(alarms) <= 0.02 * values, sorted(alarms)[:20]

    free = list(series)
    chance.shuffle(free)
    planted = [plant(chance, series, free) for _ in range(100)]
    hits = {(hit.indicator, f"{hit.place} {hit.period}") for hit in found_in(series)}
    missed = [(kind, told) for kind, told in planted if not told & hits]
    assert len(missed) <= 5, missed
