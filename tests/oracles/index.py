"""An index the slow and obvious way: plain Python, one place, one indicator, one goal at a time.

Written from the rules, not from the product's code; it shares only the method object: what the document says.
"""

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

Value = float | None


def normalised(value: Value, lower: float, upper: float, clip: bool = True) -> Value:
    if value is None:
        return None
    score = 100 * (value - lower) / (upper - lower)
    return min(100.0, max(0.0, score)) if clip else score


def mean(pairs: Sequence[tuple[Value, float]], kind: str, floor: float = 0.0) -> Value:
    """The weighted mean of (score, weight); None where no score has weight."""
    known = [(score, weight) for score, weight in pairs if score is not None and weight > 0]
    if not known:
        return None
    total = sum(weight for _score, weight in known)
    if kind == "arithmetic":
        return float(sum(Fraction(s) * Fraction(w) for s, w in known) / Fraction(total))
    lifted = [(max(score, floor) if floor else score, weight) for score, weight in known]
    if any(score < 0 for score, _weight in lifted):
        return None
    if any(score == 0 for score, _weight in lifted):
        return 0.0
    return math.exp(sum(math.log(score) * weight for score, weight in lifted) / total)


def colour(value: Value, indicator: Any) -> str | None:
    """Red, orange, yellow or green by the thresholds themselves."""
    scale = rescaled(value, indicator)
    return None if scale is None else shade(scale)


def shade(scale: float) -> str:
    return "red" if scale < 1 else "orange" if scale < 1.5 else "yellow" if scale < 2 else "green"


def rescaled(value: Value, indicator: Any) -> Value:
    if value is None or indicator.green is None:
        return None
    ladder = [(indicator.lower, 0.0), (indicator.red, 1.0), (indicator.yellow, 1.5), (indicator.green, 2.0),
              (indicator.upper, 3.0)]  # fmt: skip
    steps = [(at, to) for at, to in ladder if at is not None]
    less_is_better = indicator.lower > indicator.upper
    reached = 0.0
    for (low, from_), (high, to) in pairwise(steps):
        if (value < low) if not less_is_better else (value > low):
            break
        share = 1.0 if low == high else (value - low) / (high - low)
        reached = from_ + (to - from_) * min(1.0, share)
    return reached


def goal_colour(scales: Sequence[Value]) -> str | None:
    known = sorted(scale for scale in scales if scale is not None)
    if not known:
        return None
    if len(known) == 1:
        return shade(known[0])
    found = shade((known[0] + known[1]) / 2)
    if found == "red" and not all(shade(scale) == "red" for scale in known[:2]):
        return "orange"
    if found == "green" and not all(shade(scale) == "green" for scale in known[:2]):
        return "yellow"
    return found


def score(
    values: Mapping[tuple[str, str], float], places: Sequence[str], groups: Mapping[str, str], method: Any
) -> Any:
    """{"scores": {(place, code)}, "goals": {(place, goal)}, "index": {place}, "ranks", "colours", "goal_colours"}.

    `values` are one period's, (place, code) -> value; what is not in it is missing.
    """
    scored = [i for i in method.indicators if i.is_scored]
    shares = {p: sum((p, i.code) not in values for i in scored) / len(scored) for p in places}
    allowed = {
        p: method.max_missing is None or shares[p] <= method.max_missing + 1e-12 or p in method.always_eligible
        for p in places
    }
    giving = [p for p in places if method.means_of == "all" or allowed[p]]
    scores: dict[tuple[str, str], Value] = {}
    for indicator in method.indicators:
        for place in places:
            value = values.get((place, indicator.code))
            if method.normaliser == "none":
                scores[place, indicator.code] = value
            elif indicator.lower is not None:
                scores[place, indicator.code] = normalised(value, indicator.lower, indicator.upper, method.clip)
    for indicator in scored:
        if indicator.is_filled:
            own = {p: scores[p, indicator.code] for p in places}
            for place in places:
                if own[place] is None:
                    scores[place, indicator.code] = _group_mean(own, place, groups, giving)
    goals: dict[tuple[str, str], Value] = {}
    for rule in method.goals:
        members = [i for i in scored if i.goal == rule.goal]
        for place in places:
            there = [i for i in members if scores[place, i.code] is not None and i.weight > 0]
            enough = any(i.code not in rule.not_alone for i in there)
            pairs = [(scores[place, i.code], i.weight) for i in members] if enough else []
            goals[place, rule.goal] = mean(pairs, method.goal_mean, method.floor)
    index: dict[str, Value] = {}
    for place in places:
        if not allowed[place]:
            index[place] = None
        elif method.index_of == "indicators":
            index[place] = mean([(scores[place, i.code], i.weight) for i in scored], method.index_mean, method.floor)
        else:
            used = []
            for rule in method.goals:
                own = {p: goals[p, rule.goal] for p in places}
                found = own[place]
                if found is None and method.fill_index:
                    found = _group_mean(own, place, groups, giving)
                used.append((found, rule.weight))
            gap = method.fill_index and any(found is None and weight > 0 for found, weight in used)
            index[place] = None if gap else mean(used, method.index_mean, method.floor)
    return {
        "scores": scores,
        "goals": goals,
        "index": index,
        "ranks": ranks(index),
        "colours": {(p, i.code): colour(values.get((p, i.code)), i) for p in places for i in method.indicators},
        "goal_colours": {
            (p, rule.goal): goal_colour(
                [rescaled(values.get((p, i.code)), i) for i in method.indicators if i.goal == rule.goal]
            )
            for p in places
            for rule in method.goals
        },
    }


def ranks(index: Mapping[str, Value]) -> dict[str, int | None]:
    """How many are better, plus one; noise beyond nine decimals makes nobody better."""
    rounded = {place: round(value, 9) for place, value in index.items() if value is not None}
    return {
        place: None if place not in rounded else 1 + sum(other > rounded[place] for other in rounded.values())
        for place in index
    }


def _group_mean(own: Mapping[str, Value], place: str, groups: Mapping[str, str], giving: Sequence[str]) -> Value:
    group = groups.get(place)
    known = [own[p] for p in giving if group and groups.get(p) == group and own[p] is not None]
    return sum(known) / len(known) if known else None  # type: ignore[arg-type]


def arrow(series: Sequence[tuple[int, float]], lower: float, upper: float, green: float, deadline: int = 2030) -> str:
    """The arrow of (year, value) in order of years, all within the years of the method."""
    at = [(year, min(100.0, 100 * (value - lower) / (upper - lower))) for year, value in series]
    (first_year, first), (last_year, last) = at[0], at[-1]
    target = 100 * (green - lower) / (upper - lower)
    if last >= target:
        return "on_track"
    pace = (last - first) / (last_year - first_year)
    needed = (target - first) / (deadline - first_year)
    if pace < 0:
        return "decreasing"
    return "on_track" if pace >= needed else "moderately_improving" if pace >= needed / 2 else "stagnating"


def scored_by(way: str, values: Sequence[Value], better: str, low: float = 0, high: float = 100) -> list[Value]:
    """Scores of one indicator by the values themselves: minmax, percentiles, zscore or rank; not clipped."""
    known = sorted(v if better == "up" else -v for v in values if v is not None)
    told: list[Value] = []
    for value in values:
        v = None if value is None else value if better == "up" else -value
        if v is None or (known[0] == known[-1] and (way != "rank" or len(known) < 2)):
            told.append(None)
        elif way == "rank":
            told.append(100 * sum(0.5 * (k == v) + (k < v) for k in known) / (len(known) - 1) - 50 / (len(known) - 1))
        elif way == "zscore":
            centre = math.fsum(known) / len(known)
            told.append(50 + 10 * (v - centre) / math.sqrt(math.fsum((k - centre) ** 2 for k in known) / len(known)))
        else:
            ends = [percentile(known, p) for p in ((low, high) if way == "percentiles" else (0, 100))]
            told.append(None if ends[0] == ends[1] else 100 * (v - ends[0]) / (ends[1] - ends[0]))
    return told


def percentile(ordered: Sequence[float], p: float) -> float:
    """Linear between the values it falls between."""
    at = Fraction(p) / 100 * (len(ordered) - 1)
    below = int(at)
    share = float(at - below)
    return ordered[below] if not share else ordered[below] + share * (ordered[below + 1] - ordered[below])


def momentum(
    series: Sequence[tuple[int, float]], lower: float, upper: float, green: float, deadline: int = 2030
) -> Value:
    """0 to 4, of (year, value) in order of years: 1, 2 and 3 are the cut-offs of the arrows, straight between."""
    at = [(year, min(100.0, 100 * (value - lower) / (upper - lower))) for year, value in series]
    target = 100 * (green - lower) / (upper - lower)
    if len(at) < 2:
        return None
    (first_year, first), (last_year, last) = at[0], at[-1]
    pace = (last - first) / (last_year - first_year)
    if last >= target:
        return 4.0 if pace >= 0 else 3.0
    if first_year >= deadline:
        return None
    needed = (target - first) / (deadline - first_year)
    share = pace / needed if needed else math.inf
    if pace < 0:
        return max(0.0, 1 - abs(share))
    return 1 + 2 * share if share <= 0.5 else 2 + 2 * (share - 0.5) if share <= 1 else min(4.0, 2 + share)


def goal_arrow(of_indicators: Sequence[Value]) -> str | None:
    """By the plain mean of the indicators that have one."""
    known = [m for m in of_indicators if m is not None]
    if not known:
        return None
    mean_of_them = sum(known) / len(known)
    names = ["decreasing", "stagnating", "moderately_improving"]
    return next((name for name, end in zip(names, (1, 2, 3), strict=True) if mean_of_them < end), "on_track")


def tiers(intervals: Sequence[tuple[int, int]]) -> list[int]:
    """Places joined by overlapping intervals, directly or through others, are one group; counted from the best."""
    groups = [{i} for i in range(len(intervals))]
    for i, (low, high) in enumerate(intervals):
        for j, (other_low, other_high) in enumerate(intervals[:i]):
            if low <= other_high and other_low <= high:
                one, two = (next(g for g in groups if k in g) for k in (i, j))
                if one is not two:
                    groups.remove(two)
                    one |= two
    groups.sort(key=lambda g: min(intervals[i][0] for i in g))
    return [next(n for n, g in enumerate(groups, 1) if i in g) for i in range(len(intervals))]


def drawn_ranks(weights: Sequence[Sequence[float]], scores: Sequence[Sequence[float]]) -> list[list[int]]:
    """Ranks of the places (rows of scores) by the weighted mean, for each row of weights."""
    found = []
    for row in weights:
        totals = [sum(w * s for w, s in zip(row, own, strict=True)) / sum(row) for own in scores]
        found.append([1 + sum(other > total for other in totals) for total in totals])
    return found


def performed(value: Value, target: Value, start: float, nearest: bool = False) -> tuple[str, Value, Value]:
    """Answer, per cent of the way and points of one value, by the four bands as they are printed."""
    if target is None:
        return "no_benchmark", None, None
    if value is None:
        return "not_reported", None, None
    if target == start:
        return "target_is_start", None, None
    if nearest and (value > target) == (target > start):
        value = target - (value - target)  # past the target: as far before it
    percent = 100 * (value - start) / (target - start)
    return "measured", percent, 4 if percent >= 95 else 3 if percent >= 66 else 2 if percent >= 33 else 1


def rolled_up(points: Sequence[tuple[tuple[str, ...], Value]]) -> dict[tuple[str, ...], tuple[Value, int, int]]:
    """Mean, measured and all of what lies under each step: gathered anew for every step, never from another mean."""
    steps = {path[:depth] for path, _found in points for depth in range(len(path) + 1)}
    under = {step: [found for path, found in points if path[: len(step)] == step] for step in steps}
    known = {step: [found for found in below if found is not None] for step, below in under.items()}
    return {
        step: (sum(known[step]) / len(known[step]) if known[step] else None, len(known[step]), len(under[step]))
        for step in steps
    }
