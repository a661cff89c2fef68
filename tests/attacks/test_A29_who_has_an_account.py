"""A29. Imitates PyPI TOB-5 and TOB-26-5: the answer, or the time it takes, tells whether an address has an account."""

import re
from typing import Any
from unittest.mock import patch

import argon2
import pytest
from django.test import Client
from django_tasks_db.models import DBTaskResult

from dugnad.people import changes
from tests.clients import PASSWORD, TEST, person, signed_in

pytestmark = pytest.mark.django_db


def shown(answer: Any, *addresses: str) -> tuple[int, str | None, str]:
    """What the visitor can see, without the token of the form and the address that was written."""
    body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
    for address in addresses:
        body = body.replace(address, "")
    return answer.status_code, answer.headers.get("Location"), body


KNOWN, UNKNOWN, CLOSED = "kari@example.org", "nils@example.org", "eva@example.org"


@pytest.fixture(autouse=True)
def accounts() -> None:
    person(KNOWN)
    changes.close_account(person=person(CLOSED), by=TEST)


def test_signing_in_fails_alike() -> None:
    answers = set()
    for address in (KNOWN, UNKNOWN):
        answers.add(shown(Client().post("/nb/logg-inn/", {"login": address, "password": "feil passord"}), address))
    assert len(answers) == 1


def test_signing_in_costs_alike() -> None:
    """The dear step is the hash of the password: it is made once whether there is an account or not."""
    counts = []
    for address in (KNOWN, UNKNOWN):
        with (
            patch("argon2.low_level.hash_secret", wraps=argon2.low_level.hash_secret) as made,
            patch("argon2.PasswordHasher.verify", autospec=True, return_value=False) as checked,
        ):
            Client().post("/nb/logg-inn/", {"login": address, "password": "feil passord"})
            counts.append(made.call_count + checked.call_count)
    assert counts[0] == counts[1] == 1


def test_a_forgotten_password_is_answered_alike_and_only_the_letter_differs() -> None:
    answers = set()
    for address in (KNOWN, UNKNOWN, CLOSED):
        client = Client()
        first = client.post("/nb/konto/passord/glemt/", {"email": address})
        answers.add((shown(first, address), shown(client.get(first["Location"]), address)))
    assert len(answers) == 1
    letters = [task.args_kwargs["kwargs"]["to"] for task in DBTaskResult.objects.all()]
    assert letters == [[KNOWN]]  # nothing is sent to strangers in our name, either


def test_changing_to_an_address_tells_nothing_about_its_owner() -> None:
    """Both are answered as if a letter had been sent; the owner of a taken address keeps it."""
    somebody = person("ola@example.org")
    client = signed_in(somebody, second_factor=False)
    client.post("/nb/konto/bekreft/", {"password": PASSWORD})
    answers = []
    for address in (KNOWN, UNKNOWN):
        answer = client.post("/nb/konto/e-post/", {"email": address, "action_add": ""})
        answers.append((answer.status_code, answer.headers.get("Location")))
    assert answers[0] == answers[1]


def test_limits_on_attempts_are_the_same_for_both() -> None:
    for address in (KNOWN, UNKNOWN):
        client = Client(REMOTE_ADDR="203.0.113.9" if address == KNOWN else "203.0.113.10")
        statuses = [
            "For mange" in client.post("/nb/logg-inn/", {"login": address, "password": "feil"}).content.decode()
            or "for mange" in client.post("/nb/logg-inn/", {"login": address, "password": "feil"}).content.decode()
            for _ in range(6)
        ]
        assert statuses[0] is False and statuses[-1] is True
