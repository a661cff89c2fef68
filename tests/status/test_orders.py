"""Where places stand in a group, and how sure that is: from counts, from the noise of series, or not at all."""

import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from dugnad.places import queries as places
from dugnad.standards import queries as standards
from dugnad.status.queries import comparisons, orders, snapshots, standing
from dugnad.status.queries.comparisons import Row
from dugnad.status.queries.indicators import indicator_overview
from tests.status.conftest import TELEMARK, UNEMPLOYMENT, WELFARE, installation, publish_one  # noqa: F401

pytestmark = pytest.mark.django_db

EDUCATION = "norge.2026.higher_education"  # per cent, higher is better; only values
VACCINATION = "norge.2026.measles_vaccination_9"  # per cent, higher is better; a value or two
CASES = dict(zip(TELEMARK, (30, 700, 200, 260, 240, 3, 250, 255, 245, 250), strict=True))
BASES = dict(zip(TELEMARK, (1000, 20_000, 10_000, 10_000, 10_000, 80, 10_000, 10_000, 10_000, 10_000), strict=True))


def counted_rows() -> list[tuple[Any, ...]]:
    """Unemployment with counts: 3.0 of a thousand, 3.5, 2.0 ... per cent, and one of eighty persons."""
    dice = random.Random(3)
    rows: list[tuple[Any, ...]] = []
    for i, code in enumerate(TELEMARK):
        value = round(100 * CASES[code] / BASES[code], 1)
        rows.append((code, "2025", UNEMPLOYMENT, value, "", False, CASES[code], BASES[code]))
        rows.append((code, "2024", UNEMPLOYMENT, value + 0.1 * i, "", False, "", ""))
        # Twelve years that wobble by a few tenths: 20, 23, 26 ... so that neighbours far apart can be told apart.
        for year in range(2014, 2026):
            education = 20.0 + 3 * i + round(dice.uniform(-0.6, 0.6), 1)
            rows.append((code, str(year), EDUCATION, education, "", False, "", ""))
        rows += [(code, "2025", VACCINATION, 90.0 + i, "", False, "", "")]
    rows += [("4003", "2025", WELFARE, 3.0, "", False, "", ""), ("4001", "2025", WELFARE, 2.0, "", False, "", "")]
    return rows


@pytest.fixture(scope="module", autouse=True)
def site(installation: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:  # noqa: F811
    with installation():
        publish_one(tmp_path_factory.mktemp("rows"), counted_rows(), "counted", "2024-01-01")
        yield


def beside(indicator: str, *codes: str) -> Row:
    goals = comparisons.compare(snapshots.current(), [comparisons.place_meant(code) for code in codes])
    return next(row for goal in goals for row in goal.rows if row.version.id == indicator)


def test_the_best_is_named_only_where_its_interval_lies_clear() -> None:
    assert beside(UNEMPLOYMENT, "4003", "4005").best == 1  # 3.5 of 20,000 and 2.0 of 10,000
    assert beside(UNEMPLOYMENT, "4010", "4012").best is None  # 2.6 and 2.4 may be the same
    assert beside(EDUCATION, "4001", "4022").best == 1  # 20 and 47 with a noise of tenths
    assert beside(EDUCATION, "4001", "4022").interval(0) is not None


def test_without_an_error_none_is_best_however_far_apart_they_are() -> None:
    row = beside(VACCINATION, "4001", "4022")  # 90 and 99 of a hundred, in one year
    assert row.is_fair and row.order.basis == "" and row.best is None and row.interval(0) is None


@pytest.mark.parametrize(
    ("lang", "best", "alike", "unknown"),
    [
        ("nb", "best av disse", "kan ikke skilles fra hverandre", "usikkerheten er ikke kjent"),
        ("nn", "best av desse", "kan ikkje skiljast frå kvarandre", "uvissa er ikkje kjend"),
        ("en", "best of these", "cannot be told apart", "no error can be stated"),
    ],
)
def test_the_page_says_who_is_best_who_cannot_be_told_apart_and_what_nobody_can_say(
    client: Client, lang: str, best: str, alike: str, unknown: str
) -> None:
    shown = client.get(f"/{lang}/sammenlign?sted=4010&sted=4012").content.decode()
    assert alike in shown and unknown in shown and shown.count(best + "</span>") == 1  # education
    assert "2,3–2,9" in shown or "2.3–2.9" in shown  # the interval of 260 of 10,000


def test_an_indicators_page_knows_the_order_of_all_its_municipalities() -> None:
    overview = indicator_overview(snapshots.current(), standards.indicator_version(UNEMPLOYMENT))
    order = orders.order_among(overview)
    assert (order.basis, order.n) == ("counts", 10)
    skien, small = order.placings["4003"], order.placings["4014"]
    assert (skien.rank_from, skien.rank_to, skien.outside) == (8, 10, "very_high")
    assert small.is_small and not small.outside and small.rank_to == 10  # 3 of 80: anything between first and last
    assert orders.order_among(overview, {"4003", "4005"}).n == 2


def test_a_place_among_the_places_of_a_group() -> None:
    place = places.resolve("4003").place
    now = snapshots.current()
    goal = standing.goal_at_place(now, place, 8)
    group = comparisons.groups_for(place)[0]
    among = orders.among_group(now, goal.standings, place, group)[UNEMPLOYMENT, ""]
    assert (among.group.key, among.n, among.placing and among.placing.quantile) == ("county", 10, 8 / 9)
    assert among.change == pytest.approx(-0.1)
    # The others fell by 0, 0.2, 0.3 ... 0.9.
    assert among.group_change == pytest.approx(-0.5)
    assert len(among.values) == 17 and among.values["4036"] is None


def shown(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("nb", ["mellom 8. og 10. plass av 10, regnet fra det laveste, som er best", "Tallene teller tilfeller",
                "få er talt: nevneren er under 100", "høyere enn tilfeldigheter kan", "Skien blant andre: Kom"]),
        ("nn", ["mellom 8. og 10. plass av 10, rekna frå det lågaste, som er best", "Tala tel tilfelle",
                "få er talde: nemnaren er under 100", "høgare enn slumpen kan forklare", "Skien blant andre: Kom"]),
        ("en", ["between 8th and 10th of 10, counted from the lowest, which is best", "The figures count cases",
                "few counted: the denominator is below 100", "higher than chance gives", "Skien among others: Muni"]),
    ],
)  # fmt: skip
def test_the_page_of_an_indicator_says_how_sure_the_order_is(client: Client, lang: str, words: list[str]) -> None:
    found = shown(client, f"/{lang}/indikator/{UNEMPLOYMENT}?sted=4003")
    for expected in words:
        assert expected in found
    assert 'class="chart chart-funnel"' in found and 'class="chart chart-intervals"' in found


def test_the_funnel_counts_what_the_table_beneath_it_says(client: Client) -> None:
    found = shown(client, f"/nb/indikator/{UNEMPLOYMENT}?sted=4003")
    title = re.search(r"(\d+) av 10 kommuner ligger utenfor 95\xa0%-grensene, (\d+) utenfor 99,8\xa0%-grensene", found)
    beneath = found[found.index('id="tabell"') :]
    far = beneath.count("tilfeldigheter kan forklare (utenfor 99,8\xa0%-grensene)")
    usual = beneath.count("vanlig ved tilfeldigheter (utenfor 95\xa0%-grensene)")
    assert title and far and [int(n) for n in title.groups()] == [usual + far, far]
    assert "Om lag 1 av 20 steder ligger utenfor 95\xa0%-grensene bare ved tilfeldigheter" in found


def test_without_an_error_there_is_no_rank_and_the_page_says_why(client: Client) -> None:
    found = shown(client, f"/nb/indikator/{VACCINATION}?sorter=verdi&sted=4003")
    assert "Ingen rekkefølge er gitt" in found and "i den høyeste fjerdedelen" in found
    assert "plass av" not in found and "chart-intervals" not in found and "chart-funnel" not in found


def test_noise_of_series_gives_groups_that_can_be_told_apart(client: Client) -> None:
    found = shown(client, f"/nb/indikator/{EDUCATION}")
    assert "svinger av seg selv fra år til år" in found and '<ol class="tiers">' in found


def test_a_list_of_ones_own_is_a_group_and_its_unknown_words_are_named(client: Client) -> None:
    found = shown(client, f"/nb/indikator/{UNEMPLOYMENT}?sted=4003&gruppe=4001,bamble,Atlantis,42")
    assert "Skien blant andre: Egen liste" in found and "Porsgrunn, Bamble" in found
    assert "Atlantis, 42" in found and "plass av 3" in found
    alone = shown(client, f"/nb/indikator/{UNEMPLOYMENT}?gruppe=4001,4005")
    assert '<h2 id="gruppe">Egen liste</h2>' in alone
    nothing = shown(client, f"/nb/indikator/{UNEMPLOYMENT}?sted=4003&gruppe=%3Cscript%3E")
    assert "<script" not in nothing and "Kommuner i Telemark" in nothing


def test_several_that_are_pointed_out_are_a_group(client: Client) -> None:
    found = shown(client, f"/nb/indikator/{UNEMPLOYMENT}?sted=4003&sted=4001&sted=4005")
    assert "Skien blant andre: Stedene som er pekt ut" in found and "plass av 3" in found


def test_a_group_is_kept_by_the_links_of_the_page(client: Client) -> None:
    found = shown(client, f"/nb/indikator/{UNEMPLOYMENT}?sted=4003&gruppe=nearest")
    assert "?sted=4003&amp;gruppe=nearest&amp;periode=2024" in found and "/kommune/4003?gruppe=nearest" in found


def test_the_page_of_a_goal_says_where_the_place_lies_in_the_chosen_group(client: Client) -> None:
    found = shown(client, "/nb/kommune/4003/mal/8?gruppe=4001,4005,4010")
    assert (
        "ligger i den høyeste halvdelen av 4 steder (Egen liste)" in found and "av 4, regnet fra det laveste" in found
    )
    assert "Siden 2024 har det endret seg med −0,1" in found and "blant 3 andre" in found
    assert "?sted=4003&amp;gruppe=4001%2C4005%2C4010" in found  # the choice follows to the indicator
    assert "/kommune/4003/mal/9?gruppe=4001%2C4005%2C4010" in found  # and to the next goal


def test_how_many_of_the_group_have_figures_is_said(client: Client) -> None:
    for address in (f"indikator/{UNEMPLOYMENT}?sted=4003&gruppe=county", "kommune/4003/mal/8?gruppe=county"):
        assert "10 av de 17 har tall for perioden." in shown(client, f"/nb/{address}")
    assert "har tall for perioden" not in shown(client, f"/nb/indikator/{UNEMPLOYMENT}?sted=4003&gruppe=4001,4005")


def test_each_interval_of_a_comparison_says_how_wide_it_is(client: Client) -> None:
    for lang, words in (("nb", "95\xa0%-intervall: "), ("nn", "95\xa0%-intervall: "), ("en", "95% interval: ")):
        assert shown(client, f"/{lang}/sammenlign?sted=4003&sted=4005").count(f"<small>{words}") >= 2


def test_places_beside_each_other_are_laid_in_a_group(client: Client) -> None:
    found = shown(client, "/nb/sammenlign?sted=4003&sted=4005&gruppe=county")
    assert "plass av 10" in found and "chart-intervals" in found and "gruppe=county" in found
    assert "plass av" not in shown(client, "/nb/sammenlign?sted=4003&sted=4005")


@pytest.mark.parametrize(
    "address",
    [
        f"/nb/indikator/{UNEMPLOYMENT}.json?periode=alle",
        "/nb/kommune/4003/mal/8.json",
        "/nb/sammenlign.json?sted=4003&sted=4005&gruppe=county",
    ],
)
def test_the_data_have_group_quantile_rank_and_funnel(client: Client, address: str) -> None:
    answer = client.get(address).json()
    rows = [r for r in answer["observations"] if r["indicator"] == UNEMPLOYMENT and r["place"] == "4003"]
    latest = next(r for r in rows if r["period"] == "2025")
    assert (latest["n"], latest["rank_from"], latest["rank_to"], latest["rank_of"]) == (10, 8, 10, 10)
    assert latest["quantile"] == pytest.approx(8 / 9) and latest["quantile_from"] == pytest.approx(7 / 9)
    assert latest["funnel_far_to"] < latest["value"] and latest["outside"] == "very_high"
    assert latest["small_denominator"] is False and latest["error_from"] == "counts"
    earlier = next(r for r in rows if r["period"] == "2024")
    assert earlier["rank_from"] is None and earlier["group"] is None
    assert answer["group"] is None or answer["group"]["draws"] == 10_000


def test_the_table_of_data_has_the_same_columns(client: Client) -> None:
    lines = shown(client, f"/nb/indikator/{UNEMPLOYMENT}.csv").splitlines()
    assert "rank_from,rank_to,rank_of,funnel_from,funnel_to,funnel_far_from,funnel_far_to,outside" in lines[0]
    assert any("true" in line and ",4014," in line for line in lines)  # 3 of 80
    own = client.get(f"/nb/indikator/{UNEMPLOYMENT}.json?gruppe=4001,4005").json()
    assert own["group"]["key"] == "4001,4005" and {r["n"] for r in own["observations"] if r["n"]} == {2}


@pytest.mark.parametrize(
    ("lang", "word", "status"),
    [("nb", "per år fra ", "usikkert"), ("nn", "per år frå ", "usikkert"), ("en", "a year from ", "uncertain")],
)
def test_the_trend_stands_beside_the_comparison(client: Client, lang: str, word: str, status: str) -> None:
    """Education wobbles without rising; the same words as on the page of the place. What is uncertain has a word, and
    no figure to quote."""
    found = shown(client, f"/{lang}/indikator/{EDUCATION}?sted=4003")
    assert word in found and "2030" in found
    beside_each_other = shown(client, f"/{lang}/sammenlign?sted=4003&sted=4022")
    assert beside_each_other.count(f"{status}</span>") >= 2 and "2030: " not in beside_each_other
