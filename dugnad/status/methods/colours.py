"""Colours and arrows: where a value lies between its thresholds, and whether its growth is enough.

A *rescaled* value is 0 at the lower bound, 1 at red, 1.5 at yellow, 2 at green and 3 at the upper bound, straight
between. A *momentum* is 0 to 4: below 1 decreasing, below 2 stagnating, below 3 moderately improving, else on track.
"""

import numpy as np
from numpy.typing import NDArray

from dugnad.status.methods.model import Indicator, Method
from dugnad.status.methods.steps import Floats, goalposts

COLOURS = ("red", "orange", "yellow", "green")
ARROWS = ("decreasing", "stagnating", "moderately_improving", "on_track")
_FROM = (1.0, 1.5, 2.0)


def rescaled(values: Floats, method: Method) -> Floats:
    """Values on the scale of colours, NaN where there is no value or the indicator has no thresholds."""
    scale = np.full(values.shape, np.nan)
    for i, indicator in enumerate(method.indicators):
        if indicator.green is not None:
            scale[..., i] = _rescaled(values[..., i], indicator)
    return scale


def _rescaled(values: Floats, indicator: Indicator) -> Floats:
    ladder = [
        (indicator.lower, 0.0), (indicator.red, 1.0), (indicator.yellow, 1.5), (indicator.green, 2.0),
        (indicator.upper, 3.0),
    ]  # fmt: skip
    steps = [(value * indicator.direction, at) for value, at in ladder if value is not None]
    at = [value for value, _ in steps]
    at[0], at[-1] = min(at[0], at[1]), max(at[-1], at[-2])  # a threshold beyond a bound stands for the bound
    return np.interp(values * indicator.direction, at, [to for _, to in steps])


def colours(scale: Floats) -> NDArray[np.int8]:
    """-1 grey, else the position in COLOURS: red below 1, orange below 1.5, yellow below 2."""
    return np.where(np.isnan(scale), -1, np.searchsorted(_FROM, scale, side="right")).astype(np.int8)


def goal_colours(scale: Floats, method: Method) -> NDArray[np.int8]:
    """The colour of each goal: that of the mean of its two worst indicators, grey where too many have none.

    Red only if both of the worst are red, green only if both are green; one indicator gives the goal its own colour.
    """
    found = np.full((len(scale), len(method.goals)), -1, dtype=np.int8)
    for k, rule in enumerate(method.goals):
        own = [i for i, ind in enumerate(method.indicators) if ind.goal == rule.goal and ind.green is not None]
        if not own:
            continue
        part = np.sort(np.where(np.isnan(scale[:, own]), np.inf, scale[:, own]), axis=1)
        known = np.isfinite(part).sum(axis=1)
        worst, next_worst = part[:, 0], part[:, min(1, len(own) - 1)]
        with np.errstate(invalid="ignore"):
            colour = colours(np.where(known > 1, (worst + next_worst) / 2, worst))
        both = known > 1
        colour = np.where(both & (colour == 0) & (next_worst >= _FROM[0]), 1, colour)
        colour = np.where(both & (colour == 3) & (worst < _FROM[2]), 2, colour)
        # What was never measured for a place weighs only as far as it was meant to score.
        meant = [i for i in own if method.indicators[i].is_scored]
        grey = np.isnan(scale[:, meant]).mean(axis=1) > method.max_grey if meant else np.zeros(len(scale), bool)
        found[:, k] = np.where((known == 0) | grey, -1, colour)
    return found


def momentum(cube: Floats, years: NDArray[np.int64], method: Method) -> Floats:
    """How the growth of each place and indicator compares with the growth needed; NaN where nothing can be said.

    `cube` is periods x places x indicators in the order of time. Growth is that of the score, not clipped at 0, from
    the first value in the years the method (or the indicator) names to the last; needed is what leads from the first to
    green in the deadline's year. Already green, or growing at least as needed: on track.
    """
    found = np.full(cube.shape[1:], np.nan)
    if method.trend is None:
        return found
    if method.normaliser == "none":
        scores = cube
    elif method.normaliser == "goalposts":
        scores = goalposts(cube, method, clip=(-np.inf, 100.0))
    else:
        return found  # scores that move with the other places say nothing of a place's own growth
    for i, indicator in enumerate(method.indicators):
        first_year, last_year = indicator.trend or (method.trend.first, int(years[-1]))
        window = np.flatnonzero((years >= first_year) & (years <= last_year))
        if len(window) < 2:
            continue
        series = scores[window, :, i]
        known = ~np.isnan(series)
        at = years[window]
        first, last = known.argmax(axis=0), len(window) - 1 - known[::-1].argmax(axis=0)
        columns = np.arange(series.shape[1])
        start, end = series[first, columns], series[last, columns]
        span = (at[last] - at[first]).astype(np.float64)
        green = 100.0
        if indicator.green is not None and method.normaliser == "goalposts":
            assert indicator.lower is not None and indicator.upper is not None
            green = (indicator.green - indicator.lower) / (indicator.upper - indicator.lower) * 100
        elif indicator.green is not None:
            green = indicator.green
        left = (method.trend.deadline - at[first]).astype(np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            pace = (end - start) / span
            share = pace / ((green - start) / left)
            met = end >= green
            value = _momentum(pace, share, method.trend.moderate)
        value = np.where(met, np.where(pace >= 0, 4.0, 3.0), value)
        found[:, i] = np.where((known.sum(axis=0) > 1) & (span > 0) & ((left > 0) | met), value, np.nan)
    return found


def _momentum(pace: Floats, share: Floats, moderate: float) -> Floats:
    """The share of the needed pace, bent to 0-4 so that the cut-offs of the arrows are 1, 2 and 3."""
    bent = np.interp(np.abs(share), [0.0, moderate, 1.0, 2.0], [1.0, 2.0, 3.0, 4.0])
    return np.where(pace < 0, np.nextafter(np.maximum(0.0, 1.0 - np.abs(share)), -1.0).clip(0.0), bent)


def arrows(value: Floats) -> NDArray[np.int8]:
    """-1 where nothing can be said, else the position in ARROWS."""
    return np.where(np.isnan(value), -1, np.searchsorted((1.0, 2.0, 3.0), value, side="right")).astype(np.int8)


def goal_momentum(value: Floats, method: Method) -> Floats:
    """The mean momentum of a goal's indicators."""
    means = np.full((len(value), len(method.goals)), np.nan)
    for k, rule in enumerate(method.goals):
        own = value[:, [i for i, indicator in enumerate(method.indicators) if indicator.goal == rule.goal]]
        known = ~np.isnan(own)
        with np.errstate(invalid="ignore"):
            means[:, k] = np.where(known, own, 0).sum(axis=1) / known.sum(axis=1)
    return means
