"""Areas as sets of ways, so that "what is this place made of?" is plain arithmetic on sets.

A way is one path through the history from an oldest place to a latest one: 1504 - 1507 - 1508 is a way, and 1504 -
1507 - 1580 another. A place is the set of the ways that pass through it. Then a place that got a new number has the
same set, a merger is the union of its parts, and the parts of a split are the union of which the old place is the sum.
Nothing here touches the database or the clock.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple, Protocol


class Bearer(NamedTuple):
    """A code from the day it stood for this area: what tells Stavanger before 2020 from Stavanger after."""

    code: str
    since: date


class PlaceLike(Protocol):
    """What must be known of a place: a code in a half-open interval of days."""

    @property
    def code(self) -> str: ...
    @property
    def valid_from(self) -> date: ...
    @property
    def valid_to(self) -> date | None: ...


class StepLike(Protocol):
    """What became of an old place, or of a part of it, on a day; `share` is None where nobody has published it."""

    @property
    def on(self) -> date: ...
    @property
    def from_code(self) -> str: ...
    @property
    def to_code(self) -> str: ...
    @property
    def share(self) -> float | None: ...
    @property
    def share_source(self) -> str: ...


@dataclass(frozen=True)
class Piece:
    """A place that a figure is taken from: the whole of it (1.0), a published share, or a part of unknown size (None).

    `place` is None for a part of the area that no figure at hand is about.
    """

    place: Bearer | None
    share: float | None = 1.0
    share_source: str = ""


class Areas:
    """Every place there ever was, as the ways through it."""

    def __init__(self, places: Iterable[PlaceLike], steps: Iterable[StepLike]) -> None:
        ends: dict[tuple[str, date], Bearer] = {}
        begins: dict[tuple[str, date], Bearer] = {}
        everyone: list[Bearer] = []
        self._held: dict[str, list[tuple[Bearer, date | None]]] = defaultdict(list)
        for p in sorted(places, key=lambda p: (p.code, p.valid_from)):
            bearer = Bearer(p.code, p.valid_from)
            everyone.append(bearer)
            self._held[p.code].append((bearer, p.valid_to))
            begins[p.code, p.valid_from] = bearer
            if p.valid_to:
                ends[p.code, p.valid_to] = bearer
        self._ends = sorted({day for _code, day in ends})
        self._of_era: dict[int, dict[str, Bearer]] = {}
        self._shares: dict[tuple[Bearer, Bearer], tuple[float | None, str]] = {}
        heirs: dict[Bearer, list[Bearer]] = defaultdict(list)
        young: set[Bearer] = set()
        for step in steps:
            old, new = ends.get((step.from_code, step.on)), begins.get((step.to_code, step.on))
            if old is None or new is None:  # a transfer: both went on
                continue
            heirs[old].append(new)
            young.add(new)
            self._shares[old, new] = step.share, step.share_source
        self._ways: list[tuple[Bearer, ...]] = []
        for root in everyone:
            if root not in young:
                self._ways += _ways_from(root, heirs)
        through: dict[Bearer, set[int]] = defaultdict(set)
        for number, way in enumerate(self._ways):
            for bearer in way:
                through[bearer].add(number)
        self._through = {bearer: frozenset(ways) for bearer, ways in through.items()}

    def bearer(self, code: str, day: date) -> Bearer | None:
        """Who bore a code on a day; where nobody did, the one who came next, or else the last. None: nobody ever."""
        return self.bearers_on(day).get(code)

    def bearers_on(self, day: date) -> Mapping[str, Bearer]:
        """The same of every code. It is the same from one day on which something ended to the next, so it is kept."""
        era = bisect_right(self._ends, day)
        if era not in self._of_era:
            self._of_era[era] = {
                code: next((bearer for bearer, until in held if until is None or day < until), held[-1][0])
                for code, held in self._held.items()
            }
        return self._of_era[era]

    def of(self, bearers: Iterable[Bearer]) -> frozenset[int]:
        """The area of one place, or of several together (a county of its municipalities)."""
        return frozenset().union(*(self._through[bearer] for bearer in bearers))

    def codes_on(self, bearers: Iterable[Bearer]) -> set[str]:
        """The codes of every place that any part of these was or became."""
        return {bearer.code for way in self.of(bearers) for bearer in self._ways[way]}

    def share(self, source: Bearer, target: Collection[Bearer]) -> tuple[float | None, str]:
        """How much of an older place is in a later area, by published shares; None where one of them is unknown."""
        routes: dict[tuple[Bearer, ...], float | None] = {}
        said: dict[str, None] = {}
        for number in self._through[source]:
            way = self._ways[number]
            at = way.index(source)
            later = next((i for i in range(at + 1, len(way)) if way[i] in target), None)
            if later is None:
                continue
            route = way[at : later + 1]
            share: float | None = 1.0
            for old, new in pairwise(route):
                part, where = self._shares[old, new]
                share = None if share is None or part is None else share * part
                said |= {where: None} if where else {}
            routes[route] = share
        if not routes or None in routes.values():
            return None, ""
        return min(1.0, round(sum(s for s in routes.values() if s is not None), 6)), "; ".join(said)

    def names_of(self, ways: Collection[int], among: Iterable[Bearer]) -> list[Bearer]:
        """Those of some places that ways pass through: what a missing part of an area is called."""
        return [bearer for bearer in among if not self._through[bearer].isdisjoint(ways)]


def _ways_from(root: Bearer, heirs: dict[Bearer, list[Bearer]]) -> Iterator[tuple[Bearer, ...]]:
    waiting: list[tuple[Bearer, ...]] = [(root,)]
    while waiting:
        way = waiting.pop()
        if later := heirs.get(way[-1]):
            waiting += [(*way, new) for new in later]
        else:
            yield way


@dataclass(frozen=True)
class Sources:
    """Places that figures are about, asked what they say of other areas.

    Of those in `weak` it is only known that there is no figure: they are taken for what is left when the others are.
    """

    areas: Areas
    bearers: tuple[Bearer, ...]
    weak: tuple[Bearer, ...] = ()

    @cached_property
    def _at(self) -> dict[int, list[Bearer]]:
        """For each way the sources it passes through."""
        found: dict[int, list[Bearer]] = defaultdict(list)
        for bearer in dict.fromkeys((*self.bearers, *self.weak)):
            for way in self.areas.of([bearer]):
                found[way].append(bearer)
        return found

    @cached_property
    def _weak(self) -> frozenset[Bearer]:
        return frozenset(self.weak) - frozenset(self.bearers)

    def make(self, target: Sequence[Bearer]) -> tuple[Piece, ...]:
        """What an area consists of, in terms of these sources; empty when none of them is about any of it.

        Kristiansand 4204 out of places of 2019: 1001, 1017, 1018, each whole. Haram 1580 out of those of 2022: 0.1379
        of 1507. Kristiansand 1001 out of places of today: a part of 4204, of unknown size. Those that lie wholly in
        the area go first, the largest before the others and of two for the same area the newer; then shares.
        """
        wanted = self.areas.of(target)
        near = {bearer for way in wanted for bearer in self._at.get(way, ())}
        by_size = sorted(near, key=lambda b: (len(self.areas.of([b])), b.since, b.code), reverse=True)
        pieces: list[Piece] = []
        left = set(wanted)

        def take_wholes(bearers: Iterable[Bearer]) -> None:
            for bearer in bearers:
                if (own := self.areas.of([bearer])) <= left:
                    pieces.append(Piece(bearer))
                    left.difference_update(own)

        take_wholes(b for b in by_size if b not in self._weak)
        for bearer in by_size:
            own = self.areas.of([bearer])
            if left and bearer not in self._weak and not own <= wanted and (own & wanted) <= left:
                pieces.append(Piece(bearer, *self.areas.share(bearer, target)))
                left -= own
        take_wholes(b for b in by_size if b in self._weak)
        if pieces and left:
            pieces.append(Piece(None, None))
        return tuple(sorted(pieces, key=lambda p: (p.place is None, p.place or Bearer("", date.min))))
