"""Places asked for at a date."""

from datetime import date

import pytest
from django.db import connection, transaction
from django.utils import translation

from dugnad.places import queries
from dugnad.places.models import BEGINNING
from dugnad.places.queries import PlaceNotFound
from tests import once

TODAY = date(2026, 6, 1)


@pytest.fixture(scope="module", autouse=True)
def norway(django_db_setup, django_db_blocker):
    """The real places, loaded once for these tests, which only read; taken back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        # As Django's own TestCase marks its transaction: the write path then accepts to be inside it.
        connection.atomic_blocks[-1]._from_testcase = True
        once.places()
        yield
        transaction.set_rollback(True)


def codes(places):
    return [p.code for p in places]


def test_a_code_belongs_to_a_place_on_a_day():
    assert queries.place("0806", date(2019, 12, 31)).name == "Skien"
    assert queries.place("3807", date(2020, 1, 1)).name == "Skien"  # the day belongs to the new
    assert queries.place("4003", date(2024, 1, 1)).name == "Skien"
    with pytest.raises(PlaceNotFound) as missing:
        queries.place("3807", date(2024, 1, 1))
    assert codes(missing.value.suggestions) == ["4003"]


def test_the_same_area_under_three_numbers():
    assert queries.same_area_codes("4003") == [
        ("0806", BEGINNING, date(2020, 1, 1)),
        ("3807", date(2020, 1, 1), date(2024, 1, 1)),
        ("4003", date(2024, 1, 1), None),
    ]
    assert [code for code, _, _ in queries.same_area_codes("0101")] == ["0101", "3001", "3101"]  # Halden
    assert queries.same_area_codes("0301") == [("0301", BEGINNING, None)]  # Oslo


@pytest.mark.parametrize(("old", "new"), [("3018", "3114"), ("5414", "5516"), ("1613", "5012"), ("1567", "5061")])
def test_renumbered_places_that_a_match_on_names_would_lose(old, new):
    # Våler lies in two counties, Gratangen got a Sami name, Snillfjord was renumbered before it was split.
    assert [e.to_code for e in queries.successors(old)] == [new]
    assert [e.kind for e in queries.successors(old)] == ["renumbering"]


def test_alesund_and_haram_have_no_line_through_the_split():
    assert [code for code, _, _ in queries.same_area_codes("1580")] == ["1580"]
    assert [code for code, _, _ in queries.same_area_codes("1508")] == ["1508"]
    assert [(e.to_code, e.share) for e in queries.successors("1507")] == [("1508", 0.8621), ("1580", 0.1379)]
    assert all("SSB" in e.share_source for e in queries.successors("1507"))
    assert codes(queries.became("1534", date(2022, 1, 1))) == ["1507"]  # the first Haram
    assert codes(queries.became("1534", TODAY)) == ["1508", "1580"]


@pytest.mark.parametrize(
    ("code", "then", "borders_on", "partial"),
    [
        ("1580", date(2022, 1, 1), TODAY, True),
        ("1508", date(2022, 1, 1), TODAY, True),
        ("1508", date(2024, 1, 1), TODAY, False),
        ("1507", date(2019, 1, 1), date(2023, 1, 1), False),  # merged, then whole
        ("4204", date(2019, 1, 1), TODAY, False),  # Kristiansand, Søgne and Songdalen
        ("4003", date(2005, 1, 1), TODAY, False),
        ("1806", date(2019, 1, 1), TODAY, True),  # a part of Tysfjord
        ("5059", date(2010, 1, 1), TODAY, True),  # a part of Snillfjord
        ("5055", date(2020, 1, 1), TODAY, False),
    ],
)
def test_whether_an_area_was_a_part_of_something(code, then, borders_on, partial):
    assert queries.has_partial_origin(code, then, borders_on) is partial


def test_what_an_area_consisted_of():
    kristiansand = queries.origins("4204", date(2019, 6, 1), TODAY)
    assert [(o.place.name, o.share) for o in kristiansand] == [
        ("Kristiansand", 1.0),
        ("Songdalen", 1.0),
        ("Søgne", 1.0),
    ]
    narvik = {o.place.name: o.share for o in queries.origins("1806", date(2019, 6, 1), TODAY)}
    assert narvik == {"Narvik": 1.0, "Tysfjord": None, "Ballangen": 1.0}
    haram = {o.place.code: o.share for o in queries.origins("1580", date(2022, 6, 1), TODAY)}
    assert haram == {"1507": 0.1379}
    stavanger = [(o.place.code, o.place.valid_to) for o in queries.origins("1103", date(2019, 6, 1), TODAY)]
    assert stavanger == [("1103", date(2020, 1, 1)), ("1141", date(2020, 1, 1)), ("1142", date(2020, 1, 1))]


def test_splits_whose_parts_make_up_the_whole():
    assert ("1507", ("1508", "1580"), date(2024, 1, 1)) in queries.complete_splits(TODAY)
    assert "1850" not in {whole for whole, _, _ in queries.complete_splits(TODAY)}
    until = queries.partial_until(["4003", "1508", "1580", "1806", "1875", "5055"], TODAY)
    split, reform = date(2024, 1, 1), date(2020, 1, 1)
    assert until == {"1508": split, "1580": split, "1806": reform, "1875": reform, "5055": reform}


@pytest.mark.parametrize(
    ("address", "code", "became"),
    [
        ("4003", "4003", []),
        ("skien", "4003", []),
        ("Ålesund", "1508", []),
        ("alesund", "1508", []),
        ("aalesund", "1508", []),
        ("tromsoe", "5501", []),
        ("0806", "0806", ["4003"]),
        ("1507", "1507", ["1508", "1580"]),
        ("heroy-nordland", "1818", []),
        ("heroy-more-og-romsdal", "1515", []),
        ("valer-ostfold", "3114", []),
        ("bo", "1867", []),  # alone since Bø in Telemark became Midt-Telemark
        ("bo-telemark", "0821", ["4020"]),
        ("sogne", "1018", ["4204"]),
        ("nes", "3228", []),
    ],
)
def test_an_address_means_a_place(address, code, became):
    found = queries.resolve(address, TODAY)
    assert (found.place.code, codes(found.became), found.is_current) == (code, became, not became)


def test_an_address_that_means_two_is_refused_with_both():
    with pytest.raises(PlaceNotFound, match="1515 Herøy, 1818 Herøy"):
        queries.resolve("heroy", TODAY)
    with pytest.raises(PlaceNotFound) as missing:
        queries.resolve("skein", TODAY)
    assert codes(missing.value.suggestions)[0] == "4003"
    with pytest.raises(PlaceNotFound):
        queries.resolve("9999", TODAY)


def test_a_county_has_addresses_of_its_own():
    assert queries.resolve("telemark", TODAY, kind="county").place.code == "40"
    assert codes(queries.resolve("viken", TODAY, kind="county").became) == ["31", "32", "33"]
    with pytest.raises(PlaceNotFound):
        queries.resolve("40", TODAY)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Tromso", "5501"),
        ("aalesund", "1508"),
        ("Baerum", "3201"),
        ("Berum", "3201"),
        ("stavnger", "1103"),
        ("kristansand", "4204"),
        ("Gáivuotna", "5540"),
        ("kaivuono", "5540"),
        ("Tråante", "5001"),
        ("0806", "4003"),
        ("Søgne", "4204"),
        ("rygge", "3103"),
        ("oslo", "03"),  # the county first: as many inhabitants, and it sorts first by code
    ],
)
def test_search_forgives_and_remembers(text, first):
    assert queries.find_places(text, TODAY)[0].code == first


def test_search_finds_nothing_for_nothing():
    assert queries.find_places("", TODAY) == queries.find_places("  -", TODAY) == []
    assert queries.find_places("qqqq", TODAY) == []


def test_both_heroys_and_both_valers_are_found():
    assert set(codes(queries.find_places("Herøy", TODAY))[:2]) == {"1515", "1818"}
    assert set(codes(queries.find_places("Våler", TODAY))[:2]) == {"3114", "3419"}


def test_places_of_a_day_in_norwegian_order():
    names = [p.name for p in queries.places_on(TODAY)]
    assert len(names) == 357
    assert names[0] == "Alstahaug" and names[-1] == "Åsnes"
    assert codes(queries.places_on(TODAY, "country")) == ["0"]
    assert codes(queries.municipalities_of("39", TODAY)) == ["3911", "3903", "3901", "3909", "3907", "3905"]


def test_the_country_has_three_names():
    norway = queries.place("0")
    assert [norway.name_in(lang) for lang in ("nb", "nn", "en", "se")] == ["Norge", "Noreg", "Norway", "Norga"]
    assert queries.place("5536").name_in("en") == "Lyngen"
    assert queries.place("5536").other_names == ["Ivgu", "Yykeä"]


def test_history_is_told_in_the_readers_language():
    def told(code, lang):
        with translation.override(lang):
            return [e.sentence for e in queries.history(code, TODAY)]

    assert told("1580", "en") == [
        "1 January 2020: Haram, Sandøy, Skodje, Ørskog and Ålesund became Ålesund.",
        "1 January 2024: Ålesund was split into Haram and Ålesund.",
    ]
    assert told("4003", "nb") == [
        "1. januar 2020: Skien fikk nummer 3807 i stedet for 0806.",
        "1. januar 2024: Skien fikk nummer 4003 i stedet for 3807.",
    ]
    assert told("5054", "nn") == [
        "1. januar 2018: Leksvik og Rissa vart Indre Fosen.",
        "1. januar 2020: Verrabotn vart flytta frå Verran til Indre Fosen.",
    ]
    assert told("0301", "nb") == []


def test_transfers_end_neither_place():
    assert [(e.from_code, e.to_code, e.area) for e in queries.transfers("1535")] == [
        ("1539", "1535", "Våge og Hjelvik")
    ]
    assert queries.predecessors("1535", TODAY) == []


def test_comparison_groups_of_skien():
    groups = {g.key: g for g in queries.groups_for(queries.place("4003", TODAY), TODAY)}
    assert len(groups["county"].codes) == 16 and "4003" not in groups["county"].codes
    # Porsgrunn, Siljan, Nome, Midt-Telemark, Kongsberg, Drangedal and Bamble.
    assert set(groups["neighbours"].codes) == {"4001", "4010", "4018", "4020", "3303", "4016", "4012"}
    own = queries.place("4003", TODAY).latest_population
    sizes = [queries.place(code, TODAY).latest_population for code in groups["similar_population"].codes]
    assert all(0.75 * own <= size <= 1.25 * own for size in sizes) and len(sizes) > 5
    assert groups["nearest"].codes[0] == "4010"  # Siljan
    assert len(groups["nearest"].codes) == 10


def test_an_island_has_no_neighbours_and_the_group_is_left_out():
    keys = {g.key for g in queries.groups_for(queries.place("1151", TODAY), TODAY)}  # Utsira
    assert keys == {"county", "nearest"}  # nor anyone of its size
