"""Slow, obvious twins of `chance.py`, `order.py` and `ranks.value_ranks` in status/methods: sums over counts, lists."""

import random
from math import comb, exp, factorial, fsum, inf


def binomial_at_most(k: int, n: int, p: float) -> float:
    return fsum(comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k + 1))


def poisson_at_most(k: int, mean: float) -> float:
    return fsum(exp(-mean) * mean**i / factorial(i) for i in range(k + 1))


def at_most(kind: str, k: int, n: int, fraction: float) -> float:
    if k < 0:
        return 0.0
    return binomial_at_most(k, n, fraction) if kind == "binomial" else poisson_at_most(k, n * fraction)


def bisect(rises, wanted: float, low: float, high: float) -> float:
    """Where a function that falls from above `wanted` to below it crosses."""
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if rises(middle) > wanted else (low, middle)
    return (low + high) / 2


def interval(kind: str, k: int, n: int, share: float) -> tuple[float, float]:
    """The fractions that make so few, or so many, as unlikely as the tail."""
    tail, top = (1 - share) / 2, 1.0 if kind == "binomial" else 60.0
    low = 0.0 if k == 0 else bisect(lambda p: at_most(kind, k - 1, n, p), 1 - tail, 0.0, top)
    high = 1.0 if kind == "binomial" and k == n else bisect(lambda p: at_most(kind, k, n, p), tail, 0.0, top)
    return low, high


def limits(kind: str, expected: float, n: int, share: float) -> tuple[float, float]:
    """Spiegelhalter's: the smallest count that reaches the probability, moved back by what it reaches too much."""
    found = []
    for p in ((1 - share) / 2, (1 + share) / 2):
        k = 0
        while at_most(kind, k, n, expected) < p:
            k += 1
        surplus = at_most(kind, k, n, expected) - p
        found.append((k - surplus / (at_most(kind, k, n, expected) - at_most(kind, k - 1, n, expected))) / n)
    return max(0.0, found[0]), max(0.0, found[1])


def noise(series: list[tuple[int, float, bool, bool]], decimals: int) -> float | None:
    """Of (year, value, is it a break, is it a forecast): the middle bend of three years in a row, as a standard
    deviation, with the rounding of the figure."""
    told = {year: value for year, value, is_break, is_forecast in series if not is_forecast}
    breaks = {year for year, _value, is_break, _forecast in series if is_break}
    bends = sorted(
        abs(told[y] - 2 * told[y + 1] + told[y + 2])
        for y in told
        if y + 1 in told and y + 2 in told and not {y + 1, y + 2} & breaks
    )
    if len(bends) < 6:
        return None
    half = len(bends) // 2
    middle = bends[half] if len(bends) % 2 else (bends[half - 1] + bends[half]) / 2
    return ((1.4826 * middle) ** 2 / 6 + (10.0**-decimals) ** 2 / 12) ** 0.5


def quantile(value: float, values: list[float]) -> float:
    """The mean place of the value among all, the lowest 0 and the highest 1."""
    places = [i for i, other in enumerate(sorted(values)) if other == value]
    return sum(places) / len(places) / (len(values) - 1)


def rank_interval(
    values: list[float], errors: list[float], draws: int, seed: int, most: float = inf
) -> list[tuple[int, int]]:
    """Nine of ten draws of each place's rank, the highest first, equals sharing the better rank; none above `most`."""
    dice = random.Random(seed)
    ranks: list[list[int]] = [[] for _ in values]
    for _ in range(draws):
        drawn = [min(most, dice.gauss(value, error)) for value, error in zip(values, errors, strict=True)]
        for place, own in enumerate(drawn):
            ranks[place].append(1 + sum(other > own for other in drawn))
    return [(sorted(own)[draws // 20 - 1], sorted(own)[draws - draws // 20 - 1]) for own in ranks]
