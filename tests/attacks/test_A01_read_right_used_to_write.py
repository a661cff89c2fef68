"""A1. Imitates PyPI TOB-26-8 and Wagtail CVE-2026-44200: who may only look sends a form to the page."""

import pytest
from django.test import Client

from dugnad.people import policy as policy_module
from tests.clients import OWN, person_with, signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_reader_cannot_write(method: str, caplog: pytest.LogCaptureFixture) -> None:
    adviser = person_with("adviser")
    client = signed_in(adviser)
    page = f"/nb/organisasjon/{OWN}/"
    assert client.get(page).status_code == 200
    caplog.clear()
    assert client.generic(method, page).status_code == 405
    refused = [r.msg for r in caplog.records if isinstance(r.msg, dict) and r.msg["event"] == "refused"]
    assert [(r["method"], r["route"]) for r in refused] == [(method, "people:organisation")]


def test_somebody_without_the_office_is_refused_and_it_is_written_down(caplog: pytest.LogCaptureFixture) -> None:
    somebody = person_with("signed_in")
    assert signed_in(somebody).get(f"/nb/organisasjon/{OWN}/").status_code == 403
    refused = [r.msg for r in caplog.records if isinstance(r.msg, dict) and r.msg["event"] == "refused"]
    assert [(r["person"], r["why"]) for r in refused] == [(somebody.pk, "role")]


def test_a_stranger_cannot_write_on_public_pages() -> None:
    assert Client().post("/nb/").status_code == 405


def test_control_the_same_request_passes_where_the_policy_allows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the row to say so, the adviser's POST would reach the page: the refusal above is the policy's."""
    stated = policy_module.policy()
    monkeypatch.setitem(stated.actions, "POST people:organisation", stated.actions["GET people:organisation"])
    policy_module._rules.cache_clear()
    try:
        assert signed_in(person_with("adviser")).post(f"/nb/organisasjon/{OWN}/").status_code == 200
    finally:
        policy_module._rules.cache_clear()
