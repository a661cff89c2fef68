"""What comes with Dugnad is true, and real data laid beside it is published by its plan without a figure twice."""

import csv
import gzip
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from statistics import median

import pytest
from django.test import Client

from dugnad.places import queries as places
from dugnad.status import store
from dugnad.status.models import Release, StagedImport
from dugnad.status.queries import snapshots, structure
from dugnad.status.queries.series import Point, series_at
from dugnad.status.queries.standing import place_overview
from tests.examples.conftest import DEFINITIONS, REAL_PLAN, stage

POPULATION = "norge.2026.population"


pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture(scope="module", autouse=True)
def facts(installation: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
    """The facts published; where the real data is, that too."""
    with installation():
        stage(DEFINITIONS / "facts")
        yield


@pytest.fixture(scope="module")
def real(facts: None, shared_data: Path) -> Path:
    stage(shared_data, REAL_PLAN)
    return shared_data


def points(code: str, indicator: str, breakdown: str = "") -> dict[str, Point]:
    found = series_at(snapshots.current(), [code], [indicator])
    return {point.period.text: point for point in found.get((indicator, breakdown), [])}


# Facts


def test_stavanger_has_its_published_figures():
    overview = place_overview(snapshots.current(), places.place("1103"))
    shown = {s.version.indicator.code: s.latest for s in overview.standings if s.version.edition.set_id == "u4ssc"}
    assert len(shown) == 12
    assert (shown["EC:P:EM:1C"].value, shown["EC:P:EM:1C"].period.text) == (2.74, "2021")
    lacking = {lack.version.indicator.code: lack.missing for goal in overview.goals for lack in goal.lacking}
    assert lacking["EC:I:B:2A"] == "not_reported"


@pytest.mark.parametrize(
    ("lang", "note"),
    [
        ("nb", "rapportens år, ikke alltid tallets"),
        ("nn", "året til rapporten, ikkje alltid til talet"),
        ("en", "the report’s year, not always the figure’s"),
    ],
)
@pytest.mark.parametrize(
    "page",
    ["kommune/1103", "kommune/1103/mal/8", "indikator/u4ssc.2017.EC:P:EM:1C", "sammenlign?sted=1103&sted=1149"],
)
def test_the_year_of_a_report_is_never_shown_as_the_year_of_the_figure(client: Client, lang: str, note: str, page: str):
    text = client.get(f"/{lang}/{page}").content.decode()
    assert note in text
    # On the page of a place it stands beside the year of every such figure.
    beside = re.findall(r"<small>2021( \([^)]*\))?", text)
    assert all(said == f" ({note})" for said in beside)
    assert beside or not page.endswith("1103")


def test_the_year_of_a_report_is_explained_in_the_files_too(client: Client):
    rows = client.get("/en/kommune/1103.json").json()["observations"]
    notes = {(row["release"].partition("/")[0], row["period_note"]) for row in rows}
    assert notes == {
        ("u4ssc-published", "the report’s year, not always the figure’s"),
        ("population", None),
        ("population-ages", None),
    }


def test_asker_keeps_its_figures_under_its_new_number():
    overview = place_overview(snapshots.current(), places.place("3203"))
    rate = next(s for s in overview.standings if s.version.indicator.code == "SC:SH:SA:8C")
    assert (rate.latest.place, rate.latest.value) == ("3025", 393.98)


def test_the_facts_are_what_was_published(shared_data: Path):
    with (shared_data / "u4ssc" / "published_values.csv").open(encoding="utf-8") as lines:
        published = list(csv.DictReader(lines))
    with (DEFINITIONS / "facts" / "u4ssc.csv").open(encoding="utf-8") as lines:
        ours = list(csv.DictReader(lines))
    assert len(ours) == len(published) == 64
    for fact, source in zip(ours, published, strict=True):
        assert (fact["place"], fact["published_name"], fact["page"]) == (
            source["municipality_code_2020"],
            source["kpi_or_datapoint"],
            source["page"],
        )
        expected = source["value"].replace("No", "0") if source["status"] == "reported" else "NR"
        assert fact["value"] == expected
        assert fact["period"] == source["report"][:4]


def test_every_municipality_has_its_population():
    assert points("0301", POPULATION)["2026"].value == 728_714
    assert all("2026" in points(place.code, POPULATION) for place in places.places_on())


def test_the_ages_are_the_published_bands_added_up(shared_data: Path):
    people: Counter[tuple[str, str, str]] = Counter()
    with gzip.open(shared_data / "norway" / "population_by_age_sex_2015_2026.csv.gz", "rt") as lines:
        for row in csv.DictReader(lines):
            kind = {"0-5": "young", "6-15": "young", "67-79": "old", "80+": "old"}.get(row["band"])
            for name in ("all", *([kind] if kind else [])):
                people[row["code"], row["year"], name] += int(row["population"])
    with (DEFINITIONS / "facts" / "ages.csv").open(encoding="utf-8") as lines:
        facts = list(csv.DictReader(lines))
    assert len(facts) == 2 * 2 * 357
    inhabitants = {code: points(code, POPULATION) for code in {fact["place"] for fact in facts}}
    for fact in facts:
        code, year, kind = fact["place"], fact["period"], fact["indicator"].rpartition(".")[2]
        counted, all_of_them = int(fact["numerator"]), int(fact["denominator"])
        assert (counted, all_of_them) == (people[code, year, kind], people[code, year, "all"])
        assert float(fact["value"]) == pytest.approx(100 * counted / all_of_them, abs=6e-5)
        assert inhabitants[code][year].value == all_of_them


def test_the_nearest_by_structure_are_also_of_the_same_ages():
    """The distance by hand: each feature less the middle of all, in usual distances from it."""
    found = structure.alike_in_structure(snapshots.current(), places.place("4036"))
    assert found is not None and found.lacking == ()
    assert [feature.key for feature in found.features] == ["population", "density", "growth", "young", "old"]
    assert found.own[3:] == (pytest.approx(points("4036", "innbyggere.2026.young")["2026"].value),
                             pytest.approx(points("4036", "innbyggere.2026.old")["2026"].value))  # fmt: skip
    with (DEFINITIONS / "facts" / "ages.csv").open(encoding="utf-8") as lines:
        old = {row["place"]: float(row["value"]) for row in csv.DictReader(lines)
               if (row["period"], row["indicator"]) == ("2026", "innbyggere.2026.old")}  # fmt: skip
    spread = 1.4826 * median(abs(share - median(old.values())) for share in old.values())
    for one in found.nearest:
        part = one.parts[4]
        assert (part.own, part.other) == (old["4036"], old[one.place.code])
        assert part.difference == pytest.approx((part.other - part.own) / spread)
        assert part.share == pytest.approx(part.difference**2 / (5 * one.distance**2))
        assert sum(p.share for p in one.parts) == pytest.approx(1)


@pytest.mark.parametrize("code", ["1508", "4036"])
def test_what_is_drawn_about_a_place_has_the_others_in_every_period(code: str):
    """Whatever periods the latest values of other indicators are of."""
    overview = place_overview(snapshots.current(), places.place(code))
    assert [s.version.indicator.code for s in overview.about] == ["population", "young", "old"]
    for standing in overview.about[1:]:
        assert {p.period for p in standing.points} == set(standing.spreads) and len(standing.points) > 1


@pytest.mark.parametrize(("lang", "words"), [("nb", "andel fra 67 år"), ("nn", "del frå 67 år"), ("en", "67 and over")])
def test_the_page_explains_the_distance_by_ages_too(client: Client, lang: str, words: str):
    shown = client.get(f"/{lang}/kommune/4036/lignende").content.decode()
    assert words in shown and "Ikke brukt" not in shown and "Not used" not in shown
    rows = client.get(f"/{lang}/kommune/4036/lignende.json").json()["rows"]
    assert len(rows) == 50 and {row["feature"] for row in rows} >= {"young", "old"}


# Real data


def test_the_plan_publishes_everything_without_an_error(real: Path):
    assert not [finding for staged in StagedImport.objects.all() for finding in staged.errors]
    assert all(staged.state == "published" for staged in StagedImport.objects.all())


def test_the_real_population_follows_on_the_facts_and_changes_none(real: Path):
    first, second = Release.objects.filter(dataset="population").order_by("number")
    assert (first.row_count, second.kind, second.reason) == (714, "final", {})
    assert (second.staged.difference["changed"], second.staged.difference["vanished"]) == (0, 0)


def test_starting_again_publishes_nothing(real: Path):
    before = (Release.objects.count(), snapshots.current().key)
    stage(DEFINITIONS / "facts")  # its population has been replaced since: not to be brought back
    stage(real, REAL_PLAN)
    assert (Release.objects.count(), snapshots.current().key) == before


def test_no_figure_is_published_twice(real: Path):
    rows = store.ask(
        """
        SELECT indicator, place, period, breakdown
        FROM read_parquet($files)
        GROUP BY ALL
        HAVING count(*) > 1
        """,
        {"files": snapshots.current().by_series},
    )
    assert rows == []


def test_haram_and_alesund_begin_in_2024(real: Path):
    for code, first in (("1508", 58_509), ("1580", 9_357)):
        series = points(code, POPULATION)
        assert {point.missing for period, point in series.items() if period < "2024"} == {"border_change"}
        assert series["2024"].value == first
    # What the source divided in halves is the whole again, where it belongs.
    whole = points("1507", POPULATION)
    assert whole["2020"].value == 66_256
    assert "2024" not in whole


@pytest.mark.parametrize("code", ["5055", "5056", "5059", "1806", "1875"])
def test_other_halves_are_taken_out_too(real: Path, code: str):
    # Heim, Hitra, Orkland; Narvik, Hamarøy: each got a part of a neighbour in 2020.
    series = points(code, POPULATION)
    assert series["2019"].missing == "border_change"
    assert series["2020"].value


def test_all_municipalities_have_their_population_history(real: Path):
    for place in places.places_on():
        series = points(place.code, POPULATION)
        assert list(series) == [str(year) for year in range(2005, 2027)]
        assert all(point.value or point.missing for point in series.values())


def test_a_county_is_put_together_and_not_divided(real: Path):
    # Telemark was a part of another county from 2020 to 2024; its figures are the sum of its municipalities' people.
    assert points("40", "norge.2026.unemployment")["2022"].value == pytest.approx(2.1917)
    assert points("39", "norge.2026.unemployment")["2022"].value


@pytest.mark.parametrize("code", ["4001", "4003", "4036"])
def test_every_telemark_series_is_there(real: Path, code: str):
    with (real / "telemark" / "observations.csv").open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["code"] == code]
    overview = place_overview(snapshots.current(), places.place(code))
    shown = {s.version.indicator.code: s for s in (*overview.standings, *overview.about)}
    expected: dict[str, list[float]] = {}
    for row in sorted(rows, key=lambda row: row["period"]):
        if row["indicator"] == "refugees_settled" and (row["year"] == "2026" or row["year"] < "2012"):
            continue  # only a part of the year; 0 everywhere for years that the file has no figures of
        expected.setdefault(row["indicator"], []).append(float(row["value"]))
    assert (
        set(shown) - {"young", "old"} == set(expected) >= {"ghg_total", "unemployment", "life_expectancy", "population"}
    )
    for indicator, values in expected.items():
        found = [p.value for p in shown[indicator].points if p.value is not None]
        assert found[-len(values) :] == pytest.approx(values)  # population begins earlier, in another file


def test_years_that_a_file_has_no_figures_of_are_no_zeros(client: Client, real: Path):
    """Refugees settled: 0 in all 17 municipalities from 1995 to 2011 is not available, 0 since is nobody."""
    series = points("4003", "norge.2026.refugees_settled")
    early = [point for year, point in series.items() if year < "2012"]
    assert len(early) == 17 and all((p.value, p.missing) == (None, "not_available") for p in early)
    rows = client.get("/nb/indikator/norge.2026.refugees_settled.json?periode=2012").json()["observations"]
    assert 0.0 in {row["value"] for row in rows}
    explained = client.get("/en/forklar/norge.2026.refugees_settled/4003/2005").content.decode()
    assert "0 is no figure of norge.2026.refugees_settled from 1995 to 2011, as the mapping says" in explained
    assert "0 is no figure" not in client.get("/en/forklar/norge.2026.refugees_settled/4003/2012").content.decode()
    staged = StagedImport.objects.get(dataset="telemark-refugees")
    assert [(f.level, f.count) for f in staged.all_findings if f.code == "no_value"] == [("note", 17 * 17)]
    for lang, words in (
        ("nb", "tall ikke tilgjengelig"),
        ("nn", "tal ikkje tilgjengeleg"),
        ("en", "figure not available"),
    ):
        assert words in client.get(f"/{lang}/kommune/4003/mal/10").content.decode()


def test_what_the_municipalities_do_not_make_is_said_with_its_own_reason(client: Client, real: Path):
    """Figures of 17 of 357 municipalities, without denominators: no border changed."""
    told = client.get("/nb/indikator/norge.2026.unemployment.json").json()["reconciled"]
    county, country = (next(row for row in told if row["place"] == place) for place in ("40", "0"))
    assert (county["parts_with_figure"], county["parts"], county["missing"]) == (17, 17, "not_available")
    assert (country["parts_with_figure"], country["parts"], country["missing"]) == (17, 357, "not_available")
    shown = client.get("/nb/indikator/norge.2026.unemployment").content.decode().split('id="avstemming"')[1]
    assert "17 av 357 kommuner" in shown and "grensene ble endret" not in shown.split("</table>")[0]


def test_the_highest_value_is_not_said_to_lie_in_a_quarter(client: Client, real: Path):
    page = client.get("/nb/kommune/4003/mal/6").content.decode()
    assert "Skien, 100,0\xa0%, deler den høyeste verdien av 17 steder med 13 andre" in page


def test_the_finer_source_of_a_figure_is_named_wherever_the_figure_is(client: Client, real: Path):
    low_income = "Statistics Norway and Directorate of Integration and Diversity"
    crowded = "Statistics Norway and Norwegian Institute of Public Health"
    for page in ("kommune/4003", "kommune/4003/mal/1", "indikator/norge.2026.low_income_others"):
        assert low_income in client.get(f"/en/{page}").content.decode(), page
    rows = client.get("/en/kommune/4003.json").json()["observations"]
    named = {row["indicator"].rpartition(".")[2]: (row["publisher"], row["source"]) for row in rows}
    assert named["low_income_others"] == (low_income, "Persistent low income (EU60), aged 25 and over")
    assert named["crowded_housing"][0] == crowded
    # Where the plan says nothing more, it is the dataset's.
    assert named["jobs"] == ("Statistics Norway", "Municipal statistics collected by Telemark County")
    assert named["unemployment"][0] == "Norwegian Labour and Welfare Administration (NAV)"


def test_every_finer_source_of_the_plan_is_of_an_indicator_that_is_read(real: Path):
    assert not [f for staged in StagedImport.objects.all() for f in staged.all_findings if f.code == "cited_in_vain"]


@pytest.mark.parametrize(
    ("lang", "whose", "thin"),
    [
        ("nb", "17 kommuner i Telemark", "andre indikatorer er publisert så langt, men bare for kommuner i Telemark"),
        ("nn", "17 kommunar i Telemark", "andre indikatorar er publiserte så langt, men berre for kommunar i Telemark"),
        (
            "en",
            "17 municipalities in Telemark",
            "other indicators have figures here for municipalities in Telemark only",
        ),
    ],
)
def test_a_page_says_whose_the_figures_are(client: Client, real: Path, lang: str, whose: str, thin: str):
    skien = client.get(f"/{lang}/kommune/4003").content.decode()
    assert whose in skien and "Rogaland" not in skien  # Karmøy and Stavanger are not their county
    stavanger = client.get(f"/{lang}/kommune/1103").content.decode()
    assert thin in stavanger.partition('<ul class="place-facts">')[0]  # in the first sentences
    assert whose not in client.get(f"/{lang}/kommune/1103/mal/8").content.decode()


@pytest.mark.parametrize(
    ("lang", "words"), [("nb", "delt opp, så det står 4"), ("nn", "står 4"), ("en", "4 series below")]
)
def test_an_indicator_in_parts_is_one_in_words_and_several_rows(client: Client, lang: str, words: str):
    text = client.get(f"/{lang}/kommune/1103/mal/16").content.decode()
    assert words in text and text.count('class="indicator-section"') == 4


def test_periods_of_several_years_and_school_years_are_read(real: Path):
    assert "2004-01-01/P7Y" in points("4003", "norge.2026.life_expectancy")
    bullied = points("4003", "norge.2026.bullying_7")
    assert min(point.period.start.month for point in bullied.values()) == 8


def test_what_vinje_lacks_is_explained(real: Path):
    overview = place_overview(snapshots.current(), places.place("4036"))
    telemark = {lack.version.indicator.code: lack.missing for goal in overview.goals for lack in goal.lacking}
    assert {code: telemark[code] for code in ("bullying_7", "hip_fracture_75", "crowded_housing")} == {
        "bullying_7": "suppressed",
        "hip_fracture_75": "suppressed",
        "crowded_housing": "not_available",
    }
