"""Two to six places beside each other, chosen in the address."""

import json

import pytest
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.usefixtures("small_site")]


def page(client: Client, query: str, lang: str = "nb") -> str:
    response = client.get(f"/{lang}/sammenlign{query}")
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("nb", ["Skien og Porsgrunn: 4 tidsserier side om side", "ulike år: kan ikke sammenlignes"]),
        ("nn", ["Skien og Porsgrunn: 4 tidsseriar side om side", "ulike år: kan ikkje samanliknast"]),
        ("en", ["Skien and Porsgrunn: 4 series side by side", "different years: cannot be compared"]),
    ],
)
def test_it_says_what_is_compared_and_what_cannot_be(client: Client, lang: str, words: list[str]) -> None:
    shown = page(client, "?sted=4003&sted=4001", lang)
    for expected in words:
        assert expected in shown
    assert "status-good" not in shown  # one year of unemployment; emissions are of different years


def test_nothing_chosen_teaches_what_to_do(client: Client) -> None:
    shown = page(client, "")
    assert "Velg to til 6 kommuner eller fylker" in shown and '<input class="ds-input" id="add-place"' in shown


def test_one_place_offers_its_groups(client: Client) -> None:
    shown = page(client, "?sted=4003")
    assert "Kommuner i Telemark" in shown and 'href="/nb/sammenlign?sted=4003&amp;sted=4001"' in shown


def test_a_name_that_two_places_have_is_asked_about(client: Client) -> None:
    shown = page(client, "?sted=4003&sted=Her%C3%B8y")
    assert "Hvilket «Herøy»?" in shown
    assert 'href="/nb/sammenlign?sted=4003&amp;sted=1515"' in shown and "1818, Nordland" in shown


def test_an_unknown_or_empty_name_changes_nothing(client: Client) -> None:
    shown = page(client, "?sted=4003&sted=&sted=qqqqqq")
    assert "Ingen steder heter «qqqqqq» i dag" in shown and "Skien er valgt" in shown


def test_a_place_is_removed_by_a_link(client: Client) -> None:
    shown = page(client, "?sted=4003&sted=4001")
    assert '<a class="remove" href="/nb/sammenlign?sted=4001">' in shown


def test_the_same_place_twice_is_one_and_a_seventh_is_left_out_in_words(client: Client) -> None:
    assert "Skien er valgt" in page(client, "?sted=4003&sted=skien&sted=0806")
    codes = ("4001", "4003", "4005", "4010", "4012", "4014", "4016")
    shown = page(client, "?" + "&".join(f"sted={code}" for code in codes))
    assert "Utelatt: Drangedal" in shown and 'id="add-place"' not in shown


def test_what_is_typed_is_only_shown(client: Client) -> None:
    shown = page(client, "?sted=%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script>alert" not in shown and "&lt;script&gt;" in shown


def test_the_data_are_the_rows_of_the_page(client: Client) -> None:
    answer = json.loads(client.get("/nb/sammenlign.json?sted=4003&sted=4001").content)
    assert answer["places"] == ["4003", "4001"]
    assert {row["place"] for row in answer["observations"]} == {"0806", "3807", "4003", "4001"}
    lines = client.get("/nb/sammenlign.csv?sted=4003&sted=4001").content.decode().splitlines()
    assert len(lines) == 1 + len(answer["observations"])
