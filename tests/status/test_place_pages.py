"""The pages of a place and of a goal at a place, and what they refuse."""

import csv
import io
import json
import re
from collections import Counter

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from dugnad.status import wording
from dugnad.status.methods import published_methods
from dugnad.status.queries import snapshots
from tests.status.conftest import EMISSIONS, POPULATION, UNEMPLOYMENT, WELFARE, made_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_site")]


def page(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return response.content.decode()


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "nb",
            "Det kan ikke sies sikkert at Skien er i rute på noen av de 17 målene."
            " For ett er utviklingen usikker, 5 har for lite data, og 11 har ingen tall.|"
            "Skien har tall for 4 indikatorer|ned fra 4,0|"
            "Det som skiller seg ut",
        ),
        (
            "nn",
            "Det kan ikkje seiast sikkert at Skien er i rute på nokon av dei 17 måla."
            " For eitt er utviklinga usikker, 5 har for lite data, og 11 har ingen tal.|"
            "Skien har tal for 4 indikatorar|ned frå 4,0|"
            "Det som skil seg ut",
        ),
        (
            "en",
            "It cannot be said for sure that Skien is on course for any of the 17 goals."
            " For one the trend is uncertain, 5 have too little data, and 11 have no figures.|"
            "Skien has figures for 4 indicators|down from 4.0|"
            "What stands out",
        ),
    ],
)
def test_a_place_says_it_in_words_first(client: Client, lang: str, words: str) -> None:
    shown = page(client, f"/{lang}/kommune/4003")
    for expected in words.split("|"):
        assert expected in shown
    assert "2030:" not in shown.split('id="goal-8"')[1].split("</table>")[0]  # uncertain: no figure to quote
    assert shown.index(words.split("|")[0]) < shown.index('class="goal-tiles')


@pytest.mark.parametrize(
    ("statuses", "nb", "nn", "en"),
    [
        (
            {"on_course": 2, "uncertain": 7, "unknown": 4, "no_figures": 4},
            "Av de 17 målene er Bø i rute på 2. For 7 er utviklingen usikker, 4 har for lite data,"
            " og 4 har ingen tall.",
            "Av dei 17 måla er Bø i rute på 2. For 7 er utviklinga usikker, 4 har for lite data, og 4 har ingen tal.",
            "Of the 17 goals Bø is on course for 2. For 7 the trend is uncertain, 4 have too little data, and 4 have no"
            " figures.",
        ),
        (
            {"on_course": 1, "behind": 1, "worse": 1, "mixed": 1, "no_figures": 13},
            "Av de 17 målene er Bø i rute på ett. Ett ligger etter, ett blir dårligere, ett er"
            " sprikende, og 13 har ingen"
            " tall.",
            "Av dei 17 måla er Bø i rute på eitt. Eitt ligg etter, eitt blir dårlegare, eitt er"
            " sprikande, og 13 har ingen"
            " tal.",
            "Of the 17 goals Bø is on course for one. One is behind, one is getting worse, one points both ways, and 13"
            " have no figures.",
        ),
        (
            {"on_course": 17},
            "Bø er i rute på alle de 17 målene.",
            "Bø er i rute på alle dei 17 måla.",
            "Bø is on course for all of the 17 goals.",
        ),
        (
            {"worse": 17},
            "Bø er ikke i rute på noen av de 17 målene. Alle blir dårligere.",
            "Bø er ikkje i rute på nokon av dei 17 måla. Alle blir dårlegare.",
            "Bø is on course for none of the 17 goals. All are getting worse.",
        ),
        (
            {"uncertain": 17},
            "Det kan ikke sies sikkert at Bø er i rute på noen av de 17 målene. For alle er utviklingen usikker.",
            "Det kan ikkje seiast sikkert at Bø er i rute på nokon av dei 17 måla. For alle er utviklinga usikker.",
            "It cannot be said for sure that Bø is on course for any of the 17 goals. For all the trend is uncertain.",
        ),
        (
            {"behind": 9, "unknown": 8},
            "Det kan ikke sies sikkert at Bø er i rute på noen av de 17 målene. 9 ligger etter, og"
            " 8 har for lite data.",
            "Det kan ikkje seiast sikkert at Bø er i rute på nokon av dei 17 måla. 9 ligg etter, og"
            " 8 har for lite data.",
            "It cannot be said for sure that Bø is on course for any of the 17 goals. 9 are behind,"
            " and 8 have too little"
            " data.",
        ),
    ],
)
def test_how_a_place_stands_on_the_17_goals_is_a_sentence(statuses: dict[str, int], nb: str, nn: str, en: str) -> None:
    assert sum(statuses.values()) == 17
    for lang, said in (("nb", nb), ("nn", nn), ("en", en)):
        with override(lang):
            assert " ".join(wording._by_goal(Counter(statuses), "Bø")) == said


def test_the_name_works_as_well_as_the_code(client: Client) -> None:
    for name, code in (
        ("kommune/skien", "kommune/4003"),
        ("kommune/skien.json", "kommune/4003.json"),
        ("kommune/skien/mal/8?gruppe=x", "kommune/4003/mal/8?gruppe=x"),
        ("kommune/skien/mal/8.csv", "kommune/4003/mal/8.csv"),
        ("fylke/telemark", "fylke/40"),
    ):
        answer = client.get(f"/nn/{name}")
        assert (answer.status_code, answer["Location"]) == (302, f"/nn/{code}")
    assert '<link rel="canonical" href="/nb/kommune/4003">' in page(client, "/nb/kommune/4003")


def test_a_row_has_source_release_unit_period_and_what_is_not_final(client: Client) -> None:
    shown = page(client, "/nb/kommune/4003")
    row = shown[shown.index(f"/nb/indikator/{UNEMPLOYMENT}", shown.index('id="figures"')) :].split("</tr>")[0]
    for expected in ("2,2\xa0%", "2025", "foreløpig", "Prøve", "/nb/publisering/now/1", "under den midtre halvdelen"):
        assert expected in row
    welfare = shown[shown.index(f"/nb/indikator/{WELFARE}", shown.index('id="figures"')) :].split("</tr>")[0]
    assert ": én periode uten tall" in welfare and "brudd i tidsserien ved 2021" in welfare


def test_a_goal_has_pictures_tables_and_what_is_lacking(client: Client) -> None:
    shown = page(client, "/nb/kommune/4003/mal/8")
    assert "Skien har tall for 1 av de" in shown
    assert "Lavere er bedre" in shown.replace("lavere", "Lavere")
    assert shown.count('<svg class="chart') == 2 and "<caption>Helt arbeidsledige (prosent)</caption>" in shown
    assert "Uten tall her" in shown and "ingen har publisert et tall her" in shown
    assert "halvdelen" in shown and "Kommuner i Telemark" in shown


def test_the_group_is_kept_in_the_address(client: Client) -> None:
    shown = page(client, "/nb/kommune/4003/mal/8?gruppe=neighbours")
    assert '<a href="?gruppe=neighbours" aria-current="true">' in shown
    assert '<a href="?gruppe=county" aria-current="true">' in page(client, "/nb/kommune/4003/mal/8?gruppe=ukjent")


def test_an_amount_is_not_laid_beside_others_and_one_value_is_no_picture(client: Client) -> None:
    shown = page(client, "/nb/kommune/4003/mal/13")
    assert EMISSIONS in shown and "En mengde avhenger av" in shown
    assert '<svg class="chart' not in shown and re.search(r'<p class="number number-big"><a [^>]+>118', shown)


def test_no_line_passes_through_a_split(client: Client) -> None:
    shown = page(client, "/nb/kommune/1508")
    about = shown[shown.index('id="about"') :]
    assert "Før 1. januar 2024: Ålesund (1507)" in about
    own, before = about.split("Før 1. januar 2024")
    assert "2 verdier fra 2024 til 2025" in own and "4 verdier fra 2020 til 2023" in before


def test_the_front_page_counts_values_and_not_what_is_missing(client: Client) -> None:
    rows = made_rows()
    values = sum(not isinstance(row[3], str) for row in rows)
    assert values < len(rows)
    assert f"<strong>{values}</strong> numbers" in page(client, "/en/")


def test_the_day_that_is_suggested_is_one_that_has_an_answer(client: Client) -> None:
    published = timezone.localdate(snapshots.current().published_at)
    assert f'placeholder="{published.isoformat()}" name="per"' in page(client, "/nb/kommune/4003")


def test_a_county_lists_its_municipalities(client: Client) -> None:
    shown = page(client, "/nb/fylke/40")
    assert '<a class="link" href="/nb/kommune/4003">Skien</a>' in shown
    assert "halvparten av 10 kommuner i Telemark ligger mellom 2,3 og 2,8" in shown
    assert "midtre halvdelen" not in shown


def test_a_place_without_figures_says_so(client: Client) -> None:
    shown = page(client, "/nb/kommune/0301")
    assert "Ingen indikator under de 17 målene har tall for Oslo ennå." in shown
    assert "Det som skiller seg ut" not in shown


def test_sami_names_say_their_language(client: Client) -> None:
    assert '<span class="other-name" lang="se">Guovdageaidnu</span>' in page(client, "/nb/kommune/5612")


class TestRefusals:
    def test_an_unknown_place_is_not_found_and_others_are_suggested(self, client: Client) -> None:
        shown = page(client, "/nb/kommune/skein", 404)
        assert 'href="/nb/kommune/4003"' in shown
        assert "Ingen steder heter" in page(client, "/nb/kommune/qqqqqq", 404)

    def test_two_places_of_one_name_are_told_apart_by_county(self, client: Client) -> None:
        shown = page(client, "/nb/kommune/heroy", 404)
        assert "Hvilket «heroy»?" in shown and "1515 · Møre og Romsdal" in shown and "1818 · Nordland" in shown

    @pytest.mark.parametrize("address", ["/nb/kommune/0806", "/nb/kommune/3807"])
    def test_a_former_code_leads_to_the_place_of_today(self, client: Client, address: str) -> None:
        for ending in ("", ".json", ".csv", "/mal/8", "/mal/8.json"):
            response = client.get(address + ending)
            assert (response.status_code, response["Location"]) == (301, f"/nb/kommune/4003{ending}")

    def test_a_place_that_became_several_keeps_its_page_and_its_figures(self, client: Client) -> None:
        shown = page(client, "/nb/kommune/1507")
        assert 'href="/nb/kommune/1508"' in shown and 'href="/nb/kommune/1580"' in shown
        assert "4 verdier fra 2020 til 2023" in shown
        assert "Ingen utvikling å vise: stedet finnes ikke lenger i 2030." in shown and 'class="ahead"' not in shown
        assert "stedet finnes ikke lenger i 2030" in page(client, "/nb/kommune/1580")
        assert client.get("/nb/kommune/1507/mal/8").status_code == 404
        rows = json.loads(client.get("/nb/kommune/1507.json").content)["observations"]
        assert [row["period"] for row in rows] == ["2020", "2021", "2022", "2023"]

    @pytest.mark.parametrize("goal", ["0", "18", "99", "8x"])
    def test_there_are_seventeen_goals(self, client: Client, goal: str) -> None:
        assert client.get(f"/nb/kommune/4003/mal/{goal}").status_code == 404


class TestData:
    def test_json_and_csv_hold_the_series_of_the_page_with_all_one_must_know(self, client: Client) -> None:
        rows = json.loads(client.get("/nb/kommune/4003.json").content)["observations"]
        lines = list(csv.DictReader(io.StringIO(client.get("/nb/kommune/4003.csv").content.decode())))
        assert len(rows) == len(lines) == 6 + 4 + 3 + 1  # unemployment, child welfare, bullying, emissions
        for row, line in zip(rows, lines, strict=True):
            assert all(
                row[name] for name in ("indicator", "unit", "period", "publisher", "source", "release", "licence")
            )
            assert (row["value"] is None) != (row["missing"] is None)
            assert line["value"] == ("" if row["value"] is None else str(row["value"]))
        hidden = [row for row in rows if row["missing"]]
        assert [(row["indicator"], row["period"], row["missing"]) for row in hidden] == [
            (WELFARE, "2022", "suppressed")
        ]

    def test_a_predecessor_on_the_page_is_in_the_data(self, client: Client) -> None:
        rows = json.loads(client.get("/nb/kommune/1580.json").content)["observations"]
        assert [(row["place"], row["period"]) for row in rows if row["indicator"] == POPULATION] == [
            *(("1580", str(year)) for year in range(2020, 2026)),  # the first four without a value
            *(("1507", year) for year in ("2020", "2021", "2022", "2023")),
        ]

    def test_a_goal_has_its_own_rows_only(self, client: Client) -> None:
        answer = json.loads(client.get("/nb/kommune/4003/mal/8.json").content)
        assert answer["goal"] == 8 and {row["indicator"] for row in answer["observations"]} == {UNEMPLOYMENT}


RATE_METHOD = published_methods()["progress-statcan"].id
TREND = published_methods()["trend-2030"]


def text_of(html: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", html).split())


class TestTrend:
    def test_a_tile_says_its_status_in_shape_and_word(self, client: Client) -> None:
        tiles = page(client, "/nb/kommune/4003").split('<a class="goal-tile ')[1:]
        assert len(tiles) == 17
        words = {
            int(tile.split()[0].removeprefix("goal-").strip('"')): text_of(tile.split("</a>")[0]) for tile in tiles
        }
        assert "usikkert" in words[8] and "for lite data" in words[13] and "ingen tall" in words[14]
        shapes = {re.search(r"<svg.*?</svg>", tiles[n - 1])[0] for n in (8, 13)}  # type: ignore[index]
        assert len(shapes) == 2 and all("<path" in s or "<circle" in s for s in shapes)

    def test_the_goal_page_says_it_in_words_picture_and_table(self, client: Client) -> None:
        shown = page(client, "/nb/kommune/4003/mal/8")
        said = text_of(shown)
        assert "Utvikling mot 2030: usikkert." in said
        assert "−0,19 prosentpoeng per år fra 2015 til 2025 (usikkerhetsintervall på 80 %: −0,63 til +0,06)" in said
        assert "I 2030 kan det ligge mellom 0,9 og 3,0 %, så ingen kan si sikkert hvilken vei det går." in said
        assert "blir det 1,6" not in said and "og det er bedre" not in said and "ned fra 4,0" in said
        assert "Tall som ikke er endelige, er med." in said
        assert (
            '<path class="ahead"' in shown
            and "det kan ligge innenfor dette (80 %-intervall)" in said
            and "ahead-line" not in shown
        )
        row = shown[shown.index('<tr class="projected">') :].split("</tr>")[0]
        assert "2030 0,9–3,0 %" in text_of(row) and f"metode {TREND.id}" in row
        assert "Slik er statusen laget" in said and f"Metode trend-2030, versjon {TREND.version}." in said

    def test_too_little_is_said_with_its_reason(self, client: Client) -> None:
        shown = page(client, "/en/kommune/4003/mal/13")
        assert "No trend: fewer than 5 figures." in text_of(shown) and 'class="ahead"' not in shown

    def test_json_has_a_list_of_trends_and_csv_has_columns(self, client: Client) -> None:
        answer = json.loads(client.get("/nb/kommune/4003/mal/8.json").content)
        assert answer["status"] == "uncertain"
        [trend] = answer["trends"]
        assert (trend["indicator"], trend["place"], trend["trend_status"]) == (UNEMPLOYMENT, "4003", "uncertain")
        assert trend["slope_low"] < trend["slope_per_year"] < trend["slope_high"]
        assert f"{trend['method']} {trend['method_version']}" == TREND.id
        assert (trend["rate_method"], trend["target"], trend["trend_why_none"]) == (
            RATE_METHOD,
            None,
            None,
        )
        lines = list(csv.DictReader(io.StringIO(client.get("/nb/kommune/4003.csv").content.decode())))
        for line in lines:
            if line["indicator"] == UNEMPLOYMENT:
                assert float(line["projection"]) == trend["projection"] and line["trend_provisional"] == "true"
            else:
                assert (line["projection"], line["trend_status"]) == ("", "unknown") and line["trend_why_none"]


def test_a_picture_about_the_place_has_the_name_of_what_it_shows(client: Client) -> None:
    """Haram has figures of its own, and those of Ålesund as it was stand below them under a heading one step down."""
    for lang, named in (("nb", "Folketall"), ("nn", "Folketal"), ("en", "Population")):
        about = page(client, f"/{lang}/kommune/1580").split('id="about"')[1].split("</section>")[0]
        headings = re.findall(r'<h([34]) class="figure-title"><a class="link" href="[^"]+">(.*?)</a></h', about)
        assert [level for level, _name in headings] == ["3", "4"]
        assert {name for _level, name in headings} == {named}
        assert re.findall(r"</h[34]>\s*<p>(Haram|Ålesund): ", about) == ["Haram", "Ålesund"]
