"""Visitors of every kind, for tests of what each may do."""

import time
from datetime import date
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client

from dugnad.people import changes
from dugnad.people.models import Organisation, Person
from dugnad.shared.writing import Actor


class QuickHasher(Argon2PasswordHasher):
    """The same hash with the least work, because tests make hundreds; production's cost is tested in tests/config."""

    time_cost, memory_cost, parallelism = 1, 8, 1


TEST = Actor.system("test")
OWN, OTHER = "4003", "5001"  # the place the adviser holds office for, and one she does not
PASSWORD = "en hest spiser gress i regn"


def person(email: str = "kari@example.org", **options: Any) -> Person:
    options.setdefault("password", PASSWORD)
    return changes.create_person(email=email, name="Kari Prøve", by=TEST, **options)


def organisation(place_code: str, name: str = "") -> Organisation:
    found = Organisation.objects.filter(place_code=place_code).first()
    return found or changes.create_organisation(
        kind="municipality", name=name or f"Kommune {place_code}", place_code=place_code, by=TEST
    )


def person_with(role: str, email: str = "") -> Person:
    """Somebody with an account who holds this role today: `person_with("adviser")` holds it for OWN."""
    email = email or f"{role}@example.org"
    if role == "operator":
        return person(email, operator_from=date(2020, 1, 1))
    somebody = person(email)
    if role == "adviser":
        place = organisation(OWN)
    elif role == "secretariat":
        place = Organisation.objects.filter(kind="network").first() or changes.create_organisation(
            kind="network", name="Nettverket", by=TEST
        )
    else:
        return somebody
    changes.give_office(person=somebody, organisation=place, role=role, valid_from=date(2020, 1, 1), by=TEST)
    return somebody


def signed_in(somebody: Person, *, second_factor: bool = True, **options: Any) -> Client:
    """A browser in which this person has signed in, proved twice unless said otherwise."""
    client = Client(**options)
    client.force_login(somebody, backend=settings.AUTHENTICATION_BACKENDS[0])
    if second_factor:
        Authenticator.objects.get_or_create(user=somebody, type=Authenticator.Type.TOTP, defaults={"data": {}})
        session = client.session
        session["account_authentication_methods"] = [{"method": "mfa", "at": time.time()}]
        session["account_authentication_methods_user"] = str(somebody.pk)
        session.save()
    return client
