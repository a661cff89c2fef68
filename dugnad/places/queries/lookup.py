"""Finding places: lists of a day, addresses, and what the rest of the house needs to know of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from dugnad.places import rules
from dugnad.places.models import Place, PlaceKind, PlaceSource
from dugnad.places.queries.index import Index, PlaceNotFound, day_or_today, folded_slug, heirs_of, the_index, valid_on
from dugnad.places.queries.search import find_places
from dugnad.shared.once import once

LONGEST = 200  # letters that are looked at of what somebody writes; no name has as many


def places_on(on: date | None = None, kind: str = PlaceKind.MUNICIPALITY) -> list[Place]:
    """All places of a kind valid on a day, in Norwegian order of names."""
    return list(_places_on(the_index(), day_or_today(on), kind))


@lru_cache(maxsize=64)
def _places_on(index: Index, day: date, kind: str) -> tuple[Place, ...]:
    valid = (p for places in index.by_code.values() for p in places if p.kind == kind and p.is_valid_on(day))
    return tuple(sorted(valid, key=lambda p: (p.sort_key, p.code)))


def municipalities_of(county_code: str, on: date | None = None) -> list[Place]:
    """The municipalities of a county on a day: those whose code begins with the county's."""
    return [p for p in places_on(on) if p.county_code == county_code]


@dataclass(frozen=True)
class Resolved:
    """What an address or a code stands for.

    `place` bore it (today's bearer when there is one); `became` is what it is on the day asked for, empty when it is
    still itself; `is_current` says whether the place is valid that day.
    """

    place: Place
    is_current: bool
    became: tuple[Place, ...] = ()


def resolve(text: str, on: date | None = None, kind: str = PlaceKind.MUNICIPALITY) -> Resolved:
    """The place that an address means: a code, a slug, or a code or slug of an earlier time.

    "4003" and "skien" are Skien; "3807" is Skien as it was up to 2024, which became 4003; "heroy-nordland" is 1818
    while "heroy" alone is refused with both as suggestions. Raises PlaceNotFound.
    """
    day = day_or_today(on)
    index = the_index()
    text = text.strip()[:LONGEST]
    held = (
        [p for p in index.by_code.get(text.upper(), ()) if p.kind == kind]
        or index.by_slug.get((kind, rules.slug(text)))
        or index.by_slug.get((kind, folded_slug(text)), [])
    )
    current = valid_on(held, day)
    exact = [p for p in current if p.slug == rules.slug(text)]
    if len(current) == 1 or len(exact) == 1:
        return Resolved((exact or current)[0], True)
    if current:
        raise PlaceNotFound(text, day, current)
    past = [p for p in held if p.valid_from <= day]
    last_day = max((p.valid_to for p in past if p.valid_to), default=None)
    last = [p for p in past if p.valid_to == last_day]
    if len(last) == 1:
        return Resolved(last[0], False, tuple(heirs_of(last[0], day)))
    raise PlaceNotFound(text, day, last or find_places(text, day, limit=3, kinds=(kind,)))


def bearers(asked: Iterable[tuple[str, date]]) -> dict[tuple[str, date], Place]:
    """Who bore each code on its day; where nobody did, the one who came next, or else the last. Unknown codes are left
    out.

    {("3807", 2022-12-31): Skien 3807, ("4003", 2010-12-31): Skien 4003}
    """
    index = the_index()
    found = {}
    for code, day in set(asked):
        held = index.by_code.get(code, [])
        if held:
            found[code, day] = next((p for p in held if p.valid_to is None or day < p.valid_to), held[-1])
    return found


def is_code(text: str) -> bool:
    """Whether a place bears this code, or ever did."""
    return text in the_index().by_code


def reading_context(borders_on: date | None) -> dict[str, Any]:
    """What a provider may know of places: {"places": [[code, name, valid from, valid to, kind], ...]}, every one ever.

    With "borders", the source writes all its years on the borders of that day, and a code must be valid on it.
    """
    everything = [p for places in the_index().by_code.values() for p in places]
    known = [
        [p.code, p.name, p.valid_from.isoformat(), p.valid_to.isoformat() if p.valid_to else None, p.kind]
        for p in everything
    ]
    return {"places": known} | ({"borders": borders_on.isoformat()} if borders_on else {})


def known_from() -> date:
    """The first day from which every change of borders is known."""
    return PlaceSource.objects.order_by("known_from").values_list("known_from", flat=True)[0]


def sources_of(codes: Iterable[str]) -> list[str]:
    """The keys of the loaded definitions that these codes come from."""
    index = the_index()
    pks = {p.source_id for code in codes for p in index.by_code.get(code, ())}
    return sorted(PlaceSource.objects.filter(pk__in=pks).values_list("key", flat=True))


@once
def loaded_key() -> str:
    """Names what is loaded: it changes when, and only when, a definition of places changes."""
    return " ".join(PlaceSource.objects.order_by("key").values_list("sha256", flat=True))
