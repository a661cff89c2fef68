"""Every page of numbers as it was published on a day: the same bytes as then, links that stay there, a way back."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from dugnad.shared.asked import NotShown
from dugnad.shared.published import AsOf, _moment
from tests.status.conftest import EMISSIONS, TELEMARK, UNEMPLOYMENT, NewRow, publish_again, publish_one

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("three_days")]
FIRST, SECOND, THIRD = (datetime(2026, 3, day, 7, tzinfo=UTC) for day in (3, 10, 17))
ROWS: list[NewRow] = [(code, "2025", UNEMPLOYMENT, 2.0 + i / 10, "", False) for i, code in enumerate(TELEMARK)]


@pytest.fixture(scope="module")
def three_days(installation: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Unemployment on the 3rd; the figure of Skien another on the 10th; a second dataset on the 17th."""
    with installation():
        folder = tmp_path_factory.mktemp("rows")
        with time_machine.travel(FIRST, tick=False):
            publish_one(folder / "one", ROWS, "now", "2024-01-01")
        with time_machine.travel(SECOND, tick=False):
            publish_again(
                folder,
                "now",
                [ROWS[0], ("4003", "2025", UNEMPLOYMENT, 98.7, "", False), *ROWS[2:]],
                {"nb": "Feil i kilden"},
            )
        with time_machine.travel(THIRD, tick=False):
            publish_one(folder / "two", [("4003", "2024", EMISSIONS, 118119.0, "", False)], "more", "2024-01-01")
        yield


def value(client: Client, query: str) -> float:
    answer = json.loads(client.get(f"/nb/kommune/4003/mal/8.json{query}").content)
    [row] = [row for row in answer["observations"] if row["indicator"] == UNEMPLOYMENT and row["period"] == "2025"]
    return row["value"]


def test_a_day_is_over_at_midnight_in_norway_and_a_moment_is_exact(client: Client) -> None:
    assert value(client, "") == 98.7
    assert [value(client, f"?per=2026-03-{day:02}") for day in (3, 9, 10, 11)] == [2.1, 2.1, 98.7, 98.7]
    assert value(client, "?per=2026-03-10T06:59:59Z") == 2.1
    assert value(client, "?per=2026-03-10T07:00:00Z") == 98.7
    assert value(client, "?per=2026-03-10T08:00:00%2B01:00") == 98.7
    assert value(client, "?per=2026-03-10T07:59:59+01:00") == 2.1  # a plus that was not written %2B


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-01-01", "2026-01-01T22:59:59.999999+00:00"),
        ("2026-07-01", "2026-07-01T21:59:59.999999+00:00"),
        ("2026-03-29", "2026-03-29T21:59:59.999999+00:00"),  # a day of 23 hours
        ("2026-10-25", "2026-10-25T22:59:59.999999+00:00"),  # a day of 25 hours
        ("2026-10-25T02:30:00+02:00", "2026-10-25T00:30:00+00:00"),
    ],
)
def test_days_end_when_they_do(written: str, moment: str) -> None:
    assert _moment(written)[0].astimezone(UTC).isoformat() == moment


@pytest.mark.parametrize(
    "written",
    [
        "", "i går", "2026-02-30", "2026-11", "2026-03-10T08:00", "0001-01-01", "9999-12-31", "٢٠٢٦-٠٣-١٠",
        "2026-03-02", "2099-01-01", "2099-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "<script>", "2026-03-10%00",
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["", ".json", ".csv"])
def test_what_is_no_day_or_has_nothing_is_said_in_one_sentence(client: Client, written: str, form: str) -> None:
    answer = client.get(f"/nb/kommune/4003{form}?per={written}")
    assert answer.status_code == 400
    shown = answer.content.decode()
    if "%00" not in written:
        assert answer["X-Robots-Tag"] == "noindex"
        sentence = {"": r'class="lead">([^<]+)<', ".json": r'"error": "([^"]+)"', ".csv": r"^([^<]+)$"}[form]
        [said] = re.findall(sentence, shown)
        assert said.strip().endswith(".") and "script" not in said
    assert "2.1" not in shown


def test_before_the_first_it_says_when_the_first_came(client: Client) -> None:
    shown = client.get("/nb/kommune/4003?per=2025-12-24").content.decode()
    assert "Ingenting var publisert her 24. desember 2025. De første tallene kom 3. mars 2026." in shown
    assert 'href="/nb/kommune/4003"' in shown


def test_today_is_what_is_published_now(client: Client) -> None:
    with time_machine.travel(datetime(2026, 3, 10, 23, 30, tzinfo=UTC), tick=False):  # the 11th in Norway
        answer = client.get("/nb/kommune/4003/mal/8.json?per=2026-03-11&gruppe=county")
        assert (answer.status_code, answer["Location"]) == (302, "/nb/kommune/4003/mal/8.json?gruppe=county")
        assert client.get("/nb/kommune/4003.json?per=2026-03-12").status_code == 400


def addresses() -> dict[str, str]:
    """An address of every view that is marked, by its route."""
    said = {
        "status:place": "kommune/4003", "status:county": "fylke/40", "status:place_goal": "kommune/4003/mal/8",
        "status:county_goal": "fylke/40/mal/8", "status:indicator": f"indikator/{UNEMPLOYMENT}",
        "status:method": f"indikator/{UNEMPLOYMENT}/metode",
        "status:place_vintages": f"kommune/4003/historikk/{UNEMPLOYMENT}",
        "status:county_vintages": f"fylke/40/historikk/{UNEMPLOYMENT}",
        "status:compare": "sammenlign?sted=4003&sted=4001",
        "status:alike": "kommune/4003/lignende",
        "status:place_set": "kommune/4003/sett/norge", "status:county_set": "fylke/40/sett/norge",
        "status:releases": "publisering/", "status:release": "publisering/now/1", "site:front": "",
        "status:explain": f"forklar/{UNEMPLOYMENT}/4003/2025",
    }  # fmt: skip
    return said


# What has no day: definitions and texts are those of today, and lead to their one address.
TEXTS = {
    "standards:goals": "mal/", "standards:goal": "mal/8", "standards:sets": "indikatorsett/",
    "standards:set": "indikatorsett/norge", "site:about": "om/", "site:numbers": "om/tallene", "site:data": "om/data",
    "site:accessibility": "om/tilgjengelighet", "site:privacy": "om/personvern", "status:methods": "metode/",
    "status:method_document": "metode/sdg-index", "site:small_numbers": "om/smaa-tall",
}  # fmt: skip


def marked() -> set[str]:
    def walk(patterns: list[Any], before: str) -> Iterator[str]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                inner = f"{pattern.namespace}:" if pattern.namespace else before
                yield from walk(pattern.url_patterns, inner)
            elif isinstance(pattern, URLPattern) and getattr(pattern.callback, "is_published", False):
                yield f"{before}{pattern.name}"

    return set(walk(get_resolver().url_patterns, ""))


def test_no_marked_view_is_forgotten() -> None:
    """A new view of numbers: ask `snapshots.asked_for(request)`, and name an address of it here."""
    assert marked() == set(addresses()) | set(TEXTS)


@pytest.mark.parametrize("route", addresses())
def test_every_page_of_numbers_answers_as_of_a_day(client: Client, route: str) -> None:
    address = f"/nb/{addresses()[route]}"
    mark = "&" if "?" in address else "?"
    answer = client.get(f"{address}{mark}per=2026-03-04")
    shown = answer.content.decode()
    assert answer.status_code == 200 and shown.count("Slik det var publisert 4. mars 2026") == 1
    assert f'data-now href="{address.replace("&", "&amp;")}"' in shown
    assert answer["X-Robots-Tag"] == "noindex" and '<meta name="robots" content="noindex">' in shown
    assert answer["Link"] == f'<http://localhost:8000{address}>; rel="original canonical"'
    assert answer["Memento-Datetime"] == "Wed, 04 Mar 2026 22:59:59 GMT"
    assert "2026-03-04" not in client.get(address).content.decode()
    assert client.get(f"{address}{mark}per=2026-03-01").status_code == 400
    assert "98,7" not in shown and "118\xa0119" not in shown and "/publisering/more/" not in shown


@pytest.mark.parametrize("route", TEXTS)
def test_what_has_no_day_leads_to_its_one_address(client: Client, route: str) -> None:
    answer = client.get(f"/nb/{TEXTS[route]}?per=2026-03-04")
    assert (answer.status_code, answer["Location"]) == (302, f"/nb/{TEXTS[route]}")


@pytest.mark.parametrize("route", addresses())
def test_links_and_forms_of_a_page_stay_on_the_day(client: Client, route: str) -> None:
    address = f"/nb/{addresses()[route]}"
    mark = "&" if "?" in address else "?"
    shown = client.get(f"{address}{mark}per=2026-03-04").content.decode()
    body = shown[shown.index("<body>") :]
    numbers = r"/nb/(?:kommune|fylke|indikator|publisering|sammenlign)[^\"]*|\?[^\"]*"
    links = re.findall(rf'<a\b([^>]*?)\shref="({numbers})"', body)
    strayed = [link for attributes, link in links if "data-now" not in attributes and "per=2026-03-04" not in link]
    assert [link for link in strayed if ".parquet" not in link and ".atom" not in link] == []
    assert all(link.count("per=") == 1 for attributes, link in links if "per=" in link)
    for form in re.findall(r"<form\b[^>]*>.*?</form>", body, re.S):
        if 'method="get"' in form and "/nb/sok" not in form:
            assert form.count('name="per"') == 1


def test_a_place_that_was_renumbered_leads_on_to_the_same_day(client: Client) -> None:
    answer = client.get("/nb/kommune/3807?per=2026-03-04")
    assert (answer.status_code, answer["Location"]) == (301, "/nb/kommune/4003?per=2026-03-04")


def test_a_release_of_later_is_not_there_yet(client: Client) -> None:
    assert client.get("/nb/publisering/now/2?per=2026-03-04").status_code == 404
    assert client.get("/nb/publisering/now/2.csv?per=2026-03-04").status_code == 404
    assert client.get("/nb/publisering/now/2?per=2026-03-10").status_code == 200
    first = client.get("/nb/publisering/now/1?per=2026-03-04").content.decode()
    assert "erstattet" not in first and "erstattet" in client.get("/nb/publisering/now/1").content.decode()
    listed = client.get("/nb/publisering/?per=2026-03-04").content.decode()
    assert "/publisering/now/1" in listed and "/publisering/now/2" not in listed


def test_the_words_are_there_in_three_languages(client: Client) -> None:
    for lang, words in (("nb", "Slik det var publisert 4. mars 2026"), ("nn", "Sjå det som er publisert no"),
                        ("en", "As published on 4 March 2026")):  # fmt: skip
        assert words in client.get(f"/{lang}/kommune/4003?per=2026-03-04").content.decode()


def test_the_answer_of_a_day_is_kept_and_others_are_not(client: Client) -> None:
    assert client.get("/nb/kommune/4003?per=2026-03-04")["X-Dugnad-Published"] == "yes"
    for query in ("?per=2026-03-04T10:00:00Z", "?per=2026-03-04&gruppe=x", "?gruppe=x"):
        assert "X-Dugnad-Published" not in client.get(f"/nb/kommune/4003/mal/8{query}").headers


def test_a_moment_is_a_value_that_refuses_nonsense() -> None:
    assert AsOf("2026-11-01", _moment("2026-11-01")[0], True, "/nb/").day == date(2026, 11, 1)
    with pytest.raises(NotShown):
        _moment("2026-13-01")
