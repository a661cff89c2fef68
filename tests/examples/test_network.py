"""The example network holds the hard cases, and nothing in it can be mistaken for something real."""

import csv
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path

import pytest
import yaml
from django.test import Client

from dugnad.places import queries as places
from dugnad.places.models import ChangeKind, Place, PlaceChange
from dugnad.places.reading import read_folder
from dugnad.site.queries import front_page, search
from dugnad.standards.models import GoalLink, IndicatorVersion
from dugnad.status.models import Release, Snapshot
from dugnad.status.observations import MissingReason
from dugnad.status.queries import disclosure, snapshots
from dugnad.status.queries.indicators import indicator_overview
from dugnad.status.queries.series import Point, series_at
from dugnad.status.queries.standing import place_overview
from tests.examples.conftest import DEFINITIONS, NETWORK, stage, stage_network

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def network(installation: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
    """Published from empty, first `data`, then `revision`: as `make start` does."""
    with installation():
        stage_network("data", "revision")
        yield


def series(code: str, indicator: str, breakdown: str = "") -> dict[str, Point]:
    """One series under exactly this code: {period: point}."""
    found = series_at(snapshots.current(), [code], [indicator])
    return {point.period.text: point for point in found.get((indicator, breakdown), [])}


def all_points() -> list[Point]:
    codes = {place.code for place in Place.objects.filter(source__key="example")}
    published = snapshots.current()
    return [point for code in codes for points in series_at(published, [code]).values() for point in points]


# Places


def test_the_history_has_a_merger_two_kinds_of_split_and_a_renumbering():
    happened = {
        (change.kind, change.on.year): {(p.from_code, p.to_code, p.share) for p in change.parts.all()}
        for change in PlaceChange.objects.filter(source__key="example", kind__in=[ChangeKind.SPLIT, "renumbering"])
    }
    assert happened == {
        ("split", 2018): {("X115", "X106", None), ("X115", "X107", None)},  # nobody has published the shares
        ("split", 2024): {("X103", "X104", 0.75), ("X103", "X105", 0.25)},
        ("renumbering", 2024): {("X118", "X108", 1.0)},
    }
    mergers = {e.from_code for code in ("X101", "X102") for e in places.predecessors(code, date(2020, 1, 1))}
    assert mergers == {"X101", "X112", "X113", "X114"}


def test_no_code_and_no_name_is_real():
    real, invented = read_folder(DEFINITIONS / "places").places, read_folder(NETWORK / "places").places
    assert {row.code for row in invented}.isdisjoint(row.code for row in real)
    assert {row.name.casefold() for row in invented}.isdisjoint(row.name.casefold() for row in real)
    # An authority writes codes with digits, and so ours cannot become real later.
    assert all(row.code.startswith("X") for row in invented)
    assert not any(row.organisation_number for row in invented)


@pytest.mark.parametrize(
    "file",
    sorted([*(NETWORK / "data").glob("*.csv"), *(NETWORK / "revision").glob("*.csv")]),
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_the_files_of_figures_name_only_invented_places(file: Path):
    with file.open(encoding="utf-8") as lines:
        delimiter = ";" if ";" in lines.readline() else ","
        codes = {row[0] for row in csv.reader(lines, delimiter=delimiter)}
    assert codes <= {row.code for row in read_folder(NETWORK / "places").places}


def test_everything_says_that_it_is_invented():
    for plan in sorted(NETWORK.rglob("import-plan.yaml")):
        for dataset in yaml.safe_load(plan.read_text("utf-8"))["datasets"]:
            assert dataset["title"]["nb"].startswith("Eksempel")
            assert dataset["provider"]["name"]["nb"] == "Eksempelnettverket (oppdiktede tall)"
    for version in IndicatorVersion.objects.filter(edition__set="eksempel"):
        assert version.title["nb"].startswith("Eksempel") and version.title["en"].startswith("Example")
        assert set(version.title) == set(version.definition) == set(version.direction_reason) == {"nb", "nn", "en"}


def test_invented_and_real_places_are_never_compared():
    ours = {place.code for place in places.places_on() if place.source.key == "example"}
    assert len(ours) == 7
    for code in sorted(ours):
        groups = places.groups_for(places.place(code))
        assert groups and all(set(group.codes) < ours for group in groups)
    skien = places.groups_for(places.place("4003"))
    assert skien and all(ours.isdisjoint(group.codes) for group in skien)
    overview = indicator_overview(snapshots.current(), _version("eksempel.2024.ledighet"))
    assert {value.place.code for value in overview.municipalities} == ours
    assert [value.place.code for value in overview.counties] == ["X1"]


def test_the_front_page_lists_and_counts_the_invented_apart():
    page = front_page(snapshots.current())
    assert [county.place.code for county in page.invented] == ["X1"]
    assert not any(place.code.startswith("X") for place in page.municipalities)
    assert (page.counts["municipalities"], page.counts["counties"], page.counts["datasets"]) == (357, 15, 0)


def test_a_search_shows_the_invented_last_and_apart():
    found = search("arbeidsledighet")
    assert found.indicators and not any(version.edition.set_id == "eksempel" for version in found.indicators)
    assert [version.id for version in found.invented.indicators] == ["eksempel.2024.ledighet"]
    found = search("Regnbueøya")
    assert found.places == [] and found.invented.places[0].place.code == "X104"


def test_an_indicator_is_found_at_a_place_where_it_has_a_figure(client: Client):
    found = search("arbeidsledighet i Stjernevåg kommune").invented
    assert [(pair.place.code, pair.indicator.id) for pair in found.pairs] == [("X101", "eksempel.2024.ledighet")]
    assert search("arbeidsledighet Stjernevåg").pairs == []  # the real indicators have no figure there
    for asked, address in (
        ("arbeidsledighet Stjernevåg", "/nb/indikator/eksempel.2024.ledighet?sted=X101"),
        ("arbeidsledighet Eventyrfylket", "/nb/fylke/X1/mal/8#eksempel.2024.ledighet"),
    ):
        assert f'href="{address}"' in client.get("/nb/sok", {"q": asked}).content.decode()
        assert client.get(address).status_code == 200


def test_an_invented_place_is_found_by_its_code_and_by_its_old_one():
    assert places.resolve("x104").place.name == "Regnbueøya"
    assert [place.code for place in places.resolve("X118").became] == ["X108"]


# Figures


def test_most_goals_have_an_indicator():
    goals = set(GoalLink.objects.filter(version__edition="eksempel.2024").values_list("goal", flat=True))
    assert len(goals) >= 10


def test_every_reason_for_a_missing_figure_is_there():
    assert {point.missing for point in all_points()} - {None} == set(map(str, MissingReason))


def test_a_guessed_half_is_taken_out_and_the_whole_put_back():
    # The file halves X103 before 2024 and X115 before 2018.
    population = "eksempel.2024.folketall"
    assert series("X104", population)["2023"].missing == "border_change"
    assert series("X105", population)["2024"].value == 7100
    assert series("X103", population)["2023"].value == pytest.approx(28_290, abs=150)
    assert "2024" not in series("X103", population)
    assert series("X106", population)["2017"].missing == "border_change"
    assert set(series("X115", population)) == {"2015", "2016", "2017"}


def test_a_renumbered_place_has_one_unbroken_series():
    codes = [code for code, _from, _to in reversed(places.same_area_codes("X108"))]
    found = series_at(snapshots.current(), codes, ["eksempel.2024.barnehage"])
    points = found["eksempel.2024.barnehage", ""]
    assert [point.period.text for point in points] == [str(year) for year in range(2015, 2026)]
    assert {point.place for point in points} == {"X118", "X108"}


def test_a_small_number_is_protected_and_cannot_be_found_by_subtraction():
    unemployed = "eksempel.2024.ledighet"
    assert series("X108", unemployed)["2024"].missing == "suppressed"
    assert series("X1", unemployed)["2024"].numerator  # with the county known, one more must be hidden
    hidden = [place.code for place in places.municipalities_of("X1") if series(place.code, unemployed)["2024"].missing]
    assert len(hidden) >= 2


def test_a_small_number_of_the_file_is_hidden_and_another_with_it():
    """Two unemployed in X108 in 2025: the county's number less the others' would tell, so X107 is hidden too."""
    unemployed = "eksempel.2024.ledighet"
    points = {place.code: series(place.code, unemployed)["2025"] for place in places.municipalities_of("X1")}
    assert {code for code, point in points.items() if point.missing == "suppressed"} == {"X107", "X108"}
    assert all(points[code].numerator is None and points[code].denominator is None for code in ("X107", "X108"))
    assert series("X1", unemployed)["2025"].numerator == 1010
    assert not disclosure.audit_published().recoverable


def test_values_have_their_numerator_and_denominator():
    point = series("X101", "eksempel.2024.ledighet")["2024"]
    assert point.value == pytest.approx(100 * point.numerator / point.denominator, abs=0.05)


def test_provisional_and_estimated_figures_are_marked():
    unemployed = series("X101", "eksempel.2024.ledighet")
    assert (unemployed["2024"].status, unemployed["2025"].status) == ("normal", "preliminary")
    assert series("X102", "eksempel.2024.vern")["2022"].status == "estimated"


def test_a_break_and_all_quality_levels_are_there():
    near = series("X101", "eksempel.2024.kollektiv")
    assert [period for period, point in near.items() if point.is_break] == ["2021"]
    assert {point.quality for point in all_points()} - {None} == {1, 2, 3, 4, 5, 6}


def test_moving_periods_overlap_and_irregular_years_have_gaps():
    assert {"2015-01-01/P3Y", "2016-01-01/P3Y"} <= set(series("X101", "eksempel.2024.trivsel"))
    assert list(series("X101", "eksempel.2024.valg")) == ["2015", "2019", "2023"]
    assert list(series("X101", "eksempel.2024.fornybar")) == ["2016", "2019", "2021", "2022", "2025"]


def test_women_and_men_stand_beside_the_whole():
    year = {part: series("X101", "eksempel.2024.heltid", part)["2024"].value for part in ("", "sex=female", "sex=male")}
    assert year["sex=female"] < year[""] < year["sex=male"]


def test_one_indicator_changed_one_was_retired_and_one_added():
    codes = {
        edition: set(IndicatorVersion.objects.filter(edition=f"eksempel.{edition}").values_list("indicator", flat=True))
        for edition in ("2019", "2024")
    }
    assert codes["2019"] - codes["2024"] == {"eksempel:telefaks"}
    assert codes["2024"] - codes["2019"] == {"eksempel:sykkelvei"}
    assert _version("eksempel.2019.bredband").definition != _version("eksempel.2024.bredband").definition
    overview = place_overview(snapshots.current(), places.place("X101"))
    broadband = next(s for s in overview.standings if s.version.id == "eksempel.2024.bredband")
    # Both editions in one line, with a break where the new definition begins.
    assert [p.period.text for p in broadband.points] == [str(year) for year in range(2017, 2026)]
    assert [p.period.text for p in broadband.points if p.is_break] == ["2023"]
    assert all(standing.version.indicator_id != "eksempel:telefaks" for standing in overview.standings)


# Releases


def test_a_withdrawn_release_stays_in_the_record_and_out_of_the_figures():
    release = Release.objects.get(dataset="eksempel-sykkelvei")
    assert release.withdrawal.kind == "error" and "metres" in release.withdrawal.reason["en"]
    assert release.pk not in {shown.pk for shown in snapshots.current().releases}
    years = {
        point.period.text
        for point in series_at(snapshots.current(), ["X101"], ["eksempel.2024.sykkelvei"])[
            "eksempel.2024.sykkelvei", ""
        ]
    }
    assert "2026" not in years and "2023" in years


def test_a_correction_says_why_and_keeps_what_was_published():
    first, second = Release.objects.filter(dataset="eksempel-utslipp").order_by("number")
    assert (second.kind, second.replaces, second.reason["en"][:9]) == ("corrected", first, "A factory")
    assert set(second.reason) == {"nb", "nn", "en"}
    emissions = series("X101", "eksempel.2024.utslipp")
    before = series_at(snapshots.load(_snapshot_of(first)), ["X101"], ["eksempel.2024.utslipp"])
    old = {point.period.text: point for point in before["eksempel.2024.utslipp", ""]}
    assert old["2022"].value == pytest.approx(1.31 * emissions["2022"].value, rel=1e-4)
    assert ("2025" in old, "2025" in emissions) == (False, True)
    assert (old["2024"].status, emissions["2024"].status) == ("preliminary", "normal")


def test_a_second_start_publishes_nothing():
    before = (Snapshot.objects.count(), Release.objects.count(), snapshots.current().key)
    stage(NETWORK / "data")  # its emissions have been corrected since: not to be brought back
    stage(NETWORK / "revision")
    assert (Snapshot.objects.count(), Release.objects.count(), snapshots.current().key) == before


def _version(version_id: str) -> IndicatorVersion:
    return IndicatorVersion.objects.get(pk=version_id)


def _snapshot_of(release: Release) -> int:
    return release.snapshots.order_by("-id").values_list("id", flat=True)[0]


def test_the_trends_say_all_that_a_trend_can_say():
    """On course, too slow, worse, uncertain, reached; and too little data for three different reasons."""
    overviews = [place_overview(snapshots.current(), places.place(code)) for code in ("X101", "X102", "X104", "X107")]
    trends = [s.trend for overview in overviews for s in overview.standings]
    assert {t.status for t in trends} >= {"on_course", "too_slow", "worse", "uncertain", "reached", "unknown"}
    assert {t.why_none for t in trends} >= {"", "few_values", "overlapping", "break"}
    recycled = next(s for s in overviews[0].standings if s.version.id == "eksempel.2024.gjenvinning")
    assert (recycled.trend.target, recycled.trend.status, recycled.trend.rate) == (65, "too_slow", None)
    assert recycled.trend.probability < 1 / 3  # the benchmark of the example network is far off


@pytest.mark.parametrize(
    ("lang", "kind", "value"),
    [
        ("nb", "Foreløpig. Kilden merker disse tallene, eller noen av dem, som foreløpige", "publiseringen: foreløpig"),
        ("nn", "Førebels. Kjelda merkjer desse tala, eller nokre av dei, som førebelse", "publiseringa: førebels"),
        ("en", "Preliminary. Its source marks these figures, or some of them, as preliminary", "release: preliminary"),
    ],
)
def test_a_preliminary_value_stands_in_no_release_that_is_called_final(
    client: Client, lang: str, kind: str, value: str
) -> None:
    shown = client.get(f"/{lang}/forklar/eksempel.2024.ledighet/X101/2025").content.decode()
    assert kind in shown and value in shown
    for final in ("endelig", "endeleg", "final<", "· final"):
        assert final not in shown.lower()


@pytest.mark.parametrize(
    ("lang", "says"), [("nb", "Oppdiktet for eksempelnettverket"), ("nn", "Oppdikta for eksempelnettverket")]
)
def test_the_source_of_its_set_is_said_in_the_readers_language(client: Client, lang: str, says: str) -> None:
    page = client.get(f"/{lang}/indikatorsett/eksempel").content.decode()
    assert says in page and "Invented" not in page
