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
pytestmark = pytest.mark.django_db


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


def found(text):
    """What a search finds: {"4003": why}."""
    return {hit.place.code: hit.why for hit in queries.search_places(text, TODAY)}


@pytest.mark.parametrize(
    ("text", "only"),
    [
        ("Skien kommune", ["4003"]),
        ("Skien municipality", ["4003"]),
        ("the municipality of Skien", ["4003"]),
        ("byen Skien", ["4003"]),
        ("Nome kommune", ["4018"]),
        ("kommune 4003", ["4003"]),
        ("4003 Skien", ["4003"]),
        ("806", ["4003"]),  # a spreadsheet took the zero of 0806
        ("Telemark fylke", ["40"]),
        ("Oslo kommune", ["0301"]),
        ("Oslo fylke", ["03"]),
        ("Skien fylke", ["4003"]),  # a kind that leaves nothing is passed over
        ("skien telemark", ["4003"]),
        ("Telemark Skien", ["4003"]),
        ("Våler Østfold", ["3114"]),
        ("Våler i Innlandet fylke", ["3419"]),
        ("Våler Hedmark", ["3419"]),  # its county until 2020
        ("Herøy (Møre og Romsdal)", ["1515"]),
        ("Herøy kommune i Nordland", ["1818"]),
        ("Bø i Telemark", ["4020"]),
        ("skein telemark", ["4003"]),
        ("skien oslo", []),
        ("806123", []),
    ],
)
def test_a_kind_a_number_and_a_county_say_which_place_is_meant(text, only):
    assert list(found(text)) == only


def test_a_word_for_many_is_passed_over():
    assert next(iter(found("kommuner i Telemark"))) == next(iter(found("kommunar i Telemark"))) == "40"


def test_what_only_has_the_text_inside_its_name_is_no_hit_beside_one_that_is_called_so():
    assert list(found("Bø"))[:2] == ["1867", "4020"]
    assert "3105" not in found("Bø")  # Sarpsborg
    assert not queries.search_places("Bø", TODAY)[0].is_near
    assert list(found("odal")) == ["3415", "3414", "4629"]  # Sør-Odal, Nord-Odal, Modalen


@pytest.mark.parametrize(
    ("text", "code", "nb", "nn", "en"),
    [
        ("0806", "4003", "hadde nummer 0806 til 2020", "hadde nummer 0806 til 2020", "had the number 0806 until 2020"),
        ("1534", "1580", "hadde nummer 1534 til 2020", "hadde nummer 1534 til 2020", "had the number 1534 until 2020"),
        (
            "Haram",
            "1508",
            "Haram ble i 2020 en del av Ålesund, som ble delt i 2024",
            "Haram vart i 2020 ein del av Ålesund, som vart delt i 2024",
            "in 2020 Haram became part of Ålesund, which was split in 2024",
        ),
        (
            "Bø",
            "4020",
            "Bø ble en del av kommunen i 2020",
            "Bø vart ein del av kommunen i 2020",
            "Bø became part of the municipality in 2020",
        ),
        (
            "1018",
            "4204",
            "Søgne (1018) ble en del av kommunen i 2020",
            "Søgne (1018) vart ein del av kommunen i 2020",
            "Søgne (1018) became part of the municipality in 2020",
        ),
        (
            "Hordaland",
            "46",
            "Hordaland ble en del av fylket i 2020",
            "Hordaland vart ein del av fylket i 2020",
            "Hordaland became part of the county in 2020",
        ),
        (
            "Viken",
            "31",
            "var en del av Viken til 2024",
            "var ein del av Viken til 2024",
            "was part of Viken until 2024",
        ),
        (
            "Tysfjord",
            "1806",
            "fikk en del av Tysfjord i 2020",
            "fekk ein del av Tysfjord i 2020",
            "got a part of Tysfjord in 2020",
        ),
        ("Nes", "3322", "het Nes til 2020", "heitte Nes til 2020", "was called Nes until 2020"),
        ("Kárášjohka", "5610", "Kárášjohka på nordsamisk", "Kárášjohka på nordsamisk", "Kárášjohka in Northern Sami"),
        ("kaivuono", "5540", "Kaivuono på kvensk", "Kaivuono på kvensk", "Kaivuono in Kven"),
        ("Skien", "4003", "", "", ""),
        ("Kristiansand Vest-Agder", "4204", "", "", ""),
    ],
)
def test_a_place_that_is_not_called_what_was_asked_for_says_why_it_is_found(text, code, nb, nn, en):
    for lang, why in (("nb", nb), ("nn", nn), ("en", en)):
        with translation.override(lang):
            assert found(text)[code] == why


def test_a_county_that_was_put_together_and_taken_apart_is_itself_alone():
    assert "39" not in found("Telemark") and "55" not in found("Finnmark") and "33" not in found("Akershus")
    assert set(found("Vestfold og Telemark")) == {"39", "40"}


@pytest.mark.parametrize("kind", ["municipality", "county"])
def test_each_place_is_found_by_its_names_its_number_its_kind_and_its_county(kind):
    for p in queries.places_on(TODAY, kind):
        county = queries.place(p.county_code, TODAY).name if p.county_code else ""
        word = {"municipality": "kommune", "county": "fylke"}[kind]
        texts = [p.name, *p.names.values(), p.code, p.code.lstrip("0"), f"{p.name} {word}", f"{word} {p.code}"]
        for text in texts + [f"{p.name} {county}", f"{p.name} {word} i {county} fylke"] * bool(county):
            hits = queries.search_places(text, TODAY)
            assert p in [hit.place for hit in hits if hit.is_exact], text
            assert all(hit.why for hit in hits if hit.name not in ("", hit.place.name)), text


def test_each_former_place_leads_to_one_of_today_that_says_so_or_is_called_so():
    former = [
        p for day in (date(2019, 1, 1), date(2023, 1, 1)) for p in queries.places_on(day) if not p.is_valid_on(TODAY)
    ]
    assert len(former) > 400
    for p in former:
        for text in (p.name, p.code):
            hits = [hit for hit in queries.search_places(text, TODAY) if hit.is_exact]
            assert hits, text
            assert all(hit.why or p.name in hit.place.name or p.code == hit.place.code for hit in hits), text


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
