"""A3. Imitates PyPI TOB-26-13: the office ends, the account is closed, the municipality changes; the session lives."""

from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from dugnad.people import changes
from dugnad.people.models import Office
from tests.clients import OWN, TEST, person_with, signed_in

pytestmark = pytest.mark.django_db
PAGE = f"/nb/organisasjon/{OWN}/"


def test_an_office_that_ended_gives_nothing_on_the_next_request() -> None:
    adviser = person_with("adviser")
    client = signed_in(adviser)
    assert client.get(PAGE).status_code == 200
    changes.end_office(office=Office.objects.get(), on=timezone.localdate(), by=TEST)
    assert client.get(PAGE).status_code == 403


def test_a_term_runs_out_by_itself() -> None:
    with time_machine.travel("2026-11-23T22:58Z", tick=False) as clock:  # two minutes to midnight in Norway
        adviser = person_with("adviser")
        changes.end_office(office=Office.objects.get(), on=date(2026, 11, 24), by=TEST)
        client = signed_in(adviser)
        assert client.get(PAGE).status_code == 200
        clock.shift(timedelta(minutes=2))
        assert client.get(PAGE).status_code == 403


def test_a_closed_account_is_out_at_once_and_cannot_come_back() -> None:
    operator = person_with("operator")
    client = signed_in(operator)
    assert client.get("/nb/min-side/").status_code == 200
    link = changes.invitation_link(operator)
    changes.close_account(person=operator, by=TEST)
    assert client.get("/nb/min-side/").status_code == 302
    form = client.get(link.removeprefix("http://localhost:8000"), follow=True)  # sent before, used after
    client.post(form.context["action_url"], {"password1": "et nytt passord til en stengt konto"})
    data = {"login": operator.email, "password": "et nytt passord til en stengt konto"}
    assert client.post("/nb/logg-inn/", data)["Location"] == "/nb/konto/stengt/"
    assert client.get("/nb/min-side/").status_code == 302


def test_an_adviser_who_moves_to_another_municipality_loses_the_first() -> None:
    adviser = person_with("adviser")
    client = signed_in(adviser)
    office = Office.objects.get()
    office.organisation.place_code = "4005"  # the municipality was renumbered: the old address is nobody's
    office.organisation.save()
    assert client.get(PAGE).status_code == 403
