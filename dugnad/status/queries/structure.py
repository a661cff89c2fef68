"""Which municipalities are most alike in structure, and because of what?

    alike = alike_in_structure(now, places.place("4003"))
    alike.nearest[0].place, .distance, .parts[0].own, .parts[0].other, .parts[0].share

Only features that are known are used: population, density and growth from the definitions of places, and the shares of
the young and the old where they are published. Area is not counted for itself: it follows from population and density.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import log

import numpy as np
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dugnad.places import queries as places
from dugnad.places.models import Place, PlaceKind
from dugnad.places.queries import Group
from dugnad.status import store
from dugnad.status.methods.likeness import nearest
from dugnad.status.queries.snapshots import Published

COUNT = 10
KEY = "structure"
# Shares of the inhabitants, where an installation has published them.
PUBLISHED = {
    "young": "innbyggere.2026.young",
    "old": "innbyggere.2026.old",
}


@dataclass(frozen=True)
class Feature:
    """What places are compared by. `is_ratio`: twice as much is as far as half as much."""

    key: str
    title: str | Promise
    unit: str | Promise
    decimals: int
    is_ratio: bool = False


FEATURES = (
    Feature("population", _("population"), _("inhabitants"), 0, True),
    Feature("density", _("density"), _("inhabitants per km²"), 1, True),
    Feature("growth", _("growth of the population"), _("percent a year"), 2),
    Feature("young", _("share aged 0–15"), _("percent"), 1),
    Feature("old", _("share aged 67 and over"), _("percent"), 1),
)


@dataclass(frozen=True)
class Part:
    """One feature of two places: the values, and its share of the distance between them."""

    feature: Feature
    own: float
    other: float
    difference: float
    share: float


@dataclass(frozen=True)
class Alike:
    """One of the most alike, with what the distance is made of."""

    place: Place
    distance: float
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Structure:
    """A place and those most like it. `lacking` are features nobody has published here, or that the place lacks."""

    place: Place
    features: tuple[Feature, ...]
    own: tuple[float, ...]
    lacking: tuple[Feature, ...]
    nearest: tuple[Alike, ...]
    among: int

    @property
    def growth_years(self) -> str:
        """From which year to which the growth is told: "2016–2026"; "" where it is not used."""
        is_used = any(feature.key == "growth" for feature in self.features)
        return f"{min(self.place.population)}–{max(self.place.population)}" if is_used else ""


def alike_in_structure(published: Published, place: Place, count: int = COUNT) -> Structure | None:
    """The municipalities most like this one; None where nothing is known of it, or of no others."""
    if place.kind != PlaceKind.MUNICIPALITY or place.valid_to is not None:
        return None
    facts = _facts(published, places.loaded_key(), place.source_id)
    used = [f for f in FEATURES if place.code in facts[f.key] and len(facts[f.key]) > 1]
    used = [f for f in used if 2 * len(facts[f.key]) >= len(facts["population"])]
    codes = sorted(set.intersection(*(set(facts[f.key]) for f in used))) if used else []
    if len(codes) < 2:
        return None
    rows = np.array([[_scaled(f)(facts[f.key][code]) for f in used] for code in codes])
    found = []
    for one in nearest(rows, codes.index(place.code), count):
        code = codes[one.row]
        parts = tuple(
            Part(f, facts[f.key][place.code], facts[f.key][code], difference, share)
            for f, difference, share in zip(used, one.differences, one.shares, strict=True)
        )
        found.append(Alike(places.place(code), one.distance, parts))
    own = tuple(facts[f.key][place.code] for f in used)
    return Structure(place, tuple(used), own, tuple(f for f in FEATURES if f not in used), tuple(found), len(codes) - 1)


def structure_group(published: Published, place: Place) -> Group | None:
    """The same as a group to compare with."""
    structure = alike_in_structure(published, place)
    if structure is None:
        return None
    *most, last = (str(feature.title) for feature in structure.features)
    features = gettext("%(most)s and %(last)s") % {"most": ", ".join(most), "last": last} if most else last
    words = {"features": features, "count": COUNT}
    explanation = gettext("The %(count)s municipalities most alike in %(features)s.") % words
    return Group(KEY, gettext("Nearest by structure"), explanation, tuple(a.place.code for a in structure.nearest))


def _scaled(feature: Feature) -> Callable[[float], float]:
    return log if feature.is_ratio else float


@lru_cache(maxsize=8)
def _facts(published: Published, _places: str, source: int) -> Mapping[str, Mapping[str, float]]:
    """Each feature of every municipality of today of a source that has it, by its code."""
    everyone = [p for p in places.places_on(kind=PlaceKind.MUNICIPALITY) if p.source_id == source]
    facts: dict[str, dict[str, float]] = {feature.key: {} for feature in FEATURES}
    for place in everyone:
        population = place.latest_population
        if not population:
            continue
        facts["population"][place.code] = population
        if place.area_km2:
            facts["density"][place.code] = population / place.area_km2
        first, last = min(place.population), max(place.population)
        years = int(last) - int(first)
        if years and place.population[first]:
            growth = (population / place.population[first]) ** (1 / years) - 1
            facts["growth"][place.code] = 100 * growth
    codes = {place.code for place in everyone}
    for key, version_id in PUBLISHED.items():
        facts[key] = {code: value for code, value in _latest(published, version_id).items() if code in codes}
    return facts


def _latest(published: Published, version_id: str) -> dict[str, float]:
    """The latest values of an indicator, by the codes they were published under."""
    chosen = published.with_indicators({version_id})
    if not chosen.by_series:
        return {}
    rows = store.ask(
        """
        SELECT place, arg_max(value, period_end)
        FROM read_parquet($files)
        WHERE indicator = $indicator
          AND breakdown = ''
          AND value IS NOT NULL
        GROUP BY place
        """,
        {"files": chosen.by_series, "indicator": version_id},
    )
    return dict(rows)
