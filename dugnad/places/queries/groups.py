"""Whom a place may be compared with."""

from dataclasses import dataclass
from datetime import date
from math import asin, cos, radians, sin, sqrt

from django.utils.translation import gettext

from dugnad.places import geometry
from dugnad.places.models import ComparisonGroup, Place, PlaceKind
from dugnad.places.queries.index import day_or_today, the_index, valid_on
from dugnad.places.queries.lookup import places_on
from dugnad.shared.text import translate


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
    day = day_or_today(on)
    everyone = [q for q in places_on(day, p.kind) if q.code != p.code and q.source_id == p.source_id]
    groups = []
    beside = geometry.neighbours(p.code)
    if p.kind == PlaceKind.MUNICIPALITY:
        county = valid_on(the_index().by_code.get(p.county_code, ()), day)
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
                tuple(q.code for q in everyone if q.code in beside),
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
