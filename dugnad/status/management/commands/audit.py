"""`dugnad audit`: can anyone compute a hidden number from everything that is published?"""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import get_language, gettext_noop, ngettext
from django.utils.translation import gettext as _

from dugnad.shared.console import SpokenCommand
from dugnad.shared.numbers import format_number
from dugnad.status.queries import disclosure

NAMED = 20


class Command(SpokenCommand):
    help = gettext_noop(
        "Audit the hidden numbers: from all releases that can be read, over tables, borders, releases and rates, find "
        "the smallest and the largest each can be. Ends with 1 when one can be computed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--all", action="store_true", help=_("name every number that can be computed, not the first 20")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        start = time.perf_counter()
        audited = disclosure.audit_published()
        spent = time.perf_counter() - start
        found = list(audited.recoverable)
        narrowest = audited.narrowest
        width = _("none has a largest value")
        if narrowest is not None:
            width = _("%(width)s wide") % {"width": f"{narrowest:g}"}
        for line in (
            _("hidden numbers: %(count)s") % {"count": len(audited.hidden)},
            _("sums among published numbers: %(count)s") % {"count": len(audited.heard.knowledge.relations)},
            _("exactly recoverable: %(count)s") % {"count": len(found)},
            _("narrowest interval: %(width)s") % {"width": width},
            _("audited in %(seconds)s s") % {"seconds": format_number(spent, 2, get_language() or "nb")},
        ):
            self.stdout.write(line)
        for cell in found if options["all"] else found[:NAMED]:
            shown = audited.heard.shown.get(cell)
            numbers = "; ".join(map(audited.name, audited.used(cell)[:3]))
            told = {"number": audited.name(cell), "numbers": shown.name if shown else numbers}
            self.stdout.write("  " + _("%(number)s: from %(numbers)s") % told)
        if found:
            said = ngettext(
                "%(count)s hidden number can be computed from what is published (docs/disclosure.md).",
                "%(count)s hidden numbers can be computed from what is published (docs/disclosure.md).",
                len(found),
            )
            raise CommandError(said % {"count": len(found)})
