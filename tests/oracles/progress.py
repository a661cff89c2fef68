"""Slow, obvious twins of `status/methods/progress.py`: growth found by halving, the straight path in fractions."""

from fractions import Fraction
from typing import Any


def growth(start: float, end: float, years: float) -> float:
    """The yearly growth that makes `end` of `start`, both on one side of zero: halved down to, not computed."""
    wanted = end / start
    low, high = -1.0, max(1.0, wanted)
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if (1 + middle) ** years < wanted else (low, middle)
    return (low + high) / 2


def level(found: float, cuts: tuple[float, float]) -> str:
    names = ["on_track", "acceleration_needed", "limited"]
    return next((name for name, cut in zip(names, (*cuts, 0.0), strict=True) if found >= cut), "deterioration")


def one_side(*values: float) -> bool:
    return all(v > 0 for v in values) or all(v < 0 for v in values)


def named(base: float, base_year: float, year: float, target: float, target_year: float, way: str) -> str | None:
    if base == target:
        return "target_is_base"
    if (base > target) if way == "up" else (base < target):
        return "target_wrong_way"
    if base_year >= target_year:
        return "deadline_passed"
    return "too_early" if base_year >= year else None


def to_target(
    base: float, base_year: int, value: float, year: int, target: float, target_year: int, way: str
) -> tuple[str, str, float | None]:
    """Answer, path and share of the pace that is needed; cut-offs as Statistics Canada prints them."""
    if name := named(base, base_year, year, target, target_year, way):
        return name, "", None
    if (value >= target) if way == "up" else (value <= target):
        return "achieved", "", None
    if one_side(base, value, target):
        share = growth(base, value, year - base_year) / growth(base, target, target_year - base_year)
        return level(share, (0.95, 0.60)), "geometric", share
    done = (Fraction(value) - Fraction(base)) / (year - base_year)
    needed = (Fraction(target) - Fraction(base)) / (target_year - base_year)
    return level(float(done / needed), (0.95, 0.60)), "linear", float(done / needed)


def without_target(
    base: float, base_year: float, value: float, year: float, way: str, limit: float | None = None
) -> tuple[str, str, float | None]:
    """Answer, path and change a year in the wished way; the two upper cut-offs lowered near a natural limit."""
    if year <= base_year:
        return "too_early", "", None
    if base == 0:
        return "base_is_zero", "", None
    if one_side(base, value):
        away = growth(base, value, year - base_year) * abs(base)  # in units of the value, to have a sign
        rate, path = (away if base > 0 else -away) / abs(base), "geometric"
    else:
        rate, path = (value - base) / (year - base_year) / abs(base), "linear"
    rate = rate if way == "up" else -rate
    scale = lowered(base, limit, way)
    return level(rate, (0.015 * scale, 0.005 * scale)), path, rate


def lowered(base: float, limit: float | None, way: str) -> float:
    """C of Statistics Canada: by how far the value has come to the limit, from nothing to it or from twice to once."""
    if limit is None or ((limit < base) if way == "up" else (limit > base)):
        return 1.0
    if (base < 0 < limit) or (limit < 0 < base):
        return 1.0
    size, end = abs(base), abs(limit)
    if size >= 2 * end:
        return 1.0
    come = size / end if size <= end else (end - (size - end)) / end
    return float(1 - come**4.44)


def path(
    base: float, base_year: int, value: float, year: int, target: float, target_year: int, way: str
) -> dict[str, Any]:
    """{"answer", "expected", "gap", "needed", "arrival"}: the line walked year by year."""
    if name := named(base, base_year, year, target, target_year, way):
        return {"answer": name, "expected": None, "gap": None, "needed": None, "arrival": None}
    at, step = Fraction(base), (Fraction(target) - Fraction(base)) / (target_year - base_year)
    for _year in range(base_year, min(year, target_year)):
        at += step
    lead = Fraction(value) - at if way == "up" else at - Fraction(value)
    moved = Fraction(value) - Fraction(base)
    right_way = moved > 0 if way == "up" else moved < 0
    arrival = base_year + (Fraction(target) - Fraction(base)) / moved * (year - base_year) if right_way else None
    found = {"expected": at, "gap": lead, "needed": None, "arrival": arrival}
    if (value >= target) if way == "up" else (value <= target):
        return {**found, "answer": "achieved", "needed": 0}
    if year >= target_year:
        return {**found, "answer": "missed"}
    found["needed"] = (Fraction(target) - Fraction(value)) / (target_year - year)
    if moved and not right_way:
        return {**found, "answer": "away"}
    return {**found, "answer": "behind" if lead < 0 else "on_path"}
