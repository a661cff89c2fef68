"""Maps: reading TopoJSON, projecting, simplifying, and what pages draw from.

The maps pages use are derived: projected, simplified and kept as small TopoJSON files beside the definitions, with a
grid of equal hexagons (`hexes.py`). `dugnad places-maps <folder>` makes them again from Kartverket's maps. A border is
one arc that both neighbours use, so it is simplified once and nothing gapes or overlaps.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from heapq import heapify, heappop, heappush
from itertools import pairwise
from math import atan2, atanh, cos, radians, sin, tan
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings

Point = tuple[float, float]
Ring = list[int]  # numbers of arcs; ~n is arc n walked backwards

EDITIONS = ("2024", "2020")  # borders from 1 January of the year
_EARTH_KM = 6371.0
_CENTRAL_MERIDIAN = 15.0


@dataclass(frozen=True)
class Topology:
    """Arcs, and for each code its polygons: a list of rings, the outer one first."""

    arcs: list[list[Point]]
    polygons: dict[str, list[list[Ring]]]

    @cached_property
    def users(self) -> dict[int, frozenset[str]]:
        """Who uses each arc: two places along a border, one along a coast."""
        used: dict[int, set[str]] = defaultdict(set)
        for code, polygons in self.polygons.items():
            for polygon in polygons:
                for ring in polygon:
                    for arc in ring:
                        used[arc if arc >= 0 else ~arc].add(code)
        return {arc: frozenset(codes) for arc, codes in used.items()}

    def points(self, ring: Ring) -> list[Point]:
        """The points of a ring, the first not repeated at the end."""
        found: list[Point] = []
        for arc in ring:
            part = self.arcs[arc] if arc >= 0 else self.arcs[~arc][::-1]
            found += part if not found else part[1:]
        return found[:-1] if len(found) > 1 and found[0] == found[-1] else found


def read_topojson(content: bytes) -> Topology:
    """A TopoJSON file of municipalities or counties, quantised or not.

    Codes are taken from `kommunenummer`, `fylkesnummer` or `id` and get their leading zero back: 301 is Oslo, 0301.
    """
    document = json.loads(content)
    arcs = [[(p[0], p[1]) for p in arc] for arc in document["arcs"]]
    if transform := document.get("transform"):
        arcs = [_dequantised(arc, transform["scale"], transform["translate"]) for arc in arcs]
    polygons: dict[str, list[list[Ring]]] = defaultdict(list)
    for layer in document["objects"].values():
        for shape in layer["geometries"]:
            if shape.get("type") in ("Polygon", "MultiPolygon"):
                several = shape["type"] == "MultiPolygon"
                polygons[_code_of(shape)] += shape["arcs"] if several else [shape["arcs"]]
    return Topology(arcs, dict(polygons))


def _dequantised(arc: Iterable[Point], scale: Point, translate: Point) -> list[Point]:
    x = y = 0.0
    found = []
    for dx, dy in arc:
        x, y = x + dx, y + dy
        found.append((x * scale[0] + translate[0], y * scale[1] + translate[1]))
    return found


def _code_of(shape: Mapping[str, Any]) -> str:
    properties = shape.get("properties") or {}
    for key, digits in (("kommunenummer", 4), ("fylkesnummer", 2)):
        if key in properties:
            return str(properties[key]).zfill(digits)
    return str(shape["id"])


def project(lon: float, lat: float) -> Point:
    """Kilometres east of 15° E and north of the equator: transverse Mercator on a sphere, as UTM 33 shows Norway.

    Within Norway areas are true to one percent, which a choropleth needs.

    >>> tuple(round(v) for v in project(15.0, 60.0)), tuple(round(v) for v in project(10.75, 59.91))
    ((0, 6672), (-237, 6669))
    """
    phi, away = radians(lat), radians(lon - _CENTRAL_MERIDIAN)
    return (
        _EARTH_KM * atanh(cos(phi) * sin(away)),
        _EARTH_KM * atan2(tan(phi), cos(away)),
    )


def area_of(points: list[Point]) -> float:
    """The signed area inside a ring of points."""
    following = points[1:] + points[:1]
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, following, strict=True)) / 2


def centre_of(topology: Topology, code: str) -> Point:
    """The centre of gravity of a place's largest polygon: where its label or its hexagon wants to be."""
    points = max((topology.points(p[0]) for p in topology.polygons[code]), key=lambda ring: abs(area_of(ring)))
    following = points[1:] + points[:1]
    area = cx = cy = 0.0
    for (ax, ay), (bx, by) in zip(points, following, strict=True):
        cross = ax * by - bx * ay
        area, cx, cy = area + cross / 2, cx + (ax + bx) * cross, cy + (ay + by) * cross
    return (cx / (6 * area), cy / (6 * area))


def simplified(arc: list[Point], smallest: float) -> list[Point]:
    """The arc without the points that matter least (Visvalingam and Whyatt): those that with their two neighbours span
    a triangle smaller than `smallest`. Its ends stay, and a closed arc keeps at least four points.

    >>> simplified([(0, 0), (1, 0.1), (2, 0), (3, 5), (4, 0)], 1.0)
    [(0, 0), (2, 0), (3, 5), (4, 0)]
    """
    fewest = 4 if arc[0] == arc[-1] else 2
    before, after = list(range(-1, len(arc) - 1)), list(range(1, len(arc) + 1))

    def triangle(i: int) -> float:
        return abs(area_of([arc[before[i]], arc[i], arc[after[i]]]))

    waiting = [(triangle(i), i) for i in range(1, len(arc) - 1)]
    sizes = {i: size for size, i in waiting}
    heapify(waiting)
    while waiting and len(sizes) + 2 > fewest:
        size, i = heappop(waiting)
        if sizes.get(i) != size:
            continue
        if size >= smallest:
            break
        del sizes[i]
        after[before[i]], before[after[i]] = after[i], before[i]
        for j in (before[i], after[i]):
            if j in sizes:
                # Never less than what was just removed, or a long slope would be eaten point by point.
                sizes[j] = max(size, triangle(j))
                heappush(waiting, (sizes[j], j))
    return [arc[0], *(arc[i] for i in sorted(sizes)), arc[-1]]


def derived(source: Topology, *, unit_km: float, smallest_km2: float, island_km2: float) -> Topology:
    """A small map for pages: projected, simplified, on a grid of whole units with y downwards from the northernmost.

    Islands below `island_km2` are left out, except the largest part of a place.
    """
    projected = [[project(*p) for p in arc] for arc in source.arcs]
    wide = Topology(projected, source.polygons)
    kept: dict[str, list[list[Ring]]] = {}
    for code, polygons in source.polygons.items():
        sized = sorted(polygons, key=lambda p: -abs(area_of(wide.points(p[0]))))
        kept[code] = [
            [polygon[0], *(hole for hole in polygon[1:] if abs(area_of(wide.points(hole))) >= island_km2)]
            for n, polygon in enumerate(sized)
            if n == 0 or abs(area_of(wide.points(polygon[0]))) >= island_km2
        ]
    used = sorted({a if a >= 0 else ~a for ps in kept.values() for p in ps for ring in p for a in ring})
    number = {arc: n for n, arc in enumerate(used)}
    west = min(x for a in used for x, _ in projected[a])
    north = max(y for a in used for _, y in projected[a])
    arcs = [
        _snapped([((x - west) / unit_km, (north - y) / unit_km) for x, y in simplified(projected[a], smallest_km2)])
        for a in used
    ]
    for largest, *_ in kept.values():
        arc = number.get(largest[0][0])
        if arc is not None and len(largest[0]) == 1 and abs(area_of(arcs[arc][:-1])) < 1:
            arcs[arc] = _islet(arcs[arc][0])
    renumbered = {
        code: [[[number[a] if a >= 0 else ~number[~a] for a in ring] for ring in p] for p in ps]
        for code, ps in sorted(kept.items())
    }
    return Topology(arcs, renumbered)


def _islet(at: Point) -> list[Point]:
    """The smallest thing one can still see and point at, for a municipality of small islands (Træna)."""
    x, y = at
    return [(x, y - 1), (x + 1, y), (x, y + 1), (x - 1, y), (x, y - 1)]


def _snapped(arc: list[Point]) -> list[Point]:
    """On whole units, without a point twice in a row (an arc keeps two)."""
    rounded = [(float(round(x)), float(round(y))) for x, y in arc]
    if len(set(rounded)) == 1:
        return [rounded[0], rounded[-1]]
    return [rounded[0], *(b for a, b in pairwise(rounded) if a != b)]


def write_topojson(topology: Topology, about: Mapping[str, str]) -> bytes:
    """A map on whole units as TopoJSON with delta-written arcs, one arc and one place a line."""
    arcs = []
    for arc in topology.arcs:
        deltas = [arc[0], *((b[0] - a[0], b[1] - a[1]) for a, b in pairwise(arc))]
        arcs.append([[int(x), int(y)] for x, y in deltas])
    shapes = [
        {"type": "MultiPolygon", "id": code, "arcs": polygons} for code, polygons in sorted(topology.polygons.items())
    ]

    def lines(things: list[Any]) -> str:
        return ",\n".join(json.dumps(thing, separators=(",", ":")) for thing in things)

    return (
        f'{{"type":"Topology",\n"about":{json.dumps(dict(about), ensure_ascii=False)},\n'
        f'"transform":{{"scale":[1,1],"translate":[0,0]}},\n"arcs":[\n{lines(arcs)}\n],\n'
        f'"objects":{{"places":{{"type":"GeometryCollection","geometries":[\n{lines(shapes)}\n]}}}}}}\n'
    ).encode()


# What pages ask for


def map_file(edition: str) -> Path:
    return settings.DEFINITIONS_DIR / "places" / f"map_{edition}.topojson"


def hex_file(edition: str) -> Path:
    return settings.DEFINITIONS_DIR / "places" / f"hexes_{edition}.csv"


@cache
def page_map(edition: str = "2024") -> Topology:
    """The derived map of an edition, by municipality."""
    return read_topojson(map_file(edition).read_bytes())


@cache
def map_size(edition: str = "2024") -> tuple[int, int]:
    """Width and height of the map in its own units, for a viewBox that begins at 0 0."""
    points = [p for arc in page_map(edition).arcs for p in arc]
    return (int(max(x for x, _ in points)) + 1, int(max(y for _, y in points)) + 1)


@cache
def map_paths(kind: str = "municipality", edition: str = "2024") -> dict[str, str]:
    """The `d` of an SVG path for each code of a kind (municipality, county, country), in the units of `map_size`.

    {"0301": "M270 1371l3 1…z", ...}. Read only: the same dict is given to everyone.
    """
    by_municipality = page_map(edition)
    if kind == "municipality":
        return {
            code: "".join(_path(by_municipality.points(ring)) for polygon in polygons for ring in polygon)
            for code, polygons in by_municipality.polygons.items()
        }
    groups: dict[str, set[str]] = defaultdict(set)
    for code in by_municipality.polygons:
        groups[code[:2] if kind == "county" else "0"].add(code)
    return {
        code: "".join(_path(ring) for ring in _outline(by_municipality, members))
        for code, members in sorted(groups.items())
    }


def cut_out(codes: Iterable[str], edition: str = "2024") -> tuple[dict[str, str], tuple[int, int]]:
    """Some municipalities alone: their paths moved to the corner, and the size of the map of them; ({}, (0, 0)) when
    the map has none of them."""
    topology = page_map(edition)
    rings = {
        code: [topology.points(ring) for polygon in topology.polygons[code] for ring in polygon]
        for code in codes
        if code in topology.polygons
    }
    everything = [point for own in rings.values() for ring in own for point in ring]
    if not everything:
        return {}, (0, 0)
    left, top = min(x for x, _y in everything), min(y for _x, y in everything)
    width, height = max(x for x, _y in everything) - left, max(y for _x, y in everything) - top
    paths = {
        code: "".join(_path([(x - left, y - top) for x, y in ring]) for ring in own) for code, own in rings.items()
    }
    return paths, (int(width) + 1, int(height) + 1)


def _path(points: list[Point]) -> str:
    """A ring as a path of relative steps, which are short; nothing for a ring without area.

    >>> _path([(0, 0), (2, 0), (2, 3)])
    'M0 0h2v3z'
    """
    if abs(area_of(points)) == 0:
        return ""
    steps, command = [f"M{int(points[0][0])} {int(points[0][1])}"], "M"
    for a, b in pairwise(points):
        dx, dy = int(b[0] - a[0]), int(b[1] - a[1])
        if dy == 0 or dx == 0:
            command = "h" if dy == 0 else "v"
            steps.append(f"{command}{dx if dy == 0 else dy}")
        else:
            gap = "l" if command != "l" else "" if dx < 0 else " "
            steps.append(f"{gap}{dx}{'' if dy < 0 else ' '}{dy}")
            command = "l"
    return "".join(steps) + "z"


def _outline(topology: Topology, members: set[str]) -> list[list[Point]]:
    """The rings around several places taken together: their arcs that no other member uses, joined end to end."""
    directed = []
    for code in sorted(members):
        for polygon in topology.polygons[code]:
            for ring in polygon:
                for arc in ring:
                    if len(topology.users[arc if arc >= 0 else ~arc] & members) == 1:
                        directed.append(topology.arcs[arc] if arc >= 0 else topology.arcs[~arc][::-1])
    starting: dict[Point, list[list[Point]]] = defaultdict(list)
    for arc_points in directed:
        starting[arc_points[0]].append(arc_points)
    rings: list[list[Point]] = []
    for first in directed:
        if first not in starting[first[0]]:
            continue
        starting[first[0]].remove(first)
        outline = list(first)
        while outline[-1] != outline[0] and starting[outline[-1]]:
            outline += starting[outline[-1]].pop()[1:]
        rings.append(outline[:-1] if outline[0] == outline[-1] and len(outline) > 1 else outline)
    return rings


@cache
def _neighbours(edition: str) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for codes in page_map(edition).users.values():
        for code in codes:
            found[code] |= codes - {code}
    return {code: frozenset(others) for code, others in found.items()}


def neighbours(code: str, edition: str = "2024") -> frozenset[str]:
    """The codes of the municipalities that share a border on land with this one; none for an island."""
    return _neighbours(edition).get(code, frozenset()) if map_file(edition).exists() else frozenset()


@cache
def hex_layout(edition: str = "2024") -> dict[str, tuple[int, int]]:
    """Where each municipality's hexagon stands: {"0301": (column, row)}; odd rows are moved half a hexagon right."""
    with hex_file(edition).open(encoding="utf-8") as lines:
        rows = csv.DictReader(line for line in lines if not line.startswith("#"))
        return {row["code"]: (int(row["column"]), int(row["row"])) for row in rows}


def hex_centre(column: int, row: int) -> Point:
    """The centre of a cell in units of the distance between two neighbouring centres.

    >>> hex_centre(2, 0), tuple(round(v, 2) for v in hex_centre(2, 1))
    ((2.0, 0.0), (2.5, 0.87))
    """
    return (column + 0.5 * (row % 2), row * (3**0.5 / 2))


def hex_centres(cells: Iterable[tuple[int, int]]) -> np.ndarray:
    return np.array([hex_centre(column, row) for column, row in cells])
