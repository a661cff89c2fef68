"""Nearest by structure: which places, because of what, as a page, as data and as a group."""

from datetime import date

import pytest
from django.test import Client

from dugnad.places import queries as places
from dugnad.status.queries import comparisons, snapshots, structure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_site")]


def test_the_nearest_are_of_the_same_kind_and_the_distance_is_explained() -> None:
    found = structure.alike_in_structure(snapshots.current(), places.place("4003"))
    assert found is not None and len(found.nearest) == 10 and found.among == 356
    assert [f.key for f in found.features] == ["population", "density", "growth"]
    assert [f.key for f in found.lacking] == ["young", "old"]  # nobody has published them here
    distances = [one.distance for one in found.nearest]
    assert distances == sorted(distances) and distances[0] > 0
    for one in found.nearest:
        assert sum(part.share for part in one.parts) == pytest.approx(1)
        assert 20_000 < one.parts[0].other < 150_000  # none of them a village, none of them Oslo
        assert one.parts[0].other == one.place.latest_population


def test_counties_and_places_that_are_no_more_have_none() -> None:
    assert structure.alike_in_structure(snapshots.current(), places.resolve("40", kind="county").place) is None
    before = places.place("1507", date(2023, 1, 1))
    assert structure.alike_in_structure(snapshots.current(), before) is None


def test_it_is_a_group_to_choose_by_its_key(client: Client) -> None:
    groups = comparisons.groups_for(places.place("4003"), snapshots.current())
    assert groups[-1].key == "structure" and len(groups[-1].codes) == 10
    page = client.get("/nb/kommune/4003/mal/8?gruppe=structure").content.decode()
    assert "likest i folketall, folketetthet og folkevekst" in page and "/nb/kommune/4003/lignende" in page


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("nb", ["Likest Skien", "Likest fordi", "lik i ", "Ikke brukt, siden det ikke er publisert her: andel 0–15"]),
        ("nn", ["Likast Skien", "Likast fordi", "lik i ", "Ikkje brukt, sidan det ikkje er publisert her: del 0–15"]),
        ("en", ["Most alike Skien", "Nearest because", "alike in ", "Not used, since it is not published here: share"]),
    ],
)
def test_the_page_says_which_and_why(client: Client, lang: str, words: list[str]) -> None:
    page = client.get(f"/{lang}/kommune/4003/lignende").content.decode()
    for expected in words:
        assert expected in page
    assert "gruppe=structure" in page  # the choice follows


def test_the_years_of_the_growth_are_said(client: Client) -> None:
    years = sorted(places.place("4003").population)
    page = client.get("/nb/kommune/4003/lignende").content.decode()
    assert int(years[0]) < int(years[-1])
    assert page.count(f"({years[0]}–{years[-1]})") == 2  # with the own figure and over the column


def test_the_data_have_the_contributions(client: Client) -> None:
    rows = client.get("/nb/kommune/4003/lignende.json").json()["rows"]
    assert len(rows) == 30 and {row["feature"] for row in rows} == {"population", "density", "growth"}
    lines = client.get("/nb/kommune/4003/lignende.csv").content.decode().splitlines()
    assert lines[0] == "place,place_name,distance,feature,unit,own,other,difference,share" and len(lines) == 31


def test_a_name_or_a_former_code_leads_to_the_code(client: Client) -> None:
    assert client.get("/nb/kommune/skien/lignende").headers["Location"] == "/nb/kommune/4003/lignende"
    assert client.get("/nb/kommune/9999/lignende").status_code == 404
    assert client.get("/nb/kommune/1507/lignende").status_code == 404  # divided


@pytest.mark.parametrize(("lang", "says"), [("nb", "kommuner fra KLASS 131"), ("nn", "kommunar frå KLASS 131")])
def test_the_source_of_the_places_is_said_in_the_readers_language(client: Client, lang: str, says: str) -> None:
    page = client.get(f"/{lang}/kommune/4003/lignende").content.decode()
    assert says in page and "Statistics Norway" not in page
