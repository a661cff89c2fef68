"""`dugnad doctor`: is this installation healthy, and if not, what to do."""

import hashlib
import shutil
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from dugnad.shared.models import OutboxMessage
from dugnad.shared.writing import verify_chain
from dugnad.status import store
from dugnad.status.models import RawFile, Release, Snapshot, StagedImport


@dataclass(frozen=True)
class Answer:
    """One thing looked at: `remedy` is empty when it is well."""

    about: str
    said: str
    remedy: str = ""


class Command(BaseCommand):
    help = "Look at everything that can be wrong with an installation; each fault with what to do about it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--deep", action="store_true", help="read every published file and compare its checksum")

    def handle(self, *args: Any, **options: Any) -> None:
        faults = 0
        for answer in examine(deep=options["deep"]):
            mark = self.style.SUCCESS("ok   ") if not answer.remedy else self.style.ERROR("FAULT")
            self.stdout.write(f"{mark} {answer.about}: {answer.said}")
            if answer.remedy:
                faults += 1
                self.stdout.write(f"      {answer.remedy}")
        if faults:
            raise CommandError(f"{faults} fault{'s' if faults > 1 else ''} found.")


def examine(*, deep: bool) -> Iterator[Answer]:
    """Each thing looked at, from the ground up; what needs the database is left out when it does not answer."""
    yield _disk()
    try:
        yield _database()
    except OperationalError as error:
        yield Answer("database", str(error).strip(), "Start the database, or correct DATABASE_URL.")
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
    said = f"{free // 2**20} MB free in {settings.DATA_DIR}"
    return Answer("disk", said, "" if free > 200 * 2**20 else "Make room: a publication may need 200 MB.")


def _database() -> Answer:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    if connection.vendor != "sqlite":
        return Answer("database", connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA quick_check")
        found = cursor.fetchone()[0]
    return Answer("database", "SQLite, whole" if found == "ok" else found, "" if found == "ok" else "Restore a backup.")


def _migrations() -> Answer:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    said = f"{len(plan)} migrations wait" if plan else "up to date"
    return Answer("migrations", said, "Run `dugnad migrate`." if plan else "")


def _audit() -> Answer:
    broken = verify_chain()
    if broken is None:
        return Answer("audit chain", "every event is as it was written")
    return Answer(
        "audit chain", f"event {broken.sequence}: {broken.why}", "Keep the database as it is and compare with a backup."
    )


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
        said = f"{len(names)} files" + (", checksums compared" if deep else "")
        if lost or changed:
            yield Answer(kind, f"{len(lost)} missing, {len(changed)} altered: {', '.join((lost + changed)[:3])}",
                         "Put these files back from a backup; the name is the SHA-256 of the content.")  # fmt: skip
        else:
            yield Answer(kind, said + (f", and {len(there - names)} that nothing refers to" if there - names else ""))
    snapshot = Snapshot.objects.first()
    yield Answer(
        "snapshot", f"{snapshot.pk}, {snapshot.published_at:%Y-%m-%d %H:%M} UTC" if snapshot else "nothing published"
    )


def _sha256(kind: str, name: str) -> str:
    with store.path_of(kind, name).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _outbox() -> Answer:
    old = OutboxMessage.objects.filter(delivered_at=None, at__lt=timezone.now() - timedelta(minutes=15)).count()
    return Answer(
        "worker",
        f"{old} messages have waited for more than a quarter of an hour" if old else "no message waits",
        "Start the worker (`dugnad worker`) and look at its log." if old else "",
    )
