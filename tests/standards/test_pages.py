"""Goals and sets as readers meet them, in three languages and as data."""

import csv
import io

import pytest
from django.test import Client

from dugnad.standards import api, queries
from tests.standards.conftest import EDITION, rewrite, write

pytestmark = pytest.mark.django_db

WORDS = {
    "/mal/": {"nb": "De 17 målene", "nn": "Dei 17 måla", "en": "The 17 goals"},
    "/mal/13": {"nb": "Stoppe klimaendringene", "nn": "Stoppe klimaendringane", "en": "Climate action"},
    "/indikatorsett/": {
        "nb": "Indikatorsett",
        "nn": "91 indikatorar, 112 datapunkt",
        "en": "91 indicators, 112 data points",
    },
    "/indikatorsett/u4ssc": {"nb": "lavere er bedre", "nn": "lågare er betre", "en": "lower is better"},
    "/indikatorsett/norge": {"nb": "Folketall", "nn": "Folketal", "en": "Population"},
}


@pytest.mark.parametrize("address", WORDS)
def test_a_page_speaks_the_language_of_its_address(client: Client, loaded, address: str) -> None:
    for lang, word in WORDS[address].items():
        response = client.get(f"/{lang}{address}")
        assert response.status_code == 200
        page = response.content.decode()
        assert word in page and f'<html lang="{lang}">' in page


def test_a_goal_shows_its_targets_and_the_indicators_of_every_set(client: Client, loaded) -> None:
    page = client.get("/en/mal/13").content.decode()
    for target in ("13.1", "13.2", "13.3", "13.a", "13.b"):
        assert f'id="target-{target}"' in page
    for title in ("GHG Emissions", "Greenhouse gas emissions per inhabitant", "Total greenhouse gas emissions"):
        assert title in page


def test_a_set_shows_its_editions_and_what_is_uncertain(client: Client, loaded) -> None:
    newest = client.get("/nb/indikatorsett/sdg").content.decode()
    assert "234 indikatorer" in newest and "11.c.1" in newest and "utgave=2020" in newest
    assert "er 3.8.2 bekreftet" in newest and "lest i bare én liste over rammeverket" in newest
    earlier = client.get("/nb/indikatorsett/sdg?utgave=2020").content.decode()
    assert "231 indikatorer" in earlier and "11.c.1" not in earlier and "utgave=2025" in earlier
    page = client.get("/en/indikatorsett/u4ssc").content.decode()
    assert 'href="#mark-1" aria-label="note 1"' in page and 'id="mark-1"' in page
    assert "EC: ICT: ICT: 1C" in page


def test_a_draft_says_that_it_is_one(client: Client, folder, load) -> None:
    rewrite(folder, "2024.yaml", "status: published", "status: draft")
    load(folder)
    assert "Denne utgaven er et utkast" in client.get("/nb/indikatorsett/bygd?utgave=2024").content.decode()


def test_what_is_not_there_is_not_found(client: Client, loaded) -> None:
    for address in ("mal/18", "mal/0", "mal/99.json", "indikatorsett/ukjent", "indikatorsett/u4ssc?utgave=1999"):
        assert client.get(f"/nb/{address}").status_code == 404


def test_every_page_is_data_too(client: Client, loaded) -> None:
    goals = client.get("/nb/mal/.json").json()["goals"]
    assert (len(goals), goals[12]["text_colour"], len(goals[16]["targets"])) == (17, "#ffffff", 19)

    goal = client.get("/nb/mal/13.json").json()
    assert "norge.2026.ghg_total" in [indicator["id"] for indicator in goal["indicators"]]

    sets = client.get("/nb/indikatorsett/.json").json()["sets"]
    assert {s["set"]: s["counts"]["indicators"] for s in sets} == {
        "innbyggere": 2,
        "norge": 25,
        "sdg": 234,
        "u4ssc": 91,
    }

    u4ssc = client.get("/nb/indikatorsett/u4ssc.json").json()
    assert (u4ssc["counts"]["data_points"], u4ssc["counts"]["by_goal"]["11"]) == (112, 31)
    coverage = next(i for i in u4ssc["indicators"] if i["code"] == "EC:ICT:ICT:4C")
    assert [part["code"] for part in coverage["data_points"]] == ["3g", "4g"]

    for address, count in {"/mal/": 17, "/indikatorsett/": 4, "/indikatorsett/u4ssc": 91}.items():
        response = client.get(f"/nb{address}.csv")
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        assert len(list(csv.DictReader(io.StringIO(response.content.decode())))) == count
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(client.get("/nb/mal/8.csv").content.decode()))}
    assert rows["u4ssc.2017.EC:P:EM:3A"]["aliases"] == "EC:P:EM:3C"


def test_pages_without_definitions_say_what_belongs_there(client: Client) -> None:
    assert "Ingen mål er lest inn ennå" in client.get("/nb/mal/").content.decode()
    assert "Ingen indikatorsett er lest inn ennå" in client.get("/nb/indikatorsett/").content.decode()


def test_a_text_without_nynorsk_is_marked_with_its_own_language(client: Client, folder, load) -> None:
    load(folder)
    page = client.get("/nn/indikatorsett/bygd").content.decode()
    assert "Badar i elva" in page and "Folketall" in page


def test_an_answer_from_memory_asks_only_what_is_loaded(loaded, django_assert_num_queries) -> None:
    queries.goals()
    for question in (
        queries.goals,
        queries.current_versions,
        queries.earlier_versions,
        lambda: queries.goal_overview(8).counts,
        lambda: queries.set_overview("u4ssc").goal_counts,
        lambda: [(v.edition.set.title, v.related_links.all(), v.found_by) for v in queries.current_versions()],
        lambda: api.indicator(queries.indicator_by_code("u4ssc", "EC:I:T:4A")),
    ):
        with django_assert_num_queries(1):
            question()


def test_memory_follows_what_is_loaded(folder, load) -> None:
    rewrite(folder, "2024.yaml", "status: published", "status: draft")
    load(folder)
    before = queries.loaded_key()
    assert queries.indicator_version("bygd.2024.folk").title == {"nb": "Folketall"}
    write(folder, "2024.yaml", EDITION.replace("published", "draft").replace("Folketall", "Folk"))
    load(folder)
    assert queries.indicator_version("bygd.2024.folk").title == {"nb": "Folk"}
    assert queries.loaded_key() != before
