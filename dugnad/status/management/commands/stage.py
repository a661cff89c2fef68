"""`dugnad stage FOLDER`: read and check a folder of data, and publish it when asked to."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from dugnad.shared.console import SpokenCommand
from dugnad.shared.errors import Refusal
from dugnad.shared.writing import Actor
from dugnad.status.changes import publish_release, stage_plan, withdraw_release
from dugnad.status.checks.wording import SEVERITY
from dugnad.status.models import StagedImport
from dugnad.status.plans import FILE_NAME, read_plan


class Command(SpokenCommand):
    help = gettext_noop(
        "Read a folder of data by its import plan, check it and lay it ready; --publish publishes what has no errors."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help=_("the folder with the files that the plan names"))
        parser.add_argument(
            "--plan", type=Path, help=_("the import plan; %(file)s in the folder when not given") % {"file": FILE_NAME}
        )
        parser.add_argument("--only", action="append", metavar="DATASET", help=_("only these datasets of the plan"))
        parser.add_argument("--publish", action="store_true", help=_("publish each import that has no errors"))
        parser.add_argument("--reason", help=_("why published values change, when they do"))

    def handle(self, *args: Any, **options: Any) -> None:
        by = Actor.system("dugnad stage")
        folder: Path = options["folder"]
        quiet = not options["verbosity"]
        published = before = refused = 0
        try:
            plan: Path = options["plan"] or folder / FILE_NAME
            planned = read_plan(plan, folder)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from None
        for entry in planned:
            if options["only"] and entry.id not in options["only"]:
                continue
            if entry.file is None:
                said = _("%(dataset)s: is fetched; with network: dugnad fetch %(plan)s --only %(dataset)s")
                self.stdout.write(said % {"dataset": entry.id, "plan": plan})
                continue
            try:
                staged = stage_plan(entry=entry, by=by)
                if staged is None:
                    before += 1
                    if not quiet:
                        self.stdout.write(_("%(dataset)s: published already") % {"dataset": entry.id})
                    continue
                if not quiet:
                    self._tell(staged)
                if options["publish"]:
                    reason = {"nb": options["reason"]} if options["reason"] else entry.reason
                    release = publish_release(staged=staged, reason=reason, cause=entry.cause, by=by)
                    published += 1
                    if entry.withdrawn:
                        withdraw_release(release=release, by=by, **entry.withdrawn)
                    if not quiet:
                        said = _("published as release %(number)s") % {"number": release.number}
                        self.stdout.write(self.style.SUCCESS(f"  {said}"))
            except Refusal as refusal:
                refused += 1
                self.stderr.write(self.style.ERROR(f"{entry.id}: {refusal}"))
        if quiet:
            told = {"folder": folder, "published": published, "count": len(planned), "before": before}
            if before and not published + refused:
                said = _("%(folder)s: nothing new; %(before)s datasets are published already")
            elif before:
                said = _("%(folder)s: %(published)s of %(count)s datasets published; %(before)s were already")
            else:
                said = _("%(folder)s: %(published)s of %(count)s datasets published")
            self.stdout.write(said % told)
        if refused:
            said = (
                _("%(refused)s of %(count)s datasets were refused; the others are as said above.")
                if refused < len(planned)
                else ngettext("The dataset was refused.", "All %(count)s datasets were refused.", refused)
            )
            raise CommandError(said % {"refused": refused, "count": len(planned)})

    def _tell(self, staged: StagedImport) -> None:
        told = {"dataset": staged.dataset_id, "rows": staged.row_count, **staged.difference}
        said = _(
            "%(dataset)s: %(rows)s observations, %(places)s places; %(new)s new, %(changed)s changed, %(vanished)s gone"
        )
        self.stdout.write(said % told)
        for finding in staged.all_findings[:12]:
            self.stdout.write(f"  {SEVERITY[finding.level]}: {finding.translated(_)} [{finding.count}]")
        if len(staged.findings) > 12:
            self.stdout.write("  " + _("and %(count)s more") % {"count": len(staged.findings) - 12})
