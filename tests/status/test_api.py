"""The numbers of a page as data: exactly the published rows, each with source, release, unit and period."""

import csv
import io
import json

import pytest
from django.test import Client

from dugnad.status import api
from tests.status.conftest import UNEMPLOYMENT, WELFARE, made_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_site")]


def rows(client: Client, address: str) -> list[dict[str, str]]:
    response = client.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(response.content.decode())))


def made(indicator: str) -> set[tuple[str, str, str]]:
    """(place, period, value) as they were made, in the writing of a CSV; a missing value is an empty cell."""
    return {(r[0], r[1], "" if isinstance(r[3], str) else str(float(r[3]))) for r in made_rows() if r[2] == indicator}


def test_csv_of_an_indicator_has_every_period_and_nothing_else(client: Client) -> None:
    found = rows(client, f"/nb/indikator/{UNEMPLOYMENT}.csv?periode=alle")
    assert {(r["place"], r["period"], r["value"]) for r in found} == made(UNEMPLOYMENT)
    assert len(found) == len(made(UNEMPLOYMENT))
    for row in found:
        assert row["indicator"] == UNEMPLOYMENT and row["unit"] == "prosent" and row["direction"] == "down"
        assert row["release"] in ("now/1", "then/1") and row["source"] == "Made for a test"
        assert row["source_url"] == "https://example.org/rows" and row["licence"] == "CC0-1.0"
        assert row["period_start"] == f"{row['period']}-01-01"
        assert row["place_name"]
    [forecast] = [r for r in found if r["period"] == "2026"]
    assert forecast["status"] == "forecast"


def test_the_data_of_an_indicator_are_those_of_the_page_and_say_where_the_rest_is(client: Client) -> None:
    address = f"/nb/indikator/{UNEMPLOYMENT}.json"
    latest = client.get(address).json()
    assert (latest["periods"], latest["breakdown"]) == (["2025"], "")
    assert {r["period"] for r in latest["observations"]} == {"2025"}
    assert len(latest["observations"]) == 11  # the ten and the county
    others = [client.get(other["json"]).json() for other in latest["more"]["periods"]]
    told = [r for answer in (latest, *others) for r in answer["observations"]]
    assert {(r["place"], r["period"], str(r["value"])) for r in told} == made(UNEMPLOYMENT)
    assert len(told) == len(made(UNEMPLOYMENT))
    [then, now] = sorted(latest["more"]["releases"], key=lambda r: r["release"], reverse=True)
    assert (then["release"], now["csv"]) == ("then/1", "/nb/publisering/now/1.csv")
    assert b"".join(client.get(now["parquet"]).streaming_content)[:4] == b"PAR1"


def test_many_periods_are_given_a_few_at_a_time_the_latest_first(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "MOST_PERIODS", 3)
    told, address, sizes = [], f"/nb/indikator/{UNEMPLOYMENT}.json?periode=alle&grenser=2025", []
    while address:
        answer = client.get(address).json()
        told += answer["observations"]
        sizes.append(len(answer["periods"]))
        assert {r["period"] for r in answer["observations"]} <= set(answer["periods"])
        address = answer["more"]["earlier"]
        assert address is None or "grenser=2025" in address
    assert sizes == [3, 3, 1]
    assert {(r["place"], r["period"]) for r in told} >= {("4003", "2025"), ("0806", "2015")}
    assert client.get(f"/nb/indikator/{UNEMPLOYMENT}.csv?periode=alle&side=0").status_code == 404


def test_what_is_missing_has_its_reason_and_a_break_is_marked(client: Client) -> None:
    found = {r["period"]: r for r in rows(client, f"/nb/indikator/{WELFARE}.csv?periode=alle")}
    assert (found["2022"]["value"], found["2022"]["missing"]) == ("", "suppressed")
    assert [period for period, row in found.items() if row["break"] == "true"] == ["2021"]


def test_json_has_the_same_rows_and_the_whole_definition(client: Client) -> None:
    answer = json.loads(client.get(f"/en/indikator/{UNEMPLOYMENT}.json?periode=alle").content)
    about = answer["indicator"]
    assert (about["id"], about["direction"], about["unit"]["id"]) == (UNEMPLOYMENT, "down", "percent")
    assert about["numerator"]["en"] and about["method"] == f"/en/indikator/{UNEMPLOYMENT}/metode"
    told = answer["observations"]
    assert {(r["place"], r["period"], str(r["value"])) for r in told} == made(UNEMPLOYMENT)
    as_csv = rows(client, f"/en/indikator/{UNEMPLOYMENT}.csv?periode=alle")
    assert [r["place"] + r["period"] for r in told] == [r["place"] + r["period"] for r in as_csv]


def test_an_indicator_without_figures_is_an_empty_file(client: Client) -> None:
    assert rows(client, "/nb/indikator/norge.2026.life_expectancy.csv") == []
    assert json.loads(client.get("/nb/indikator/norge.2026.life_expectancy.json").content)["observations"] == []


def test_the_method_is_data_too(client: Client) -> None:
    answer = json.loads(client.get(f"/nb/indikator/{UNEMPLOYMENT}/metode.json").content)
    assert answer["indicator"]["id"] == UNEMPLOYMENT
    assert [(r["dataset"], r["number"], r["licence"]) for r in answer["rows"]] == [
        ("now", 1, "CC0-1.0"),
        ("then", 1, "CC0-1.0"),
    ]
    found = rows(client, f"/nb/indikator/{UNEMPLOYMENT}/metode.csv")
    assert [len(r["sha256"]) for r in found] == [64, 64]
    assert [r["borders_on"] for r in found] == ["2024-01-01", ""]


def test_releases_are_data_too(client: Client) -> None:
    assert {r["dataset"] for r in rows(client, "/nb/publisering/.csv")} == {"now", "then"}
    answer = json.loads(client.get("/nb/publisering/now/1.json").content)
    made_now = [r for r in made_rows() if r[0] not in ("0806", "3807", "1507")]
    assert len(answer["rows"]) == answer["release"]["row_count"] == len(made_now)
    found = rows(client, "/nb/publisering/now/1.csv")
    assert len(found) == len(made_now)
    assert {(r["indicator"], r["place"], r["period"]) for r in found} == {(r[2], r[0], r[1]) for r in made_now}
