"""Signing in with a real browser: the scripts run under the strict policy of contents, and a passkey is enough."""

import os
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from dugnad.people import changes
from tests import chromium
from tests.clients import OWN, PASSWORD, TEST, organisation, person_with

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """A page of Chromium with the lock of a phone."""
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # the browser's library runs a loop
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.path(), args=chromium.ARGUMENTS)
        context = browser.new_context()
        page = context.new_page()
        lock = context.new_cdp_session(page)
        lock.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
        }
        lock.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        yield page
        browser.close()


def test_a_passkey_is_added_and_then_signs_in_alone_to_what_the_office_allows(page: Page, live_server: Any) -> None:
    operator = person_with("operator")
    changes.give_office(
        person=operator, organisation=organisation(OWN), role="adviser", valid_from=date(2024, 1, 1), by=TEST
    )
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

    page.goto(f"{live_server.url}/nb/logg-inn/")
    page.get_by_label("E-post").fill("operator@example.org")
    page.get_by_label("Passord", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Logg inn", exact=True).click()
    page.get_by_role("link", name="Innlogging i to trinn").click()
    page.get_by_role("link", name="Legg til en passnøkkel").click()
    page.get_by_label("Passord").fill(PASSWORD)
    page.get_by_role("button", name="Bekreft").click()
    page.get_by_label("Logg inn med bare denne passnøkkelen").check()
    page.get_by_role("button", name="Legg til passnøkkelen").click()
    page.get_by_role("heading", name="Gjenopprettingskoder").wait_for()

    page.goto(f"{live_server.url}/nb/logg-ut/")
    page.get_by_role("main").get_by_role("button", name="Logg ut").click()
    page.goto(f"{live_server.url}/nb/logg-inn/")
    page.get_by_role("button", name="Logg inn med passnøkkel").click()
    page.get_by_role("heading", name="Min side").wait_for()
    page.goto(f"{live_server.url}/nb/organisasjon/{OWN}/")
    assert page.get_by_role("heading", level=1).inner_text() == f"Kommune {OWN}"
    assert complaints == []
