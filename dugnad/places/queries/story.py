"""The life of a place in sentences."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext

from dugnad.places.models import ChangeKind
from dugnad.places.queries.index import (
    Edge,
    place,
    the_index,
    valid_on,
)
from dugnad.shared.sorting import sort_key


@dataclass(frozen=True)
class Event:
    """A change in a place's life, and the sentence that tells it in the reader's language."""

    on: date
    kind: str
    sentence: str


def history(code: str, on: date | None = None) -> list[Event]:
    """What happened to the area of a place, oldest first, in whole sentences.

    For Haram: "1 January 2020: Haram, Sandøy, Skodje, Ørskog and Ålesund became Ålesund.", "1 January 2024: Ålesund
    was split into Haram and Ålesund."
    """
    index = the_index()
    here = place(code, on)
    seen: set[tuple[date, str]] = set()
    edges: list[Edge] = []
    waiting = [here]
    while waiting:
        p = waiting.pop()
        for e in index.into.get(p.code, ()):
            if e.kind == ChangeKind.TRANSFER:
                if p.is_valid_on(e.on):
                    edges.append(e)
            elif e.on == p.valid_from and (e.on, e.to_code) not in seen:
                earlier = [f for f in index.into[p.code] if f.on == e.on and f.kind != ChangeKind.TRANSFER]
                edges += earlier
                seen.add((e.on, e.to_code))
                waiting += [q for f in earlier for q in valid_on(index.by_code[f.from_code], e.on - timedelta(days=1))]
        edges += [
            e
            for e in index.out_of.get(p.code, ())
            if e.kind == ChangeKind.TRANSFER and p.is_valid_on(e.on - timedelta(days=1))
        ]
    return _events(edges)


def _events(edges: list[Edge]) -> list[Event]:
    """One event for each new place or split on a day, with its sentence."""
    index = the_index()
    events = []
    told: set[tuple[date, str, str]] = set()
    for e in sorted(set(edges), key=lambda e: (e.on, e.kind, e.from_code, e.to_code)):
        old, new = _name(e.from_code, e.on - timedelta(days=1)), _name(e.to_code, e.on)
        if e.kind == ChangeKind.SPLIT:
            heirs = [f.to_code for f in index.out_of[e.from_code] if f.on == e.on and f.kind == e.kind]
            about, sentence = e.from_code, gettext("%(old)s was split into %(new)s.")
            values = {"old": old, "new": _listed(_name(c, e.on) for c in heirs)}
        elif e.kind == ChangeKind.MERGER:
            froms = [f.from_code for f in index.into[e.to_code] if f.on == e.on and f.kind == e.kind]
            if len(froms) == 1:  # the others that joined are parts of a split, told there
                about, sentence = e.to_code, gettext("%(new)s received a part of another municipality.")
                values = {"new": new}
            else:
                about, sentence = e.to_code, gettext("%(old)s became %(new)s.")
                values = {"old": _listed(_name(c, e.on - timedelta(days=1)) for c in froms), "new": new}
        elif e.kind == ChangeKind.TRANSFER:
            about, sentence = e.from_code + e.to_code, gettext("%(area)s moved from %(old)s to %(new)s.")
            values = {"area": e.area, "old": old, "new": new}
        elif e.kind == ChangeKind.NAME:
            about, sentence, values = e.to_code, gettext("%(old)s took the name %(new)s."), {"old": old, "new": new}
        else:
            about, sentence = e.to_code, gettext("%(name)s got the number %(new)s instead of %(old)s.")
            values = {"name": new, "old": e.from_code, "new": e.to_code}
        if (e.on, e.kind, about) not in told:
            told.add((e.on, e.kind, about))
            when = date_format(e.on, "j. F Y" if get_language() != "en" else "j F Y")
            events.append(Event(e.on, e.kind, f"{when}: {sentence % values}"))
    return events


def _name(code: str, on: date) -> str:
    return valid_on(the_index().by_code[code], on)[0].name


def _listed(names: Iterable[str]) -> str:
    *most, last = sorted(names, key=sort_key)
    return gettext("%(most)s and %(last)s") % {"most": ", ".join(most), "last": last} if most else last
