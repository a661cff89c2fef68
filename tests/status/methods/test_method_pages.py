"""Pages of methods: each by name, in words and formulas, with an example that is computed and its versions."""

import json
import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import translation

from dugnad.status.methods.documents import published
from dugnad.status.methods.explained import explained

pytestmark = pytest.mark.django_db
LANGUAGES = ("nb", "nn", "en")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_method_has_a_page_in_every_language(client: Client, lang: str) -> None:
    listed = page(client, f"/{lang}/metode/")
    for name, one in published().items():
        assert f'href="/{lang}/metode/{name}"' in listed and one.method.title[lang] in listed
        shown = page(client, f"/{lang}/metode/{name}")
        assert one.method.description[lang] in shown and one.method.source[lang] in shown
        assert lang == "en" or one.method.source["en"] not in shown
        assert f"<code>{name}</code> {one.method.version}" in shown and one.sha256 in shown
        assert shown.count("<math ") >= 2 and "<img" not in shown
        assert one.data["history"][0]["version"] == one.method.version  # the newest version says what it changed


def test_the_example_of_the_index_is_computed() -> None:
    found = explained(published()["sdg-index"]).example
    assert found
    rows = {row.cells[:2]: row for row in found.rows}
    # 100 (9 - 25) / (0 - 25) = 64; yellow is from halfway between 15 and 5, so 9 is yellow.
    low_income = rows["Nordvik", "Low income"]
    assert (low_income.cells[-1], low_income.word, low_income.note) == ("64", "yellow", "moderately improving")
    # Goals of Nordvik: (64 + 90) / 2 = 77 and 64, of Sørvik 49 and 82; Bakkeby has 94 and the mean of 64 and 82.
    assert [row.cells for row in found.whole] == [
        ("Nordvik", "77", "64", "70.5"), ("Sørvik", "49", "82", "65.5"), ("Bakkeby", "94", "–", "83.5"),
    ]  # fmt: skip
    assert [row.look for row in found.whole] == ["", "", "filled"]


def test_the_example_of_u4ssc_counts_every_data_point() -> None:
    found = explained(published()["u4ssc-performance"]).example
    assert found
    assert [(row.cells[-1], row.look) for row in found.rows] == [("97", "good"), ("48.67", "weak"), ("89", "fair")]
    assert found.whole[0].cells == ("Nordvik", "3", "3", "3")  # 4 and 2; 3; all three


def test_the_examples_of_one_series() -> None:
    progress = explained(published()["progress-statcan"]).example
    path = explained(published()["linear-path"]).example
    assert progress and path
    assert [(row.cells[-1], row.word) for row in progress.rows] == [
        ("72% of the pace needed", "progress, but it must go faster"),
        ("150% of the pace needed", "on track"),  # straight, for the target is zero
        ("0.81% a year", "progress, but it must go faster"),
        ("0.17% a year (C = 0.09)", "on track"),
        (
            "",
            "the target lies on the worse side of where it begins: met from the start, or it or its direction is wrong",
        ),
    ]
    assert [row.look for row in path.rows] == ["good", "weak", "poor"]
    assert path.rows[0].cells[-1] == "expected 8, reached in 2030"


def test_the_page_shows_the_example_in_shape_and_word(client: Client) -> None:
    shown = page(client, "/nn/metode/sdg-index")
    assert len(re.findall(r'class="status status-(good|fair|weak|poor)"', shown)) == 8
    for word in ("raud", "oransje", "gul", "grøn", "går tilbake", "Slik blir det rekna", "Kva han ikkje kan seie"):
        assert word in shown


def test_the_method_as_data(client: Client) -> None:
    about = json.loads(page(client, "/en/metode/sdg-index.json"))["method"]
    assert (about["name"], about["version"]) == ("sdg-index", published()["sdg-index"].method.version)
    assert about["eligibility"] == {"max_missing": 0.2} and about["yaml"] == "/en/metode/sdg-index.yaml"
    response = client.get("/en/metode/sdg-index.yaml")
    assert response["Content-Type"] == "application/yaml; charset=utf-8"
    assert response.content == published()["sdg-index"].content
    assert page(client, "/nb/metode/.csv").splitlines()[1].startswith("composite,1,index,Egen indeks,")
    listed = json.loads(page(client, "/nb/metode/.json"))["methods"]
    assert [one["name"] for one in listed] == list(published())


def test_a_method_that_is_not_there(client: Client) -> None:
    assert client.get("/nb/metode/finnes-ikke").status_code == 404
    assert client.get("/nb/metode/sdg-index.csv").status_code == 404
