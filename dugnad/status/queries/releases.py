"""What has been published, what waits to be, and what did each publication change?"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet

from dugnad.places import queries as places
from dugnad.places.models import Place
from dugnad.shared.periods import Period
from dugnad.standards import queries as standards
from dugnad.standards.models import IndicatorVersion
from dugnad.status import rules, store
from dugnad.status.models import Release, StagedImport, Withdrawal
from dugnad.status.queries import disclosure
from dugnad.status.queries.snapshots import Published


def all_releases(published: Published) -> list[Release]:
    """Every release until then, newest first, with dataset, provider, origin, the one it replaced, the one that did."""
    return list(_releases(published))


def one_release(published: Published, dataset: str, number: int) -> Release:
    """A release by its address; Release.DoesNotExist when there was none by then."""
    return _releases(published).get(dataset=dataset, number=number)


def _releases(published: Published) -> QuerySet[Release]:
    found = Release.objects.select_related(
        "dataset__provider", "staged__raw", "replaces__withdrawal", "replaced_by", "withdrawal"
    )
    return found.filter(published_at__lte=published.published_at) if published.published_at else found.none()


@dataclass(frozen=True)
class IndicatorCount:
    """How much of an indicator is in a release: 442 rows, of them 430 with a value, in 17 places.

    `version` is None when the definition is no longer loaded; `id` is always there. `periods` are first and last.
    """

    id: str
    version: IndicatorVersion | None
    rows: int
    values: int
    places: int
    periods: tuple[Period, Period]

    @property
    def missing(self) -> int:
        return self.rows - self.values


@dataclass(frozen=True)
class ValueChange:
    """A published value that became another, or is gone: then `after` is None."""

    id: str
    version: IndicatorVersion | None
    breakdown: str
    place: Place | None
    code: str
    period: Period
    before: float
    after: float | None


@dataclass(frozen=True)
class DifferenceOverview:
    """What a release or an import changes: counts of observations, the ten largest changes, the first ten values that
    are gone, and the periods it adds."""

    new: int
    changed: int
    gone: int
    unchanged: int
    largest: tuple[ValueChange, ...]
    vanished: tuple[ValueChange, ...]
    new_periods: tuple[Period, ...]

    @property
    def is_first(self) -> bool:
        return not (self.changed or self.gone or self.unchanged)

    @property
    def alters(self) -> bool:
        """Whether something that was published would become another or vanish: then a reason must be given."""
        return bool(self.changed or self.gone)


@dataclass(frozen=True)
class ReleaseOverview:
    """One release: what it holds, and what it changed from the one it replaced (None for the first).

    `chain` is every release of the dataset until then, oldest first. Of a release that was withdrawn to protect persons
    nothing is told that its numbers say, nor how the next one differs from it.
    """

    release: Release
    is_current: bool
    counts: tuple[IndicatorCount, ...]
    places: int
    difference: DifferenceOverview | None
    chain: tuple[Release, ...]
    sizes: tuple[tuple[str, IndicatorVersion | None, dict[str, Any]], ...]

    @property
    def withdrawal(self) -> Withdrawal | None:
        return getattr(self.release, "withdrawal", None)


def value_count(releases: Iterable[Release]) -> int:
    """How many values releases hold; an observation that says why there is none is no number."""
    files = store.paths(release.by_series for release in releases)
    return store.ask("SELECT count(value) FROM read_parquet($files)", {"files": files})[0][0] if files else 0


def release_overview(published: Published, release: Release) -> ReleaseOverview:
    """Everything the page of a release shows."""
    rows = store.ask(
        """
        SELECT indicator, count(*), count(value), count(DISTINCT place),
               arg_min(period, period_end), arg_max(period, period_end)
        FROM read_parquet($files)
        GROUP BY indicator
        ORDER BY indicator
        """,
        {"files": store.paths([release.by_series])},
    )
    [(place_count,)] = store.ask(
        "SELECT count(DISTINCT place) FROM read_parquet($files)", {"files": store.paths([release.by_series])}
    )
    counts = tuple(
        IndicatorCount(i, _version(i), n, values, in_places, (Period.parse(first), Period.parse(last)))
        for i, n, values, in_places, first, last in rows
    )
    before = release.replaces
    difference = None
    if before is not None and not is_hidden(before) and not is_hidden(release):
        compared, vanished = _compared(before.by_series, release.by_series)
        added = _periods(release.by_series) - _periods(before.by_series)
        difference = _difference(compared, vanished, added, release.staged.borders_on)
    is_current = any(release.pk == current.pk for current in published.releases)
    chain = tuple(_releases(published).filter(dataset=release.dataset_id).order_by("number"))
    sizes = tuple((i, _version(i), size) for i, size in release.sizes.items()) if difference else ()
    return ReleaseOverview(release, is_current, counts, place_count, difference, chain, sizes)


def is_hidden(release: Release) -> bool:
    """Whether a release was withdrawn to protect persons."""
    return hasattr(release, "withdrawal") and release.withdrawal.is_hidden


def revisions(most: int) -> list[Release | Withdrawal]:
    """The newest releases that changed published values, and the newest withdrawals, newest first."""
    changing = Release.objects.filter(kind__in=Release.CHANGING).select_related("dataset__provider")
    withdrawn = Withdrawal.objects.select_related("release__dataset__provider")
    found: list[tuple[datetime, Release | Withdrawal]] = [(r.published_at, r) for r in changing[:most]]
    found += [(w.withdrawn_at, w) for w in withdrawn[:most]]
    return [thing for _at, thing in sorted(found, key=lambda pair: pair[0], reverse=True)[:most]]


@lru_cache(maxsize=32)
def _compared(before: str, after: str) -> tuple[dict[str, Any], list[tuple]]:
    """Two release files, which never change."""
    old, new = store.release_table(before), store.release_table(after)
    return asdict(rules.compare(old, new)), rules.vanished(old, new)


def _periods(sha256: str) -> set[str]:
    rows = store.ask("SELECT DISTINCT period FROM read_parquet($files)", {"files": store.paths([sha256])})
    return {text for (text,) in rows}


def _difference(
    compared: dict[str, Any], vanished: Iterable[tuple], added: Iterable[str], borders_on: date | None
) -> DifferenceOverview:
    return DifferenceOverview(
        new=compared["new"],
        changed=compared["changed"],
        gone=compared["vanished"],
        unchanged=compared["unchanged"],
        largest=_named(compared["largest"], borders_on),
        vanished=_named([(*row, None) for row in vanished], borders_on),
        new_periods=tuple(sorted(map(Period.parse, added))),
    )


def _named(largest: Iterable[Sequence[Any]], borders_on: date | None) -> tuple[ValueChange, ...]:
    """(indicator, place, period, breakdown, old, new) with the things these stand for."""
    rows = [(i, code, Period.parse(period), *rest) for i, code, period, *rest in largest]
    days = {(code, period): borders_on or period.end - timedelta(days=1) for _i, code, period, *_rest in rows}
    found = places.bearers((code, day) for (code, _period), day in days.items())
    return tuple(
        ValueChange(i, _version(i), breakdown, found.get((code, days[code, period])), code, period, old, new)
        for i, code, period, breakdown, old, new in rows
    )


def _version(version_id: str) -> IndicatorVersion | None:
    try:
        return standards.indicator_version(version_id)
    except standards.IndicatorNotFound:
        return None


# What waits.


def all_imports() -> QuerySet[StagedImport]:
    """Every import, those that wait first, then the newest."""
    waiting = StagedImport.State.STAGED
    found = StagedImport.objects.select_related("dataset__provider", "raw", "release")
    return found.extra(select={"waits": "state = %s"}, select_params=[waiting]).order_by("-waits", "-id")


@dataclass(frozen=True)
class ImportOverview:
    """An import with what it would change for readers, or changed when it was staged if it no longer waits.

    `current` is what it is compared with: the last release of its dataset, also when that has been withdrawn.
    """

    staged: StagedImport
    difference: DifferenceOverview
    current: Release | None
    audited: disclosure.Audited | None  # of what would be published with it, while it waits

    @property
    def waits(self) -> bool:
        return self.staged.state == StagedImport.State.STAGED


def import_overview(staged: StagedImport) -> ImportOverview:
    """Everything the page of an import shows. What was published after it was staged counts."""
    current = staged.dataset.releases.order_by("-number").first()
    waits = staged.state == StagedImport.State.STAGED
    compared, vanished, added = staged.difference, [], set()
    if waits and current is not None:
        old, new = store.release_table(current.by_series), store.staged_table(staged.sha256)
        compared, vanished = asdict(rules.compare(old, new)), rules.vanished(old, new)
        added = set(new["period"].unique().to_pylist()) - set(old["period"].unique().to_pylist())
    audited = disclosure.audit_import(staged, store.staged_table(staged.sha256)) if waits else None
    return ImportOverview(staged, _difference(compared, vanished, added, staged.borders_on), current, audited)
