"""`dugnad worker`: carries out what changes have put on the queue: messages, pages to make ready."""

import os
import time
from typing import Any

import structlog
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError, connection
from django.utils.translation import gettext_noop

from dugnad.shared.models import OutboxMessage
from dugnad.shared.outbox import deliver_outbox
from dugnad.site.changes import plan_the_night, take_up_checks
from dugnad.status.planned_changes import take_up_planned

log = structlog.get_logger(__name__)

NICENESS = 10  # readers first: the worker takes the processor time they leave
PAUSE = 5  # seconds before a database that went away is asked again


class Command(BaseCommand):
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
