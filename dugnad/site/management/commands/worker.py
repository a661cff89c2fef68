"""`dugnad worker`: carries out what changes have put on the queue: messages, pages to make ready."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Carry out waiting tasks until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("db_worker", verbosity=0, interval=1, reload=False, startup_delay=False)
