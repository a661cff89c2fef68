"""`dugnad worker`: carries out what changes have put on the queue: messages, pages to make ready."""

import os
import re
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection
from django.dispatch import receiver
from django.utils.translation import gettext_noop
from django_tasks import TaskResult, TaskResultStatus
from django_tasks.signals import task_finished

from dugnad.shared.console import SpokenCommand
from dugnad.shared.models import OutboxMessage
from dugnad.shared.outbox import deliver_outbox
from dugnad.site.changes import plan_the_night, take_up_checks
from dugnad.status.planned_changes import take_up_planned

log = structlog.get_logger(__name__)

PACKAGE = settings.BASE_DIR / "dugnad"
NICENESS = 10  # readers first: the worker takes the processor time they leave
PAUSE = 5  # seconds before a database that went away is asked again


class Command(SpokenCommand):
    help = gettext_noop("Carry out waiting tasks until stopped.")

    def handle(self, *args: Any, **options: Any) -> None:
        os.nice(NICENESS)
        while True:
            try:
                _take_up()
                plan_the_night()
                call_command("db_worker", verbosity=0, interval=1, reload=False, startup_delay=False)
            except OperationalError as error:
                log.warning("database_gone", why=str(error).strip())
                connection.close()
                time.sleep(PAUSE)


def _take_up() -> None:
    """Put on the queue what a worker that was killed left undelivered or undone."""
    take_up_planned()
    if OutboxMessage.objects.filter(delivered_at=None).exists():
        deliver_outbox.enqueue()
    else:
        take_up_checks()


@receiver(task_finished)
def tell_failure(*, task_result: TaskResult, **given: Any) -> None:
    """One line for a task that failed: which, why and where in our code. The library's own lines, silenced above, hold
    the whole traceback; it stays in the row of the task."""
    error = sys.exc_info()[1]  # it is sent while the error is dealt with
    if task_result.status != TaskResultStatus.FAILED or error is None:
        return
    frames = [(Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    ours = [f"{file.relative_to(PACKAGE)}:{line}" for file, line in frames if file.is_relative_to(PACKAGE)]
    log.error(
        "task_failed",
        task=task_result.task.module_path,
        id=task_result.id,
        error=type(error).__name__,
        why=without_addresses(str(error)),
        at=ours[-1] if ours else None,
    )


def without_addresses(said: str) -> str:
    """The first line of what an error says, without what names a person or lets somebody in: addresses and links.

    >>> without_addresses("550 <kari@example.org> is unknown, see https://mail.example/?key=1")
    '550 … is unknown, see …'
    """
    return re.sub(r"\S*(@|://)\S*", "…", said.strip().partition("\n")[0])[:300]
