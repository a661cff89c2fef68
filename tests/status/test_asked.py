"""Nothing that a reader asks for is passed over in silence: a page says what it does not show, data refuse it."""

import html

import pytest
from django.test import Client

from tests.status.conftest import EMISSIONS, UNEMPLOYMENT
from tests.status.test_indicator_page import page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_site")]
INDICATOR = f"indikator/{UNEMPLOYMENT}"
SEVEN = "&".join(f"sted={code}" for code in (4001, 4003, 4005, 4010, 4012, 4014, 4018))


def refused(client: Client, address: str, status: int = 400) -> str:
    """The one sentence that JSON and CSV are refused with, the same of both."""
    path, _, query = address.partition("?")
    as_json, as_csv = client.get(f"{path}.json?{query}"), client.get(f"{path}.csv?{query}")
    assert (as_json.status_code, as_csv.status_code) == (status, status), as_json.content[:200]
    assert as_json.json()["error"] == as_csv.content.decode().strip()
    return as_json.json()["error"]


@pytest.mark.parametrize("place", [f"{INDICATOR}?sted=4003&", "kommune/4003/mal/8?", "sammenlign?sted=4003&sted=4001&"])
@pytest.mark.parametrize(
    ("lang", "begins", "names"),
    [
        ("nb", "Ikke funnet blant dagens steder: tull.", "Eller en av disse gruppene: county (Kommuner i Telemark), "),
        ("nn", "Ikkje funne blant stadene i dag: tull.", "Eller ei av desse gruppene: county (Kommunar i Telemark), "),
        ("en", "Not found among the places of today: tull.", "Or one of these groups: county (Municipalities in Tele"),
    ],
)
def test_a_group_that_is_none_is_refused_and_the_groups_are_named(
    client: Client, place: str, lang: str, begins: str, names: str
) -> None:
    said = refused(client, f"/{lang}/{place}gruppe=tull")
    assert said.startswith(begins) and names in said and "neighbours (" in said
    assert said in html.unescape(page(client, f"/{lang}/{place}gruppe=tull"))  # the page says the same


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        (f"{INDICATOR}?sted=4003&gruppe=4001,Atlantis", 400, "Not found among the places of today: Atlantis."),
        (f"{INDICATOR}?gruppe=county", 400, "The group “county” is not shown: point out a municipality"),
        (f"indikator/{EMISSIONS}?sted=4003&gruppe=county", 400, "An amount depends on how large the place is"),
        (f"{INDICATOR}?gruppe=" + ",".join(f"{n}" for n in range(61)), 400, "holds at most 60 places"),
        (f"{INDICATOR}?sted=Atlantis", 400, "No place is called Atlantis on "),
        (f"{INDICATOR}?sted=Telemark", 400, "Only municipalities can be pointed out here, not Telemark."),
        (f"{INDICATOR}?periode=1999", 404, "No place has a figure for 1999. There are figures from 20"),
        (f"{INDICATOR}?periode=i+fjor", 404, "“i fjor” is no period. Write it as 2024, 2024-03"),
        (f"{INDICATOR}?del=part%3Dx", 404, "“part=x” is no part of this indicator."),
        (f"{INDICATOR}?side=2", 404, "There is no page 2 of this."),
        (f"{INDICATOR}?periode=alle&side=9", 404, "There is no page 9 of this."),
        (f"{INDICATOR}?sorter=verdi", 400, "“sorter” cannot be chosen here. What can: del, grenser, gruppe, per, per"),
        (f"{INDICATOR}?year=2020", 400, "“year” cannot be chosen here."),
        ("sammenlign?sted=4003&sted=Atlantis", 400, "No place is called Atlantis on "),
        ("sammenlign?gruppe=county", 400, "The group “county” is not shown"),
        (f"sammenlign?{SEVEN}", 400, "Only 6 places fit beside each other. Left out: Nome."),
        ("kommune/4003?gruppe=county", 400, "“gruppe” cannot be chosen here. What can: per."),
        ("kommune/4003?periode=2020", 400, "“periode” cannot be chosen here."),
        (f"kommune/4003/historikk/{UNEMPLOYMENT}?periode=tull", 404, "“tull” is no period."),
        ("publisering/now/1?sted=4003", 400, "“sted” cannot be chosen here."),
        (f"{INDICATOR}/metode?del=x", 400, "“del” cannot be chosen here."),
    ],
)
def test_data_refuse_what_they_do_not_show(client: Client, address: str, status: int, words: str) -> None:
    assert words in refused(client, f"/en/{address}", status)


def test_the_same_is_said_on_the_page(client: Client) -> None:
    for address, words in (
        (f"indikator/{EMISSIONS}?sted=4003&gruppe=county", "En mengde avhenger av hvor stort stedet er"),
        (f"{INDICATOR}?sted=Telemark", "Bare kommuner kan pekes ut her, ikke Telemark."),
        (f"{INDICATOR}?{SEVEN}", "Utelatt: Nome."),
    ):
        assert words in page(client, f"/nb/{address}")
    assert "kan ikke velges her" in page(client, "/nb/kommune/4003?periode=2020", 400)
    assert "Skien" in page(client, "/nb/kommune/4003?utm_source=nyhetsbrev")  # a link from a newsletter


def test_the_links_to_the_data_of_a_page_ask_what_data_answer_to(client: Client) -> None:
    shown = page(client, f"/nb/{INDICATOR}?sted=4003&gruppe=county&sorter=verdi&kart=flate&utm_source=x&periode=")
    assert f'href="/nb/{INDICATOR}.json?sted=4003&amp;gruppe=county"' in shown
    assert client.get(f"/nb/{INDICATOR}.json?sted=4003&gruppe=county").json()["pointed_out"] == ["4003"]
    amounts = page(client, f"/nb/indikator/{EMISSIONS}?sted=4003&gruppe=county")
    assert f'href="/nb/indikator/{EMISSIONS}.csv?sted=4003"' in amounts
    assert 'href="/nb/kommune/4003.csv"' in page(client, "/nb/kommune/4003?gruppe=county")


def test_pages_of_counties_lead_to_indicators_without_asking_what_these_refuse(client: Client) -> None:
    for address in ("fylke/40/mal/8?gruppe=municipalities", "sammenlign?sted=40&sted=39&gruppe=municipalities"):
        assert f'href="/nb/{INDICATOR}"' in page(client, f"/nb/{address}")
        assert f"/nb/{INDICATOR}?" not in page(client, f"/nb/{address}")
    assert f'href="/nb/{INDICATOR}?sted=4003"' in page(client, "/nb/sammenlign?sted=4003&sted=40")
