"""What an area was and became: the codes of one area, the parts of another, what can be compared over time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from dugnad.places.areas import Areas, Bearer
from dugnad.places.models import ChangeKind, Place, PlaceKind
from dugnad.places.queries.index import Edge, Index, PlaceNotFound, day_or_today, place, the_index, valid_on

_SAME_AREA = (ChangeKind.RENUMBERING, ChangeKind.NAME)


def areas() -> Areas:
    """Every place of all times as an area; what is loaded now. See `places/areas.py`."""
    return the_index().areas


def bearer_of(p: Place) -> Bearer:
    """A place as its area is asked for."""
    return Bearer(p.code, p.valid_from)


def place_of(bearer: Bearer) -> Place:
    """The opposite of `bearer_of`."""
    return next(p for p in the_index().by_code[bearer.code] if p.valid_from == bearer.since)


def borders_changed_on(until: date) -> date:
    """The last day, not after `until`, on which a municipality began: the borders of both are the same.

    2024-01-01 for every day since.
    """
    days = (e.on for edges in the_index().into.values() for e in edges if len(e.to_code) == 4)
    return max((day for day in days if day <= until), default=until)


def days_before_changes() -> list[date]:
    """The day before each change of municipal borders since everything is known, the latest first."""
    kinds = (ChangeKind.MERGER, ChangeKind.SPLIT)
    days = {e.on for edges in the_index().into.values() for e in edges if e.kind in kinds and len(e.to_code) == 4}
    return [day - timedelta(days=1) for day in sorted(days, reverse=True)]


def predecessors(code: str, on: date | None = None) -> list[Edge]:
    """How the place with this code on a day came to be: the parts of the change that began it (none for the oldest)."""
    p = place(code, on)
    return [e for e in the_index().into.get(code, ()) if e.on == p.valid_from and e.kind != ChangeKind.TRANSFER]


def successors(code: str, on: date | None = None) -> list[Edge]:
    """What became of a code's place when it ended: empty while it lives. Without a day, its last bearer."""
    held = the_index().by_code.get(code, [])
    bearers = held[-1:] if on is None else valid_on(held, on)
    if not bearers:
        raise PlaceNotFound(code, day_or_today(on))
    ended = bearers[0].valid_to
    return [e for e in the_index().out_of.get(code, ()) if e.on == ended and e.kind != ChangeKind.TRANSFER]


def transfers(code: str) -> list[Edge]:
    """The parts a code's place has given to or received from others without ending, oldest first."""
    index = the_index()
    moved = {*index.into.get(code, ()), *index.out_of.get(code, ())}
    return sorted((e for e in moved if e.kind == ChangeKind.TRANSFER), key=lambda e: (e.on, e.from_code))


def same_area_codes(code: str, on: date | None = None) -> list[tuple[str, date, date | None]]:
    """Every code this very area has had, oldest first: a series may be joined over them without any arithmetic.

    For Skien: [("0806", BEGINNING, 2020-01-01), ("3807", 2020-01-01, 2024-01-01), ("4003", 2024-01-01, None)].
    For Haram only its own from 2024. Without a day: from the code's last bearer.
    """
    index = the_index()
    if on is None:
        held = index.by_code.get(code, [])
        if not held:
            raise PlaceNotFound(code, day_or_today(on))
        p = held[-1]
    else:
        p = place(code, on)
    return [(q.code, q.valid_from, q.valid_to) for q in chain(index, p)]


def same_area_on(p: Place, on: date | None = None) -> Place | None:
    """Who bore this very area on a day, under whatever number; None where the borders were others.

    Vinje 4036 on 2019-12-31: Vinje 0834. Kristiansand 4204 that day: None, it is put together of three.
    """
    return next(iter(valid_on(chain(the_index(), p), day_or_today(on))), None)


def area_codes(on: date | None = None) -> dict[str, tuple[str, ...]]:
    """For every place of a day the codes its very area has had until then, newest first.

    {"4003": ("4003", "3807", "0806"), "1580": ("1580",), ...}: `same_area_codes` of everyone, in one question.
    """
    day = day_or_today(on)
    index = the_index()
    found = {}
    for places in index.by_code.values():
        for p in valid_on(places, day):
            codes = [q.code for q in chain(index, p) if q.valid_from <= day]
            found[p.code] = tuple(dict.fromkeys(reversed(codes)))
    return found


def chain(index: Index, p: Place) -> list[Place]:
    """The bearers of one area, oldest first: Skien 0806, 3807, 4003."""
    chain = [p]
    while len(earlier := [e for e in index.into.get(chain[0].code, ()) if _begins(e, chain[0])]) == 1:
        chain.insert(0, valid_on(index.by_code[earlier[0].from_code], earlier[0].on - timedelta(days=1))[0])
    while len(later := [e for e in index.out_of.get(chain[-1].code, ()) if _ends(e, chain[-1])]) == 1:
        chain.append(valid_on(index.by_code[later[0].to_code], later[0].on)[0])
    return chain


def _begins(edge: Edge, p: Place) -> bool:
    return edge.kind in _SAME_AREA and edge.on == p.valid_from


def _ends(edge: Edge, p: Place) -> bool:
    return edge.kind in _SAME_AREA and edge.on == p.valid_to


@dataclass(frozen=True)
class Origin:
    """A place whose inhabitants, wholly or partly, are in another place's area on a later day.

    `share` is the part that is there: 1.0 the whole, None a part of unknown size.
    """

    place: Place
    share: float | None
    share_source: str = ""


def origins(code: str, period_start: date, borders_on: date | None = None) -> list[Origin]:
    """The places of `period_start` that the area of a code on `borders_on` consists of.

    Kristiansand 4204 on its borders of today, in 2019: 1001 Kristiansand, 1017 Songdalen, 1018 Søgne, each 1.0.
    Haram 1580 in 2022: 1507 Ålesund with the share 0.1379.
    """
    return _origins(the_index(), place(code, borders_on), period_start)


def _origins(index: Index, here_now: Place, period_start: date) -> list[Origin]:
    found: dict[str, Origin] = {}
    waiting: list[Origin] = [Origin(here_now, 1.0)]
    while waiting:
        here = waiting.pop()
        if here.place.valid_from <= period_start:
            known = found.get(here.place.code)
            share = here.share
            if known is not None:  # two parts of one old place meet again in one new
                share = None if share is None or known.share is None else min(1.0, round(share + known.share, 6))
            found[here.place.code] = Origin(here.place, share, here.share_source)
            continue
        for edge in index.into.get(here.place.code, ()):
            if edge.on != here.place.valid_from or edge.kind == ChangeKind.TRANSFER:
                continue
            older = valid_on(index.by_code.get(edge.from_code, ()), edge.on - timedelta(days=1))[0]
            share = None if here.share is None or edge.share is None else here.share * edge.share
            waiting.append(Origin(older, share, edge.share_source or here.share_source))
    return sorted(found.values(), key=lambda o: o.place.code)


def has_partial_origin(code: str, period_start: date, borders_on: date | None = None) -> bool:
    """Whether the area of a code on `borders_on` held only a part of some place at `period_start`.

    Then no figure of that time can be carried to these borders without estimating: the value is `border_change`.
    True for Haram and Ålesund in 2022 on the borders of 2024, false for Kristiansand in 2019 on those of 2020.
    """
    return any(o.share != 1.0 for o in origins(code, period_start, borders_on))


def partial_until(codes: Iterable[str], borders_on: date) -> dict[str, date]:
    """For municipalities whose area, on the borders of a day, once was a part of another: the day it became their own.

    {"1508": 2024-01-01, "1580": 2024-01-01, "5059": 2020-01-01, ...}; places with a whole past are left out. So are
    counties: on the borders of another day they are put together from their municipalities, not divided.
    """
    index = the_index()
    days = sorted({e.on for edges in index.into.values() for e in edges if e.on <= borders_on}, reverse=True)
    found = {}
    for code in codes:
        for p in valid_on(index.by_code.get(code, ()), borders_on):
            if p.kind != PlaceKind.MUNICIPALITY:
                continue
            for day in days:
                if any(o.share != 1.0 for o in _origins(index, p, day - timedelta(days=1))):
                    found[code] = day
                    break
    return found


def complete_splits(borders_on: date) -> list[tuple[str, tuple[str, ...], date]]:
    """The splits up to a day whose parts, together and alone, are the place that was split: (whole, parts, on).

    [("1507", ("1508", "1580"), 2024-01-01)]. Tysfjord is not among them: its parts joined others.
    """
    index = the_index()
    found = []
    for code, edges in index.out_of.items():
        for on in {e.on for e in edges if e.kind == ChangeKind.SPLIT and e.on <= borders_on}:
            parts = tuple(sorted(e.to_code for e in edges if e.on == on and e.kind == ChangeKind.SPLIT))
            alone = all({e.from_code for e in index.into[part] if e.on == on} == {code} for part in parts)
            if alone and all(valid_on(index.by_code[part], borders_on) for part in parts):
                found.append((code, parts, on))
    return sorted(found)
