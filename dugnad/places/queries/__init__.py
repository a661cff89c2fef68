"""What one may ask of places. Everything is about a day; without one it is about today."""

from dugnad.places.queries.borders import (
    Origin,
    area_codes,
    areas,
    bearer_of,
    borders_changed_on,
    complete_splits,
    has_partial_origin,
    origins,
    partial_until,
    predecessors,
    same_area_codes,
    successors,
    transfers,
)
from dugnad.places.queries.groups import Group, groups_for
from dugnad.places.queries.index import Edge, PlaceNotFound, became, place
from dugnad.places.queries.lookup import (
    Resolved,
    bearers,
    find_places,
    loaded_key,
    municipalities_of,
    places_on,
    reading_context,
    resolve,
    sources_of,
)
from dugnad.places.queries.story import Event, history
from dugnad.places.queries.territory import area_sums, areas_of

__all__ = [
    "Edge",
    "Event",
    "Group",
    "Origin",
    "PlaceNotFound",
    "Resolved",
    "area_codes",
    "area_sums",
    "areas",
    "areas_of",
    "bearer_of",
    "bearers",
    "became",
    "borders_changed_on",
    "complete_splits",
    "find_places",
    "groups_for",
    "has_partial_origin",
    "history",
    "loaded_key",
    "municipalities_of",
    "origins",
    "partial_until",
    "place",
    "places_on",
    "predecessors",
    "reading_context",
    "resolve",
    "same_area_codes",
    "sources_of",
    "successors",
    "transfers",
]
