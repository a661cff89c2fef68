"""Whose are the figures: in which counties do the municipalities lie that have any?"""

from collections.abc import Collection, Mapping
from functools import lru_cache

from dugnad.places import queries as places
from dugnad.places.models import Place, PlaceKind
from dugnad.status import store
from dugnad.status.queries.snapshots import Published, by_place

Cell = tuple[str, str, str]  # version id, breakdown, period as text
Codes = frozenset[str]


def only_counties(published: Published, breakdowns: Collection[str] | None = None) -> dict[Cell, Place]:
    """The county that all municipalities with a value lie in, where it is one.

    Of all series, or of no fewer than those in some `breakdowns`.

    {("norge.2026.unemployment", "", "2025"): Telemark}; figures of the whole country are not here.
    """
    counties = {county.code: county for county in places.places_on(kind=PlaceKind.COUNTY)}
    found = _cells(tuple(by_place(release, breakdowns) for release in published.releases))
    alone = ((cell, next(iter(codes))) for cell, codes in found.items() if len(codes) == 1)
    return {cell: counties[code] for cell, code in alone if code in counties}


def counties_by_indicator(published: Published) -> Mapping[str, Mapping[str, int]]:
    """{"norge.2026.unemployment": {"40": 17}}: the codes of the counties whose municipalities have any value of it that
    a page of a place shows, and how many municipalities that is."""
    return _indicators(tuple(release.wholes for release in published.releases))


@lru_cache(maxsize=64)
def _cells(files: tuple[str, ...]) -> dict[Cell, Codes]:
    found: dict[Cell, Codes] = {}
    for file in files:
        for cell, codes in _of_file(file).items():
            found[cell] = found.get(cell, frozenset()) | codes
    return found


@lru_cache(maxsize=64)
def _indicators(files: tuple[str, ...]) -> dict[str, dict[str, int]]:
    rows = (
        store.ask(
            """
        SELECT indicator, left(place, 2), count(DISTINCT place)
        FROM read_parquet($files)
        WHERE length(place) = 4
          AND value IS NOT NULL
        GROUP BY 1, 2
        """,
            {"files": store.paths(files)},
        )
        if files
        else []
    )
    found: dict[str, dict[str, int]] = {}
    for indicator, county, count in rows:
        found.setdefault(indicator, {})[county] = count
    return found


@lru_cache(maxsize=256)
def _of_file(sha256: str) -> dict[Cell, Codes]:
    """The same of one file. It never changes, so it is asked once."""
    rows = store.ask(
        """
        SELECT indicator, breakdown, period, list_sort(list(DISTINCT left(place, 2)))
        FROM read_parquet($files)
        WHERE length(place) = 4
          AND value IS NOT NULL
        GROUP BY indicator, breakdown, period
        """,
        {"files": store.paths([sha256])},
    )
    shared: dict[tuple[str, ...], Codes] = {}
    return {
        (indicator, breakdown, period): shared.setdefault(tuple(codes), frozenset(codes))
        for indicator, breakdown, period, codes in rows
    }
