"""`dugnad problems`: what may be wrong with everything that is published."""

from argparse import ArgumentParser
from typing import Any

import orjson
from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop, ngettext

from dugnad.shared.console import SpokenCommand
from dugnad.status.checks import wording
from dugnad.status.checks.documents import shipped
from dugnad.status.queries import problems, snapshots


class Command(SpokenCommand):
    help = gettext_noop(
        "Look for what may be wrong in published data and definitions; ends with 1 when anything is an error."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="append", metavar="CODE", help=gettext("only this check (docs/checks.md)")
        )
        parser.add_argument("--json", action="store_true", help=gettext("every hit as data"))
        parser.add_argument("--most", type=int, default=20, help=gettext("hits of each check that are written"))

    def handle(self, *args: Any, **options: Any) -> None:
        if unknown := [code for code in options["check"] or () if code not in shipped()]:
            told = {"code": unknown[0], "codes": ", ".join(shipped())}
            raise CommandError(gettext("There is no check %(code)s. There are: %(codes)s.") % told)
        chosen = [check for code, check in shipped().items() if code in (options["check"] or shipped())]
        found = problems.look(snapshots.current(), timezone.localdate(), chosen)
        if options["json"]:
            rows = [wording.row(hit) for _count, hits in found.values() for hit in hits]
            self.stdout.write(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
        else:
            for line in wording.as_text(found, options["most"]):
                self.stdout.write(line)
        errors = sum(count for code, (count, _hits) in found.items() if shipped()[code].severity == "error")
        if errors:
            said = ngettext("%(count)s error found.", "%(count)s errors found.", errors)
            raise CommandError(said % {"count": errors})
