"""What the shell asks of the parts: the front page, the search, the addresses of the site, its health."""

import os
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from django.conf import settings
from django.db import DatabaseError, connection
from django.urls import reverse
from django.utils.translation import override

from dugnad.places import queries as places
from dugnad.places.models import Place, PlaceKind
from dugnad.places.queries import PlaceHit
from dugnad.shared.once import one_answer
from dugnad.site import rules
from dugnad.standards import queries as standards
from dugnad.standards.models import Goal, IndicatorVersion
from dugnad.status.methods import published_methods
from dugnad.status.models import Release
from dugnad.status.queries import snapshots
from dugnad.status.queries.releases import value_count
from dugnad.status.queries.series import series_at


@dataclass(frozen=True)
class County:
    place: Place
    municipalities: list[Place]


@dataclass(frozen=True)
class FrontPage:
    """What the front page shows, apart from its map (`pictures.front_map`).

    `invented` are those of an example network: they stand apart, and what is counted is of the real ones.
    """

    counties: list[County]
    invented: list[County]
    goals: tuple[Goal, ...]
    latest_releases: list[Release]
    counts: dict[str, int]
    snapshot: snapshots.Published

    @property
    def municipalities(self) -> list[Place]:
        return [place for county in self.counties for place in county.municipalities]

    @property
    def population_year(self) -> str:
        """The year whose 1 January the number of inhabitants is of: "2026"."""
        return max((year for place in self.municipalities for year in place.population), default="")


def front_page(snapshot: snapshots.Published) -> FrontPage:
    """The counties with their municipalities of today, the goals, what is published and how much there is.

    counts: {"municipalities": 357, "counties": 15, "numbers": 12000, "datasets": 7}, of what comes first.
    """
    below = defaultdict(list)
    for place in places.places_on():
        below[place.county_code].append(place)
    everywhere = [County(county, below[county.code]) for county in places.places_on(kind=PlaceKind.COUNTY)]
    counties = [county for county in everywhere if not county.place.source.is_invented]
    sources = {county.place.source.key for county in counties}
    releases = [release for release in snapshot.releases if not sources.isdisjoint(release.place_sources)]
    return FrontPage(
        counties=counties,
        invented=[county for county in everywhere if county.place.source.is_invented],
        goals=tuple(standards.goals()),
        latest_releases=sorted(releases, key=lambda release: release.published_at, reverse=True)[:5],
        counts={
            "municipalities": sum(len(county.municipalities) for county in counties),
            "counties": len(counties),
            "numbers": value_count(releases),
            "datasets": len(releases),
        },
        snapshot=snapshot,
    )


@dataclass(frozen=True)
class Pair:
    """An indicator at a place."""

    place: Place
    indicator: IndicatorVersion


@dataclass(frozen=True)
class SearchResults:
    """What a text may mean, best first in each group; `invented` is what it means in an example network.

    `pairs` are indicators at places, where the text names both. `is_near`: nothing is spelt so, these are near it.
    """

    places: list[PlaceHit] = field(default_factory=list)
    indicators: list[IndicatorVersion] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    is_near: bool = False
    invented: "SearchResults | None" = None

    def __bool__(self) -> bool:
        return bool(self.places or self.indicators or self.invented)


@dataclass(frozen=True)
class IndicatorHit:
    version: IndicatorVersion
    rank: int


Found = tuple[list[PlaceHit], list[IndicatorHit], list[Pair]]
MOST_PLACES, MOST_INDICATORS, MOST_PAIRS = 15, 30, 6


def search(text: str) -> SearchResults:
    """Places and indicators a text may mean; "skein" finds Skien, "klimagas" the emissions of climate gases, "ledighet
    i Skien" the unemployed there.

    What is spelt otherwise is guessed at only when nothing at all is spelt so.
    """
    with one_answer():
        for guessing in (False, True):
            found: Found = places.search_places(text, forgiving=guessing), _indicators_met(text, guessing), []
            if found[0] and found[0][0].is_exact:  # "Bø" is no beginning of "boliger"
                found = found[0], [hit for hit in found[1] if hit.rank <= rules.SAME_WORDS], []
            elif not found[0] and (not found[1] or found[1][0].rank >= rules.INSIDE):
                found = _both(text, guessing) or found
            if any(found):
                return _results(found, is_near=guessing)
    return SearchResults()


def _results(found: Found, *, is_near: bool) -> SearchResults:
    hits, versions, pairs = found[0][:MOST_PLACES], [hit.version for hit in found[1][:MOST_INDICATORS]], found[2]
    invented = SearchResults(
        [hit for hit in hits if hit.place.source.is_invented],
        [version for version in versions if version.edition.set.is_invented],
        [pair for pair in pairs if pair.place.source.is_invented],
    )
    return SearchResults(
        [hit for hit in hits if not hit.place.source.is_invented],
        [version for version in versions if not version.edition.set.is_invented],
        [pair for pair in pairs if not pair.place.source.is_invented],
        is_near,
        invented or None,
    )


def _indicators_met(text: str, guessing: bool) -> list[IndicatorHit]:
    """By code, title in any language or a word people use for it.

    Among those met equally well, the ones with figures go first: "arbeidsløyse" is the registered unemployed before
    the indicators of the global framework.
    """
    titles = _titles(standards.loaded_key())
    for asked in dict.fromkeys((text, rules.plain_words(text))):
        if ranks := titles.ranks(asked, forgiving=guessing):
            versions, earlier = standards.current_versions(), standards.earlier_versions()
            shown = {name for release in snapshots.current().releases for name in release.indicators}
            hits = [IndicatorHit(versions[number], rank) for number, rank in sorted(ranks.items())]
            without = {v.id for v in versions if shown.isdisjoint((v.id, *earlier.get(v.id, ())))}
            return sorted(hits, key=lambda hit: (hit.rank, hit.version.id in without))
    return []


@lru_cache(maxsize=2)
def _titles(_loaded_key: str) -> rules.Titles:
    return rules.Titles(version.found_by for version in standards.current_versions())


def _both(text: str, guessing: bool) -> Found | None:
    """What a text means that names a place and an indicator, in either order, with the indicators at the place."""
    best: tuple[tuple[int, int, int], Found] | None = None
    for where, what in rules.divisions(text):
        for guessed_what in (False, True)[: 1 + guessing]:
            versions = _indicators_met(what, guessed_what)
            hits = places.search_places(where, forgiving=guessing and not guessed_what) if versions else []
            hits = [hit for hit in hits if hit.is_exact or hit.rank == hits[0].rank]
            if hits and (best is None or (hits[0].rank, versions[0].rank, -len(where)) < best[0]):
                best = (hits[0].rank, versions[0].rank, -len(where)), (hits, versions, [])
    if best is None:
        return None
    hits, versions, _none = best[1]
    return hits, versions, _at_places(hits, versions)


def _at_places(hits: list[PlaceHit], met: list[IndicatorHit]) -> list[Pair]:
    """Each of the indicators at each of the places, where it has a figure there; a county has those of its parts."""
    places_met, versions = [hit.place for hit in hits[:MOST_PAIRS]], [hit.version for hit in met[:MOST_INDICATORS]]
    parts = {place: [place, *places.municipalities_of(place.code)] for place in places_met}
    codes = {part.code for place in places_met for part in parts[place]}
    found = series_at(snapshots.current(), sorted(codes), [version.id for version in versions])
    known = {(of[0], point.place) for of, points in found.items() for point in points if point.value is not None}
    pairs = [
        Pair(place, version)
        for version in versions
        for place in places_met
        if any((version.id, part.code) in known for part in parts[place])
    ]
    return pairs[:MOST_PAIRS]


# The addresses of the site by kind, without language: what the sitemap lists.
SITEMAP_SIZE = 5000  # of each language in one file; the limit of the format is 50,000 addresses


def _pages() -> list[str]:
    names = ["front", "about", "numbers", "data", "accessibility", "privacy"]
    lists = [
        reverse(name)
        for name in ("standards:goals", "standards:sets", "status:compare", "status:releases", "status:methods")
    ]
    goals = [reverse("standards:goal", args=[goal.number]) for goal in standards.goals()]
    known = sorted({version.edition.set_id for version in standards.current_versions()})
    sets = [reverse("standards:set", args=[chosen]) for chosen in known]
    methods = [reverse("status:method_document", args=[name]) for name in published_methods()]
    return [*(reverse(f"site:{name}") for name in names), *lists, *goals, *sets, *methods]


def _places() -> list[str]:
    views = {PlaceKind.COUNTY: "status:county", PlaceKind.MUNICIPALITY: "status:place"}
    return [reverse(view, args=[place.code]) for kind, view in views.items() for place in places.places_on(kind=kind)]


def _indicators() -> list[str]:
    published = {name for release in snapshots.current().releases for name in release.indicators}
    return [reverse(view, args=[name]) for name in sorted(published) for view in ("status:indicator", "status:method")]


SECTIONS: dict[str, Callable[[], list[str]]] = {"pages": _pages, "places": _places, "indicators": _indicators}


def addresses(section: str) -> list[str]:
    """The addresses of a section of the sitemap in bokmål; the other languages differ in the prefix only."""
    with override("nb"):
        return SECTIONS[section]()


@dataclass(frozen=True)
class Health:
    database: bool
    data: bool
    snapshot: int

    @property
    def is_well(self) -> bool:
        return self.database and self.data


def health() -> Health:
    """Whether the database answers, the data folder can be written, and which snapshot readers see (0: none yet)."""
    data = settings.DATA_DIR.is_dir() and os.access(settings.DATA_DIR, os.R_OK | os.W_OK)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return Health(True, data, snapshots.current().snapshot)
    except DatabaseError:
        return Health(False, data, 0)
