"""`dugnad worker`: a task that fails leaves a line for whoever runs the installation."""

from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from dugnad.people.letters import send_letter
from dugnad.site.management.commands import worker

pytestmark = pytest.mark.django_db


def carry_out(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """Our lines about what waits on the queue, done as the worker does it."""
    carrier = Worker(
        queue_names=["default"], interval=0, batch=True, backend_name="default", startup_delay=False, max_tasks=None,
        worker_id="test", excluded_queue_names=[],
    )  # fmt: skip
    for waiting in DBTaskResult.objects.ready():
        carrier.run_task(waiting)
    return [record.msg for record in caplog.records if record.name == worker.__name__]


def test_a_task_that_fails_is_one_line_without_what_it_was_given(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: EmailMessage) -> None:
        raise SMTPRecipientsRefused({"kari@example.org": (550, b"unknown\nhttps://example.org/?key=secret")})

    monkeypatch.setattr(EmailMessage, "send", refuse)
    waiting = send_letter.enqueue(to=["kari@example.org"], subject="Velg passord", body="http://localhost/key-secret")
    [line] = carry_out(caplog)
    told = {key: line[key] for key in ("event", "level", "task", "id", "error")}
    assert told == {
        "event": "task_failed",
        "level": "error",
        "task": "dugnad.people.letters.send_letter",
        "id": waiting.id,
        "error": "SMTPRecipientsRefused",
    }
    assert line["at"].startswith("people/letters.py:") and "550" in line["why"]
    assert not any(word in str(line) for word in ("kari", "secret", "passord", "Traceback"))


def test_a_task_that_is_done_is_none(caplog: pytest.LogCaptureFixture) -> None:
    send_letter.enqueue(to=["kari@example.org"], subject="Velg passord", body="…")
    assert carry_out(caplog) == []
    assert DBTaskResult.objects.successful().count() == 1


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("", ""),
        ("No space left on device: '/var/dugnad/ready'\nsecond line", "No space left on device: '/var/dugnad/ready'"),
        ("<kari@example.org> is unknown", "… is unknown"),
        ("could not connect to postgres://me:secret@db/dugnad now", "could not connect to … now"),
        ("x" * 1000, "x" * 300),
    ],
)
def test_what_an_error_says_is_told_without_addresses(said: str, left: str) -> None:
    assert worker.without_addresses(said) == left
