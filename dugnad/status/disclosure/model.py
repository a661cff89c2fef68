"""The words of the audit: a number, what is known of it, and how numbers add up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

THRESHOLD = 3  # fewer than this many are hidden, where a provider or a dataset says nothing else


class Cell(NamedTuple):
    """One number, whoever publishes it: the same area under another code is the same cell."""

    indicator: str
    area: str
    period: str
    breakdown: str = ""


@dataclass(frozen=True)
class Relation:
    """Numbers that add up: the sum of coefficient times number is zero.

    `rule` says why, as parts: ("county",), ("breakdown", "sex").
    """

    rule: tuple[str, ...]
    terms: tuple[tuple[Cell, float], ...]

    @classmethod
    def total(cls, rule: tuple[str, ...], wholes: Iterable[Cell], parts: Iterable[Cell]) -> "Relation":
        return cls(rule, (*((cell, 1.0) for cell in wholes), *((cell, -1.0) for cell in parts)))


@dataclass(frozen=True)
class Guard:
    """A number that must not be known: its interval is to be at least so wide. `whole`: only whole numbers can be."""

    width: float = THRESHOLD
    whole: bool = True
    highest: float = inf  # what it can be by its nature: 100 of a percentage


@dataclass(frozen=True)
class Knowledge:
    """What an attentive reader knows: of each number the smallest and largest it can be, and how numbers add up.

    With a county of 10 whose municipalities are 8 and a hidden one:

        known = {county: (10, 10), a: (8, 8)}, guards = {b: Guard()}, relations = [county - a - b = 0]
    """

    known: Mapping[Cell, tuple[float, float]]
    guards: Mapping[Cell, Guard]
    relations: tuple[Relation, ...]

    def bounds(self, cell: Cell) -> tuple[float, float]:
        """What is published of a number; of a number that is not, that it is not negative."""
        return self.known.get(cell, (0.0, inf))


@dataclass(frozen=True)
class Interval:
    """The smallest and the largest a hidden number can be; `relations` are those that make it so narrow."""

    lower: float
    upper: float
    relations: tuple[Relation, ...] = field(default=(), compare=False)

    @property
    def width(self) -> float:
        return self.upper - self.lower

    def is_recoverable(self, guard: Guard) -> bool:
        return self.width < guard.width
