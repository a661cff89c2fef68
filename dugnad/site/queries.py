"""What the shell asks of the parts: the front page, the search, the addresses of the site, its health."""

import os
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from django.conf import settings
from django.db import DatabaseError, connection
from django.urls import reverse
from django.utils.translation import override

from dugnad.places import queries as places
from dugnad.places.models import Place, PlaceKind
from dugnad.site import rules
from dugnad.standards import queries as standards
from dugnad.standards.models import Goal, IndicatorVersion
from dugnad.status.methods import published_methods
from dugnad.status.models import Release
from dugnad.status.queries import snapshots
from dugnad.status.queries.releases import value_count


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
class SearchResults:
    """What a text may mean, best first in each group; `invented` is what it means in an example network."""

    places: list[Place] = field(default_factory=list)
    indicators: list[IndicatorVersion] = field(default_factory=list)
    invented: "SearchResults | None" = None

    def __bool__(self) -> bool:
        return bool(self.places or self.indicators or self.invented)


def search(text: str) -> SearchResults:
    """Places and indicators a text may mean; "skein" finds Skien, "klimagas" the emissions of climate gases."""
    if not text:
        return SearchResults()
    found = places.find_places(text, limit=15), _find_indicators(text, limit=30)
    invented = SearchResults(
        [place for place in found[0] if place.source.is_invented],
        [version for version in found[1] if version.edition.set.is_invented],
    )
    return SearchResults(
        [place for place in found[0] if not place.source.is_invented],
        [version for version in found[1] if not version.edition.set.is_invented],
        invented or None,
    )


def _find_indicators(text: str, limit: int) -> list[IndicatorVersion]:
    """By code, title in any language or a word people use for it; misspelt only when nothing else is found.

    Among those met equally well, the ones with figures go first: "arbeidsløyse" is the registered unemployed before
    the indicators of the global framework.
    """
    shown = {name for release in snapshots.current().releases for name in release.indicators}
    versions, earlier = standards.current_versions(), standards.earlier_versions()
    for forgiving in (False, True):
        ranked: list[tuple[tuple[int, bool, int], IndicatorVersion]] = []
        for version in versions:
            if (rank := rules.words_rank(text, version.found_by, forgiving=forgiving)) is not None:
                has_figures = not shown.isdisjoint((version.id, *earlier.get(version.id, ())))
                ranked.append(((rank, not has_figures, len(ranked)), version))
        if ranked:
            return [version for _order, version in sorted(ranked, key=lambda hit: hit[0])[:limit]]
    return []


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
