"""A26. Imitates CKAN CVE-2024-41674 and Wagtail CVE-2023-45809: what an error page gives away."""

import pytest
from django.conf import settings
from django.test import Client

from dugnad.people import queries
from tests.clients import OWN, person_with, signed_in

pytestmark = pytest.mark.django_db


def test_an_error_says_nothing_but_that_it_happened_and_its_id(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("password=hunter2 SELECT * FROM people_person")

    monkeypatch.setattr(queries, "offices_at", broken)
    client = signed_in(person_with("adviser"), raise_request_exception=False)
    answer = client.get(f"/nb/organisasjon/{OWN}/")
    assert answer.status_code == 500
    body = answer.content.decode()
    for secret in ("hunter2", "SELECT", "RuntimeError", "Traceback", "people_person", "/dugnad/", settings.SECRET_KEY):
        assert secret not in body
    assert len(answer["X-Request-ID"]) == 32


def test_each_answer_has_an_id_of_ours() -> None:
    ids = {Client().get("/nb/logg-inn/", headers={"x-request-id": "mine"})["X-Request-ID"] for _ in range(3)}
    assert len(ids) == 3 and "mine" not in ids


@pytest.mark.parametrize("path", ["/nb/no-such-page", "/nb/organisasjon/", "/admin/", "/.git/config", "/nb/%ff"])
def test_a_missing_page_lists_no_routes(path: str) -> None:
    body = Client().get(path).content.decode()
    assert "urlpatterns" not in body and "URLconf" not in body and "DEBUG" not in body
