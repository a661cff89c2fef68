"""Trends to 2030: the course of one series, where it leads, and how sure that is. Pure functions, numpy alone.

    points -> stretch(): values that can be followed -> arrays of equal length -> trends(): slope, interval, projection

The method is a published document, `definitions/methods/trend-2030.yaml`; docs/trends.md has its formulas and how well
its intervals have covered. `tests/oracles/trends.py` is the same in plain Python. A series that cannot be followed gets
an answer with a name (`why_none`) instead of a number:

    no_values      no value of what has happened
    no_quantity    yes or no has no slope
    few_values     fewer values than the method asks for, counted without those that share data
    overlapping    values enough, but their periods overlap, so that too few stand on their own
    break          values enough, but a break or changed borders leave too few after it
    too_short      the values lie within too few years
    too_far        the last value is too old for what lies between it and 2030
    ended          the place is no more in 2030: it was merged, divided or renumbered
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from dugnad.shared.periods import Period
from dugnad.status.methods.model import Method, ProjectionRules
from dugnad.status.methods.progress import limit_scale, progress_without_target
from dugnad.status.rules import PointLike

Array = np.ndarray[Any, np.dtype[Any]]
WITHIN_YEAR = 0.8  # values nearer each other than this are of several seasons
SEASON = 20 / 365  # how far from the same day of the year a value is of another season


@dataclass(frozen=True)
class Asked:
    """One series and what its indicator says of it. `points` are in time order; `target` is the value to reach;
    `has_ended` where the place itself will not be there in the target year."""

    points: Sequence[PointLike]
    direction: str
    kind: str = "amount"
    decimals: int = 6
    target: float | None = None
    has_ended: bool = False


@dataclass(frozen=True)
class Trend:
    """The course of a series. Without one all numbers are None, and `why_none` is the name of the reason.

    `status`: reached, on_course, too_slow, still, worse or uncertain; "" where no direction is better; unknown without
    a course. `slope` is the change a year in the unit of the values, with its interval; `projection` the value in the
    target year with the interval a single value will lie in; `probability` that the target is reached in that year.
    `rate` is the yearly change as a share of the first value of the line, by the progress method `rate_method`.
    `at_end` is where the line is at the last value used.
    """

    status: str
    why_none: str
    method: str
    method_version: str
    level: float
    target_year: int
    n: int = 0
    first: Period | None = None
    last: Period | None = None
    slope: float | None = None
    slope_low: float | None = None
    slope_high: float | None = None
    projection: float | None = None
    projection_low: float | None = None
    projection_high: float | None = None
    target: float | None = None
    probability: float | None = None
    rate: float | None = None
    rate_method: str = ""
    has_provisional: bool = False
    at_end: float | None = None

    @property
    def is_known(self) -> bool:
        return not self.why_none

    @property
    def meaning(self) -> str:
        """The status as it is told: "at_limit" is a series without a target that has come as far as a share can."""
        return "at_limit" if self.status == "reached" and self.target is None else self.status

    @property
    def leads_on(self) -> bool:
        """Whether it is told where the series leads: there is nowhere to go for one at its limit."""
        return self.is_known and self.meaning != "at_limit"

    @property
    def verdict(self) -> str:
        """better or worse where the course is clearly that; else "", and nobody may judge the series in words."""
        return {"on_course": "better", "too_slow": "better", "worse": "worse"}.get(self.status, "")


def trends(asked: Sequence[Asked], method: Method, progress: Method) -> list[Trend]:
    """The trends of many series at once: those with equally many values share their arithmetic.

    `progress` is the method that judges a pace where there is no target.

    >>> falling = [P(Period.year(y), 8.0 - 0.5 * (y - 2016), "normal", False, None) for y in range(2016, 2026)]
    >>> [found] = trends([Asked(falling, "down", "rate", 1)], method, progress)
    >>> found.status, round(found.slope, 2), round(found.projection, 1)
    ('on_course', -0.5, 1.0)
    """
    rules = method.projection
    found: list[Trend | None] = [None] * len(asked)
    alike: dict[int, list[tuple[int, list[PointLike]]]] = {}
    for position, one in enumerate(asked):
        used, why = _followed(one, rules)
        if why:
            found[position] = Trend("unknown", why, method.name, method.version, rules.level, rules.target_year)
        else:
            alike.setdefault(len(used), []).append((position, used))
    for group in alike.values():
        lines = _lines([used for _position, used in group], [asked[position] for position, _used in group], rules)
        for row, (position, used) in enumerate(group):
            found[position] = _told(asked[position], used, lines, row, method, progress)
    return [trend for trend in found if trend]


def _followed(one: Asked, rules: ProjectionRules) -> tuple[list[PointLike], str]:
    if one.has_ended:
        return [], "ended"
    return stretch(one.points, rules) if one.kind != "yes_no" else ([], "no_quantity")


def stretch(points: Sequence[PointLike], rules: ProjectionRules) -> tuple[list[PointLike], str]:
    """The values a course is told from, oldest first; or none, and the name of the reason.

    - What has happened: no forecasts. Nothing from before the last break or change of borders.
    - Counted back from the latest, each value that shares no day with the one after it: windows of several years that
      overlap say the same thing twice. Of months and quarters those of the same time of the year as the latest.
    - The latest `years`, and further back, at most `most_years`, until there are `enough` values.
    """
    happened = [point for point in points if point.status != "forecast"]
    known = [point for point in happened if point.value is not None]
    if not known:
        return [], "no_values"
    start = max((i for i, p in enumerate(happened) if p.is_break or p.missing == "border_change"), default=0)
    unbroken = [point for point in happened[start:] if point.value is not None]
    apart = _recent(_apart(unbroken), rules)
    if len(apart) < rules.fewest:
        if len(_recent(_apart(known), rules)) >= rules.fewest:
            return [], "break"
        return [], "overlapping" if len(unbroken) >= rules.fewest and _overlap(unbroken) else "few_values"
    span = when(apart[-1].period) - when(apart[0].period)
    ahead = rules.target_year + 0.5 - when(apart[-1].period)
    if span < rules.shortest:
        return [], "too_short"
    return ([], "too_far") if ahead > min(rules.farthest, rules.farthest_share * span) else (apart, "")


@lru_cache(maxsize=4096)
def when(period: Period) -> float:
    """The middle of a period as a year with its fraction: 2024 is 2024.5."""
    return (_year_of(period.start) + _year_of(period.end)) / 2


def _year_of(day: Any) -> float:
    first = day.replace(month=1, day=1)
    return day.year + (day - first).days / (first.replace(year=day.year + 1) - first).days


def _overlap(points: Sequence[PointLike]) -> bool:
    return any(a.period.overlaps(b.period) for a, b in pairwise(points))


def _apart(points: Sequence[PointLike]) -> list[PointLike]:
    """Values that share no days, of one time of the year, oldest first; counted back from the latest."""
    kept: list[PointLike] = []
    for point in reversed(points):
        if not kept or point.period.end <= kept[-1].period.start:
            kept.append(point)
    if any(when(a.period) - when(b.period) < WITHIN_YEAR for a, b in pairwise(kept)):
        latest = when(kept[0].period)
        kept = [p for p in kept if abs((ago := latest - when(p.period)) - round(ago)) <= SEASON]
    return kept[::-1]


def _recent(points: Sequence[PointLike], rules: ProjectionRules) -> list[PointLike]:
    kept: list[PointLike] = []
    for point in reversed(points):
        ago = when(points[-1].period) - when(point.period)
        if ago > (rules.years if len(kept) >= rules.enough else rules.most_years) + SEASON:
            break
        kept.append(point)
    return kept[::-1]


@dataclass(frozen=True)
class _Lines:
    """What was computed for series of equally many values: arrays with a row for each, in the values' own unit."""

    slope: Array  # a row of three: low, middle, high
    first: Array  # the line at the first and at the last value
    last: Array
    projection: Array  # a row of three
    below: Array  # the probability that the value of the target year lies below the target, as far as digits tell


def _lines(series: Sequence[Sequence[PointLike]], asked: Sequence[Asked], rules: ProjectionRules) -> _Lines:
    """The steps of the method, for series of n values each."""
    t = np.array([[when(point.period) for point in points] for points in series])
    y = np.array([[point.value for point in points] for points in series], dtype=float)
    n = t.shape[1]
    step = np.array([10.0**-one.decimals for one in asked])
    share = np.array([one.kind == "percent" for one in asked])
    inside = share & (y > 0).all(axis=1) & (y < 100).all(axis=1)
    low = np.where((y >= 0).all(axis=1), 0.0, -np.inf)
    high = np.where(share & (y <= 100).all(axis=1), 100.0, np.inf)
    middle = np.median(y, axis=1)
    z = np.where(inside[:, None], _logit(np.where(inside[:, None], y, 50.0)), y)
    step_z = np.where(inside, step * 100 / (np.where(inside, middle * (100 - middle), 1.0)), step)

    mean = t.mean(axis=1)
    c = t - mean[:, None]
    square = (c * c).sum(axis=1)
    ahead = rules.target_year + 0.5 - mean
    i, j = np.triu_indices(n, 1)
    slopes = np.sort((z[:, j] - z[:, i]) / (t[:, j] - t[:, i]), axis=1)
    b = np.median(slopes, axis=1)
    a = np.median(z - b[:, None] * c, axis=1)
    rest = z - a[:, None] - b[:, None] * c
    s = np.sqrt((rest * rest).sum(axis=1) / (n - 2) + step_z**2 / 12)

    wide, steep = _allowance(t, c, square, ahead, rules.persistence)
    k = dropped(n, rules.level)
    rounding = step_z / (t[:, -1] - t[:, 0])
    b_low = b - (b - slopes[:, k]) * steep - rounding
    b_high = b + (slopes[:, -1 - k] - b) * steep + rounding
    half = t_quantile(n - 2, (1 + rules.level) / 2) * s * wide
    at = a + b * ahead
    targets = np.array([_threshold(one, y_last) for one, y_last in zip(asked, y[:, -1], strict=True)])
    with np.errstate(divide="ignore", invalid="ignore"):
        to_reach = np.where(inside, _logit(np.clip(targets, 0, 100)), targets)
        below = t_below(n - 2, np.nan_to_num((to_reach - at) / (s * wide), nan=0.0, posinf=1e9, neginf=-1e9))

    def back(values: Array) -> Array:
        logistic = 100 / (1 + np.exp(-np.clip(np.where(inside, values, 0.0), -700, 700)))
        return np.clip(np.where(inside, logistic, values), low, high)

    def ends(steepness: Array) -> tuple[Array, Array]:
        return back(a + steepness * c[:, 0]), back(a + steepness * c[:, -1])

    def a_year(steepness: Array) -> Array:
        first, last = ends(steepness)
        return np.where(inside, (last - first) / (t[:, -1] - t[:, 0]), steepness)

    first, last = ends(b)
    return _Lines(
        np.stack([a_year(b_low), a_year(b), a_year(b_high)], axis=1),
        first,
        last,
        np.stack([back(at - half), back(at), back(at + half)], axis=1),
        below,
    )


def _logit(percent: Array) -> Array:
    return np.log(percent / (100 - percent))


def _allowance(t: Array, c: Array, square: Array, ahead: Array, persistence: float) -> tuple[Array, Array]:
    """How much wider intervals are because a good or bad year lasts into the next.

    The deviations from the line are taken to follow each other with the correlation `persistence` a year. Returns the
    error of a projected value in units of the deviations seen, and how many times as uncertain the slope is as if each
    value stood on its own. The deviations seen are smaller than the true ones, since the line has bent after them.
    """
    n = t.shape[1]
    alike = persistence ** np.abs(t[:, :, None] - t[:, None, :])
    hat = 1 / n + c[:, :, None] * c[:, None, :] / square[:, None, None]
    seen = (n - (hat * alike).sum(axis=(1, 2))) / (n - 2)
    weight = 1 / n + c * (ahead / square)[:, None]
    later = persistence ** (ahead[:, None] - c)
    error = 1 + np.einsum("si,sij,sj->s", weight, alike, weight) - 2 * (weight * later).sum(axis=1)
    slope = np.einsum("si,sij,sj->s", c, alike, c) / square
    return np.sqrt(error / seen), np.sqrt(np.maximum(slope / seen, 1.0))


def _threshold(one: Asked, latest: float) -> float:
    """The value from which the target is written as reached; for one without a target any number."""
    if one.target is None:
        return 0.0
    return one.target - _sign(one, latest) * 10.0**-one.decimals / 2


def _sign(one: Asked, latest: float) -> int:
    """The way to the better: 1 up, -1 down, towards the target where nearest is best; 0 where none is."""
    if one.direction == "target" and one.target is not None:
        return 1 if latest < one.target else -1
    return {"up": 1, "down": -1}.get(one.direction, 0)


def _told(one: Asked, used: Sequence[PointLike], lines: _Lines, row: int, method: Method, progress: Method) -> Trend:
    rules = method.projection
    latest = used[-1].value
    assert latest is not None
    sign = _sign(one, latest)
    slope, projection = lines.slope[row].tolist(), lines.projection[row].tolist()
    first, last = float(lines.first[row]), float(lines.last[row])
    target = one.target if sign else None
    reached = _is_reached(one, latest, sign, target)
    probability = None
    if target is not None and not (reached and one.direction == "target"):
        probability = float(lines.below[row] if sign < 0 else 1 - lines.below[row])
    rate, pace = None, ""
    if sign and target is None:
        years = when(used[-1].period) - when(used[0].period)
        limit = 100.0 if one.kind == "percent" and sign > 0 else None
        scale = limit_scale(base=first, limit=limit, direction=sign, rules=progress.progress)
        judged = progress_without_target(
            base=first, base_year=0, value=last, year=years, direction=sign, rules=progress.progress, scale=scale
        )
        rate, pace = judged.rate, judged.answer
    status = ""
    if sign:
        seen = 10.0**-one.decimals / (when(used[-1].period) - when(used[0].period))
        small = max(progress.progress.growth_moderate * abs(first), seen)
        status = judge(slope, sign, small, reached, probability, pace, rules)
    return Trend(
        status,
        "",
        method.name,
        method.version,
        rules.level,
        rules.target_year,
        n=len(used),
        first=used[0].period,
        last=used[-1].period,
        slope=slope[1],
        slope_low=slope[0],
        slope_high=slope[2],
        projection=projection[1],
        projection_low=projection[0],
        projection_high=projection[2],
        target=target,
        probability=probability,
        rate=rate,
        rate_method=progress.id if rate is not None else "",
        has_provisional=any(point.status != "normal" for point in used),
        at_end=last,
    )


def _is_reached(one: Asked, latest: float, sign: int, target: float | None) -> bool:
    """Whether the latest value is at the target or past it, as far as the shown digits tell; without a target,
    whether a share has come as far as a share can come."""
    half = 10.0**-one.decimals / 2
    if target is not None:
        return abs(latest - target) <= half if one.direction == "target" else (latest - target) * sign >= -half
    limit = {1: 100.0, -1: 0.0}.get(sign)
    return one.kind == "percent" and limit is not None and abs(latest - limit) <= half


def judge(
    slope: Sequence[float],
    sign: int,
    small: float,
    reached: bool,
    probability: float | None,
    pace: str,
    rules: ProjectionRules,
) -> str:
    """What a course means: reached, on_course, too_slow, still, worse or uncertain.

    `slope` is (low, middle, high); `small` a change a year that is next to none: by the progress method's lowest
    cut-off, or because the shown digits would not tell it over all the years. With a target its probability decides,
    without one the `pace` by the progress method; both only where the slope is known to be the right way.

    >>> judge((0.1, 0.4, 0.7), 1, 0.05, False, 0.8, "", ProjectionRules())
    'on_course'
    >>> judge((-0.1, 0.4, 0.7), 1, 0.05, False, None, "on_track", ProjectionRules())
    'uncertain'
    """
    low, _middle, high = slope if sign > 0 else [-x for x in reversed(slope)]
    unlikely = probability is not None and probability <= 1 - rules.likely
    if reached and not (high < 0 and unlikely):
        return "reached"
    if high < 0:
        return "worse"
    if probability is not None and probability >= rules.likely:
        return "on_course"
    if low > 0:
        if probability is None:
            return {"on_track": "on_course", "acceleration_needed": "too_slow", "limited": "too_slow"}.get(
                pace, "uncertain"
            )
        return "too_slow" if unlikely else "uncertain"
    return "still" if -small <= low and high <= small else "uncertain"


def common_status(parts: Sequence[str]) -> str:
    """What several parts of an indicator say together: what all that are judged say, "mixed" where they differ.

    >>> common_status(["worse", "unknown"]), common_status(["worse", "still"]), common_status(["unknown", ""])
    ('worse', 'mixed', 'unknown')
    """
    judged = {status for status in parts if status not in ("", "unknown")}
    if not judged:
        return "unknown" if "unknown" in parts else ""
    return judged.pop() if len(judged) == 1 else "mixed"


def goal_status(statuses: Sequence[str], rules: ProjectionRules) -> str:
    """What the indicators of a goal say together: what more than half of the judged ones say.

    >>> goal_status(["reached", "on_course", "worse"], ProjectionRules())
    'on_course'
    >>> goal_status(["on_course", "worse", "still", "uncertain"], ProjectionRules()), goal_status([], ProjectionRules())
    ('mixed', 'unknown')

    on_course: reached, at its limit or on course. worse: getting worse. behind: too slow, standing still or getting
    worse together.
    Where none of these has more than half: mixed when some are on course and others behind, else uncertain.
    unknown: not one indicator is judged.
    """
    judged = [status for status in statuses if status not in ("", "unknown")]
    groups = {
        "on_course": ("reached", "at_limit", "on_course"),
        "worse": ("worse",),
        "behind": ("too_slow", "still", "worse"),
        "uncertain": ("uncertain",),
    }
    if not judged:
        return "unknown"
    counts = {status: sum(s in members for s in judged) for status, members in groups.items()}
    for status, count in counts.items():
        if count > rules.majority * len(judged):
            return status
    return "mixed" if counts["on_course"] and counts["behind"] else "uncertain"


@lru_cache
def dropped(n: int, level: float) -> int:
    """How many of the n(n-1)/2 slopes between pairs, in order, lie outside the interval at each end.

    Exact: were there no trend, every order of the values would be as likely, and the pairs that fall among them have
    Kendall's distribution. The interval runs from slope number `dropped` to the one as far from the end.

    >>> dropped(4, 0.8), dropped(5, 0.8), dropped(10, 0.8)
    (0, 1, 14)
    """
    orders = [1]
    for m in range(2, n + 1):  # one value more can stand in m places and fall behind 0 to m-1 others
        padded = np.convolve(np.array(orders, dtype=object), np.ones(m, dtype=object))
        orders = padded.tolist()
    total, tail, k = sum(orders), 0, -1
    for count in orders:
        tail += count
        if 2 * tail > (1 - level) * total + 1e-9:
            break
        k += 1
    if k < 0:
        raise ValueError(f"{n} values give no interval of {level:.0%}")
    return k


def t_below(df: int, t: Array) -> Array:
    """The distribution of Student's t for whole degrees of freedom, in closed form (Abramowitz and Stegun 26.7.3-4).

    >>> round(float(t_below(3, np.array(1.638))), 3)
    0.9
    """
    angle = np.arctan(np.asarray(t, dtype=float) / math.sqrt(df))
    sine, cosine = np.sin(angle), np.cos(angle)
    term = total = cosine if df % 2 else np.ones_like(angle)
    for k in range(3 if df % 2 else 2, df, 2):
        term = term * cosine**2 * (k - 1) / k
        total = total + term
    if df == 1:
        total = np.zeros_like(angle)
    within = 2 / math.pi * (angle + sine * total) if df % 2 else sine * total
    return (1 + within) / 2


@lru_cache
def t_quantile(df: int, share: float) -> float:
    """The value that `share` of Student's t lies below.

    >>> round(t_quantile(3, 0.9), 3), round(t_quantile(8, 0.9), 3)
    (1.638, 1.397)
    """
    low, high = 0.0, 1e6
    for _halving in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if float(t_below(df, np.array(middle))) < share else (low, middle)
    return high
