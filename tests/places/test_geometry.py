"""Maps: the derived ones that are kept, and what they are derived from."""

import json
import re
from collections import deque

import pytest

from dugnad.places import geometry, hexes
from tests.places.test_history import NORWAY

TODAY = {row.code for row in NORWAY.places if row.kind == "municipality" and row.valid_to is None}
# Two squares side by side; the border between them is one arc.
SQUARES = {
    "type": "Topology",
    "arcs": [
        [[2, 0], [2, 2]],
        [[2, 2], [0, 2], [0, 0], [2, 0]],
        [[2, 0], [4, 0], [4, 2], [2, 2]],
    ],
    "objects": {
        "places": {
            "type": "GeometryCollection",
            "geometries": [
                {"type": "Polygon", "arcs": [[0, 1]], "properties": {"kommunenummer": 301}},
                {"type": "MultiPolygon", "arcs": [[[2, -1]]], "properties": {"kommunenummer": "4003"}},
            ],
        }
    },
}


def test_a_code_that_lost_its_zero_gets_it_back():
    assert set(geometry.read_topojson(json.dumps(SQUARES).encode()).polygons) == {"0301", "4003"}


def test_a_shared_arc_makes_neighbours_and_an_outline_leaves_it_out():
    squares = geometry.read_topojson(json.dumps(SQUARES).encode())
    assert squares.users[0] == {"0301", "4003"}
    (outline,) = geometry._outline(squares, {"0301", "4003"})
    assert abs(geometry.area_of(outline)) == 8
    assert {abs(geometry.area_of(squares.points(p[0][0]))) for p in squares.polygons.values()} == {4}


def test_a_quantised_file_reads_as_the_plain_one():
    plain = geometry.read_topojson(json.dumps(SQUARES).encode())
    quantised = {
        **SQUARES,
        "transform": {"scale": [0.5, 0.5], "translate": [0, 0]},
        "arcs": [
            [[4, 0], [0, 4]],
            [[4, 4], [-4, 0], [0, -4], [4, 0]],
            [[4, 0], [4, 0], [0, 4], [-4, 0]],
        ],
    }
    assert geometry.read_topojson(json.dumps(quantised).encode()) == plain


def test_what_is_written_reads_back():
    kept = geometry.page_map("2024")
    assert geometry.read_topojson(geometry.write_topojson(kept, {})) == kept


def test_every_municipality_of_today_has_a_path_and_a_hexagon():
    paths = geometry.map_paths("municipality", "2024")
    assert set(paths) == TODAY and all(re.fullmatch(r"(M[\d ]+[lhv \d-]+z)+", d) for d in paths.values())
    layout = geometry.hex_layout("2024")
    assert set(layout) == TODAY
    assert len(set(layout.values())) == 357
    assert min(column for column, _ in layout.values()) == 0


def test_the_map_of_2020_lacks_two_islands_that_its_source_lacks():
    then = {row.code for row in NORWAY.places if row.kind == "municipality" and str(row.valid_from)[:4] >= "2020"}
    paths = geometry.map_paths("municipality", "2020")
    assert len(paths) == 354 and "0301" in paths and "1507" in paths
    assert {"1144", "1835"}.isdisjoint(paths)  # Kvitsøy and Træna
    assert then - set(paths) - TODAY == set()


def test_counties_and_the_country_are_drawn_from_the_same_borders():
    counties = geometry.map_paths("county", "2024")
    assert set(counties) == {code[:2] for code in TODAY}
    assert set(geometry.map_paths("country", "2024")) == {"0"}
    assert len(geometry.map_paths("county", "2020")) == 11


def test_areas_are_nearly_true():
    # One unit is one kilometre: the map's own area against the true one of the largest and of a middling place.
    drawn = geometry.page_map("2024")

    def area(code):
        return sum(abs(geometry.area_of(drawn.points(ring[0]))) for ring in drawn.polygons[code])

    assert area("5612") == pytest.approx(9707, rel=0.02)  # Kautokeino
    assert area("0301") == pytest.approx(454, rel=0.05)
    assert sum(area(code) for code in TODAY) == pytest.approx(323_800, rel=0.03)


def test_neighbours_are_mutual_and_right():
    for code in TODAY:
        assert all(code in geometry.neighbours(other) for other in geometry.neighbours(code))
    assert geometry.neighbours("0301") >= {"3201", "3232", "3222"}
    assert geometry.neighbours("1151") == frozenset()  # Utsira
    assert geometry.neighbours("0000") == frozenset()


def test_the_map_is_light():
    import gzip

    drawn = "".join(f'<path d="{d}"/>' for d in geometry.map_paths("municipality", "2024").values())
    assert len(gzip.compress(drawn.encode())) < 20_000


def test_hexagons_keep_neighbours_close_and_counties_together():
    layout = geometry.hex_layout("2024")
    centres = {code: geometry.hex_centre(*cell) for code, cell in layout.items()}

    def apart(a, b):
        return ((centres[a][0] - centres[b][0]) ** 2 + (centres[a][1] - centres[b][1]) ** 2) ** 0.5

    pairs = [(a, b) for a in TODAY for b in geometry.neighbours(a) if a < b]
    assert sum(apart(a, b) < 1.1 for a, b in pairs) > 0.7 * len(pairs)
    assert max(apart(a, b) for a, b in pairs) < 3
    # The land still leans as it does: Vardø far to the north-east of Lindesnes.
    assert centres["5634"][0] > centres["4205"][0] + 15 and centres["5634"][1] < centres["4205"][1] - 30
    for county in ("34", "46", "50", "42", "33"):
        members = {code for code in TODAY if code[:2] == county}
        reached, waiting = set(), deque([min(members)])
        while waiting:
            here = waiting.popleft()
            if here not in reached:
                reached.add(here)
                waiting += [other for other in members if apart(here, other) < 1.1]
        assert reached == members, county


def test_the_assignment_is_the_cheapest():
    import itertools
    import random

    import numpy as np

    chance = random.Random(7)
    for _ in range(30):
        costs = np.array([[chance.randint(0, 20) for _ in range(6)] for _ in range(4)], dtype=float)
        chosen = hexes.cheapest_assignment(costs)
        best = min(sum(costs[r, c] for r, c in enumerate(p)) for p in itertools.permutations(range(6), 4))
        assert sum(costs[r, c] for r, c in enumerate(chosen)) == best and len(set(chosen)) == 4


def test_the_kept_maps_are_what_the_command_makes(shared_data):
    source = geometry.read_topojson((shared_data / "places" / "kommuner_2024_S.topojson").read_bytes())
    made = geometry.derived(source, unit_km=1.0, smallest_km2=6.0, island_km2=8.0)
    assert made == geometry.page_map("2024")
    assert set(source.polygons) == TODAY


def test_hexagons_of_a_small_land_are_made_without_chance():
    squares = geometry.read_topojson(json.dumps(SQUARES).encode())
    cells = hexes.hex_cells(squares)
    assert cells == hexes.hex_cells(squares)
    assert len(set(cells.values())) == 2
