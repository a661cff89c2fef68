"""A set against its benchmarks at a place, level by level: Karmøy's published figures, benchmarks made for tests."""

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date

import pytest
from django.test import Client

from dugnad.places import queries as places
from dugnad.standards.models import Benchmark, IndicatorVersion
from dugnad.status.methods import published_methods
from dugnad.status.queries import snapshots
from dugnad.status.queries.performance import SetPerformance, set_performance
from tests.examples.conftest import DEFINITIONS, installation, stage  # noqa: F401  (a fixture)
from tests.oracles import index as oracle

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
PAGE = "kommune/1149/sett/u4ssc"
# Code and part, the benchmark, the worst; beside it what Karmøy has, the per cent of the way and the points.
BENCHMARKS = [
    ("EC:ICT:ICT:1C", "", 100, 0),  # 97.00: 97 %, 4
    ("EC:ICT:ICT:2C", "", 100, 0),  # 84.51: 84.5 %, 3
    ("EC:ICT:ICT:4C", "3g", 100, 0),  # 96.67: 4
    ("EC:I:WS:3C", "", 10, 50),  # 35.42, less is better: 36.45 %, 2
    ("EC:ICT:D:1A", "", 100, 0),  # 0: 1
    ("EN:EN:AQ:2C", "", 1, 10),  # not reported
]


@pytest.fixture(scope="module", autouse=True)
def facts(installation: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:  # noqa: F811
    with installation():
        stage(DEFINITIONS / "facts")
        yield


@pytest.fixture
def benchmarks() -> None:
    for code, part, value, worst in BENCHMARKS:
        version = IndicatorVersion.objects.get(pk=f"u4ssc.2017.{code}")
        Benchmark.objects.create(
            collection="test", version=version, part=part, value=value, worst=worst, scope="network",
            source={"nb": "Vedtak 7", "nn": "Vedtak 7", "en": "Resolution 7"}, proposed_by="The network",
            status="adopted", valid_from=date(2024, 1, 1),
        )  # fmt: skip


def karmoy() -> SetPerformance:
    found = set_performance(snapshots.current(), places.place("1149"), "u4ssc")
    assert found is not None
    return found


def levels() -> dict[str, tuple[float | None, int, int, int, int]]:
    """Mean, data points with points, data points, indicators with points, indicators."""
    return {
        one.group.code if one.group else "": (
            one.level.mean, one.level.measured, one.level.of, one.covered, one.indicators,
        )
        for one in karmoy().levels
    }  # fmt: skip


@pytest.mark.usefixtures("benchmarks")
def test_every_level_has_the_mean_of_its_data_points_and_their_count() -> None:
    found = levels()
    assert found["EC:ICT:ICT"] == (pytest.approx(11 / 3), 3, 6, 3, 5)  # 4, 3 and 4; 4G, 3C and 5C have no benchmark
    assert found["EC:ICT:D"] == (1, 1, 1, 1, 1)
    assert found["EC:ICT"] == (3, 4, 19, 4, 17)  # (4 + 3 + 4 + 1) / 4, not the mean of 11/3 and 1
    assert found["EC:I:WS"] == (2, 1, 5, 1, 5)
    assert found["EC"] == (pytest.approx(14 / 5), 5, 55, 5, 45)
    assert found["EN"] == (None, 0, 28, 0, 17)  # a benchmark alone gives no points
    assert found[""] == (pytest.approx(14 / 5), 5, 112, 5, 91)
    assert len(found) == 1 + 3 + 7 + 27


@pytest.mark.usefixtures("benchmarks")
def test_what_is_lacking_is_said_as_bounds_and_never_dropped() -> None:
    by_code = {one.group.code if one.group else "": one for one in karmoy().levels}
    assert by_code["EC:ICT:ICT"].between == pytest.approx(((11 + 3 * 1) / 6, (11 + 3 * 4) / 6))
    assert by_code["EC:ICT:D"].between == (1, 1)
    assert by_code["EN"].between == (1, 4)  # nothing is known
    assert by_code[""].between == pytest.approx(((14 + 107) / 112, (14 + 107 * 4) / 112))
    assert (by_code[""].figures, by_code[""].reported) == (14, 13)
    for one in by_code.values():
        assert one.level.mean is None or one.between[0] <= one.level.mean <= one.between[1]


@pytest.mark.usefixtures("benchmarks")
def test_the_levels_agree_with_the_slow_way() -> None:
    found = karmoy()
    expected = oracle.rolled_up([(line.path, line.points) for line in found.lines])
    assert len(expected) == len(found.levels)
    for one in found.levels:
        steps = one.group.code.split(":") if one.group else []
        path = tuple(":".join(steps[: n + 1]) for n in range(len(steps)))
        mean, measured, of = expected[path]
        assert (one.level.mean, one.level.measured, one.level.of) == (pytest.approx(mean), measured, of)


def test_without_a_benchmark_every_data_point_says_so(client: Client) -> None:
    found = karmoy()
    assert {line.performed.found.answer for line in found.lines} == {"no_benchmark"} and len(found.lines) == 112
    assert found.whole.level.mean is None and found.whole.between == (1, 4)
    shown = client.get(f"/en/{PAGE}").content.decode()
    assert "Karmøy has a figure for 14 of 112 data points, in 13 of 91 indicators." in shown
    assert "No benchmark with a source is published for this set" in shown and "0 of 55" in shown


@pytest.mark.usefixtures("benchmarks")
@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("nb", ["Karmøy har poeng for 5 av 112 delverdier, i 5 av 91 indikatorer: i gjennomsnitt 2,8 av 4 poeng.",
                "ligger gjennomsnittet av alle mellom 1,1 og 3,9", "Underdimensjon", "3 av 6", "2,3–3,8",
                "hele skalaen", "Vedtak 7"]),
        ("nn", ["Karmøy har poeng for 5 av 112 delverdiar, i 5 av 91 indikatorar: i gjennomsnitt 2,8 av 4 poeng.",
                "ligg gjennomsnittet av alle mellom 1,1 og 3,9", "Nivå for nivå", "Ligg mellom"]),
        ("en", ["Karmøy has points for 5 of 112 data points, in 5 of 91 indicators: 2.8 of 4 points in the mean.",
                "lies between 1.1 and 3.9", "per cent of the way from 50.0", "Not reported. Resolution 7"]),
    ],
)  # fmt: skip
def test_the_page_says_it_in_words_with_what_is_lacking(client: Client, lang: str, words: list[str]) -> None:
    shown = client.get(f"/{lang}/{PAGE}").content.decode()
    for expected in words:
        assert expected in shown
    assert shown.count('<tr class="depth-') == 38 and shown.count("/indikator/u4ssc.2017.") == 112
    linked = client.get(f"/{lang}/kommune/1149").content.decode()
    assert f'href="/{lang}/{PAGE}"' in linked


@pytest.mark.usefixtures("benchmarks")
def test_the_data_have_every_level_and_every_data_point(client: Client) -> None:
    answer = client.get(f"/en/{PAGE}.json").json()
    assert answer["set"] == {"id": "u4ssc", "title": "U4SSC", "edition": "2017"}
    assert answer["levels"] == ["Dimension", "Sub-dimension", "Category"]
    groups = [row for row in answer["rows"] if row["kind"] == "group"]
    points = {(row["code"], row["breakdown"]): row for row in answer["rows"] if row["kind"] == "data_point"}
    assert (len(groups), len(points)) == (38, 112)
    assert groups[0]["mean_points"] == pytest.approx(2.8) and groups[0]["indicators_with_figure"] == 13
    loss = points["EC:I:WS:3C", ""]
    assert loss["performance_percent"] == pytest.approx(36.45) and loss["performance_points"] == 2
    assert (loss["period"], loss["value"], loss["performance_source"]) == ("2020", 35.42, "Resolution 7")
    emissions = points["EN:EN:AQ:2C", ""]
    assert (emissions["performance_answer"], emissions["value"]) == ("not_reported", None)
    assert points["EC:ICT:ICT:4C", "part=4g"]["performance_answer"] == "no_benchmark"
    lines = list(csv.DictReader(io.StringIO(client.get(f"/en/{PAGE}.csv").content.decode())))
    assert len(lines) == 150 and {line["performance_method_version"] for line in lines} == {
        published_methods()["u4ssc-performance"].version
    }


def test_a_set_that_is_not_used_here_and_one_that_is_none_are_not_found(client: Client) -> None:
    assert client.get("/nb/kommune/1149/sett/sdg").status_code == 404
    assert client.get("/nb/kommune/1149/sett/finnes-ikke").status_code == 404
    assert client.get("/nb/kommune/karmoy/sett/u4ssc")["Location"] == f"/nb/{PAGE}"
    assert client.get("/nb/fylke/11/sett/u4ssc").status_code == 200
