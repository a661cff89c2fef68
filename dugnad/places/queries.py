"""What one may ask of places. Everything is about a day; without one it is about today.

Places are reference data: a few thousand small rows that change when a new file is loaded. They are kept in memory and
read again when the loaded sources have changed (one small SQL question each time).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import asin, cos, radians, sin, sqrt
from threading import Lock

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext

from dugnad.places import geometry, rules
from dugnad.places.models import (
    BEGINNING,
    ChangeKind,
    ComparisonGroup,
    Place,
    PlaceChangePart,
    PlaceKind,
    PlaceSource,
)
from dugnad.shared.sorting import sort_key
from dugnad.shared.text import translate


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


@dataclass(frozen=True)
class _Index:
    by_code: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    by_slug: dict[tuple[str, str], list[Place]] = field(default_factory=lambda: defaultdict(list))
    folded: dict[int, tuple[str, ...]] = field(default_factory=dict)
    into: dict[str, list[Edge]] = field(default_factory=lambda: defaultdict(list))
    out_of: dict[str, list[Edge]] = field(default_factory=lambda: defaultdict(list))
    known_from: date = BEGINNING


_lock = Lock()
_kept: tuple[tuple[object, ...], _Index] | None = None


def _index() -> _Index:
    global _kept
    loaded = tuple(PlaceSource.objects.order_by("pk").values_list("pk", "sha256", "loaded_at", "known_from"))
    with _lock:
        if _kept is None or _kept[0] != loaded:
            _kept = (loaded, _read_index(max((row[3] for row in loaded), default=BEGINNING)))
        return _kept[1]


def _read_index(known_from: date) -> _Index:
    index = _Index(known_from=known_from)
    for p in Place.objects.order_by("valid_from", "code"):
        index.by_code[p.code].append(p)
        for written in {p.slug, rules.slug(p.name), _folded_slug(p.name)}:
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


def _folded_slug(text: str) -> str:
    return rules.fold(text).replace(" ", "-")


def _day(on: date | None) -> date:
    return on or timezone.localdate()


def _valid(places: Iterable[Place], on: date) -> list[Place]:
    return [p for p in places if p.is_valid_on(on)]


def place(code: str, on: date | None = None) -> Place:
    """The place with a code on a day.

    >>> place("3807", date(2023, 6, 1)).name  # doctest: +SKIP
    'Skien'

    Raises PlaceNotFound, with what became of the code as suggestions, when nothing has it that day.
    """
    day = _day(on)
    index = _index()
    if found := _valid(index.by_code.get(code, ()), day):
        return found[0]
    raise PlaceNotFound(code, day, became(code, day))


def places_on(on: date | None = None, kind: str = PlaceKind.MUNICIPALITY) -> list[Place]:
    """All places of a kind valid on a day, in Norwegian order of names."""
    day = _day(on)
    valid = (p for places in _index().by_code.values() for p in places if p.kind == kind and p.is_valid_on(day))
    return sorted(valid, key=lambda p: (p.sort_key, p.code))


def municipalities_of(county_code: str, on: date | None = None) -> list[Place]:
    """The municipalities of a county on a day: those whose code begins with the county's."""
    return [p for p in places_on(on) if p.county_code == county_code]


def became(code: str, on: date | None = None) -> list[Place]:
    """What the bearer of a code is on a later day: [Skien 4003] for "0806" today, two places for "1507".

    Follows every change except transfers; empty when the code was never used before that day.
    """
    day = _day(on)
    index = _index()
    held = [p for p in index.by_code.get(code, ()) if p.valid_from <= day]
    return _forward(held[-1], day) if held else []


def _forward(p: Place, day: date) -> list[Place]:
    reached, waiting, index = {}, [p], _index()
    while waiting:
        here = waiting.pop()
        if here.valid_to is None or day < here.valid_to:
            reached[here.code] = here
            continue
        for edge in index.out_of.get(here.code, ()):
            if edge.on == here.valid_to and edge.kind != ChangeKind.TRANSFER:
                waiting += _valid(index.by_code.get(edge.to_code, ()), edge.on)
    return sorted(reached.values(), key=lambda q: q.code)


def predecessors(code: str, on: date | None = None) -> list[Edge]:
    """How the place with this code on a day came to be: the parts of the change that began it (none for the oldest)."""
    p = place(code, on)
    return [e for e in _index().into.get(code, ()) if e.on == p.valid_from and e.kind != ChangeKind.TRANSFER]


def successors(code: str, on: date | None = None) -> list[Edge]:
    """What became of a code's place when it ended: empty while it lives. Without a day, its last bearer."""
    held = _index().by_code.get(code, [])
    bearers = held[-1:] if on is None else _valid(held, on)
    if not bearers:
        raise PlaceNotFound(code, _day(on))
    ended = bearers[0].valid_to
    return [e for e in _index().out_of.get(code, ()) if e.on == ended and e.kind != ChangeKind.TRANSFER]


def transfers(code: str) -> list[Edge]:
    """The parts a code's place has given to or received from others without ending, oldest first."""
    index = _index()
    moved = {*index.into.get(code, ()), *index.out_of.get(code, ())}
    return sorted((e for e in moved if e.kind == ChangeKind.TRANSFER), key=lambda e: (e.on, e.from_code))


_SAME_AREA = (ChangeKind.RENUMBERING, ChangeKind.NAME)


def same_area_codes(code: str, on: date | None = None) -> list[tuple[str, date, date | None]]:
    """Every code this very area has had, oldest first: a series may be joined over them without any arithmetic.

    For Skien: [("0806", BEGINNING, 2020-01-01), ("3807", 2020-01-01, 2024-01-01), ("4003", 2024-01-01, None)].
    For Haram only its own from 2024. Without a day: from the code's last bearer.
    """
    index = _index()
    if on is None:
        held = index.by_code.get(code, [])
        if not held:
            raise PlaceNotFound(code, _day(on))
        p = held[-1]
    else:
        p = place(code, on)
    chain = [p]
    while len(earlier := [e for e in index.into.get(chain[0].code, ()) if _begins(e, chain[0])]) == 1:
        chain.insert(0, _valid(index.by_code[earlier[0].from_code], earlier[0].on - timedelta(days=1))[0])
    while len(later := [e for e in index.out_of.get(chain[-1].code, ()) if _ends(e, chain[-1])]) == 1:
        chain.append(_valid(index.by_code[later[0].to_code], later[0].on)[0])
    return [(q.code, q.valid_from, q.valid_to) for q in chain]


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
    index = _index()
    found: dict[str, Origin] = {}
    waiting: list[Origin] = [Origin(place(code, borders_on), 1.0)]
    while waiting:
        here = waiting.pop()
        if here.place.valid_from <= period_start:
            known = found.get(here.place.code)
            share = here.share
            if known is not None:  # two parts of one old place meet again in one new
                share = None if share is None or known.share is None else min(1.0, share + known.share)
            found[here.place.code] = Origin(here.place, share, here.share_source)
            continue
        for edge in index.into.get(here.place.code, ()):
            if edge.on != here.place.valid_from or edge.kind == ChangeKind.TRANSFER:
                continue
            older = _valid(index.by_code.get(edge.from_code, ()), edge.on - timedelta(days=1))[0]
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
    index = _index()
    days = sorted({e.on for edges in index.into.values() for e in edges if e.on <= borders_on}, reverse=True)
    found = {}
    for code in codes:
        if not any(p.kind == PlaceKind.MUNICIPALITY for p in _valid(index.by_code.get(code, ()), borders_on)):
            continue
        for day in days:
            if has_partial_origin(code, day - timedelta(days=1), borders_on):
                found[code] = day
                break
    return found


def complete_splits(borders_on: date) -> list[tuple[str, tuple[str, ...], date]]:
    """The splits up to a day whose parts, together and alone, are the place that was split: (whole, parts, on).

    [("1507", ("1508", "1580"), 2024-01-01)]. Tysfjord is not among them: its parts joined others.
    """
    index = _index()
    found = []
    for code, edges in index.out_of.items():
        for on in {e.on for e in edges if e.kind == ChangeKind.SPLIT and e.on <= borders_on}:
            parts = tuple(sorted(e.to_code for e in edges if e.on == on and e.kind == ChangeKind.SPLIT))
            alone = all({e.from_code for e in index.into[part] if e.on == on} == {code} for part in parts)
            if alone and all(_valid(index.by_code[part], borders_on) for part in parts):
                found.append((code, parts, on))
    return sorted(found)


def reading_context(borders_on: date | None) -> dict[str, list[list[str | None]]]:
    """What a provider may know of places: {"places": [[code, name, valid from, valid to, kind], ...]}, every one ever.

    With `borders_on`, only the places of that day, as valid always: the source writes all its years on their borders.
    """
    everything = [p for places in _index().by_code.values() for p in places]
    if borders_on is not None:
        always = (BEGINNING.isoformat(), None)
        return {"places": [[p.code, p.name, *always, p.kind] for p in _valid(everything, borders_on)]}
    return {
        "places": [
            [p.code, p.name, p.valid_from.isoformat(), p.valid_to.isoformat() if p.valid_to else None, p.kind]
            for p in everything
        ]
    }


def sources_of(codes: Iterable[str]) -> list[str]:
    """The keys of the loaded definitions that these codes come from."""
    index = _index()
    pks = {p.source_id for code in codes for p in index.by_code.get(code, ())}
    return sorted(PlaceSource.objects.filter(pk__in=pks).values_list("key", flat=True))


def loaded_key() -> str:
    """Names what is loaded: it changes when, and only when, a definition of places changes."""
    return " ".join(PlaceSource.objects.order_by("key").values_list("sha256", flat=True))


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
    day = _day(on)
    index = _index()
    text = text.strip()
    held = (
        [p for p in index.by_code.get(text.upper(), ()) if p.kind == kind]
        or index.by_slug.get((kind, rules.slug(text)))
        or index.by_slug.get((kind, _folded_slug(text)), [])
    )
    current = _valid(held, day)
    exact = [p for p in current if p.slug == rules.slug(text)]
    if len(current) == 1 or len(exact) == 1:
        return Resolved((exact or current)[0], True)
    if current:
        raise PlaceNotFound(text, day, current)
    past = [p for p in held if p.valid_from <= day]
    last_day = max((p.valid_to for p in past if p.valid_to), default=None)
    last = [p for p in past if p.valid_to == last_day]
    if len(last) == 1:
        return Resolved(last[0], False, tuple(_forward(last[0], day)))
    raise PlaceNotFound(text, day, last or find_places(text, day, limit=3, kinds=(kind,)))


def find_places(
    text: str,
    on: date | None = None,
    limit: int = 10,
    kinds: Iterable[str] = (PlaceKind.MUNICIPALITY, PlaceKind.COUNTY),
) -> list[Place]:
    """Places of a day that a search may mean, best first: by code, by name in any of its languages, misspelt, with ae,
    oe, aa for æ, ø, å, and by the name or code of a place it comes from ("Søgne" finds Kristiansand)."""
    day = _day(on)
    index = _index()
    wanted = rules.fold(text)
    if not wanted:
        return []
    allowed = set(kinds)
    best: dict[tuple[str, str], tuple[tuple[int, int, str], Place]] = {}
    for places in index.by_code.values():
        for p in places:
            if p.kind not in allowed or p.valid_from > day:
                continue
            rank = (
                0 if p.code.casefold() == wanted else None if wanted.isdigit() else rules.search_rank(wanted, index.folded[p.pk])
            )
            if rank is None:
                continue
            is_past = not p.is_valid_on(day)
            if is_past and rank > 1:
                continue  # a name of former times must be begun rightly, or it drowns those of today
            for target in _forward(p, day) if is_past else [p]:
                # Today's own name goes before one of the past; the bigger place before the smaller.
                order = (rank + (3 if is_past else 0), -(target.latest_population or 0), target.sort_key)
                key = (target.kind, target.code)
                if key not in best or order < best[key][0]:
                    best[key] = (order, target)
    return [p for _, p in sorted(best.values(), key=lambda found: found[0])[:limit]]


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
    index = _index()
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
                waiting += [q for f in earlier for q in _valid(index.by_code[f.from_code], e.on - timedelta(days=1))]
        edges += [
            e
            for e in index.out_of.get(p.code, ())
            if e.kind == ChangeKind.TRANSFER and p.is_valid_on(e.on - timedelta(days=1))
        ]
    return _events(edges)


def _events(edges: list[Edge]) -> list[Event]:
    """One event for each new place or split on a day, with its sentence."""
    index = _index()
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
    return _valid(_index().by_code[code], on)[0].name


def _listed(names: Iterable[str]) -> str:
    *most, last = sorted(names, key=sort_key)
    return gettext("%(most)s and %(last)s") % {"most": ", ".join(most), "last": last} if most else last


@dataclass(frozen=True)
class Group:
    """A choice of places to compare with, without the place itself."""

    key: str
    title: str
    explanation: str
    codes: tuple[str, ...]


def groups_for(p: Place, on: date | None = None) -> list[Group]:
    """The comparison groups of a place on a day, those without members left out.

    Computed: `county`, `neighbours`, `similar_population`, `nearest`, among the places of the same source (an invented
    municipality is nobody's peer); then every kept group it is a member of.
    """
    day = _day(on)
    everyone = [q for q in places_on(day, p.kind) if q.code != p.code and q.source_id == p.source_id]
    groups = []
    if p.kind == PlaceKind.MUNICIPALITY:
        county = _valid(_index().by_code.get(p.county_code, ()), day)
        county_name = county[0].name if county else p.county_code
        groups += [
            Group(
                "county",
                gettext("Municipalities in %(county)s") % {"county": county_name},
                gettext("The other municipalities of the same county."),
                tuple(q.code for q in everyone if q.county_code == p.county_code),
            ),
            Group(
                "neighbours",
                gettext("Neighbours"),
                gettext("Municipalities that share a border on the map with %(name)s.") % {"name": p.name},
                tuple(q.code for q in everyone if q.code in geometry.neighbours(p.code)),
            ),
        ]
    groups += [
        Group(
            "similar_population",
            gettext("Similar population"),
            gettext("Places with between 25 percent fewer and 25 percent more inhabitants."),
            tuple(q.code for q in _similar(p, everyone)),
        ),
        Group(
            "nearest",
            gettext("Nearest on the map"),
            gettext("The ten places whose centres are closest, as the crow flies."),
            tuple(q.code for q in _nearest(p, everyone)[:10]),
        ),
    ]
    groups += [_kept_group(g, p.code, day) for g in ComparisonGroup.objects.prefetch_related("members")]
    return [g for g in groups if g.codes]


def _similar(p: Place, others: list[Place], window: float = 0.25) -> list[Place]:
    """Those within the window of the place's population, nearest in size first."""
    own = p.latest_population
    if not own:
        return []
    sized = [(abs(q.latest_population - own), q) for q in others if q.latest_population]
    return [q for gap, q in sorted(sized, key=lambda s: (s[0], s[1].code)) if gap <= window * own]


def _nearest(p: Place, others: list[Place]) -> list[Place]:
    """By distance on the globe between centres."""
    if p.lon is None or p.lat is None:
        return []
    placed = [(_distance(p.lon, p.lat, q.lon, q.lat), q) for q in others if q.lon is not None and q.lat is not None]
    return [q for _, q in sorted(placed, key=lambda d: (d[0], d[1].code))]


def _distance(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Kilometres on a globe of 6371 km.

    >>> round(_distance(10.75, 59.91, 5.32, 60.39))  # Oslo to Bergen
    305
    """
    a, b, dlon = radians(lat1), radians(lat2), radians(lon2 - lon1)
    h = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(dlon / 2) ** 2
    return 2 * 6371 * asin(sqrt(h))


def _kept_group(group: ComparisonGroup, code: str, day: date) -> Group:
    members = [m.code for m in group.members.all() if m.valid_from <= day and (m.valid_to is None or day < m.valid_to)]
    others = tuple(c for c in members if c != code) if code in members else ()
    return Group(group.key, translate(group.title), translate(group.explanation), others)
