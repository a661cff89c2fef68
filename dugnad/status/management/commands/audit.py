"""`dugnad audit`: can anyone compute a hidden number from everything that is published?"""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dugnad.status.queries import disclosure

NAMED = 20


class Command(BaseCommand):
    help = (
        "Audit the hidden numbers: from all releases that can be read, over tables, borders, releases and rates, find "
        "the smallest and the largest each can be. Ends with 1 when one can be computed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--all", action="store_true", help="name every number that can be computed, not the first 20"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        start = time.perf_counter()
        audited = disclosure.audit_published()
        spent = time.perf_counter() - start
        found = list(audited.recoverable)
        self.stdout.write(f"hidden numbers: {len(audited.hidden)}")
        self.stdout.write(f"sums among published numbers: {len(audited.heard.knowledge.relations)}")
        self.stdout.write(f"exactly recoverable: {len(found)}")
        narrowest = audited.narrowest
        width = "none has a largest value" if narrowest is None else f"{narrowest:g} wide"
        self.stdout.write(f"narrowest interval: {width}")
        self.stdout.write(f"audited in {spent:.2f} s")
        for cell in found if options["all"] else found[:NAMED]:
            shown = audited.heard.shown.get(cell)
            numbers = "; ".join(map(audited.name, audited.used(cell)[:3]))
            self.stdout.write(f"  {audited.name(cell)}: from {shown.name if shown else numbers}")
        if found:
            raise CommandError(
                f"{len(found)} hidden numbers can be computed from what is published (docs/disclosure.md)."
            )
