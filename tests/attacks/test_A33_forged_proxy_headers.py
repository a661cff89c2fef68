"""A33. Imitates PyPI TOB-12: a visitor writes what only a proxy should, to be somebody else or somewhere else."""

from itertools import count

import pytest
from django.test import Client

from tests.clients import person

pytestmark = pytest.mark.django_db

IDENTITY = {
    "remote-user": "kari@example.org",
    "x-remote-user": "1",
    "x-forwarded-user": "1",
    "authorization": "Basic YTpi",
}


def test_limits_are_not_escaped_by_pretending_to_be_many() -> None:
    person()
    numbers = count(1)

    def attempt() -> str:
        address = f"198.51.100.{next(numbers)}"
        headers = {"x-forwarded-for": address, "x-real-ip": address, "forwarded": f"for={address}"}
        data = {"login": f"{address}@example.org", "password": "feil"}  # another account each time, too
        return Client().post("/nb/logg-inn/", data, headers=headers).content.decode()

    answers = [attempt() for _ in range(12)]
    assert "for mange" not in answers[0]
    assert "for mange" in answers[-1]


def test_an_identity_in_a_header_is_nobody() -> None:
    person()
    assert Client().get("/nb/min-side/", headers=IDENTITY).status_code == 302


def test_a_claim_of_https_is_not_believed() -> None:
    request = Client().get("/nb/logg-inn/", headers={"x-forwarded-proto": "https", "forwarded": "proto=https"})
    assert not request.wsgi_request.is_secure()
