"""A25. Imitates CKAN CVE-2024-27097: line breaks, terminal colours and JSON in what is logged."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from django.test import Client

from dugnad.config import logging as our_logging
from tests.clients import person

pytestmark = pytest.mark.django_db

NASTY = 'x\n{"event": "signed_in", "person": 1}\r\x1b[31mred\x1b[0m\u2028\x00","event":"forged'


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the installation would write, as configured for production."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    our_logging.configure("INFO")
    stream = io.StringIO()
    root.handlers[0].stream = stream  # type: ignore[attr-defined]
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


def events(stream: io.StringIO) -> list[dict[str, object]]:
    """Every line is one JSON object without a control character."""
    text = stream.getvalue()
    assert all(ch == "\n" or ch.isprintable() for ch in text) and "\u2028" not in text
    return [json.loads(line) for line in text.splitlines()]


def test_whatever_comes_in_stays_inside_its_line(lines: io.StringIO) -> None:
    structlog.get_logger("test").warning("refused", route=NASTY)
    logging.getLogger("a.library").error("Not found: %s", NASTY)
    first, second = events(lines)
    assert (first["event"], first["route"]) == ("refused", NASTY)
    assert str(second["event"]).endswith('"forged') and second["level"] == "error"


def test_requests_cannot_forge_events(lines: io.StringIO) -> None:
    client = Client()
    client.get("/nb/organisasjon/x%0A%7B%22event%22%3A%22signed_in%22%7D/", headers={"user-agent": NASTY})
    client.post("/nb/logg-inn/", {"login": NASTY, "password": NASTY})
    client.get("/nb/", headers={"x-request-id": NASTY})
    assert {event["event"] for event in events(lines)} <= {"answered", "asked_to_sign_in", "sign_in_failed"}


def test_an_error_is_one_line_with_its_trace(lines: io.StringIO) -> None:
    try:
        raise ValueError(NASTY)
    except ValueError:
        structlog.get_logger("test").exception("failed")
    (event,) = events(lines)
    assert "ValueError" in str(event["exception"])


def test_no_addresses_of_persons_or_computers_are_logged(lines: io.StringIO) -> None:
    person()
    client = Client(REMOTE_ADDR="203.0.113.7")
    client.post("/nb/logg-inn/", {"login": "kari@example.org", "password": "wrong password"})
    client.post("/nb/konto/passord/glemt/", {"email": "kari@example.org"})
    client.get("/nb/sok", {"q": "Kari Prøve"})
    assert events(lines)
    for private in ("kari", "Prøve", "example.org", "203.0.113.7", "wrong password"):
        assert private not in lines.getvalue()
