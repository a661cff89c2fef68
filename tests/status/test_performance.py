"""Performance to benchmark on the page of a goal: the band in shape and word, or why nothing is said."""

import csv
import io
import json
from datetime import date

import pytest
from django.test import Client

from dugnad.standards.models import Benchmark, IndicatorVersion
from dugnad.status.methods import published_methods
from dugnad.status.queries import performance
from tests.status.conftest import UNEMPLOYMENT

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.usefixtures("small_site")]
PLACE = "kommune/4003/mal/8"
METHOD_VERSION = published_methods()["u4ssc-performance"].version


def a_benchmark(**changes: object) -> Benchmark:
    plain = {
        "collection": "test", "version": IndicatorVersion.objects.get(pk=UNEMPLOYMENT), "value": 1.0, "worst": 9.0,
        "scope": "network", "source": {"nb": "Vedtak 7", "en": "Resolution 7"}, "proposed_by": "The network",
        "status": "adopted", "valid_from": date(2024, 1, 1),
    }  # fmt: skip
    return Benchmark.objects.create(**{**plain, **changes})


def page(client: Client, lang: str = "en") -> str:
    response = client.get(f"/{lang}/{PLACE}")
    assert response.status_code == 200
    return response.content.decode()


def told(client: Client) -> dict[str, object]:
    (row,) = json.loads(client.get(f"/en/{PLACE}.json").content)["performances"]
    return row


def test_without_a_benchmark_nothing_is_said(client: Client) -> None:
    assert 'class="performance"' not in page(client)
    assert json.loads(client.get(f"/en/{PLACE}.json").content)["performances"] == []


def test_with_a_benchmark_the_band_is_told_with_its_source_and_method(client: Client) -> None:
    a_benchmark()
    row = told(client)
    expected = 100 * (row["value"] - 9.0) / (1.0 - 9.0)  # type: ignore[operator]
    assert row["percent"] == pytest.approx(expected) and row["answer"] == "measured"
    method = published_methods()["u4ssc-performance"]
    assert (row["method"], row["method_version"]) == (method.name, method.version)
    assert row["points"] == next(band.points for band in method.bands if expected >= band.at_least)
    shown = page(client)
    assert str(row["band"]) in shown and "per cent of the way from 9.0" in shown
    assert "Resolution 7, for the network, from 1 January 2024" in shown
    assert f"version {method.version}" in shown and 'href="/en/metode/u4ssc-performance"' in shown
    for lang, words in (("nb", "prosent av veien fra"), ("nn", "prosent av vegen frå")):
        assert words in page(client, lang) and "Vedtak 7" in page(client, lang)


def test_the_goal_as_csv_has_the_performance_on_the_row_of_its_value(client: Client) -> None:
    rows = list(csv.DictReader(io.StringIO(client.get(f"/en/{PLACE}.csv").content.decode())))
    assert {row["performance_answer"] for row in rows} == {""}
    a_benchmark()
    rows = list(csv.DictReader(io.StringIO(client.get(f"/en/{PLACE}.csv").content.decode())))
    [row] = [row for row in rows if row["performance_answer"]]
    same = told(client)
    assert (row["period"], row["performance_answer"], row["performance_method_version"]) == (
        "2025",
        "measured",
        METHOD_VERSION,
    )
    assert float(row["performance_percent"]) == pytest.approx(same["percent"]) and row["indicator"] == UNEMPLOYMENT
    assert (row["performance_band"], row["performance_source"]) == (same["band"], "Resolution 7")


@pytest.mark.parametrize(
    ("changes", "answer", "words"),
    [({"value": 9.5}, "target_wrong_way", "The target lies on the worse side"), ({"status": "proposed"}, None, "")],
)
def test_where_no_number_can_be_right(client: Client, changes: dict[str, object], answer: str, words: str) -> None:
    a_benchmark(**changes)
    if answer is None:
        assert 'class="performance"' not in page(client)
    else:
        assert told(client)["answer"] == answer and told(client)["percent"] is None and words in page(client)


def test_a_set_that_is_reported_against_benchmarks_says_that_one_is_lacking(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(performance, "SETS", ("norge",))
    assert told(client)["answer"] == "no_benchmark"
    assert "no benchmark with a source is published" in page(client)


def test_the_page_of_the_data_and_method_names_the_benchmark(client: Client) -> None:
    address = f"/nn/indikator/{UNEMPLOYMENT}/metode"
    assert "Referanseverdi" not in client.get(address).content.decode()
    a_benchmark(worst=9.5)
    shown = client.get(address).content.decode()
    assert "1 (dårlegast 9,50), for nettverket: Vedtak 7, frå 1. januar 2024" in shown
    lacking = client.get("/nn/indikator/u4ssc.2017.EC:ICT:ICT:1C/metode").content.decode()
    assert "ikkje publisert nokon referanseverdi med kjelde" in lacking
