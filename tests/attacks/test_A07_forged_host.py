"""A7. Imitates Decidim CVE-2026-45414: another host's name in the request, to have links and sessions made for it."""

import pytest
from django.test import Client
from django_tasks_db.models import DBTaskResult

from tests.clients import person

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "localhost:80@evil.example", "[::1].evil", ""]
)
def test_an_unknown_host_is_refused(host: str) -> None:
    assert Client().get("/nb/logg-inn/", headers={"host": host}).status_code == 400


def test_links_in_letters_lead_to_our_own_address_whatever_the_request_says() -> None:
    person()
    headers = {"host": "127.0.0.1:9999", "x-forwarded-host": "evil.example", "forwarded": "host=evil.example"}
    answer = Client().post("/nb/konto/passord/glemt/", {"email": "kari@example.org"}, headers=headers)
    assert answer.status_code == 302 and "evil" not in answer["Location"]
    body = DBTaskResult.objects.get().args_kwargs["kwargs"]["body"]
    assert "http://localhost:8000/nb/konto/passord/nytt/" in body
    assert "evil" not in body and "9999" not in body


def test_pages_do_not_take_over_a_forwarded_host() -> None:
    answer = Client().get("/nb/logg-inn/", headers={"x-forwarded-host": "evil.example"})
    assert answer.status_code == 200
    assert b"evil.example" not in answer.content
