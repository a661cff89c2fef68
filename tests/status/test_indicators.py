"""How all places lie on an indicator: who is shown, in which period, in which order, beside what."""

from dataclasses import replace
from pathlib import Path

import pytest

from dugnad.places.changes import load_places
from dugnad.places.models import Place
from dugnad.shared.periods import Period
from dugnad.shared.sorting import sort_key
from dugnad.shared.writing import Actor
from dugnad.standards import queries as standards
from dugnad.standards.changes import load_definitions
from dugnad.status.queries import snapshots
from dugnad.status.queries.indicators import (
    IndicatorOverview,
    PlaceValue,
    editions_of,
    in_order,
    indicator_overview,
    observations,
    related_to,
)
from dugnad.status.queries.series import Point
from tests.examples.conftest import NETWORK
from tests.status.conftest import EMISSIONS, POPULATION, TELEMARK, UNEMPLOYMENT, WELFARE, made_rows, publish_one

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_site")]
BY = Actor.system("test")


def overview(indicator: str, period: str | None = None, breakdown: str | None = None) -> IndicatorOverview:
    wanted = Period.parse(period) if period else None
    return indicator_overview(snapshots.current(), standards.indicator_version(indicator), breakdown, wanted)


def test_a_county_with_figures_for_most_is_shown_whole_and_the_rest_is_counted() -> None:
    found = overview(UNEMPLOYMENT)
    assert len(found.municipalities) == 17  # all of Telemark, ten of them with figures
    assert {p.place.code for p in found.known} == set(TELEMARK)
    assert [p.code for p in found.counties_shown] == ["40"]
    assert found.elsewhere == 340
    assert found.lacking == [("", 7)]
    assert found.is_mappable


def test_elsewhere_only_those_with_figures_are_shown_and_two_towns_are_no_map() -> None:
    found = overview(POPULATION, "2024")
    assert [p.place.code for p in found.municipalities] == ["1580", "1508"]  # Haram before Ålesund
    assert found.elsewhere == 355
    assert not found.counties_shown
    assert not found.is_mappable


def test_the_latest_period_with_half_of_the_figures_is_chosen() -> None:
    found = overview(UNEMPLOYMENT)
    assert found.period == Period.year(2025)  # not 2026: a forecast for one
    assert found.before == Period.year(2023)
    assert found.after == Period.year(2026)
    assert [p.value for p in overview(UNEMPLOYMENT, "2026").known] == [1.0]
    assert overview(UNEMPLOYMENT, "1999").known == []


def test_a_change_is_told_along_the_numbers_the_same_area_has_had() -> None:
    [skien] = [p for p in overview(UNEMPLOYMENT).municipalities if p.place.code == "4003"]
    assert skien.earlier is not None
    assert (skien.earlier.place, skien.earlier.value, skien.value, skien.change) == ("0806", 4.0, 2.2, "better")
    assert skien.difference == pytest.approx(-1.8)
    assert skien.growth == pytest.approx(-45)
    assert [p.period.text for p in skien.series] == ["2015", "2019", "2021", "2023", "2025", "2026"]


def test_a_break_is_not_compared_across() -> None:
    [skien] = overview(WELFARE).known
    assert skien.earlier is not None
    assert (skien.earlier.period.text, skien.change) == ("2021", "worse")  # 3.0 to 3.8, though 2020 had 5.0


def test_counties_and_the_country_are_apart() -> None:
    found = overview(UNEMPLOYMENT)
    assert [p.place.code for p in found.counties] == ["40"]
    assert found.country is None
    assert {p.place.kind for p in found.municipalities} == {"municipality"}


def test_a_place_that_was_divided_since_stands_by_itself() -> None:
    assert [(p.place.name, p.value) for p in overview(POPULATION, "2022").former] == [("Ålesund", 68022.0)]
    assert [p.value for p in overview(POPULATION, "2022").municipalities] == [None, None]
    assert overview(POPULATION, "2024").former == ()
    assert overview(UNEMPLOYMENT, "2019").former == ()  # 0806 is Skien's own


def test_every_observation_is_there_and_no_other() -> None:
    found = observations(snapshots.current(), standards.indicator_version(UNEMPLOYMENT))
    made = {(row[0], row[1], row[3]) for row in made_rows() if row[2] == UNEMPLOYMENT}
    assert {(point.place, point.period.text, point.value) for _place, point in found} == made
    assert len(found) == len(made)
    names = {point.place: place.name for place, point in found}
    assert names["0806"] == names["3807"] == names["4003"] == "Skien"


def test_invented_places_never_stand_beside_real_ones(tmp_path: Path) -> None:
    load_places(NETWORK / "places", by=BY)
    publish_one(tmp_path, [("X101", "2025", UNEMPLOYMENT, 99.0, "", False)], "invented", None)
    found = overview(UNEMPLOYMENT)
    assert "X101" not in [p.place.code for p in found.municipalities]
    assert len(found.known) == 10
    rows = observations(snapshots.current(), standards.indicator_version(UNEMPLOYMENT))
    assert "X101" not in {point.place for _place, point in rows}


def value(name: str, number: float | None, before: float | None = None, *, follows_size: bool = False) -> PlaceValue:
    """A place with a value, as the order of a table sees it."""

    def point(of: float | None) -> Point | None:
        return None if of is None else Point("1", Period.year(2025), of, "normal", False, None, None, None, None, None)  # type: ignore[arg-type]

    return PlaceValue(
        Place(name=name, sort_key=sort_key(name), code=name), (), point(number), point(before), "", follows_size
    )


def test_a_change_between_figures_written_alike_is_nothing() -> None:
    told = value("Siljan", 1.94, 1.86)
    assert replace(told, change="same").difference == 0  # both are written 1.9
    assert replace(told, change="same").shown_change == 0
    assert replace(told, change="worse").difference == pytest.approx(0.08)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("navn", ["Aremark", "Vinje", "Ål", "Ås"]),  # å is the last letter
        ("verdi", ["Ås", "Aremark", "Vinje", "Ål"]),  # equals by name, without a value last
        ("-verdi", ["Aremark", "Vinje", "Ås", "Ål"]),
        ("endring", ["Vinje", "Aremark", "Ål", "Ås"]),
        ("-endring", ["Aremark", "Vinje", "Ål", "Ås"]),
    ],
)
def test_a_table_is_sorted_as_asked(by: str, expected: list[str]) -> None:
    rows = [value("Ås", 9.0), value("Vinje", 2.0, 1.0), value("Ål", None), value("Aremark", 2.0, 3.0)]
    assert [p.place.name for p in in_order(rows, by)] == expected


def test_what_grows_with_the_place_is_sorted_by_growth_in_percent() -> None:
    large = value("Oslo", 110.0, 100.0, follows_size=True)  # 10 more, 10 percent
    small = value("Utsira", 3.0, 2.0, follows_size=True)  # 1 more, 50 percent
    assert [p.place.name for p in in_order([large, small], "endring")] == ["Utsira", "Oslo"]
    assert value("Ny", 3.0, 0.0, follows_size=True).growth is None  # nothing to grow from


def test_an_edition_says_what_it_changed() -> None:
    load_definitions(NETWORK / "definitions", by=BY)
    now = standards.indicator_version("eksempel.2024.bredband")
    first, second = editions_of(snapshots.current(), now)
    assert (first.version.id, first.changes) == ("eksempel.2019.bredband", ())
    assert [change.field for change in second.changes] == ["definition"]
    assert "30" in second.changes[0].before["nb"] and "100" in second.changes[0].after["nb"]
    assert [e.version.id for e in editions_of(snapshots.current(), first.version)] == [first.version.id, now.id]
    assert editions_of(snapshots.current(), standards.indicator_version(EMISSIONS)) == []


def test_neighbours_in_other_sets_are_found_from_both_sides() -> None:
    now = snapshots.current()
    [close] = related_to(now, standards.indicator_version(UNEMPLOYMENT))
    assert (close.version.id, close.nearness, close.has_figures) == ("u4ssc.2017.EC:P:EM:1C", "close", False)
    back = related_to(now, close.version)
    assert UNEMPLOYMENT in [one.version.id for one in back if one.has_figures]
