"""`dugnad fetch PLAN` or `dugnad fetch DATASET`: ask the providers, keep their answers, and lay them ready."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from dugnad.shared.console import SpokenCommand
from dugnad.shared.errors import Refusal
from dugnad.shared.writing import Actor
from dugnad.status.changes import stage_fetched
from dugnad.status.checks.wording import SEVERITY
from dugnad.status.models import Dataset
from dugnad.status.outbound import Client
from dugnad.status.plans import FILE_NAME, PlannedImport, read_plan


class Command(SpokenCommand):
    help = gettext_noop(
        "Fetch what a plan names under source:, or a dataset that was fetched before; nothing is published."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", help=_("an import plan, the folder of one, or the id of a dataset"))
        parser.add_argument("--only", action="append", metavar="DATASET", help=_("only these datasets of the plan"))

    def handle(self, *args: Any, **options: Any) -> None:
        client, by = Client.of_installation(), Actor.system("dugnad fetch")
        refused, waiting = 0, []
        try:
            entries = [entry for entry in _entries(options["what"]) if entry.id in (options["only"] or [entry.id])]
        except Refusal as refusal:
            raise CommandError(str(refusal)) from None
        if not entries:
            raise CommandError(_("The plan has nothing to fetch: give a dataset of it a source: (docs/imports.md)."))
        for entry in entries:
            self.stdout.write(_("%(dataset)s: asking %(whom)s ...") % {"dataset": entry.id, "whom": entry.provider})
            try:
                staged = stage_fetched(entry=entry, client=client, by=by)
            except Refusal as refusal:
                refused += 1
                self.stderr.write(self.style.ERROR(f"{entry.id}: {refusal}"))
                continue
            if staged is None:
                self.stdout.write("  " + _("nothing is new since the current release"))
                continue
            waiting.append(staged.pk)
            said = _("import %(number)s: %(new)s new, %(changed)s changed, %(vanished)s gone")
            self.stdout.write("  " + said % {"number": staged.pk, **staged.difference})
            for finding in staged.errors:
                self.stdout.write(f"  {SEVERITY[finding.level]}: {finding.translated(_)} [{finding.count}]")
        if waiting:
            told = {"language": get_language(), "numbers": " ".join(map(str, waiting))}
            said = _("Look at it under /%(language)s/arbeid/import/, or: dugnad publish %(numbers)s")
            self.stdout.write(said % told)
        if refused:
            said = _("%(refused)s of %(count)s datasets could not be fetched; what was published stands.")
            raise CommandError(said % {"refused": refused, "count": len(entries)})


def _entries(what: str) -> list[PlannedImport]:
    """What is to be fetched: the entries of a plan that have a source, or a dataset as it was fetched the last time."""
    path = Path(what)
    if path.exists():
        plan = path / FILE_NAME if path.is_dir() else path
        return [entry for entry in read_plan(plan, plan.parent) if entry.source is not None]
    dataset = Dataset.objects.filter(key=what).select_related("provider").first()
    fetched = [] if dataset is None else [i for i in dataset.imports.all() if "source" in i.origin]
    if dataset is None or not fetched:
        said = _(
            "%(what)s is neither a plan nor a dataset that was fetched before. Name the plan that says what to ask for."
        )
        raise CommandError(said % {"what": what})
    last = fetched[0]
    return [
        PlannedImport(
            id=dataset.key,
            title=dataset.title,
            provider=dataset.provider_id,
            provider_name=dataset.provider.name,
            provider_url=dataset.provider.url,
            reader=dataset.reader,
            file=None,
            origin={key: last.origin[key] for key in ("publisher", "title", "url") if key in last.origin},
            licence=dataset.licence,
            kind=last.kind,
            borders_on=last.borders_on,
            mapping=last.mapping,
            source=last.origin["source"],
        )
    ]
