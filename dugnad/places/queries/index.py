"""Places and their changes, kept in memory, and the two questions everything else begins with.

They are reference data: a few thousand small rows that change when a file is loaded, and are read again then (one small
SQL question each time tells).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from threading import Lock

from django.utils import timezone
from django.utils.translation import gettext

from dugnad.places import rules
from dugnad.places.areas import Areas
from dugnad.places.models import ChangeKind, Place, PlaceChangePart, PlaceSource
from dugnad.shared.once import once


class PlaceNotFound(LookupError):
    """No such place on that day. `suggestions` are places the asker may have meant, today's first."""

    def __init__(self, text: str, on: date, suggestions: Iterable[Place] = ()) -> None:
        self.text, self.on, self.suggestions = text, on, list(suggestions)
        super().__init__(text)

    def __str__(self) -> str:
        if not self.suggestions:
            return gettext("No place is called %(text)s on %(day)s. Search by name or code.") % {
                "text": self.text,
                "day": self.on.isoformat(),
            }
        return gettext("No place is called %(text)s on %(day)s. Did you mean %(names)s?") % {
            "text": self.text,
            "day": self.on.isoformat(),
            "names": ", ".join(str(p) for p in self.suggestions),
        }


@dataclass(frozen=True)
class Edge:
    """A part of a change: one old place into one new. `share` of the inhabitants is None where it is not known."""

    on: date
    kind: str
    from_code: str
    to_code: str
    share: float | None
    share_source: str
    area: str


@dataclass(frozen=True, eq=False)
class Index:
    """Everything about places, by what it is asked for with. Read only once it is made."""

    by_code: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    by_slug: dict[tuple[str, str], list[Place]] = field(default_factory=lambda: defaultdict(list))
    folded: dict[int, tuple[str, ...]] = field(default_factory=dict)
    into: dict[str, list[Edge]] = field(default_factory=lambda: defaultdict(list))
    out_of: dict[str, list[Edge]] = field(default_factory=lambda: defaultdict(list))

    @cached_property
    def everything(self) -> tuple[Place, ...]:
        """Every place ever, one after another."""
        return tuple(p for places in self.by_code.values() for p in places)

    @cached_property
    def areas(self) -> Areas:
        """Every place as the ways through it. A transfer moves a part of a place that goes on: no way follows it."""
        steps = (e for edges in self.into.values() for e in edges if e.kind != ChangeKind.TRANSFER)
        return Areas(self.everything, steps)


_lock = Lock()
_kept: tuple[tuple[object, ...], Index] | None = None


@once
def the_index() -> Index:
    """The index of what is loaded now."""
    global _kept
    loaded = tuple(PlaceSource.objects.order_by("pk").values_list("pk", "sha256", "loaded_at"))
    with _lock:
        if _kept is None or _kept[0] != loaded:
            _kept = (loaded, _read_index())
        return _kept[1]


def _read_index() -> Index:
    index = Index()
    for p in Place.objects.select_related("source").order_by("valid_from", "code"):
        index.by_code[p.code].append(p)
        for written in {p.slug, rules.slug(p.name), folded_slug(p.name)}:
            index.by_slug[p.kind, written].append(p)
        index.folded[p.pk] = tuple({rules.fold(name) for name in (p.name, *p.names.values())})
    parts = PlaceChangePart.objects.select_related("change").order_by("change__on", "from_code", "to_code")
    for part in parts:
        edge = Edge(
            part.change.on,
            part.change.kind,
            part.from_code,
            part.to_code,
            part.share,
            part.share_source,
            part.change.area,
        )
        index.into[edge.to_code].append(edge)
        index.out_of[edge.from_code].append(edge)
    return index


def folded_slug(text: str) -> str:
    return rules.fold(text).replace(" ", "-")


def day_or_today(on: date | None) -> date:
    return on or _today()


@once
def _today() -> date:
    return timezone.localdate()


def valid_on(places: Iterable[Place], on: date) -> list[Place]:
    return [p for p in places if p.is_valid_on(on)]


def place(code: str, on: date | None = None) -> Place:
    """The place with a code on a day.

    >>> place("3807", date(2023, 6, 1)).name  # doctest: +SKIP
    'Skien'

    Raises PlaceNotFound, with what became of the code as suggestions, when nothing has it that day.
    """
    day = day_or_today(on)
    index = the_index()
    if found := valid_on(index.by_code.get(code, ()), day):
        return found[0]
    raise PlaceNotFound(code, day, became(code, day))


def became(code: str, on: date | None = None) -> list[Place]:
    """What the bearer of a code is on a later day: [Skien 4003] for "0806" today, two places for "1507".

    Follows every change except transfers; empty when the code was never used before that day.
    """
    day = day_or_today(on)
    index = the_index()
    held = [p for p in index.by_code.get(code, ()) if p.valid_from <= day]
    return heirs_of(held[-1], day) if held else []


def heirs_of(p: Place, day: date) -> list[Place]:
    return [heir for heir, _way in ways_of(p, day)]


def ways_of(p: Place, day: date) -> list[tuple[Place, tuple[Edge, ...]]]:
    """What a place is on a later day, each with the changes that led there; transfers lead nowhere."""
    reached: dict[str, tuple[Place, tuple[Edge, ...]]] = {}
    waiting: list[tuple[Place, tuple[Edge, ...]]] = [(p, ())]
    index = the_index()
    while waiting:
        here, way = waiting.pop()
        if here.valid_to is None or day < here.valid_to:
            reached[here.code] = here, way
            continue
        for edge in index.out_of.get(here.code, ()):
            if edge.on == here.valid_to and edge.kind != ChangeKind.TRANSFER:
                waiting += [(next_, (*way, edge)) for next_ in valid_on(index.by_code.get(edge.to_code, ()), edge.on)]
    return [reached[code] for code in sorted(reached)]
