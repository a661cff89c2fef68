"""Whose borders a page is on: chosen in the address, said in words, the same as data."""

import csv
import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date

import pytest
from django.test import Client
from django.utils import translation

from dugnad.places import queries as places
from dugnad.shared.errors import Refusal
from dugnad.shared.periods import Period
from dugnad.shared.writing import Actor
from dugnad.standards.changes import load_definitions
from dugnad.status import store
from dugnad.status.borders import panel as panels
from dugnad.status.queries import snapshots
from dugnad.status.queries.borders import border_steps, series_on_borders
from dugnad.status.queries.series import periods_by_breakdown
from tests.examples.conftest import NETWORK, stage_network
from tests.status.test_indicator_page import page, table

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
UNEMPLOYMENT, EMISSIONS, POPULATION = "eksempel.2024.ledighet", "eksempel.2024.utslipp", "eksempel.2024.folketall"
INCOME = "eksempel.2024.lavinntekt"


@pytest.fixture(scope="module", autouse=True)
def network(installation: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
    with installation():
        stage_network("data")
        yield


def data(client: Client, address: str) -> dict[tuple[str, str], dict]:
    rows = json.loads(client.get(address).content)["observations"]
    return {(row["place"], row["period"]): row for row in rows if row["breakdown"] == ""}


def test_history_is_on_the_borders_of_today_and_says_so(client: Client) -> None:
    # 107,064 tonnes in Stjernevåg as it was and 46,652 in Måneby, which joined it.
    assert "Summen av Stjernevåg (X101) og Måneby (X112)" in page(client, "/nb/kommune/X101/mal/13")
    shown = {row[0]: row for row in table(page(client, f"/nb/indikator/{EMISSIONS}?periode=2015"))}
    assert shown["Stjernevåg"][1].replace("\xa0", " ") == "153 716"
    assert "Summen av Stjernevåg (X101) og Måneby (X112)." in " ".join(shown["Stjernevåg"])
    assert "deles ikke" in " ".join(shown["Perleskjær"])  # a part of X103, and emissions are no count of people


def test_older_borders_are_chosen_by_a_day_or_a_year(client: Client) -> None:
    for written in ("2019-12-31", "2019"):
        shown = page(client, f"/nb/indikator/{EMISSIONS}?grenser={written}&periode=2019")
        assert "Grensene slik de var 31. desember 2019" in shown and "Vis dagens grenser" in shown
        assert {"Stjernevåg (X101)", "Måneby (X112)"} <= {row[0] for row in table(shown)}
    # X103 is divided since: whole again by its parts, and what was merged cannot be taken apart.
    rows = data(client, f"/nb/indikator/{EMISSIONS}.json?grenser=2019&periode=alle")
    parts = data(client, f"/nb/indikator/{EMISSIONS}.json?periode=alle")
    whole = rows["X103", "2024"]
    assert whole["value"] == parts["X104", "2024"]["value"] + parts["X105", "2024"]["value"]
    assert (whole["border_rule"], whole["border_parts"], whole["coverage"]) == ("sum", "X104+X105", 1.0)
    assert (rows["X112", "2024"]["missing"], rows["X112", "2024"]["border_parts"]) == ("border_change", "?*X101")


def test_a_published_share_is_used_only_when_borders_are_chosen_and_named_with_its_source(client: Client) -> None:
    today = data(client, f"/nb/indikator/{POPULATION}.json?grenser=2026&periode=alle")
    assert today["X105", "2023"]["status"] == "estimated"
    assert today["X105", "2023"]["value"] == pytest.approx(0.25 * 2 * 14124)
    assert today["X105", "2024"]["break"] is True and today["X104", "2024"]["break"] is True
    shown = page(client, f"/en/indikator/{POPULATION}?grenser=2026&periode=2023")
    assert (
        "Estimated: 0.2500 × Regnbueøya (X103)." in shown and "Eksempelnettverket, 2024-01-01: 21 300 / 28 400" in shown
    )
    by_itself = table(page(client, f"/nb/indikator/{POPULATION}?periode=2023"), 'id="tidligere"')
    assert by_itself[0][0] == "Regnbueøya (X103)"
    rate = data(client, f"/nb/indikator/{INCOME}.json?grenser=2026&periode=alle")
    assert rate["X105", "2022"]["missing"] == "border_change"  # a share of the inhabitants says nothing of a rate


def test_a_place_of_today_leads_to_what_it_was(client: Client) -> None:
    shown = page(client, "/nb/kommune/X102/mal/13?grenser=2019", 404)
    assert re.findall(r'href="(/nb/kommune/X11[34]/mal/13\?grenser=2019-12-31)"', shown)
    assert "Grensene slik de var 31. desember 2019" in page(client, "/nb/kommune/X113/mal/13?grenser=2019-12-31")
    about = json.loads(client.get("/nb/kommune/X113/mal/13.json?grenser=2019").content)
    assert about["borders_on"] == "2019-12-31"


def test_the_same_area_under_another_number_is_shown_as_it_was_published(client: Client) -> None:
    """Sølvtinden was X118 until 2024 and is X108 since: no border moved, so its figures are there on either."""
    for form in ("", ".json", ".csv"):
        moved = client.get(f"/nb/kommune/X108/mal/13{form}?grenser=2019-12-31")
        assert (moved.status_code, moved.url) == (302, f"/nb/kommune/X118/mal/13{form}?grenser=2019-12-31")
    shown = page(client, "/nb/kommune/X118/mal/13?grenser=2019-12-31")
    assert "Sølvtinden hadde nummeret X118 og har samme område i dag, med nummeret X108." in shown
    today = data(client, "/nb/kommune/X108/mal/13.json")
    then = data(client, "/nb/kommune/X118/mal/13.json?grenser=2019-12-31")
    assert {row["period"]: row["value"] for row in then.values()} == {
        row["period"]: row["value"] for row in today.values()
    }
    value = {row[0]: row[1] for row in table(page(client, f"/nb/indikator/{INCOME}?periode=2019&sted=X108"))}
    for word in ("X108", "X118", "Sølvtinden"):
        shown = page(client, f"/nb/indikator/{INCOME}?grenser=2019&periode=2019&sted={word}")
        assert {row[0]: row[1] for row in table(shown)}["Sølvtinden (X118)"] == value["Sølvtinden"]
        said = re.search(r'<ul class="chosen-places".*?</ul>', shown, re.S)
        assert said and value["Sølvtinden"].split()[0] in said[0]
        assert "samme område i dag, med nummeret X108" in shown
    listed = page(client, f"/nb/indikator/{INCOME}?grenser=2019&periode=2019&sted=X101&gruppe=X108,X106")
    assert "av 3 steder" in listed  # the list is read as places of that day


@pytest.mark.parametrize("written", ["i fjor", "1814", "2019-13-01", "2999", "2019-12-31'"])
def test_borders_that_nobody_knows_are_refused_in_one_sentence(client: Client, written: str) -> None:
    for form in ("", ".json", ".csv"):
        response = client.get(f"/en/indikator/{EMISSIONS}{form}", {"grenser": written})
        assert response.status_code == 400
        assert "are not known. Write a year from 2005" in response.content.decode()


@pytest.mark.parametrize(
    ("lang", "words", "way"),
    [
        ("nb", "vises bare på dagens grenser", "Se siden uten det valget"),
        ("nn", "blir viste berre på grensene i dag", "Sjå sida utan det valet"),
        ("en", "shown on the borders of today only", "See the page without that choice"),
    ],
)
def test_a_page_of_todays_borders_refuses_others_in_words(client: Client, lang: str, words: str, way: str) -> None:
    for path, query in (("kommune/X108", ""), ("sammenlign", "sted=X108&sted=X101&")):
        shown = page(client, f"/{lang}/{path}?{query}grenser=2019", 400)
        assert words in shown and way in shown
        without = query.rstrip("&").replace("&", "&amp;")
        assert f'href="/{lang}/{path}{"?" if query else ""}{without}">{way}' in shown
        for form in ("json", "csv"):
            response = client.get(f"/{lang}/{path}.{form}?{query}grenser=2019")
            said = response.json()["error"] if form == "json" else response.content.decode()
            assert response.status_code == 400 and words in said


def test_a_group_on_older_borders_is_said_not_to_be_shown(client: Client) -> None:
    address = "/nb/kommune/X113/mal/13"
    words = "så steder sammenlignes ikke på grensene 31. desember 2019"
    assert words in page(client, f"{address}?grenser=2019&gruppe=county")
    assert words in client.get(f"{address}.json?grenser=2019&gruppe=county").json()["error"]
    assert words not in page(client, f"{address}?grenser=2019")


def test_a_county_is_laid_beside_its_municipalities(client: Client) -> None:
    about = json.loads(client.get(f"/nb/indikator/{INCOME}.json").content)
    (row,) = about["reconciled"]
    own = [r for r in about["observations"] if r["place"] != "X1" and r["period"] == row["period"]]
    known = [r for r in own if r["value"] is not None]
    assert (row["parts"], row["parts_with_figure"]) == (len(own), len(known)) == (7, 5)
    assert (row["from_parts"], row["difference"]) == (None, None)  # two are missing, nobody says how large
    assert 'id="avstemming"' in page(client, f"/nb/indikator/{INCOME}")
    lines = csv.DictReader(client.get(f"/nb/indikator/{INCOME}.csv").content.decode().splitlines())
    told = [(r["place"], r["period"], r["parts"], r["parts_with_figure"], r["from_parts"]) for r in lines if r["parts"]]
    assert told == [("X1", row["period"], "7", "5", "")]
    (before,) = json.loads(client.get(f"/nb/indikator/{INCOME}.json?periode=2015").content)["reconciled"]
    lines = csv.DictReader(client.get(f"/nb/indikator/{INCOME}.csv?periode=2015").content.decode().splitlines())
    (line,) = [r for r in lines if r["parts"]]
    assert float(line["from_parts"]) == before["from_parts"] == pytest.approx(100 * 8432 / 95761, abs=0.1)
    assert float(line["from_parts_difference"]) == before["difference"] == before["from_parts"] - float(line["value"])
    assert (line["from_parts_coverage"], line["from_parts_missing"]) == ("1.0", "")
    # Emissions are published of municipalities only: the county is their sum.
    county = data(client, "/nb/fylke/X1/mal/13.json")["X1", "2015"]
    assert county["value"] == 107064 + 97340 + 46652 + 41813 + 31228 + 54875 + 11540


def test_csv_has_the_columns_too(client: Client) -> None:
    rows = list(csv.DictReader(client.get("/nb/kommune/X101/mal/13.csv").content.decode().splitlines()))
    first = next(row for row in rows if row["period"] == "2015")
    assert (first["border_rule"], first["border_parts"]) == ("sum", "X101+X112")


def test_the_steps_of_a_value_are_plain_data() -> None:
    now = snapshots.current()
    steps = border_steps(now, INCOME, "", places.place("X101"), Period.year(2015))
    assert steps is not None and (steps.rule, steps.text, steps.coverage) == ("weighted_mean", "X101+X112", 1.0)
    assert [(s.code, s.name, s.share, s.weight) for s in steps.parts] == [
        ("X101", "Stjernevåg", 1.0, 34954.0), ("X112", "Måneby", 1.0, 10660.0)]  # fmt: skip
    assert border_steps(now, INCOME, "", places.place("X101"), Period.year(2021)) is None


def test_a_rate_without_denominators_takes_them_from_the_series_its_definition_names() -> None:
    place = places.place("X103", date(2023, 12, 31))
    roads = "eksempel.2024.sykkelvei"
    points = {p.period.text: p for p in series_on_borders(snapshots.current(), [place], [roads])[place.pk][roads, ""]}
    after = points["2024"]
    assert after.steps and [step.weight for step in after.steps.parts] == [21300, 7100]
    weights = {step.code: (step.value, step.weight) for step in after.steps.parts}
    assert after.value == pytest.approx(sum(v * w for v, w in weights.values()) / 28400)


def test_a_panel_is_kept_and_says_what_the_release_says() -> None:
    release = next(r for r in snapshots.current().releases if r.dataset_id == "eksempel-arlig")
    kept = store.panel_of(release.by_place)
    made = panels.from_table(store.release_table(release.by_series))
    assert (kept.places, kept.periods, kept.series) == (made.places, made.periods, made.series)
    for name, block in made.blocks().items():
        assert (kept.blocks()[name] == block).all() or name in ("value", "numerator", "denominator")
    rows = store.release_table(release.by_series).to_pylist()
    assert len(rows) == (panels.reason(kept.mark) != panels.NO_ROW).sum()
    for row in rows[::37]:
        at = (
            kept.periods.index(Period.parse(row["period"])),
            kept.places.index(row["place"]),
            kept.series.index((row["indicator"], row["breakdown"])),
        )
        assert kept.value[at] == row["value"] or row["value"] is None
        why = panels.REASONS[panels.reason(kept.mark[at])]
        assert (str(why) if why else None) == row["missing"]


def test_what_a_release_has_figures_of_is_kept_and_is_what_its_rows_say() -> None:
    for release in snapshots.current().releases:
        said: dict[str, dict[str, set[Period]]] = {}
        for row in store.release_table(release.by_place).to_pylist():
            said.setdefault(row["indicator"], {}).setdefault(row["breakdown"], set()).add(Period.parse(row["period"]))
        kept = store.contents_of(release.by_series)
        assert kept == {i: {b: tuple(sorted(periods)) for b, periods in found.items()} for i, found in said.items()}
        assert (store.folder("panels") / f"{release.by_series}.json").exists()


def test_breakdowns_of_several_releases_are_told_together() -> None:
    now = snapshots.current()
    version_id = "eksempel.2024.folketall"
    holding = [r for r in now.releases if version_id in r.indicators]
    assert holding
    everything = periods_by_breakdown(now, version_id)
    assert list(everything) == sorted(everything)
    for release in holding:
        for breakdown, periods in store.contents_of(release.by_series)[version_id].items():
            assert set(periods) <= set(everything[breakdown]) and sorted(everything[breakdown]) == everything[breakdown]
    assert periods_by_breakdown(now, "eksempel.2024.nothing") == {}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("denominator_series: eksempel:folketall", "denominator_series: eksempel:nothing"), "There is no indicator"),
        (("denominator_series: eksempel:folketall", "denominator_series: eksempel:ledighet"), "are not added"),
    ],
)
def test_denominators_that_are_none_are_refused(tmp_path, change: tuple[str, str], words: str) -> None:
    for file in (NETWORK / "definitions" / "eksempel").iterdir():
        (tmp_path / file.name).write_text(file.read_text().replace(*change))
    with translation.override("en"), pytest.raises(Refusal, match=words):
        load_definitions(tmp_path, by=Actor.system("test"))
