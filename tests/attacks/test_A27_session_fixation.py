"""A27. Imitates CKAN CVE-2025-64100: a session id planted before signing in is still good afterwards."""

import pytest
from django.conf import settings
from django.test import Client

from dugnad.people.models import Person
from tests.clients import PASSWORD, person, signed_in

pytestmark = pytest.mark.django_db
NAME = settings.SESSION_COOKIE_NAME


def sign_in(client: Client) -> None:
    answer = client.post("/nb/logg-inn/", {"login": "kari@example.org", "password": PASSWORD})
    assert answer["Location"] == "/nb/min-side/"


def test_a_made_up_id_is_not_taken_over() -> None:
    person()
    client = Client()
    client.cookies[NAME] = "a" * 32
    sign_in(client)
    assert client.cookies[NAME].value != "a" * 32


def test_an_id_from_before_is_worth_nothing_after() -> None:
    person()
    client = Client()
    client.session.save()  # the attacker's own, handed to the victim
    planted = client.cookies[NAME].value
    sign_in(client)
    attacker = Client()
    attacker.cookies[NAME] = planted
    assert client.cookies[NAME].value != planted
    assert attacker.get("/nb/min-side/").status_code == 302


def test_signing_out_ends_the_session_on_the_server() -> None:
    person()
    client = Client()
    sign_in(client)
    kept = client.cookies[NAME].value
    client.post("/nb/logg-ut/")
    thief = Client()
    thief.cookies[NAME] = kept
    assert thief.get("/nb/min-side/").status_code == 302


def test_a_new_password_makes_a_new_id() -> None:
    client = signed_in(person(), second_factor=False)
    before = client.cookies[NAME].value
    client.post("/nb/konto/passord/", {"oldpassword": PASSWORD, "password1": "et helt annet passord"})
    assert client.cookies[NAME].value != before
    assert Person.objects.get().check_password("et helt annet passord")


def test_ids_are_long_and_never_repeated() -> None:
    somebody = person()
    ids = {signed_in(somebody, second_factor=False).cookies[NAME].value for _ in range(50)}
    assert len(ids) == 50
    assert all(len(id_) == 32 for id_ in ids)  # letters and digits: 165 bits
