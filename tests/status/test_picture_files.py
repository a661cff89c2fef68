"""Every picture of a page can be had as a file: with what it measures, its title, source, day and address in it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
import time_machine
from django.test import Client
from django.utils.html import escape

from tests.status.conftest import TELEMARK, UNEMPLOYMENT, NewRow, publish_one

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.usefixtures("one_day")]
ROWS: list[NewRow] = [
    (code, year, UNEMPLOYMENT, 2.0 + i / 10, "", False)
    for i, code in enumerate(TELEMARK)
    for year in ("2023", "2024", "2025")
]


@pytest.fixture(scope="module")
def one_day(installation: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with installation(), time_machine.travel(datetime(2026, 3, 3, 7, tzinfo=UTC), tick=False):
        publish_one(tmp_path_factory.mktemp("rows"), ROWS, "now", "2024-01-01")
        yield


def files(client: Client, address: str) -> list[str]:
    """The addresses of the pictures that a page offers."""
    shown = client.get(address).content.decode()
    path = address.partition("?")[0]
    found = [path + href.replace("&amp;", "&") for href in re.findall(r'href="(\?[^"]*bilde=[^"]*)"', shown)]
    assert len(found) == len(re.findall('<svg class="chart chart-(?!spark)', shown)), "each picture has its file"
    return found


@pytest.mark.parametrize(
    "address",
    [
        "/nb/kommune/4003/mal/8",
        f"/nb/indikator/{UNEMPLOYMENT}?sted=4003&gruppe=county",
        "/nb/sammenlign?sted=4003&sted=4001",
        "/nb/",
    ],
)
def test_each_picture_of_a_page_is_a_file(client: Client, address: str) -> None:
    found = files(client, address)
    assert found
    for file in found:
        answer = client.get(file)
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")
        assert re.fullmatch(r'attachment; filename="[A-Za-z0-9.-]+\.svg"', answer["Content-Disposition"])
        assert answer["X-Robots-Tag"] == "noindex"
        words = [e.text or "" for e in ElementTree.fromstring(answer.content).iter() if e.tag.endswith("}text")]
        told = " ".join(words)
        assert "Kilde: " in told and "http://" in told.replace("https", "http") and "bilde=" not in told
        assert not re.search(rb"<a\b|\sstyle=|<script", answer.content)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("nb", ["Helt arbeidsledige", "Kilde: ", "publisering 1 fra 3. mars 2026"]),
        ("nn", ["Heilt arbeidsledige", "Kjelde: ", "publisering 1 frå 3. mars 2026"]),
        ("en", ["Registered unemployed", "Source: ", "release 1 of 3 March 2026"]),
    ],
)
def test_a_file_says_what_it_measures_and_where_it_is_from(client: Client, lang: str, words: list[str]) -> None:
    [file, *_others] = files(client, f"/{lang}/kommune/4003/mal/8")
    told = " ".join(e.text or "" for e in ElementTree.fromstring(client.get(file).content).iter())
    assert all(escape(word) in told for word in words)


def test_a_picture_that_is_not_there_is_not_found(client: Client) -> None:
    assert client.get("/nb/kommune/4003/mal/8?bilde=nothing").status_code == 404
    assert client.get("/nb/kommune/4003/mal/8?bilde=").status_code == 404
    assert client.get("/nb/kommune/4003/mal/8.json?bilde=series").status_code == 400


def test_a_picture_as_of_a_day_keeps_the_day(client: Client) -> None:
    """The day of its numbers is in its address, and the answer says that it is of the past."""
    with time_machine.travel(datetime(2026, 3, 5, tzinfo=UTC), tick=False):
        [file, *_others] = files(client, "/nb/kommune/4003/mal/8?per=2026-03-03")
        answer = client.get(file)
        assert "per=2026-03-03" in answer.content.decode() and answer["Memento-Datetime"]
