"""Trends in plain Python, one series at a time, written from docs/trends.md: the slow twin of `dugnad.status.trends`.

Every step by loops over pairs and by definitions: Kendall's distribution by counting orders one inversion at a time,
Student's t by adding up its density, the allowance for persistence by sums over all pairs of years.
"""

import math
import statistics
from itertools import pairwise
from typing import Any

from tests.oracles import progress


def year_fraction(period: Any) -> float:
    def of(day: Any) -> float:
        length = 366 if day.year % 4 == 0 and (day.year % 100 != 0 or day.year % 400 == 0) else 365
        return day.year + (day.timetuple().tm_yday - 1) / length

    return (of(period.start) + of(period.end)) / 2


def used_points(points: list[Any], rules: Any) -> list[Any] | None:
    """The points a course is told from; None when it cannot be."""
    line = [p for p in points if p.status != "forecast"]
    while any(p.is_break or p.missing == "border_change" for p in line[1:]):
        line = line[1:]
    chain: list[Any] = []
    for p in [p for p in line if p.value is not None][::-1]:
        if not chain or not p.period.overlaps(chain[-1].period):
            chain.append(p)
    gaps = [year_fraction(a.period) - year_fraction(b.period) for a, b in pairwise(chain)]
    if gaps and min(gaps) < 0.8:
        now = year_fraction(chain[0].period)
        back = [(now - year_fraction(p.period), p) for p in chain]
        chain = [p for ago, p in back if min(ago % 1, 1 - ago % 1) <= 20 / 365]
    kept: list[Any] = []
    for p in chain:
        ago = year_fraction(chain[0].period) - year_fraction(p.period) - 20 / 365
        if ago > rules.most_years or (ago > rules.years and len(kept) >= rules.enough):
            break
        kept.append(p)
    if len(kept) < rules.fewest:
        return None
    span = year_fraction(kept[0].period) - year_fraction(kept[-1].period)
    ahead = rules.target_year + 0.5 - year_fraction(kept[0].period)
    if span < rules.shortest or ahead > rules.farthest or ahead > rules.farthest_share * span:
        return None
    return kept[::-1]


def inversions(n: int) -> list[int]:
    """How many of the n! orders have 0, 1, 2 ... pairs that fall."""
    counts = [1]
    for m in range(2, n + 1):
        counts = [sum(counts[k - j] for j in range(m) if 0 <= k - j < len(counts)) for k in range(len(counts) + m - 1)]
    return counts


def outside(n: int, level: float) -> int:
    counts, k = inversions(n), 0
    while 2 * sum(counts[: k + 1]) <= (1 - level) * sum(counts) + 1e-9:
        k += 1
    return k - 1


def t_share_below(t: float, df: int, steps: int = 4000) -> float:
    """Student's t below `t`: half, and the density added up from 0 by Simpson's rule over the angle of t."""
    constant = math.gamma((df + 1) / 2) / (math.gamma(df / 2) * math.sqrt(math.pi))
    end = math.atan(t / math.sqrt(df))
    width = end / steps
    total = sum(
        (1 if k in (0, steps) else 4 if k % 2 else 2) * math.cos(k * width) ** (df - 1) for k in range(steps + 1)
    )
    return 0.5 + constant * total * width / 3


def t_value(df: int, share: float) -> float:
    low, high = 0.0, 1000.0
    for _halving in range(60):
        middle = (low + high) / 2
        if t_share_below(middle, df, 400) < share:
            low = middle
        else:
            high = middle
    return low


def status(found: dict[str, float], points: list[Any], way: str, kind: str, decimals: int, target: float | None) -> str:
    """The status by the table of docs/trends.md, for an indicator whose better way is up or down."""
    half, latest = 10.0**-decimals / 2, points[-1].value
    up = way == "up"
    better = (found["slope_low"] > 0) if up else (found["slope_high"] < 0)
    worse = (found["slope_high"] < 0) if up else (found["slope_low"] > 0)
    chance = None if target is None else found["below"] if not up else 1 - found["below"]
    if target is not None:
        there = latest >= target - half if up else latest <= target + half
    else:
        there = kind == "percent" and abs(latest - (100 if up else 0)) <= half
    if there and not (worse and chance is not None and chance <= 1 / 3):
        return "reached"
    if worse:
        return "worse"
    if chance is not None and chance >= 2 / 3:
        return "on_course"
    first, last = found["first"], found["last"]
    years = year_fraction(points[-1].period) - year_fraction(points[0].period)
    if better:
        if chance is not None:
            return "too_slow" if chance <= 1 / 3 else "uncertain"
        answer, _path, _rate = progress.without_target(
            first, 0, last, years, way, 100.0 if kind == "percent" and up else None
        )
        return {"on_track": "on_course", "acceleration_needed": "too_slow", "limited": "too_slow"}.get(
            answer, "uncertain"
        )
    small = max(0.005 * abs(first), 10.0**-decimals / years)
    return "still" if found["slope_low"] >= -small and found["slope_high"] <= small else "uncertain"


def verdict(found: dict[str, float], points: list[Any], way: str, kind: str, decimals: int) -> str:
    """What words may call a series without a target: better or worse only where all of the interval of its slope is
    that way, the place has not come as far as it can, and the pace is known."""
    said = status(found, points, way, kind, decimals, None)
    if said in ("reached", "uncertain", "still"):
        return ""
    sure_up, sure_down = found["slope_low"] > 0, found["slope_high"] < 0
    assert sure_up or sure_down
    return "better" if sure_up == (way == "up") else "worse"


def trend(points: list[Any], kind: str, decimals: int, threshold: float | None, rules: Any) -> dict[str, float] | None:
    """slope, slope_low, slope_high, projection, projection_low, projection_high; below: the chance to be so."""
    used = used_points(points, rules)
    if used is None:
        return None
    t, y = [year_fraction(p.period) for p in used], [p.value for p in used]
    n, digit = len(y), 10.0**-decimals
    inside = kind == "percent" and all(0 < v < 100 for v in y)
    z = [math.log(v / (100 - v)) for v in y] if inside else y
    if inside:
        middle = statistics.median(y)
        digit = digit * 100 / (middle * (100 - middle))
    mean = sum(t) / n
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
    slopes = sorted((z[j] - z[i]) / (t[j] - t[i]) for i, j in pairs)
    b = statistics.median(slopes)
    a = statistics.median(v - b * (u - mean) for u, v in zip(t, z, strict=True))
    squares = sum((v - a - b * (u - mean)) ** 2 for u, v in zip(t, z, strict=True))
    s = math.sqrt(squares / (n - 2) + digit**2 / 12)

    whole = sum((u - mean) ** 2 for u in t)
    ahead = rules.target_year + 0.5 - mean
    alike = [[rules.persistence ** abs(u - v) for v in t] for u in t]
    straight = [[1 / n + (u - mean) * (v - mean) / whole for v in t] for u in t]
    seen = (n - sum(straight[i][j] * alike[i][j] for i in range(n) for j in range(n))) / (n - 2)
    weight = [1 / n + ahead * (u - mean) / whole for u in t]
    error = 1 + sum(weight[i] * weight[j] * alike[i][j] for i in range(n) for j in range(n))
    error -= 2 * sum(w * rules.persistence ** (mean + ahead - u) for w, u in zip(weight, t, strict=True))
    steep = sum((t[i] - mean) * (t[j] - mean) * alike[i][j] for i in range(n) for j in range(n)) / whole
    stretched = max(1.0, math.sqrt(steep / seen))

    k = outside(n, rules.level)
    digits = digit / (t[-1] - t[0])
    low = b - stretched * (b - slopes[k]) - digits
    high = b + stretched * (slopes[-1 - k] - b) + digits
    spread = s * math.sqrt(error / seen)
    half = t_value(n - 2, (1 + rules.level) / 2) * spread

    def back(v: float) -> float:
        v = 100 / (1 + math.exp(-v)) if inside else v
        v = max(0.0, v) if all(u >= 0 for u in y) else v
        return min(100.0, v) if kind == "percent" and all(u <= 100 for u in y) else v

    def a_year(steepness: float) -> float:
        if not inside:
            return steepness
        return (back(a + steepness * (t[-1] - mean)) - back(a + steepness * (t[0] - mean))) / (t[-1] - t[0])

    found = {
        "slope_low": a_year(low), "slope": a_year(b), "slope_high": a_year(high),
        "projection_low": back(a + b * ahead - half), "projection": back(a + b * ahead),
        "projection_high": back(a + b * ahead + half),
        "first": back(a + b * (t[0] - mean)), "last": back(a + b * (t[-1] - mean)),
    }  # fmt: skip
    if threshold is not None:
        goal = math.log(threshold / (100 - threshold)) if inside else threshold
        found["below"] = t_share_below((goal - a - b * ahead) / spread, n - 2)
    return found
