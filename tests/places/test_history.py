"""What must hold for the places of Norway on every day, whoever edits the file."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dugnad.places.reading import read_folder
from tests.places.conftest import DEFINITIONS

NORWAY = read_folder(DEFINITIONS)
HEIRS = {(row.code, row.valid_to): row.becomes for row in NORWAY.places if row.valid_to}
days = st.one_of(
    st.dates(date(2005, 1, 1), date(2026, 12, 31)),
    # The days on which things happen, and those before them.
    st.sampled_from(sorted({s.on - timedelta(days=n) for s in NORWAY.steps for n in (0, 1)})),
)


def valid_on(day, kind="municipality"):
    return [row for row in NORWAY.places if row.kind == kind and row.is_valid_on(day)]


@pytest.mark.parametrize(
    ("year", "municipalities", "counties"),
    [
        (2005, 433, 19),
        (2006, 431, 19),  # Ølen joined Vindafjord, Tustna joined Aure
        (2008, 430, 19),  # Frei joined Kristiansund
        (2012, 429, 19),  # Mosvik joined Inderøy
        (2016, 428, 19),  # Bjarkøy joined Harstad (2013)
        (2017, 426, 19),
        (2018, 422, 18),
        (2019, 422, 18),
        (2020, 356, 11),
        (2023, 356, 11),
        (2024, 357, 15),
        (2026, 357, 15),
    ],
)
def test_as_many_as_there_were(year, municipalities, counties):
    assert len(valid_on(date(year, 1, 1))) == municipalities
    assert len(valid_on(date(year, 1, 1), "county")) == counties


@given(days)
def test_a_code_is_one_place_on_a_day(day):
    assert max(Counter(row.code for row in NORWAY.places if row.is_valid_on(day)).values()) == 1


@settings(deadline=None)
@given(days)
def test_the_places_of_a_day_are_exactly_what_those_of_the_day_before_became(day):
    before = {row.code: row for row in valid_on(day - timedelta(days=1))}
    after = {code for c, row in before.items() for code in (HEIRS[c, day] if row.valid_to == day else [c])}
    assert after == {row.code for row in valid_on(day)}


@given(days)
def test_the_county_of_a_municipality_exists(day):
    counties = {row.code for row in valid_on(day, "county")}
    assert {row.code[:2] for row in valid_on(day)} == counties


@given(st.sampled_from(NORWAY.places))
def test_every_place_leads_to_places_of_today_in_a_few_steps(row):
    waiting, steps = [row], 0
    while waiting := [
        heir
        for old in waiting
        if old.valid_to
        for heir in NORWAY.places
        if heir.code in old.becomes and heir.valid_from == old.valid_to
    ]:
        steps += 1
        assert steps <= 6
        assert all(heir.valid_from > row.valid_from for heir in waiting)


def test_names_are_one_name_each():
    # "Dielddanuorri - Tjeldsund" and "Oslo - Oslove" in KLASS: the Norwegian name, and the others by language.
    names = {row.code: (row.name, row.other_names) for row in valid_on(date(2026, 1, 1))}
    assert names["5512"] == ("Tjeldsund", {"se": "Dielddanuorri"})
    assert names["0301"] == ("Oslo", {"sma": "Oslove"})
    assert names["5536"] == ("Lyngen", {"se": "Ivgu", "fkv": "Yykeä"})
    assert names["1875"] == ("Hamarøy", {"smj": "Hábmer"})
    assert not [row for row in NORWAY.places if " - " in row.name or "(" in row.name or row.code == "9999"]
