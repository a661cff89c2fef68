"""`dugnad doctor`: is this installation healthy, and if not, what to do."""

import hashlib
import shutil
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from dugnad.shared.console import SpokenCommand
from dugnad.shared.models import OutboxMessage
from dugnad.shared.writing import verify_chain
from dugnad.status import store
from dugnad.status.models import RawFile, Release, Snapshot, StagedImport

ABOUT = {
    "disk": gettext_lazy("disk"),
    "database": gettext_lazy("database"),
    "migrations": gettext_lazy("migrations"),
    "audit chain": gettext_lazy("audit chain"),
    "releases": gettext_lazy("releases"),
    "staged": gettext_lazy("imports"),
    "raw": gettext_lazy("raw files"),
    "snapshot": gettext_lazy("snapshot"),
    "worker": gettext_lazy("worker"),
}


@dataclass(frozen=True)
class Answer:
    """One thing looked at, by a key of `ABOUT`: `remedy` is empty when it is well."""

    about: str
    said: str
    remedy: str = ""


class Command(SpokenCommand):
    help = gettext_noop(
        "Look at everything that can be wrong with an installation; each fault with what to do about it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--deep", action="store_true", help=_("read every published file and compare its checksum"))

    def handle(self, *args: Any, **options: Any) -> None:
        faults = 0
        for answer in examine(deep=options["deep"]):
            mark = self.style.ERROR(_("FAULT")) if answer.remedy else self.style.SUCCESS(f"{'ok':<{len(_('FAULT'))}}")
            self.stdout.write(f"{mark} {ABOUT[answer.about]}: {answer.said}")
            if answer.remedy:
                faults += 1
                self.stdout.write(f"      {answer.remedy}")
        if faults:
            raise CommandError(
                ngettext("%(count)s fault found.", "%(count)s faults found.", faults) % {"count": faults}
            )


def examine(*, deep: bool) -> Iterator[Answer]:
    """Each thing looked at, from the ground up; what needs the database is left out when it does not answer."""
    yield _disk()
    try:
        yield _database()
    except OperationalError as error:
        yield Answer("database", str(error).strip(), _("Start the database, or correct DATABASE_URL."))
        return
    waiting = _migrations()
    yield waiting
    if waiting.remedy:
        return
    yield _audit()
    yield from _files(deep)
    yield _outbox()


def _disk() -> Answer:
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.DATA_DIR).free
    said = _("%(free)s MB free in %(folder)s") % {"free": free // 2**20, "folder": settings.DATA_DIR}
    return Answer("disk", said, "" if free > 200 * 2**20 else _("Make room: a publication may need 200 MB."))


def _database() -> Answer:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    if connection.vendor != "sqlite":
        return Answer("database", connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA quick_check")
        found = cursor.fetchone()[0]
    return (
        Answer("database", _("SQLite, whole"), "")
        if found == "ok"
        else Answer("database", found, _("Restore a backup."))
    )


def _migrations() -> Answer:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    waiting = ngettext("%(count)s migration waits", "%(count)s migrations wait", len(plan)) % {"count": len(plan)}
    return Answer("migrations", waiting, _("Run `dugnad migrate`.")) if plan else Answer("migrations", _("up to date"))


def _audit() -> Answer:
    broken = verify_chain()
    if broken is None:
        return Answer("audit chain", _("every event is as it was written"))
    said = _("event %(number)s: %(why)s") % {"number": broken.sequence, "why": broken.why}
    return Answer("audit chain", said, _("Keep the database as it is and compare with a backup."))


def _files(deep: bool) -> Iterator[Answer]:
    """Published and kept files: there, whole, and none without an owner."""
    named = {
        "releases": {
            name
            for row in Release.objects.values_list("by_series", "by_place", "wholes", "distribution")
            for name in row
        },
        "staged": set(StagedImport.objects.values_list("sha256", flat=True)),
        "raw": set(RawFile.objects.values_list("sha256", flat=True)),
    }
    for kind, names in named.items():
        there = {path.name.removesuffix(".parquet") for path in store.folder(kind).iterdir() if path.name[0] != "."}
        lost = sorted(names - there)
        changed = [name for name in sorted(names & there) if deep and _sha256(kind, name) != name]
        if lost or changed:
            told = {
                "missing": len(lost), "altered": len(changed), "names": ", ".join((lost + changed)[:3]),
            }  # fmt: skip
            said = _("%(missing)s missing, %(altered)s altered: %(names)s") % told
            remedy = _("Put these files back from a backup; the name is the SHA-256 of the content.")
            yield Answer(kind, said, remedy)
            continue
        said = ngettext("%(count)s file", "%(count)s files", len(names)) % {"count": len(names)}
        if deep:
            said = _("%(files)s, checksums compared") % {"files": said}
        if extra := len(there - names):
            said = _("%(files)s, and %(count)s that nothing refers to") % {"files": said, "count": extra}
        yield Answer(kind, said)
    snapshot = Snapshot.objects.first()
    said = f"{snapshot.pk}, {snapshot.published_at:%Y-%m-%d %H:%M} UTC" if snapshot else _("nothing is published yet")
    yield Answer("snapshot", said)


def _sha256(kind: str, name: str) -> str:
    with store.path_of(kind, name).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _outbox() -> Answer:
    old = OutboxMessage.objects.filter(delivered_at=None, at__lt=timezone.now() - timedelta(minutes=15)).count()
    if not old:
        return Answer("worker", _("no message waits"))
    said = ngettext(
        "%(count)s message has waited for more than a quarter of an hour",
        "%(count)s messages have waited for more than a quarter of an hour",
        old,
    )
    return Answer("worker", said % {"count": old}, _("Start the worker (`dugnad worker`) and look at its log."))
