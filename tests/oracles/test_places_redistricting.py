"""The history of places against a table somebody else made, code for code and year for year."""

import csv
import json
from collections import defaultdict
from datetime import date

from dugnad.places.reading import read_folder
from tests.places.conftest import DEFINITIONS

NORWAY = read_folder(DEFINITIONS)


def today_of(code, day):
    """The codes of today that a place went into: the slow, obvious walk."""
    row = next(r for r in NORWAY.places if r.code == code and r.is_valid_on(day))
    if row.valid_to is None:
        return {code}
    return {end for heir in row.becomes for end in today_of(heir, row.valid_to)}


def test_every_year_has_the_same_codes_and_every_whole_move_ends_in_the_same_place(shared_data):
    theirs = defaultdict(lambda: defaultdict(set))
    with (shared_data / "places" / "redistricting_2005_2024_to_2024.csv").open() as lines:
        for row in csv.DictReader(lines):
            theirs[int(row["year"])][row["original"]].add((row["current"], float(row["weighting"])))
    for year, moves in theirs.items():
        day = date(year, 1, 1)
        ours = {r.code for r in NORWAY.places if r.kind == "municipality" and r.is_valid_on(day)}
        if year == 2005:  # their table forgets the four that merged into Vindafjord and Aure the year after
            ours -= {"1154", "1159", "1569", "1572"}
        if year == 2023:  # their table holds the codes of 2024 as well
            assert ours <= set(moves)
        else:
            assert ours == set(moves), year
        for code in ours:
            assert today_of(code, day) == {current for current, _ in moves[code]}, (year, code)


def test_names_and_codes_of_today_are_those_of_klass(shared_data):
    body = json.loads((shared_data / "places" / "klass131_codesAt_2026-01-01.json").read_bytes())
    theirs = {c["code"]: c["name"] for c in body["codes"] if c["code"] != "9999"}
    ours = {r.code: r for r in NORWAY.places if r.kind == "municipality" and r.valid_to is None}
    assert set(ours) == set(theirs)
    for code, official in theirs.items():
        names = {ours[code].name, *ours[code].other_names.values()}
        assert set(official.split(" (")[0].split(" - ")) == names, code


def test_names_of_2020_are_those_of_the_map(shared_data):
    topology = json.loads((shared_data / "places" / "kommuner_2020_small.topojson").read_bytes())
    names = {
        f"{s['properties']['kommunenummer']:04d}": s["properties"]["navn"]
        for s in topology["objects"]["Kommuner"]["geometries"]
    }
    ours = {r.code: r.name for r in NORWAY.places if r.is_valid_on(date(2020, 1, 1))}
    assert len(names) == 354
    assert {code: ours[code] for code in names} == names
