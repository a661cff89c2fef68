"""The page of an indicator: in words first, in three languages, in the order and period that the address says."""

import re
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from dugnad.shared.writing import Actor
from dugnad.site.changes import addresses
from dugnad.standards.changes import load_definitions
from tests.examples.conftest import NETWORK
from tests.status.conftest import EMISSIONS, POPULATION, TELEMARK, UNEMPLOYMENT, WELFARE, publish_one

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.usefixtures("small_site")]
PAGE = f"/nb/indikator/{UNEMPLOYMENT}"


def page(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return response.content.decode()


def table(shown: str, anchor: str = 'id="tabell"') -> list[list[str]]:
    """The cells of the table after an anchor, as a reader sees them."""
    body = shown[shown.index(anchor) :].split("<tbody>")[1].split("</tbody>")[0]
    return [
        [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<t[hd].*?</t[hd]>", row)]
        for row in re.findall(r"<tr.*?</tr>", body, re.DOTALL)
    ]


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("nb", ["Fra 2,1\xa0% til 3,0\xa0%", "10 av de 17 kommunene som er vist (Telemark)", "7 (ikke publisert)",
                "Lavere er bedre.", "foreløpig", "fra 2015 til 2025: 0. Ned: 1. Uendret: 0. Det er forskjellen",
                "Made for a test<"]),
        ("nn", ["Frå 2,1\xa0% til 3,0\xa0%", "10 av dei 17 kommunane som er viste (Telemark)", "7 (ikkje publisert)",
                "Lågare er betre.", "førebels", "Kvar tala kjem frå"]),
        ("en", ["From 2.1% to 3.0%", "10 of the 17 municipalities shown (Telemark)", "7 (nothing published)",
                "Lower is better.", "preliminary", "Where the figures come from"]),
    ],
)  # fmt: skip
def test_it_says_in_words_how_the_places_lie_before_the_pictures(client: Client, lang: str, words: list[str]) -> None:
    shown = page(client, f"/{lang}/indikator/{UNEMPLOYMENT}")
    for expected in words:
        assert expected in shown
    assert shown.index(words[0]) < shown.index('<svg class="chart')
    assert "<script" not in shown


def test_the_table_has_every_place_with_value_or_reason_and_no_rank(client: Client) -> None:
    rows = {name: rest for name, *rest in table(page(client, PAGE))}
    assert len(rows) == 17
    assert rows["Skien"][0].replace(" *", "*") == "2,2 %*"
    assert "−1,8" in rows["Skien"][1] and "bedre" in rows["Skien"][1] and "2015" in rows["Skien"][1]
    assert rows["Vinje"] == ["..", "ikke publisert"]
    assert not re.search(r"\b\d+\.\s*(plass|av 17)", page(client, PAGE))


def test_it_is_sorted_without_a_script_and_the_heading_says_how(client: Client) -> None:
    by_value = page(client, f"{PAGE}?sorter=verdi")
    names = [row[0] for row in table(by_value)]
    assert names[:10] == [row[0] for row in table(page(client, f"{PAGE}?sorter=-verdi"))][:10][::-1]
    assert 'aria-sort="descending"' in by_value and "sorter=-verdi" in by_value
    assert table(page(client, f"{PAGE}?sorter=endring"))[0][0] == "Skien"
    assert table(page(client, f"{PAGE}?sorter=tull")) == table(page(client, PAGE))
    assert 'aria-sort="ascending"' in page(client, PAGE)


def test_counties_stand_in_a_table_of_their_own(client: Client) -> None:
    shown = page(client, PAGE)
    assert [row[0] for row in table(shown, 'id="fylker"')] == ["Telemark"]
    assert "Telemark" not in [row[0] for row in table(shown)]


def test_the_period_is_chosen_in_the_address(client: Client) -> None:
    shown = page(client, f"{PAGE}?periode=2026")
    assert "Skien 1,0\xa0%." in shown and "framskrevet" in shown
    assert '<option value="2026" selected>' in shown and 'href="?periode=2025"' in shown
    assert "?periode=2026" in shown.split('class="downloads"')[1].split("</ul>")[0]
    assert table(page(client, f"{PAGE}?periode=&del=&sted=")) == table(page(client, PAGE))
    page(client, f"{PAGE}?periode=i fjor", 404)
    page(client, f"{PAGE}?del=part%3Dx", 404)


@pytest.mark.parametrize(
    ("lang", "said", "chosen"),
    [
        ("nb", "Ingen steder har tall for 1999. Det finnes tall fra ", "1999 (ingen tall)"),
        ("nn", "Ingen stader har tal for 1999. Det finst tal frå ", "1999 (ingen tal)"),
        ("en", "No place has a figure for 1999. There are figures from ", "1999 (no figures)"),
    ],
)
def test_a_period_without_figures_is_said_in_words(client: Client, lang: str, said: str, chosen: str) -> None:
    shown = page(client, f"/{lang}/indikator/{UNEMPLOYMENT}?periode=1999")
    lead = re.search(r'<p class="lead">(.*?)</p>', shown)
    assert lead and lead[1].startswith(said)
    menu = shown[shown.index('<select class="ds-input" id="period"') :].split("</select>")[0]
    assert re.findall(r"<option [^>]*selected>(.*?)</option>", menu) == [
        chosen
    ]  # not the latest, which it does not show
    assert not re.search(r"<th[^>]*>(Blant|Among) 0<", shown)
    assert ">1999" not in page(client, f"/{lang}/indikator/{UNEMPLOYMENT}")


def test_a_group_that_is_not_shown_is_said_so(client: Client) -> None:
    for asked in ("tull", "county"):
        shown = page(client, f"/nb/indikator/{UNEMPLOYMENT}?gruppe={asked}")
        assert f"Gruppen «{asked}» er ikke vist: Pek ut en kommune" in shown
    pointed = page(client, f"/nb/indikator/{UNEMPLOYMENT}?gruppe=tull&sted=4003")
    assert "blant dagens steder: tull." in pointed and "er ikke vist" not in pointed
    for asked in ("", "?gruppe=4001,4003", "?gruppe=county&sted=4003"):
        assert "er ikke vist" not in page(client, f"/nb/indikator/{UNEMPLOYMENT}{asked}")
    around = page(client, f"/nb/indikator/{UNEMPLOYMENT}?gruppe=county&sted=4003")
    assert f'href="/nb/indikator/{UNEMPLOYMENT}">Fjern' in around  # the group goes with its place


def test_places_are_pointed_out_by_name_or_code(client: Client) -> None:
    shown = page(client, f"{PAGE}?sted=skien&sted=3806")  # the number Porsgrunn had until 2024
    assert "Skien: 2,2\xa0%, under medianen" in shown and "Porsgrunn: 2,1\xa0%" in shown
    assert shown[shown.index('id="tabell"') :].count('<tr class="marked">') == 2
    assert 'href="?sted=4001"' in shown  # without Skien
    assert "Oslo har ikke tall." in page(client, f"{PAGE}?sted=0301")


def test_a_place_that_nobody_knows_is_asked_about_and_written_as_text(client: Client) -> None:
    shown = page(client, f"{PAGE}?sted=<script>alert(1)</script>&sted=skein")
    assert "<script" not in shown and "&lt;script&gt;" in shown
    assert "Mente du" in shown and "Skien" in shown.split("Mente du")[1][:200]


def test_the_map_is_of_the_land_that_has_figures(client: Client) -> None:
    shown = page(client, PAGE)
    picture = shown.split('<svg class="chart')[1].split("</svg>")[0]
    assert picture.count("<a href=") == 17 and "/nb/kommune/0301" not in picture
    hexes = page(client, f"{PAGE}?kart=heksagon").split('<svg class="chart')[1].split("</svg>")[0]
    assert hexes.count("<use ") == 17
    assert "Vis landet som det er" not in page(client, f"/nb/indikator/{POPULATION}")  # two towns are no map


def test_few_are_named_and_what_follows_size_is_said(client: Client) -> None:
    assert "Haram 11\xa0025\xa0personer, Ålesund 60\xa0025\xa0personer." in page(client, f"/nb/indikator/{POPULATION}")
    shown = page(client, f"/nb/indikator/{POPULATION}?periode=2022")
    assert [row[:2] for row in table(shown, 'id="tidligere"')] == [["Ålesund (1507)", "68 022"]]
    assert "Ingen retning er bedre." in shown


def test_why_a_figure_is_missing_is_said(client: Client) -> None:
    shown = page(client, f"/nb/indikator/{WELFARE}?periode=2022")
    assert ["Skien", ":", "skjult av hensyn til personvern"] in table(shown)


def test_an_indicator_without_figures_teaches(client: Client) -> None:
    for lang, words in (
        ("nb", "Hvem som kan levere den"),
        ("nn", "Kven som kan levere han"),
        ("en", "Who can deliver"),
    ):
        shown = page(client, f"/{lang}/indikator/norge.2026.life_expectancy")
        assert words in shown and "<table" not in shown and "CSV" in shown


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("norge.unemployment", UNEMPLOYMENT),
        ("norge:unemployment", UNEMPLOYMENT),
        ("u4ssc.EC:ICT:ICT:1C", "u4ssc.2017.EC:ICT:ICT:1C"),
        ("u4ssc:ec:ict:ict:1c", "u4ssc.2017.EC:ICT:ICT:1C"),
        ("u4ssc.2017.EC:P:EM:3C", "u4ssc.2017.EC:P:EM:3A"),  # an alias
        ("sdg.1.1.1", "sdg.2025.1.1.1"),
    ],
)
def test_a_lasting_id_or_an_alias_leads_to_the_version_of_today(client: Client, asked: str, answered: str) -> None:
    for rest in ("", ".csv", "/metode", "/metode.json", "?periode=2024"):
        response = client.get(f"/nb/indikator/{asked}{rest}")
        assert (response.status_code, response["Location"]) == (302, f"/nb/indikator/{answered}{rest}")


def test_what_nobody_calls_an_indicator_is_not_found(client: Client) -> None:
    for asked in ("norge.2026.nothing", "nothing.2026.x", "norge.x", "norge..", "norge.2099.unemploymentt"):
        assert client.get(f"/nb/indikator/{asked}").status_code == 404, asked


def test_editions_and_parts_are_named(client: Client, tmp_path: Path) -> None:
    load_definitions(NETWORK / "definitions", by=Actor.system("test"))
    shown = page(client, "/nb/indikator/eksempel.2024.bredband")
    assert "Den samme indikatoren i andre utgaver" in shown and "Endret: definisjonen." in shown
    assert "er utgått" in page(client, "/nb/indikator/eksempel.2019.bredband")


def test_a_part_is_chosen_in_the_address_and_has_a_unit_of_its_own(client: Client, tmp_path: Path) -> None:
    from tests.examples.conftest import DEFINITIONS, stage

    stage(DEFINITIONS / "facts")  # five cities, published by the ITU
    mobile = "/nb/indikator/u4ssc.2017.EC:ICT:ICT:4C"
    shown = page(client, mobile)
    assert '<option value="part=3g" selected>3G</option>' in shown and "<h1>" in shown and ": 3G</h1>" in shown
    assert '<option value="part=4g" selected>' in page(client, f"{mobile}?del=part%3D4g")
    cells = [line.split(",")[2] for line in page(client, f"{mobile}.csv").splitlines()[1:]]
    assert set(cells) == {"part=3g"}
    [other] = [part for part in client.get(f"{mobile}.json").json()["more"]["breakdowns"] if "part=4g" in part.values()]
    assert {row["breakdown"] for row in client.get(other["json"]).json()["observations"]} == {"part=4g"}
    only = [line.split(",")[2] for line in page(client, f"{mobile}.csv?del=part%3D4g").splitlines()[1:]]
    assert set(only) == {"part=4g"}


def test_it_is_made_ready_after_a_publication_where_it_has_figures() -> None:
    made = set(addresses())
    for form in ("", ".json", ".csv"):
        assert f"/nn/indikator/{UNEMPLOYMENT}{form}" in made and f"/en/kommune/4003{form}" in made
    assert not any("life_expectancy" in address for address in made)


def test_it_costs_little(client: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    client.get(PAGE)
    with django_assert_max_num_queries(10):
        client.get(PAGE)


def test_hostile_names_of_datasets_and_sources_are_written_as_text(client: Client, tmp_path: Path) -> None:
    rows = [(code, "2025", EMISSIONS, 1.0, "", False) for code in TELEMARK]
    publish_one(tmp_path, rows, "evil", "2024-01-01")
    from dugnad.status.models import Dataset, Provider
    from dugnad.status.queries import snapshots

    attack = {"nb": "<script>alert(1)</script>"}
    Dataset.objects.filter(key="evil").update(title=attack)
    Provider.objects.filter(key="prove").update(name=attack)
    snapshots.forget()
    for address in (f"/nb/indikator/{EMISSIONS}", f"/nb/indikator/{EMISSIONS}/metode", "/nb/publisering/evil/1"):
        assert "<script" not in page(client, address)
