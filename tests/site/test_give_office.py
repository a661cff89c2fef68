"""`dugnad give-office`: who gets one, where, and what is refused before anything is registered."""

import io
from datetime import date
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from dugnad.people.models import Office, Organisation, Person
from tests import once
from tests.clients import person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def norway(db: None) -> None:
    once.places()


def test_an_office_is_given_and_the_organisation_registered_once() -> None:
    person()
    for role in ("adviser", "secretariat"):
        call_command(
            "give-office",
            email="kari@example.org",
            role=role,
            kind="municipality",
            organisation="Skien kommune",
            place="4003",
            stdout=io.StringIO(),
        )
    offices = Person.objects.get().offices.select_related("organisation")
    assert {(o.role, o.organisation.place_code) for o in offices} == {("adviser", "4003"), ("secretariat", "4003")}


def test_somebody_without_an_account_gets_no_office() -> None:
    with pytest.raises(CommandError, match="Ingen har en konto med adressen x@"):
        call_command("give-office", email="x@example.org", role="adviser", kind="other", organisation="X")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"place": ""}, "Give --place"),
        ({"place": "skien"}, "Give --place"),
        ({"kind": "network", "place": "4003"}, "Give --place"),
        ({"place": "9999"}, r"No place is called 9999 on \d{4}-\d\d-\d\d\. Search"),
        ({"place": "0806"}, "Did you mean 4003 Skien"),
        ({"valid_from": date(2026, 2, 1), "valid_to": date(2026, 2, 1)}, "Correct --to"),
    ],
)
def test_an_office_that_cannot_be_registers_nothing(wrong: dict[str, Any], said: str) -> None:
    person()
    office = {"email": "kari@example.org", "role": "adviser", "kind": "municipality", "place": "4003", **wrong}
    with pytest.raises(CommandError, match=said):
        call_command("give-office", organisation="Skien", lang="en", **office)
    assert not Organisation.objects.exists() and not Office.objects.exists()


@pytest.mark.parametrize(
    ("lang", "given", "held"),
    [
        ("nb", "er rådgiver i Skien fra 1. februar 2026", "er allerede rådgiver i Skien; ingenting er endret"),
        ("nn", "er rådgivar i Skien frå 1. februar 2026", "er alt rådgivar i Skien; ingenting er endra"),
        ("en", "is adviser at Skien from 1 February 2026", "is adviser at Skien already; nothing is changed"),
    ],
)
def test_an_office_is_given_once(capsys: pytest.CaptureFixture[str], lang: str, given: str, held: str) -> None:
    person()
    office = {"email": "kari@example.org", "role": "adviser", "kind": "municipality", "place": "4003"}
    call_command("give-office", **office, organisation="Skien", valid_from=date(2026, 2, 1), lang=lang)
    assert given in capsys.readouterr().out
    with pytest.raises(CommandError, match=held):
        call_command("give-office", **office, organisation="Skien", lang=lang)
    assert Office.objects.count() == 1
