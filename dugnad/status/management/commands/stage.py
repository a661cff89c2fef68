"""`dugnad stage FOLDER`: read and check a folder of data, and publish it when asked to."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dugnad.shared.errors import Refusal
from dugnad.shared.writing import Actor
from dugnad.status.changes import publish_release, stage_plan, withdraw_release
from dugnad.status.models import StagedImport
from dugnad.status.plans import FILE_NAME, read_plan


class Command(BaseCommand):
    help = (
        "Read a folder of data by its import plan, check it and lay it ready; --publish publishes what has no errors."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--plan", type=Path, help=f"the import plan; {FILE_NAME} in the folder when not given")
        parser.add_argument("--only", action="append", metavar="DATASET", help="only these datasets of the plan")
        parser.add_argument("--publish", action="store_true", help="publish each import that has no errors")
        parser.add_argument("--reason", help="why published values change, when they do")

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
                self.stdout.write(f"{entry.id}: is fetched; with network: dugnad fetch {plan} --only {entry.id}")
                continue
            try:
                staged = stage_plan(entry=entry, by=by)
                if staged is None:
                    before += 1
                    if not quiet:
                        self.stdout.write(f"{entry.id}: published already")
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
                        self.stdout.write(self.style.SUCCESS(f"  published as release {release.number}"))
            except Refusal as refusal:
                refused += 1
                self.stderr.write(self.style.ERROR(f"{entry.id}: {refusal}"))
        if quiet:
            self.stdout.write(f"{folder}: {published} of {len(planned)} datasets published now, {before} before")
        if refused:
            raise CommandError(f"{refused} of {len(planned)} datasets were refused; the others are as said above.")

    def _tell(self, staged: StagedImport) -> None:
        difference = staged.difference
        self.stdout.write(
            f"{staged.dataset_id}: {staged.row_count} observations, {difference['places']} places; "
            f"{difference['new']} new, {difference['changed']} changed, {difference['vanished']} gone"
        )
        for finding in staged.all_findings[:12]:
            self.stdout.write(f"  {finding.level}: {finding} [{finding.count}]")
        if len(staged.findings) > 12:
            self.stdout.write(f"  and {len(staged.findings) - 12} more")
