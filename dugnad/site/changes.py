"""What the shell does after something was published."""

import time
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from itertools import islice
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from dugnad.places import queries as places
from dugnad.shared.writing import Actor
from dugnad.site.ready import ReadyPages, Shelf, page_key, prepare
from dugnad.standards import queries as standards
from dugnad.status.checks.changes import record_run
from dugnad.status.models import CheckRun
from dugnad.status.queries import problems, snapshots

NIGHT = 3  # the hour in Norway
SLICE = 2.0  # seconds of rendering before other tasks, and whoever wants to stop the worker, get their turn


def prepare_pages(payload: dict[str, Any]) -> None:
    """Handler of "release.published" and "release.withdrawn": have the pages most asked for rendered."""
    make_ready.enqueue(payload["snapshot"])
    look_for_problems.enqueue(payload["snapshot"])


@task(priority=-40)
def look_for_problems(snapshot: int) -> bool:
    """Run every check over what readers see, and keep what they find; False when something newer is published."""
    snapshots.forget()
    now = snapshots.current()
    if snapshot < now.snapshot or not now.snapshot:
        return False
    found = problems.look(now, timezone.localdate())
    record_run(found=found, snapshot=now.snapshot, by=Actor.system("checks"))
    return True


def take_up_checks() -> None:
    """Have what readers see looked at if that has not been done: a worker that was stopped may have left it."""
    now = snapshots.current().snapshot
    waits = DBTaskResult.objects.filter(task_path=look_for_problems.module_path, status=TaskResultStatus.READY)
    if now and not CheckRun.objects.filter(snapshot=now).exists() and not waits.exists():
        look_for_problems.enqueue(now)


@task
def every_night() -> None:
    """What is done when readers sleep: look for problems, since days pass too. Asks for itself again first."""
    plan_the_night()
    look_for_problems.enqueue(snapshots.current().snapshot)


def plan_the_night() -> None:
    """Have `every_night` wait on the queue for the next time the clock is NIGHT, unless it waits already."""
    waiting = DBTaskResult.objects.filter(task_path=every_night.module_path, status=TaskResultStatus.READY)
    if waiting.exists():
        return
    now = timezone.localtime()
    night = now.replace(hour=NIGHT, minute=0, second=0, microsecond=0)
    every_night.using(run_after=night if night > now else night + timedelta(days=1)).enqueue()


@task(priority=-50)
def make_ready(snapshot: int, done: int = 0) -> int:
    """Make pages ready from the `done`th on, for `SLICE` seconds; the rest is the next task's. How many are done.

    What was ready for former snapshots is thrown away first. Nothing is done when something newer has been published:
    that has a message of its own.
    """
    snapshots.forget()
    if snapshot < snapshots.current().snapshot:
        return done
    pages = _pages()
    if not done:
        pages.shelf.keep_only({page_key()})
    until, made = time.monotonic() + SLICE, 0
    for address in islice(addresses(), done, None):
        made += prepare(pages, address)
        done += 1
        if time.monotonic() > until:
            if made:  # else every page fails, as the log says: the rest would too
                make_ready.enqueue(snapshot, done)
            break
    return done


@cache
def _pages() -> ReadyPages:
    """Ready pages as the server keeps them, with nothing in memory: the worker only fills the folder."""
    return ReadyPages(get_wsgi_application(), Shelf(settings.DATA_DIR / "ready", memory=0))


def addresses() -> Iterator[str]:
    """The front page, indicators with figures, municipalities and counties, in each language, with their files."""
    now = snapshots.current()
    versions = [v for v in standards.current_versions() if now.with_indicators({v.id}).releases]
    municipalities, counties = places.places_on(), places.places_on(kind="county")
    for code, _name in settings.LANGUAGES:
        with override(code):
            found = [reverse("status:indicator", args=[version.id]) for version in versions]
            for name, some in (("status:place", municipalities), ("status:county", counties)):
                found += [reverse(name, args=[place.code]) for place in some]
            front = reverse("site:front")
        yield front
        for address in found:
            yield from (address, f"{address}.json", f"{address}.csv")
