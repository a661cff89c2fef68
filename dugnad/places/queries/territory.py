"""Areas under lasting names, and which areas together are others: what adds up, on whatever borders it is published."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from dugnad.places.models import ChangeKind, Place, PlaceKind
from dugnad.places.queries.borders import chain
from dugnad.places.queries.index import Index, the_index, valid_on


def areas_of(codes: Iterable[tuple[str, date]]) -> dict[tuple[str, date], str]:
    """For each code on a day its area under one lasting name: the first code it had, and from when.

    {("4003", 2024-01-01): "0806 0001-01-01", ("3807", 2023-01-01): "0806 0001-01-01"}; codes that no place has are left
    out.
    """
    index = the_index()
    named: dict[int, str] = {}
    found = {}
    for code, day in codes:
        for p in valid_on(index.by_code.get(code, ()), day):
            found[code, day] = _name(index, p, named)
    return found


def _name(index: Index, p: Place, named: dict[int, str]) -> str:
    if p.pk not in named:
        first = chain(index, p)[0]
        named[p.pk] = f"{first.code} {first.valid_from.isoformat()}"
    return named[p.pk]


def area_sums(days: Iterable[date]) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Which areas make up the same territory: (why, wholes, parts), why being "country", "county" or "borders".

    On each of the days a county is its municipalities and the country its counties. Over a change of borders what is
    before is what is after: ("borders", ("1507 …",), ("1508 …", "1580 …")). Transfers end no place and are not there.
    """
    index = the_index()
    named: dict[int, str] = {}
    found: dict[tuple[str, tuple[str, ...], tuple[str, ...]], None] = {}
    for day in sorted(set(days)):
        valid = [p for held in index.by_code.values() for p in valid_on(held, day)]
        inside: dict[tuple[int, str], list[Place]] = defaultdict(list)
        for p in valid:
            inside[p.source_id, p.county_code if p.kind == PlaceKind.MUNICIPALITY else p.kind].append(p)
        for p in valid:
            if p.kind == PlaceKind.COUNTY:
                within = inside[p.source_id, p.code]
            elif p.kind == PlaceKind.COUNTRY:
                within = inside[p.source_id, PlaceKind.COUNTY]
            else:
                continue
            if within:
                found[str(p.kind), (_name(index, p, named),), tuple(sorted(_name(index, q, named) for q in within))] = (
                    None
                )
    for before, after in _changes(index):
        wholes, parts = (tuple(sorted({_name(index, p, named) for p in side})) for side in (before, after))
        if wholes != parts:
            found["borders", wholes, parts] = None
    return list(found)


def _changes(index: Index) -> list[tuple[list[Place], list[Place]]]:
    """What was before and what is after each change of a day, as large as it must be to lose and gain nothing."""
    edges = {edge for held in index.out_of.values() for edge in held if edge.kind != ChangeKind.TRANSFER}
    found = []
    by_day: dict[date, set[tuple[str, str]]] = defaultdict(set)
    for edge in edges:
        by_day[edge.on].add((edge.from_code, edge.to_code))
    for on, pairs in sorted(by_day.items()):
        while pairs:
            old, new = map(set, zip(pairs.pop(), strict=True))
            while joined := {pair for pair in pairs if pair[0] in old or pair[1] in new}:
                pairs -= joined
                old |= {pair[0] for pair in joined}
                new |= {pair[1] for pair in joined}
            before = [p for code in old for p in valid_on(index.by_code[code], on - timedelta(days=1))]
            after = [p for code in new for p in valid_on(index.by_code[code], on)]
            if all(p.valid_to == on for p in before) and all(p.valid_from == on for p in after):
                found.append((before, after))
    return found
