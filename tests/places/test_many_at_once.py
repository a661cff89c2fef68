"""The same questions for all places at once, beside those for one."""

from collections.abc import Iterator
from datetime import date

import pytest

from dugnad.places import geometry, queries
from tests import once


@pytest.fixture(autouse=True)
def places(db: None) -> Iterator[None]:
    once.places()
    yield


def test_the_codes_of_every_area_are_those_of_each() -> None:
    day = date(2026, 1, 1)
    everyone = queries.area_codes(day)
    assert everyone["4003"] == ("4003", "3807", "0806")
    assert everyone["1580"] == ("1580",)  # Haram was a part of Ålesund
    for place in queries.places_on(day):
        alone = [code for code, _from, _to in queries.same_area_codes(place.code, day)]
        assert everyone[place.code] == tuple(dict.fromkeys(reversed(alone))), place


def test_the_bearer_of_a_code_is_its_own_of_the_day_or_the_nearest() -> None:
    asked = [
        ("3807", date(2022, 12, 31)),
        ("4003", date(2010, 12, 31)),
        ("0806", date(2025, 1, 1)),
        ("zzzz", date(2025, 1, 1)),
    ]
    found = queries.bearers(asked)
    assert {key: place.name for key, place in found.items()} == dict.fromkeys(asked[:3], "Skien")
    assert found["3807", date(2022, 12, 31)] == queries.place("3807", date(2022, 12, 31))


def test_a_county_is_cut_out_of_the_map() -> None:
    codes = [place.code for place in queries.municipalities_of("40")]
    paths, (width, height) = geometry.cut_out([*codes, "X101"])
    assert sorted(paths) == sorted(codes)
    whole_width, whole_height = geometry.map_size()
    assert 0 < width < whole_width / 3 and 0 < height < whole_height / 3
    # The steps are the same; only where each ring begins has moved.
    for code in codes:
        assert [ring.split("h")[0].count("M") for ring in paths[code].split("z")] == [
            ring.split("h")[0].count("M") for ring in geometry.map_paths()[code].split("z")
        ]
    assert geometry.cut_out(["X101"]) == ({}, (0, 0))
