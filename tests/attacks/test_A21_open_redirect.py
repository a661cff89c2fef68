"""A21. Imitates Datasette (twice) and Decidim CVE-2023-32693: a link to us that leads elsewhere after signing in."""

from urllib.parse import urlsplit

import pytest
from django.test import Client

from tests.clients import PASSWORD, person

pytestmark = pytest.mark.django_db

ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    r"/\evil.example",
    r"\\evil.example",
    "https:evil.example",
    "https://evil.example/",
    "http:///evil.example",
    "%2f%2fevil.example",
    "/%2f%2fevil.example",
    "/nb/@evil.example",
    "https://localhost:8000@evil.example/",
    "\t//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/not-a-page-of-ours",
    "http://localhost:8000/nb/",  # even to ourselves: only a path is taken
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_in_leads_only_to_our_own_pages(target: str) -> None:
    person()
    client = Client()
    answer = client.post("/nb/logg-inn/", {"login": "kari@example.org", "password": PASSWORD, "next": target})
    assert answer["Location"] == "/nb/min-side/"
    already = client.get("/nb/logg-inn/", {"next": target})  # who is signed in is sent on at once
    assert urlsplit(already["Location"]).netloc == "" and already["Location"].startswith("/nb/")


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_out_leads_only_to_our_own_pages(target: str) -> None:
    assert Client().post("/nb/logg-ut/", {"next": target})["Location"] == "/nb/"


def test_control_a_page_of_ours_is_reached() -> None:
    person()
    client = Client()
    wanted = "/nn/organisasjon/4003/"
    answer = client.post("/nb/logg-inn/", {"login": "kari@example.org", "password": PASSWORD, "next": wanted})
    assert answer["Location"] == wanted
