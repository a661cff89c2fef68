"""Which releases do readers see, now or on a day?"""

import hashlib
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, lru_cache

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language, gettext

from dugnad.shared import published as pages
from dugnad.shared.asked import NotShown
from dugnad.shared.numbers import format_date
from dugnad.status import store
from dugnad.status.models import Release, Snapshot, Withdrawal
from dugnad.status.queries.calendar import Coming, coming_at

# How long a worker may go on with the snapshot it last saw, in seconds. Every answer is made from one snapshot.
PATIENCE = 0.25


@dataclass(frozen=True)
class Published:
    """The releases of one snapshot, with their files; `key` names the contents and is the same on every machine.

    `withdrawn` are the releases that readers would see here had they not been withdrawn: now those without a newer one
    of their dataset, as of an earlier moment those that were withdrawn after it. Of these, the ones withdrawn to
    protect persons are not among `releases`. `coming` is what was known of the releases to come.
    """

    snapshot: int
    key: str
    published_at: datetime | None
    releases: tuple[Release, ...]
    withdrawn: tuple[Withdrawal, ...] = ()
    coming: tuple[Coming, ...] = ()

    @cached_property
    def _coming(self) -> dict[str, Coming]:
        return {coming.dataset: coming for coming in self.coming}

    def next_release(self, release: Release) -> Coming | None:
        """The one that comes after a release of its dataset, as far as anybody knew; None when nobody had said."""
        coming = self._coming.get(release.dataset_id)
        if coming is None or (not coming.is_promised and coming.day <= timezone.localdate(release.published_at)):
            return None
        return coming

    def has_withdrawn(self, release: Release) -> bool:
        """Whether a release was withdrawn by then; what was withdrawn after it is not known yet."""
        return hasattr(release, "withdrawal") and release.withdrawal.snapshot_id <= self.snapshot

    @property
    def by_series(self) -> list[str]:
        return store.paths(release.by_series for release in self.releases)

    def by_place(self, breakdowns: Collection[str] | None) -> list[str]:
        """The files to ask for these breakdowns (None: all) at some places."""
        return store.paths(by_place(release, breakdowns) for release in self.releases)

    @property
    def distributions(self) -> list[str]:
        return store.paths(release.distribution for release in self.releases)

    def with_indicators(self, version_ids: set[str]) -> "Published":
        """The same, narrowed to the releases that hold any of these indicators."""
        chosen = tuple(release for release in self.releases if version_ids.intersection(release.indicators))
        return replace(self, releases=chosen)

    def release_of(self, filename: str) -> Release:
        """The release that a row's file belongs to."""
        return _files_of(self)[filename]


def by_place(release: Release, breakdowns: Collection[str] | None) -> str:
    """The file of a release to ask for these breakdowns (None: all) at some places, by its name.

    However many breakdowns are published, what pages of places show lies in a small file of its own.
    """
    is_small = breakdowns is not None and all(map(store.is_whole, breakdowns))
    return release.wholes if is_small else release.by_place


@lru_cache(maxsize=64)
def _files_of(published: Published) -> dict[str, Release]:
    found = {}
    for release in published.releases:
        for sha256 in (release.by_series, release.by_place, release.wholes, release.distribution):
            found[str(store.path_of("releases", sha256))] = release
    return found


NOTHING = Published(0, "empty", None, ())
_seen = threading.local()


def current() -> Published:
    """What readers see now."""
    at, published = getattr(_seen, "current", (0.0, None))
    now = time.monotonic()
    if published is not None and now - at < PATIENCE:
        return published
    newest = Snapshot.objects.values_list("pk", flat=True).first()
    published = NOTHING if newest is None else replace(load(newest), coming=coming_at(timezone.now()))
    _seen.current = (now, published)
    return published


def look_again() -> None:
    """Have this thread ask the database at its next question, before its patience ends."""
    _seen.__dict__.clear()


def as_of(moment: datetime) -> Published:
    """What readers saw at a moment: "as published on that day"."""
    snapshot = Snapshot.objects.filter(published_at__lte=moment).values_list("pk", flat=True).first()
    if snapshot is None:
        return NOTHING
    then = load(snapshot)
    since = tuple(_withdrawals().filter(release__in=then.releases).order_by("pk"))
    hidden = {withdrawal.release_id for withdrawal in since if withdrawal.is_hidden}
    key = f"{then.key}-{len(hidden)}" if hidden else then.key
    releases = tuple(release for release in then.releases if release.pk not in hidden)
    return replace(then, key=key, releases=releases, withdrawn=then.withdrawn + since, coming=coming_at(moment))


def _withdrawals() -> QuerySet[Withdrawal]:
    return Withdrawal.objects.select_related("release__dataset__provider", "release__staged")


def asked_for(request: HttpRequest) -> Published:
    """What the reader of a page asks to see: what is published now, or with `?per=` what was published then."""
    asked = pages.as_of(request)
    request.as_of = asked  # type: ignore[attr-defined]  # the shell of the page says so
    if asked is None:
        return current()
    then = as_of(asked.moment)
    if then is NOTHING:
        first = Snapshot.objects.order_by("pk").values_list("published_at", flat=True).first()
        if first is None:
            raise NotShown(gettext("Nothing has been published here yet."))
        lang = get_language() or "nb"
        days = {"day": format_date(asked.day, lang), "first": format_date(timezone.localdate(first), lang)}
        raise NotShown(
            gettext("Nothing had been published here on %(day)s. The first numbers came on %(first)s.") % days
        )
    return then


@lru_cache(maxsize=64)
def load(snapshot: int) -> Published:
    """A snapshot by its number, as it was. It never changes, so it is kept."""
    row = Snapshot.objects.get(pk=snapshot)
    related = ("dataset__provider", "staged__raw", "replaces__withdrawal")
    releases = tuple(row.releases.select_related(*related).order_by("dataset_id"))
    withdrawn = _withdrawals().filter(snapshot__lte=snapshot).order_by("pk")
    told = list(withdrawn.values_list("pk", "release__dataset", "release__number", "kind"))
    names = [f"{r.dataset_id} {r.number} {r.kind} {r.by_series}" for r in releases]
    names += [f"{dataset} {number} {kind}" for _pk, dataset, number, kind in told]
    key = hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]
    newest = {r.dataset_id: r.number for r in releases}
    without = [pk for pk, dataset, number, _kind in told if newest.get(dataset, 0) < number]
    lacking = tuple(withdrawn.filter(pk__in=without)) if without else ()
    return Published(snapshot, key, row.published_at, releases, lacking)


def forget() -> None:
    """Ask the database again at the next question: for the process that has just published, and for tests."""
    look_again()
    load.cache_clear()
    _files_of.cache_clear()
