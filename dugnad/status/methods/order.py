"""Where places stand among each other on one figure, and how much of that could be chance.

    order = order_of([Figure("4003", 2.6, 650, 25000, points), ...], measured)
    order.placings["4003"].rank_from, .rank_to, .quarter, .is_small, .outside

A rank is given only where the error of every place can be stated: from counts, where the definition says which chance
they follow (`chance.py`), else from how each place's own series varies from year to year. Where neither can be had,
only the quarter is told, and `basis` is "".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf, isfinite
from statistics import median, quantiles
from typing import NamedTuple

import numpy as np

from dugnad.status.methods import chance
from dugnad.status.methods.ranks import Intervals, tiers, value_ranks
from dugnad.status.rules import PointLike

DRAWS, SEED = 10_000, 1
NORMAL = 1.959963984540054  # a normal figure is within so many standard errors in 95 of 100 cases
MOST_BORROWED = 0.5  # at most this share of the places may take their noise from the others


@dataclass(frozen=True, slots=True)
class Figure:
    """One place's figure as it is compared; numerator and denominator where they are known."""

    code: str
    value: float
    numerator: float | None = None
    denominator: float | None = None
    points: Sequence[PointLike] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """What of a definition decides an order. `chance` is binomial, poisson, none (no count of cases) or not said."""

    direction: str = "none"
    chance: str = ""
    multiplier: float = 1.0
    decimals: int = 0
    is_size_free: bool = True
    most: float | None = None  # what a value cannot be above: 100 of a percentage


@dataclass(frozen=True, slots=True)
class Funnel:
    """Between which values a place of this size lies by chance: in 19 of 20 cases, and in 499 of 500."""

    low: float
    high: float
    far_low: float
    far_high: float

    def outside(self, value: float) -> str:
        """high or low beyond the first limits, very_high or very_low beyond the second, else "".

        >>> Funnel(2.0, 4.0, 1.0, 5.0).outside(4.5), Funnel(2.0, 4.0, 1.0, 5.0).outside(0.5)
        ('high', 'very_low')
        """
        if value > self.high:
            return "very_high" if value > self.far_high else "high"
        if value < self.low:
            return "very_low" if value < self.far_low else "low"
        return ""


class Placing(NamedTuple):
    """One place in the order. `quantile` is 0 for the lowest and 1 for the highest value (linear, ties in the middle).

    `low`, `high` are the 95 % interval of the value. Ranks count from the best, or from the highest where no direction
    is better; their interval holds nine of ten draws. All of these are None where no error can be stated.
    """

    code: str
    value: float
    quantile: float | None
    low: float | None = None
    high: float | None = None
    rank_from: int | None = None
    rank_to: int | None = None
    tier: int | None = None
    quantile_from: float | None = None
    quantile_to: float | None = None
    is_small: bool = False
    funnel: Funnel | None = None

    @property
    def outside(self) -> str:
        return self.funnel.outside(self.value) if self.funnel else ""


@dataclass(frozen=True)
class Order:
    """Places on one figure. `basis` says what their error is told from: counts, noise, or "" where it cannot be.

    `expected` is the value of all together, the middle of the funnel; None where there is none.
    """

    basis: str
    placings: dict[str, Placing]
    expected: float | None = None

    @property
    def n(self) -> int:
        return len(self.placings)

    @property
    def tiers(self) -> list[list[Placing]]:
        """Groups of places that cannot be told apart, the best first; empty where no error can be stated."""
        found: dict[int, list[Placing]] = {}
        for placing in self.placings.values():
            if placing.tier is not None:
                found.setdefault(placing.tier, []).append(placing)
        return [found[tier] for tier in sorted(found)]

    @property
    def outside(self) -> list[Placing]:
        return [placing for placing in self.placings.values() if placing.outside]

    @property
    def small(self) -> list[Placing]:
        return [placing for placing in self.placings.values() if placing.is_small]


NOTHING = Order("", {})


def clearly_best(order: Order, direction: str) -> str | None:
    """The code of the place whose interval lies clear of all others on the better side; None where none does.

    >>> order = order_of([Figure("a", 5, 5, 100), Figure("b", 40, 40, 100)], Measured("down", "binomial", 100))
    >>> clearly_best(order, "down"), clearly_best(order, "none")
    ('a', None)
    """
    if not order.basis or order.n < 2 or direction not in ("up", "down"):
        return None
    placings = list(order.placings.values())
    ends = [
        (-(p.high or 0.0), -(p.low or 0.0)) if direction == "up" else (p.low or 0.0, p.high or 0.0) for p in placings
    ]
    first = min(range(len(ends)), key=lambda i: ends[i][1])
    is_clear = all(ends[first][1] < low for i, (low, _high) in enumerate(ends) if i != first)
    return placings[first].code if is_clear else None


def quantile_of(value: float, values: Sequence[float]) -> float | None:
    """Where a value lies among values it is one of: the share of the others below it, half of its equals counted.

    >>> quantile_of(2.0, [1.0, 2.0, 2.0, 3.0, 9.0]), quantile_of(2.0, [2.0])
    (0.375, None)
    """
    if len(values) < 2:
        return None
    below, equal = sum(v < value for v in values), sum(v == value for v in values)
    return (below + (equal - 1) / 2) / (len(values) - 1)


def quarter(quantile: float) -> int:
    """The quarter from 1, the lowest, to 4.

    >>> quarter(0.0), quarter(0.25), quarter(0.5), quarter(1.0)
    (1, 2, 3, 4)
    """
    return min(4, int(quantile * 4) + 1)


def is_small(figure: Figure, measured: Measured) -> bool:
    """Whether so few are counted that one more or less shows; what is no count of cases is never few."""
    return measured.chance != "none" and figure.denominator is not None and figure.denominator < chance.SMALL


def counts_of(figure: Figure, measured: Measured) -> tuple[float, float] | None:
    """Cases and those they are counted among; None where they are not known or the definition does not count.

    A numerator nobody has published is derived from the value and the denominator.
    """
    if measured.chance not in ("binomial", "poisson") or not figure.denominator or figure.denominator <= 0:
        return None
    count = figure.numerator
    if count is None:
        count = round(figure.value / measured.multiplier * figure.denominator)
    whole = round(count)
    if whole < 0 or abs(count - whole) > 1e-6:
        return None
    if measured.chance == "binomial" and (whole > figure.denominator or figure.denominator % 1):
        return None
    return float(whole), figure.denominator


def order_of(figures: Sequence[Figure], measured: Measured, *, ranked: bool = True) -> Order:
    """The order of places on one figure; those without a figure are not in it. Not `ranked`: intervals alone, quickly.

    >>> lie = order_of([Figure("a", 5.0, 50, 1000), Figure("b", 20.0, 200, 1000)], Measured("down", "binomial", 100, 1))
    >>> [(p.code, p.rank_from, p.rank_to, p.tier, p.outside) for p in lie.placings.values()]
    [('a', 1, 1, 1, 'very_low'), ('b', 2, 2, 2, 'very_high')]
    """
    figures = [figure for figure in figures if isfinite(figure.value)]
    if not figures:
        return NOTHING
    values = sorted(figure.value for figure in figures)
    first = np.searchsorted(values, [figure.value for figure in figures], "left").tolist()
    last = np.searchsorted(values, [figure.value for figure in figures], "right").tolist()
    others = len(values) - 1
    plain = {
        figure.code: Placing(
            figure.code,
            figure.value,
            (a + b - 1) / 2 / others if others else None,
            is_small=is_small(figure, measured),
        )
        for figure, a, b in zip(figures, first, last, strict=True)
    }
    if not measured.is_size_free:
        return Order("", plain)
    counts = [counts_of(figure, measured) for figure in figures]
    known = [pair for pair in counts if pair is not None]
    expected, funnels = _funnels(plain, counts, measured)
    if len(known) == len(figures):
        return Order("counts", _by_counts(funnels, known, measured, ranked), expected)
    errors = _noises(figures, measured)
    if errors is None:
        return Order("", funnels, expected)
    return Order("noise", _by_noise(funnels, errors, measured, ranked), expected)


def _funnels(
    plain: dict[str, Placing], counts: Sequence[tuple[float, float] | None], measured: Measured
) -> tuple[float | None, dict[str, Placing]]:
    """The same with limits of the funnel for places whose counts are known, at least two, and a better direction."""
    known = [(code, pair) for code, pair in zip(plain, counts, strict=True) if pair is not None]
    if len(known) < 2 or measured.direction not in ("up", "down"):
        return None, plain
    base = np.array([n for _code, (_k, n) in known])
    expected = float(sum(k for _code, (k, _n) in known) / base.sum())
    kind: chance.Chance = "binomial" if measured.chance == "binomial" else "poisson"
    ends = (*chance.limits(kind, expected, base), *chance.limits(kind, expected, base, chance.ALARM))
    rows = (np.array(ends) * measured.multiplier).T.tolist()
    funnels = {code: Funnel(*row) for (code, _pair), row in zip(known, rows, strict=True)}
    return expected * measured.multiplier, {
        code: placing._replace(funnel=funnels.get(code)) for code, placing in plain.items()
    }


def funnel_curve(
    measured: Measured, expected: float, smallest: float, largest: float, steps: int = 60
) -> list[tuple[float, ...]]:
    """Limits between two sizes, evenly spaced as a logarithmic scale shows them: (base, low, high, far low, far high).

    >>> [round(x, 1) for x in funnel_curve(Measured("up", "binomial", 100), 50.0, 100, 100)[0]]
    [100.0, 39.7, 59.3, 34.1, 64.9]
    """
    kind: chance.Chance = "binomial" if measured.chance == "binomial" else "poisson"
    base = np.unique(np.geomspace(smallest, largest, steps).round())
    fraction = expected / measured.multiplier
    ends = (*chance.limits(kind, fraction, base), *chance.limits(kind, fraction, base, chance.ALARM))
    return [tuple(row) for row in np.array([base, *(end * measured.multiplier for end in ends)]).T.tolist()]


def _by_counts(
    placings: dict[str, Placing], counts: Sequence[tuple[float, float]], measured: Measured, ranked: bool
) -> dict[str, Placing]:
    kind: chance.Chance = "binomial" if measured.chance == "binomial" else "poisson"
    cases, base = np.array(counts).T
    low, high = chance.interval(kind, cases, base)
    ends = zip((low * measured.multiplier).tolist(), (high * measured.multiplier).tolist(), strict=True)
    scaled, errors = chance.steady(kind, cases, base)
    bounds = 0.0, chance.steady(kind, 1, 1)[0].item() if kind == "binomial" else inf
    return _ranked(placings, list(ends), scaled, errors, bounds, measured) if ranked else _spanned(placings, ends)


def _by_noise(
    placings: dict[str, Placing], errors: Sequence[float], measured: Measured, ranked: bool
) -> dict[str, Placing]:
    values = np.array([placing.value for placing in placings.values()])
    least = 0.0 if values.min() >= 0 else -inf
    most = inf if measured.most is None else measured.most
    ends = [
        (max(least, p.value - NORMAL * e), min(most, p.value + NORMAL * e))
        for p, e in zip(placings.values(), errors, strict=True)
    ]
    if not ranked:
        return _spanned(placings, ends)
    return _ranked(placings, ends, values, np.array(errors), (least, most), measured)


def _noises(figures: Sequence[Figure], measured: Measured) -> list[float] | None:
    """The noise of each place's series; a place with too short a series is taken to vary as the upper quartile of the
    others, which is no less than most. None where more than half would have to be taken so."""
    own = [chance.noise(figure.points, measured.decimals) for figure in figures]
    known = [error for error in own if error is not None]
    if len(known) < max(1, len(own) * (1 - MOST_BORROWED)):
        return None
    usual = quantiles(known, n=4, method="inclusive")[2] if len(known) > 1 else median(known)
    return [usual if error is None else error for error in own]


def _spanned(placings: dict[str, Placing], ends: Iterable[tuple[float, float]]) -> dict[str, Placing]:
    return {
        code: placing._replace(low=low, high=high)
        for (code, placing), (low, high) in zip(placings.items(), ends, strict=True)
    }


def _ranked(
    placings: dict[str, Placing],
    ends: Sequence[tuple[float, float]],
    scaled: np.ndarray,
    errors: np.ndarray,
    bounds: tuple[float, float],
    measured: Measured,
) -> dict[str, Placing]:
    """The placings with their ranks; no value can lie outside `bounds`, on the scale of `scaled`."""
    if len(placings) == 1:
        return _spanned(placings, ends)
    sign = -1.0 if measured.direction == "down" else 1.0
    best = max(sign * bound for bound in bounds)
    # In the order of their codes: chance must fall alike on every page that asks, whoever it puts first.
    by_code = np.argsort(list(placings))
    asked = _drawn((sign * scaled)[by_code].tobytes(), errors.astype(float)[by_code].tobytes(), best)
    back = np.argsort(by_code)
    drawn = Intervals(asked.low[back], asked.middle[back], asked.high[back])
    firsts, lasts = _beside_overlapping(drawn, np.array(ends) * sign, sign * scaled)
    told = zip(placings.values(), ends, firsts.tolist(), lasts.tolist(), tiers(firsts, lasts).tolist(), strict=True)
    ranked = {}
    for placing, (low, high), rank_from, rank_to, tier in told:
        # Rank 1 has quantile 1, or 0 where the lowest is first.
        shares = [(rank - 1) / (len(placings) - 1) for rank in (rank_from, rank_to)]
        first, last = shares if sign < 0 else (1 - shares[1], 1 - shares[0])
        ranked[placing.code] = placing._replace(
            low=low,
            high=high,
            rank_from=rank_from,
            rank_to=rank_to,
            tier=tier,
            quantile_from=first,
            quantile_to=last,
        )
    return ranked


def _beside_overlapping(drawn: Intervals, ends: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ranks from and to, widened so that two places whose values may be equal are never put in an order.

    Higher is better here. Nine of ten draws may agree on who of two is ahead though the intervals touch.
    """
    low, high = ends.min(axis=1), ends.max(axis=1)
    overlap = (low[:, None] <= high) & (low <= high[:, None])
    better = overlap & (values > values[:, None])  # of each row, the places ahead of it
    firsts = np.minimum(drawn.low, np.where(better, drawn.high, drawn.low[:, None]).min(axis=1))
    lasts = np.maximum(drawn.high, np.where(better.T, drawn.low, drawn.high[:, None]).max(axis=1))
    return firsts, lasts


@lru_cache(maxsize=256)
def _drawn(values: bytes, errors: bytes, most: float) -> Intervals:
    """The same question is asked by the page in each language and by its data."""
    return value_ranks(np.frombuffer(values), np.frombuffer(errors), most=most, draws=DRAWS, seed=SEED)
