"""`dugnad publish [ID ...]`: publish what waits."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from dugnad.shared.console import SpokenCommand
from dugnad.shared.errors import Refusal
from dugnad.shared.writing import Actor
from dugnad.status.changes import publish_release
from dugnad.status.models import Release, StagedImport


class Command(SpokenCommand):
    help = gettext_noop(
        "Publish imports that wait: those of the numbers given, or every one; what has errors is named and left."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", nargs="*", type=int, help=_("numbers of imports; all that wait when none is given"))
        parser.add_argument("--reason", help=_("why published values change, when they do; in bokmål"))
        parser.add_argument(
            "--cause",
            choices=[kind.value for kind in Release.CHANGING],
            default=Release.Kind.REVISED,
            help=_("revised as planned, corrected because of an error, or measured by a new method"),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = StagedImport.objects.select_related("dataset").order_by("id")
        if options["id"]:
            chosen = list(found.filter(pk__in=options["id"]))
            if unknown := sorted(set(options["id"]) - {staged.pk for staged in chosen}):
                said = _("There is no import %(number)s. Without a number, all that wait are published.")
                raise CommandError(said % {"number": unknown[0]})
        else:
            chosen = list(found.filter(state=StagedImport.State.STAGED))
        if not chosen:
            self.stdout.write(_("Nothing waits to be published."))
        refused = 0
        for staged in chosen:
            try:
                release = publish_release(
                    staged=staged,
                    reason={"nb": options["reason"]} if options["reason"] else None,
                    cause=options["cause"],
                    by=Actor.system("dugnad publish"),
                )
            except Refusal as refusal:
                refused += 1
                self.stderr.write(self.style.ERROR(f"{staged.pk} {staged.dataset_id}: {refusal}"))
            else:
                told = {
                    "import": staged.pk,
                    "dataset": staged.dataset_id,
                    "number": release.number,
                    "kind": release.get_kind_display(),
                }
                said = _("%(import)s published as %(dataset)s release %(number)s (%(kind)s)") % told
                self.stdout.write(self.style.SUCCESS(said))
        if refused:
            said = (
                _("%(refused)s of %(count)s imports were refused; the others are published.")
                if refused < len(chosen)
                else ngettext(
                    "The import was refused; nothing is published.",
                    "All %(count)s imports were refused; nothing is published.",
                    refused,
                )
            )
            raise CommandError(said % {"refused": refused, "count": len(chosen)})
