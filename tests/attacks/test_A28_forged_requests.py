"""A28. Imitates CKAN CVE-2026-41255 and Decidim CVE-2023-47635: another site makes the browser write for its owner."""

import hashlib
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.urls import reverse

from dugnad.people.models import Person
from dugnad.people.policy import policy
from tests.clients import OWN, person, signed_in
from tests.people.test_policy import ROUTES

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def everything_stored() -> str:
    """One number for all rows of all tables, but sessions and what counts attempts."""
    digest = hashlib.sha256()
    for model in apps.get_models():
        if model._meta.label_lower not in ("sessions.session",):
            rows = sorted(map(repr, model._default_manager.values_list()))
            digest.update(f"{model._meta.label}{rows}".encode())
    return digest.hexdigest()


WRITES = sorted(action.split()[1] for action in policy().actions if action.startswith("POST "))


@pytest.mark.parametrize("route", WRITES)
@pytest.mark.parametrize("forgery", ["no token", "token of another", "text/plain", "override", "other site"])
def test_a_write_without_our_token_is_refused(route: str, forgery: str) -> None:
    somebody = person(password=None)
    client = signed_in(somebody, second_factor=False, enforce_csrf_checks=True)
    address = reverse(route, kwargs=ROUTES[route])
    before = everything_stored()
    data: dict[str, Any] = {"name": "Mallory", "language": "en"}
    options: dict[str, Any] = {}
    if forgery == "token of another":
        other = Client(enforce_csrf_checks=True)
        other.get("/nb/logg-inn/")
        data["csrfmiddlewaretoken"] = other.cookies[settings.CSRF_COOKIE_NAME].value
    elif forgery == "text/plain":
        options = {"content_type": "text/plain"}
        data = '{"name": "Mallory"}'  # type: ignore[assignment]
    elif forgery == "override":
        data["_method"] = "PUT"
        options = {"headers": {"x-http-method-override": "GET"}}
    elif forgery == "other site":
        client.get("/nb/logg-inn/")
        token = client.get("/nb/min-side/").cookies[settings.CSRF_COOKIE_NAME].value
        data["csrfmiddlewaretoken"] = token
        options = {"headers": {"origin": "https://evil.example"}}
    assert client.post(address, data, **options).status_code == 403
    assert everything_stored() == before


def test_control_the_same_request_with_our_token_writes() -> None:
    client = signed_in(person(), second_factor=False, enforce_csrf_checks=True)
    token = client.get("/nb/min-side/").cookies[settings.CSRF_COOKIE_NAME].value
    data = {"name": "Kari Ny", "language": "nb", "csrfmiddlewaretoken": token}
    assert client.post("/nb/min-side/", data).status_code == 302
    assert Person.objects.get().name == "Kari Ny"


OURS = sorted(name for name in ROUTES if not name.startswith(("status:", "standards:")))


@pytest.mark.parametrize("route", OURS)
def test_looking_changes_nothing(route: str) -> None:
    client = signed_in(person(password=None), second_factor=False, raise_request_exception=False)
    client.get("/nb/min-side/")
    before = everything_stored()
    client.get(
        reverse(route, kwargs={**ROUTES[route], **({"place_code": OWN} if "place_code" in ROUTES[route] else {})})
    )
    assert everything_stored() == before
