"""Accounts from invitation to second factor, as the person at the browser meets them."""

import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django_tasks_db.models import DBTaskResult

from dugnad.people import changes
from dugnad.people.letters import send_letter
from dugnad.people.models import Person
from dugnad.shared import writing
from dugnad.shared.models import AuditEvent
from dugnad.shared.writing import Actor, verify_chain
from tests.clients import PASSWORD, person, person_with, signed_in

pytestmark = pytest.mark.django_db


def code_for(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def deliver_letters() -> list[Any]:
    """What the worker would do."""
    for task in DBTaskResult.objects.filter(task_path="dugnad.people.letters.send_letter"):
        send_letter.call(**task.args_kwargs["kwargs"])
    DBTaskResult.objects.all().delete()
    return mail.outbox


def test_a_fresh_installation_has_no_accounts() -> None:
    assert not Person.objects.exists()


def test_nobody_can_sign_up() -> None:
    assert Client().get("/nb/signup/").status_code == 404
    assert Client().post("/nb/accounts/signup/", {"email": "a@example.org"}).status_code == 404


def test_from_invitation_to_second_factor_and_out() -> None:
    with time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=UTC), tick=False) as clock:
        # The operator of the installation makes the account and passes the link on.
        said = io.StringIO()
        call_command("create-person", email="Kari@Example.org", name="Kari Prøve", operator=True, stdout=said)
        link = re.search(r"http://localhost:8000(\S+)", said.getvalue())
        assert link
        client = Client()
        form = client.get(link[1], follow=True)
        assert form.status_code == 200
        action = form.context["action_url"]
        refused = client.post(action, {"password1": "passord"})
        assert refused.status_code == 200 and refused.context["form"].errors
        client.post(action, {"password1": PASSWORD})
        assert client.get(link[1], follow=True).context["token_fail"], "the link works once"

        # Signing in leads to one's own page, which is never kept by caches.
        answer = client.post("/nb/logg-inn/", {"login": "kari@example.org", "password": PASSWORD})
        assert answer["Location"] == "/nb/min-side/"
        mine = client.get("/nb/min-side/")
        assert "driftsansvarlig" in mine.content.decode()
        assert mine["Cache-Control"] == "private, no-store"

        # What the office allows is closed until there is a second factor.
        assert client.get("/nb/organisasjon/4003/")["Location"] == "/nb/konto/to-trinn/"
        asked = client.get("/nb/konto/to-trinn/app/")["Location"]
        assert client.post(asked, {"password": PASSWORD})["Location"] == "/nb/konto/to-trinn/app/"
        secret = client.get("/nb/konto/to-trinn/app/").context["form"].secret
        answer = client.post("/nb/konto/to-trinn/app/", {"code": code_for(secret)})
        assert answer["Location"] == "/nb/konto/to-trinn/koder/"
        stored = Authenticator.objects.get(type=Authenticator.Type.TOTP)
        assert secret not in str(stored.data), "the secret lies encrypted"

        # It is there now, but has not been shown in this session.
        clock.shift(timedelta(seconds=30))
        asked = client.get("/nb/organisasjon/4003/")
        assert asked["Location"].startswith("/nb/konto/bekreft/kode/?next=")
        proved = client.post(asked["Location"], {"code": code_for(secret)})
        assert proved["Location"] == "/nb/organisasjon/4003/"
        assert client.get("/nb/organisasjon/4003/").status_code == 404  # let in; there is no such organisation

        # Out, and in again: now the code is asked at once.
        session = client.session.session_key
        client.post("/nb/logg-ut/")
        assert not client.session.exists(session)
        assert client.get("/nb/min-side/")["Location"].startswith("/nb/logg-inn/?next=")
        clock.shift(timedelta(seconds=30))
        answer = client.post("/nb/logg-inn/", {"login": "kari@example.org", "password": PASSWORD})
        assert answer["Location"] == "/nb/logg-inn/kode/"
        assert client.get("/nb/min-side/").status_code == 302, "half signed in is not signed in"
        code = code_for(secret)
        assert client.post("/nb/logg-inn/kode/", {"code": code})["Location"] == "/nb/min-side/"

        # A code works once, also for somebody who looked over the shoulder.
        other = Client()
        other.post("/nb/logg-inn/", {"login": "kari@example.org", "password": PASSWORD})
        assert other.post("/nb/logg-inn/kode/", {"code": code}).status_code == 200
        assert other.get("/nb/min-side/").status_code == 302


def test_a_forgotten_password_is_replaced_by_a_link_that_works_for_a_day() -> None:
    somebody = person()
    with time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=UTC), tick=False) as clock:
        Client().post("/nn/konto/passord/glemt/", {"email": "kari@example.org"})
        letter = deliver_letters()[0]
        assert letter.to == ["kari@example.org"]
        link = re.search(r"http://localhost:8000(/nn/\S+)", letter.body)
        assert link
        assert not Client().get(link[1], follow=True).context.get("token_fail")
        clock.shift(timedelta(hours=25))
        assert Client().get(link[1], follow=True).context["token_fail"]
    assert somebody.check_password(PASSWORD)


def test_a_new_password_ends_all_other_sessions() -> None:
    somebody = person()
    here, elsewhere = signed_in(somebody, second_factor=False), signed_in(somebody, second_factor=False)
    answer = here.post("/nb/konto/passord/", {"oldpassword": PASSWORD, "password1": "noe helt annet enn før"})
    assert answer.status_code == 302
    assert here.get("/nb/min-side/").status_code == 200
    assert elsewhere.get("/nb/min-side/").status_code == 302
    assert deliver_letters()[0].subject == "Passordet ditt ble endret"
    event = AuditEvent.objects.for_thing(somebody).last()
    assert event and (event.action, event.actor_id) == ("set_password", str(somebody.pk))
    assert (event.before, event.after) == ({"has_password": True}, {"has_password": True})
    assert verify_chain() is None


def test_a_password_that_could_not_be_written_down_is_not_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    somebody = person()

    def fails(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(writing.Change, "record", fails)
    with pytest.raises(OSError, match="disk"):
        changes.set_password(person=somebody, password="noe helt annet enn før", by=Actor.person(somebody))
    somebody.refresh_from_db()
    assert somebody.check_password(PASSWORD)


def test_changing_the_address_asks_for_the_password_again_and_waits_for_the_new_address() -> None:
    somebody = person()
    client = signed_in(somebody, second_factor=False)
    new = {"email": "kari.ny@example.org", "action_add": ""}
    assert client.post("/nb/konto/e-post/", new)["Location"].startswith("/nb/konto/bekreft/")
    client.post("/nb/konto/bekreft/", {"password": PASSWORD})
    assert client.post("/nb/konto/e-post/", new).status_code == 302
    somebody.refresh_from_db()
    assert somebody.email == "kari@example.org"

    letter = next(letter for letter in deliver_letters() if letter.to == ["kari.ny@example.org"])
    link = re.search(r"http://localhost:8000(\S+)", letter.body)
    assert link
    assert client.get(link[1]).status_code == 200  # looking changes nothing: mail scanners look too
    somebody.refresh_from_db()
    assert somebody.email == "kari@example.org"
    client.post(link[1])
    somebody.refresh_from_db()
    assert somebody.email == "kari.ny@example.org"
    assert list(EmailAddress.objects.values_list("email", flat=True)) == ["kari.ny@example.org"]


@pytest.mark.parametrize(
    "password",
    ["åtte∑teg", "  mellomrom foran og bak  ", "x" * 64 + "ÆØÅ", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 og 🌱 sammen", "e\u0301n og \u00e9n"],
)
def test_any_password_of_eight_letters_or_more_signs_in_again(password: str) -> None:
    somebody = person(password=None)
    client = Client()
    form = client.get(changes.invitation_link(somebody).removeprefix(settings.PUBLIC_URL), follow=True)
    client.post(form.context["action_url"], {"password1": password})
    answer = Client().post("/nb/logg-inn/", {"login": "kari@example.org", "password": password})
    assert answer.status_code == 302
    assert Client().post("/nb/logg-inn/", {"login": "kari@example.org", "password": password[:-1]}).status_code == 200


@pytest.mark.parametrize("password", ["kort", "Passord2026!", "password123", "kari@example.org"])
def test_passwords_that_others_would_try_first_are_refused(password: str) -> None:
    somebody = person(password=None)
    client = Client()
    form = client.get(changes.invitation_link(somebody).removeprefix(settings.PUBLIC_URL), follow=True)
    assert client.post(form.context["action_url"], {"password1": password}).status_code == 200
    somebody.refresh_from_db()
    assert not somebody.has_usable_password()


def test_one_can_change_name_and_language_and_nothing_else_that_way() -> None:
    somebody = person()
    client = signed_in(somebody, second_factor=False)
    client.post(
        "/nb/min-side/",
        {"name": "Kari Nordmann", "language": "nn", "email": "other@example.org", "is_active": "", "role": "operator"},
    )
    somebody.refresh_from_db()
    assert (somebody.name, somebody.language) == ("Kari Nordmann", "nn")
    assert (somebody.email, somebody.is_active, somebody.offices.exists()) == ("kari@example.org", True, False)
    event = AuditEvent.objects.for_thing(somebody).last()
    assert event and (event.action, event.actor_id) == ("update_person", str(somebody.pk))
    assert "example.org" not in str(AuditEvent.objects.values_list("before", "after"))


@pytest.mark.parametrize(("away", "status"), [(timedelta(hours=20, minutes=1), 200), (timedelta(hours=22), 302)])
def test_a_session_lasts_longer_than_the_twenty_hours_that_need_a_warning(away: timedelta, status: int) -> None:
    with time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=UTC), tick=False) as clock:
        client = signed_in(person(), second_factor=False)
        client.get("/nb/min-side/")
        clock.shift(away)
        assert client.get("/nb/min-side/").status_code == status


def test_a_session_is_renewed_by_use_and_ends_after_a_week() -> None:
    with time_machine.travel(datetime(2026, 11, 23, 6, tzinfo=UTC), tick=False) as clock:
        client = signed_in(person(), second_factor=False)
        answers = []
        for _ in range(16):
            answers.append(client.get("/nb/min-side/").status_code)
            clock.shift(timedelta(hours=12))
        assert answers == [200] * 15 + [302]


@pytest.mark.parametrize("page", ["logg-inn/", "min-side/"])
def test_how_long_a_session_lasts_is_said(page: str) -> None:
    client = signed_in(person(), second_factor=False) if page == "min-side/" else Client()
    hours = settings.SESSION_IDLE_AGE // 3600
    assert f"{hours} timer etter den siste siden" in client.get(f"/nb/{page}").content.decode()


def test_passkeys_can_be_added_and_offered() -> None:
    client = signed_in(person_with("operator"))
    client.post("/nb/konto/bekreft/", {"password": PASSWORD})
    page = client.get("/nb/konto/to-trinn/passnokler/ny/")
    assert page.status_code == 200
    options = page.context["js_data"]["creation_options"]["publicKey"]
    assert options["rp"] == {"id": "localhost", "name": "Dugnad"}
    challenge = Client().get("/nb/logg-inn/passnokkel/", headers={"accept": "application/json"})
    assert challenge.json()["request_options"]["publicKey"]["challenge"]


class TestCommands:
    def test_an_address_in_use_is_refused_in_one_sentence(self) -> None:
        person()
        with pytest.raises(CommandError, match="kari@"):
            call_command("create-person", email="KARI@example.org", name="Another")

    def test_an_address_that_is_none_is_named(self) -> None:
        with pytest.raises(CommandError, match=r"^kari er ikkje ei e-postadresse\. Skriv ho"):
            call_command("create-person", email="kari", name="Kari Prøve", lang="nn")
        assert not Person.objects.exists()


@pytest.mark.parametrize("lang", ["nb", "nn", "en"])
def test_every_page_of_the_account_is_there_in_every_language(lang: str) -> None:
    client = signed_in(person_with("operator"))
    client.post(f"/{lang}/konto/bekreft/", {"password": PASSWORD})
    pages = [
        "min-side/",
        "konto/e-post/",
        "konto/passord/",
        "konto/bekreft/",
        "konto/bekreft/kode/",
        "konto/to-trinn/",
        "konto/to-trinn/passnokler/",
        "konto/to-trinn/passnokler/ny/",
        "konto/to-trinn/koder/nye/",
        "konto/to-trinn/app/fjern/",
        "logg-ut/",
        "konto/stengt/",
    ]
    headings = {}
    for page in pages:
        answer = client.get(f"/{lang}/{page}")
        assert answer.status_code == 200, page
        html = answer.content.decode()
        heading = re.search(r"<h1[^>]*>(.+?)</h1>", html)
        assert heading and f'<html lang="{lang}"' in html
        assert not re.search(r"<script(?![^>]*(src=|application/json))| style=| on\w+=", html), "inline script or style"
        headings[page] = heading[1]
    expected = {"nb": "Bekreft", "nn": "Stadfest", "en": "Confirm"}[lang]
    assert expected in client.get(f"/{lang}/konto/bekreft/").content.decode()
