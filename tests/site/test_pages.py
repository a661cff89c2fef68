"""The shell: every page in three languages, without cookies, and what is said when something is wrong."""

import re
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from dugnad.places.models import Place
from dugnad.shared.writing import Actor
from dugnad.site import machines, queries, views
from dugnad.standards import queries as standards
from dugnad.status.queries import snapshots
from tests import once

DEFINITIONS = Path(settings.BASE_DIR) / "definitions"
TEST = Actor.system("test")
LANGUAGES = ["nb", "nn", "en"]
PAGES = ["", "sok", "sok?q=skien", "om/", "om/tallene", "om/data", "om/tilgjengelighet", "om/personvern", "om/meld-fra"]


@pytest.fixture
def places(db: None) -> None:
    once.places()


@pytest.fixture
def definitions(db: None) -> None:
    once.definitions()


@pytest.mark.django_db
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_there_in_each_language_and_sets_no_cookie(client: Client, lang: str, page: str) -> None:
    answer = client.get(f"/{lang}/{page}")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert not answer.cookies
    assert f'<html lang="{lang}">' in text
    assert text.count("<h1") == 1
    for other in LANGUAGES:
        assert f'hreflang="{other}" href="{settings.PUBLIC_URL}/{other}/{page}"' in text
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    ("accepted", "lang"),
    [("nn-NO,nn;q=0.9,nb;q=0.8", "nn"), ("no,en;q=0.8", "nb"), ("se,en;q=0.5", "nb"), ("en-GB", "en"), ("", "nb")],
)
def test_the_root_leads_to_the_reader_s_language(client: Client, accepted: str, lang: str) -> None:
    answer = client.get("/", headers={"Accept-Language": accepted})
    assert (answer.status_code, answer["Location"]) == (302, f"/{lang}/")
    assert "Accept-Language" in answer["Vary"]


@pytest.mark.django_db
def test_an_address_without_a_language_finds_its_page(client: Client) -> None:
    answer = client.get("/om/tallene", headers={"Accept-Language": "nn"})
    assert (answer.status_code, answer["Location"]) == (302, "/nn/om/tallene")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("lang", "words"), [("nb", "Siden finnes ikke"), ("nn", "Sida finst ikkje"), ("en", "There is no such page")]
)
def test_an_unknown_page_is_answered_in_words_and_offers_a_search(client: Client, lang: str, words: str) -> None:
    answer = client.get(f"/{lang}/kommunar/skein")
    text = answer.content.decode()
    assert answer.status_code == 404
    assert words in text
    assert 'value="skein"' in text
    assert f'href="/{lang}/"' in text


@pytest.mark.django_db
def test_what_is_asked_for_is_written_as_text(client: Client) -> None:
    attack = '"><script>alert(1)</script>'
    for address in ("/nb/sok", "/nb/om/meld-fra"):
        text = client.get(address, {"q": attack, "side": f"/{attack}"}).content.decode()
        assert "<script" not in text
    elsewhere = client.get("/nb/om/meld-fra", {"side": "//evil.example/"}).content.decode()
    assert 'href="//evil' not in elsewhere
    assert "Siden:" not in elsewhere


@pytest.mark.django_db
def test_a_fault_of_ours_is_said_plainly_without_the_database(
    client: Client, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(snapshots, "asked_for", fails)
    client.raise_request_exception = False
    with django_assert_num_queries(0):
        answer = client.get("/nn/")
    assert answer.status_code == 500
    assert "Noko gjekk gale" in answer.content.decode()
    answer = client.get("/nn/publisering/.json")
    assert (answer.status_code, answer.json()) == (500, {"error": "Noko gjekk gale. Vent eit minutt og prøv igjen."})


@pytest.mark.django_db
def test_the_front_page_shows_every_municipality_once_in_the_list_and_on_the_map(client: Client, places: None) -> None:
    text = client.get("/nb/").content.decode()
    today = [place.code for place in Place.objects.on(date.today()).municipalities()]
    assert len(today) == 357
    _, _, the_rest = text.partition('class="county-list"')
    for code in today:
        assert text.count(f'href="/nb/kommune/{code}"') == 2
        assert f'href="/nb/kommune/{code}"' in the_rest
    assert "Statistisk sentralbyrå" in text


@pytest.mark.django_db
def test_the_front_page_asks_little_of_the_database(
    client: Client, places: None, definitions: None, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client.get("/nb/")  # reads the reference data into memory
    with django_assert_max_num_queries(6):  # are the places, the definitions and the snapshot still the same?
        client.get("/nb/")
    with django_assert_max_num_queries(6):
        client.get("/nb/sok?q=skien")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("skien", "Skien"),
        ("skein", "Skien"),  # two letters swapped
        ("tromsoe", "Tromsø"),
        ("4003", "Skien"),
        ("3807", "Skien"),  # its number until 2024
        ("søgne", "Kristiansand"),  # merged in 2020
        ("Kárášjohka", "Karasjok"),  # its Sami name
    ],
)
def test_a_search_finds_the_place_that_is_meant(places: None, asked: str, found: str) -> None:
    assert found in [hit.place.name for hit in queries.search(asked).places]


@pytest.mark.django_db
def test_a_search_finds_indicators_by_word_by_part_and_with_a_slip(definitions: None) -> None:
    for asked in ("klimagas", "Klimagassutslipp", "utslepp", "greenhouse", "klimagasutslipp"):
        found = queries.search(asked).indicators
        assert found, asked
        assert "utslipp" in found[0].title["nb"], asked
    assert not queries.search("xqzw")
    assert not queries.search("")


@pytest.mark.django_db
def test_what_is_spelt_rightly_is_not_guessed_at(places: None) -> None:
    assert [hit.place.name for hit in queries.search("Skien").places] == ["Skien"]  # and not Steinkjer
    assert "Steinkjer" in [hit.place.name for hit in queries.search("Steinkjær").places]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("lang", "heading", "county"),
    [
        ("nb", "Mente du …?", "kommune 1112 i Rogaland"),
        ("nn", "Meinte du …?", "kommune 1112 i Rogaland"),
        ("en", "Did you mean …?", "municipality 1112 in Rogaland"),
    ],
)
def test_what_is_spelt_nearly_so_is_a_question_and_no_hit(
    client: Client, places: None, lang: str, heading: str, county: str
) -> None:
    text = client.get(f"/{lang}/sok?q=Lunde").content.decode()
    assert heading in text and county in text and 'id="found-places"' not in text
    assert heading not in client.get(f"/{lang}/sok?q=Lund").content.decode()


@pytest.mark.django_db
def test_places_of_one_name_are_told_apart_and_a_former_number_is_told(client: Client, places: None) -> None:
    text = client.get("/nb/sok?q=Våler").content.decode()
    assert "kommune 3114 i Østfold" in text and "kommune 3419 i Innlandet" in text
    assert (
        '>Skien</a> <span class="quiet">(hadde nummer 0806 til 2020)</span>'
        in client.get("/nb/sok?q=806").content.decode()
    )


@pytest.mark.django_db
def test_a_place_called_so_is_not_beside_indicators_with_words_that_begin_so(places: None, definitions: None) -> None:
    assert queries.search("Bø").indicators == []  # boliger, bosatte
    assert queries.search("bo").places and queries.search("befolkning").indicators


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "place", "indicator"),
    [
        ("ledighet Skien", "4003", "norge.2026.unemployment"),
        ("Skien kommune arbeidsløyse", "4003", "norge.2026.unemployment"),
        ("unemployment in Skien", "4003", "norge.2026.unemployment"),
        ("klimautslipp porsgrunn", "4001", "norge.2026.ghg_total"),
        ("barn i barnehage i Våler Østfold", "3114", "norge.2026.kindergarten_coverage"),
        ("ledighet skein", "4003", "norge.2026.unemployment"),
        ("ledihget skien", "4003", "norge.2026.unemployment"),
    ],
)
def test_a_place_and_an_indicator_together_lead_to_both(
    places: None, definitions: None, asked: str, place: str, indicator: str
) -> None:
    found = queries.search(asked)
    assert [hit.place.code for hit in found.places] == [place]
    assert found.indicators[0].id == indicator
    assert found.pairs == []  # nothing is published
    assert found.is_near is (asked in ("ledighet skein", "ledihget skien"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [
        ("/nb/kommune/4003/", "/nb/kommune/4003"),
        ("/nn/kommune/skien/?per=2026-01-01", "/nn/kommune/skien?per=2026-01-01"),
        ("/en/indikator/norge.2026.unemployment/metode/", "/en/indikator/norge.2026.unemployment/metode"),
        ("/nb/sok/?q=v%C3%A5ler", "/nb/sok?q=v%C3%A5ler"),
        ("/nb/kommune/v%C3%A5ler//", "/nb/kommune/v%C3%A5ler"),
        ("/nb/kommune/4003.json/", "/nb/kommune/4003.json"),
        ("/kommune/4003/", "/kommune/4003"),
        ("/nb/finnes-ikke/", ""),
        ("/nb//evil.example/", ""),
    ],
)
def test_a_slash_too_many_leads_to_the_page(client: Client, asked: str, leads_to: str) -> None:
    answer = client.get(asked)
    assert (answer.status_code, answer.headers.get("Location", "")) == ((301, leads_to) if leads_to else (404, ""))
    assert client.post(asked).status_code == 404
    assert views._without_slash("//evil.example/nb/kommune/4003/") == ""  # an address elsewhere


@pytest.mark.django_db
def test_what_has_a_slash_by_design_keeps_it(client: Client, definitions: None) -> None:
    for page in ("/nb/", "/nb/om/", "/nb/mal/", "/nb/indikatorsett/", "/nb/metode/", "/nb/publisering/"):
        assert client.get(page).status_code == 200, page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("ledighet", "norge.2026.unemployment"),
        ("arbeidsløyse", "norge.2026.unemployment"),
        ("unemployment", "norge.2026.unemployment"),
        ("barnevern", "norge.2026.child_welfare"),
        ("befolkning", "norge.2026.population"),
        ("housing", "norge.2026.crowded_housing"),
        ("fedme", "norge.2026.overweight_17"),
        ("trongbuddheit", "norge.2026.crowded_housing"),
        ("søppel", "u4ssc.2017.EC:I:WA:1C"),
        ("søppelhåndtering", "u4ssc.2017.EC:I:WA:1C"),
        ("bosshandtering", "u4ssc.2017.EC:I:WA:1C"),
        ("boss", "u4ssc.2017.EC:I:WA:1C"),
        ("EC: P: EM: 3C", "u4ssc.2017.EC:P:EM:3A"),  # an alias, as it is printed
        ("ec:p:em:3c", "u4ssc.2017.EC:P:EM:3A"),
        ("13.2.2", "sdg.2025.13.2.2"),
        ("barnefattigdom", "norge.2026.low_income_others"),
        ("child poverty", "norge.2026.low_income_others"),
        ("uføretrygd", "norge.2026.reduced_work_capacity"),
        ("helse", "norge.2026.life_expectancy"),
        ("springvann", "norge.2026.drinking_water_hygiene"),
        ("straumrekning", "norge.2026.electricity_households"),
        ("boliglån", "norge.2026.debt_3x_income"),
        ("ungdom", "innbyggere.2026.young"),
    ],
)
def test_a_search_knows_the_words_and_codes_people_use(definitions: None, asked: str, first: str) -> None:
    assert queries.search(asked).indicators[0].id == first


@pytest.mark.django_db
@pytest.mark.any_database
def test_every_indicator_of_the_base_set_has_words_in_each_language_and_is_found_by_them(definitions: None) -> None:
    base = [version for version in standards.current_versions() if version.edition_id == "norge.2026"]
    assert len(base) == 25
    for version in base:
        assert sorted(version.words) == ["en", "nb", "nn"], version.id
        assert all(len(words) >= 3 for words in version.words.values()), version.id
        for word in (word for words in version.words.values() for word in words):
            assert version in queries.search(word).indicators, (version.id, word)


@pytest.mark.django_db
@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_the_front_page_suggests_is_found(client: Client, places: None, definitions: None, lang: str) -> None:
    _, _, text = client.get(f"/{lang}/").content.decode().partition("suggestions")
    suggested = re.findall(r'href="(/\w\w/sok\?q=[^"]+)"', text.partition("</p>")[0])
    firsts = [re.search(r'class="link" href="([^"]+)"', client.get(one).content.decode()) for one in suggested]
    assert [first and first[1] for first in firsts] == [
        f"/{lang}/kommune/4003",
        f"/{lang}/kommune/4003",
        f"/{lang}/kommune/5501",
        f"/{lang}/indikator/norge.2026.unemployment",
    ]


@pytest.mark.django_db
def test_health_says_what_is_wrong(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/healthz").json()["status"] == "ok"

    def gone() -> None:
        raise OperationalError("the database is gone")

    monkeypatch.setattr(queries.connection, "cursor", gone)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["database"] is False
    assert answer["Cache-Control"] == "no-store"


def test_security_txt_is_there_when_somebody_answers_and_never_out_of_date(client: Client, settings: object) -> None:
    settings.CONTACT_EMAIL = ""  # type: ignore[attr-defined]
    assert client.get("/.well-known/security.txt").status_code == 404
    settings.CONTACT_EMAIL = "post@example.org"  # type: ignore[attr-defined]
    text = client.get("/.well-known/security.txt").content.decode()
    assert "Contact: mailto:post@example.org" in text
    for today in (date(2026, 11, 23), date(2027, 11, 22), date(2028, 2, 29), date(2030, 10, 24)):
        assert 30 <= (machines.security_expiry(today) - today).days <= 396


@pytest.mark.django_db
def test_the_sitemap_lists_every_place_in_every_language(client: Client, places: None) -> None:
    answer = client.get("/sitemap-places-1.xml")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert text.count("<loc>") == (357 + 15) * 3
    assert f"<loc>{settings.PUBLIC_URL}/nn/kommune/4003</loc>" in text
    assert client.get("/sitemap-places-2.xml").status_code == 404
    assert client.get("/sitemap-nothing-1.xml").status_code == 404
    assert "sitemap.xml" in client.get("/robots.txt").content.decode()


@pytest.mark.django_db
def test_each_file_of_the_sitemap_answers_with_addresses_that_answer(
    client: Client, places: None, definitions: None
) -> None:
    index = client.get("/sitemap.xml").content.decode()
    assert "/sitemap-pages-1.xml" in index
    for address in queries.addresses("pages"):
        assert client.get(address).status_code == 200, address


@pytest.mark.django_db
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_feed_is_valid_atom_in_each_language(client: Client, lang: str) -> None:
    from defusedxml.ElementTree import fromstring

    root = fromstring(client.get(f"/{lang}/publisering.atom").content)
    assert root.tag == "{http://www.w3.org/2005/Atom}feed"
    assert root.attrib["{http://www.w3.org/XML/1998/namespace}lang"] == lang


def test_preferred_language_ignores_what_it_cannot_read() -> None:
    assert views.preferred_language("*;q=x,,;") == "nb"


@pytest.mark.parametrize(
    ("lang", "says"),
    [("nb", "Velg Data, Fra tekst/CSV"), ("nn", "Vel Data, Frå tekst/CSV"), ("en", "choose Data, From")],
)
def test_how_a_csv_file_is_opened_in_a_norwegian_spreadsheet(client: Client, lang: str, says: str) -> None:
    page = client.get(f"/{lang}/om/data").content.decode()
    assert says in page and "UTF-8 (65001)" in page
