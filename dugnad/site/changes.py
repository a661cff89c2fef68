"""What the shell does after something was published."""

import time
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import reverse
from django.utils.translation import override
from django_tasks import task

from dugnad.places import queries as places
from dugnad.site.ready import ReadyPages, Shelf, page_key, prepare
from dugnad.status.queries import snapshots

SLICE = 2.0  # seconds of rendering before other tasks, and whoever wants to stop the worker, get their turn


def prepare_pages(payload: dict[str, Any]) -> None:
    """Handler of "release.published" and "release.withdrawn": have the pages most asked for rendered."""
    make_ready.enqueue(payload["snapshot"])


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
    """The front page and every municipality and county, in each language, and their files."""
    municipalities, counties = places.places_on(), places.places_on(kind="county")
    for code, _name in settings.LANGUAGES:
        with override(code):
            found = [reverse("site:front")]
            for name, some in (("status:place", municipalities), ("status:county", counties)):
                for place in some:
                    address = reverse(name, args=[place.code])
                    found += (address, f"{address}.json", f"{address}.csv")
        yield from found
