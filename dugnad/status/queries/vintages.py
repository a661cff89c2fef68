"""How has a published value become what it is, and what must readers of a page know of numbers that were changed?"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dugnad.places.models import Place
from dugnad.shared.periods import Period
from dugnad.status import store
from dugnad.status.models import Release, Withdrawal
from dugnad.status.queries.series import Point
from dugnad.status.queries.snapshots import Published

ValueKey = tuple[str, str, str, Period]  # version id, breakdown, place code, period
Vintages = Mapping[ValueKey, Sequence["Vintage"]]
MOST = 100  # releases of a dataset that are told of one value


@dataclass(frozen=True, slots=True)
class Vintage:
    """A value as one release published it; `point` is None when the release no longer had it."""

    release: Release
    point: Point | None

    @property
    def value(self) -> float | None:
        return self.point.value if self.point else None

    @property
    def missing(self) -> str | None:
        return self.point.missing if self.point else None


def vintages(
    published: Published, codes: Collection[str], indicators: Collection[str], *, changed_only: bool = False
) -> dict[ValueKey, list[Vintage]]:
    """Every value at these places in every release until then, oldest first, the unchanged left out.

    >>> [(v.release.number, v.value) for v in vintages(now, ["X102"], [EMISSIONS])[EMISSIONS, "", "X102", of_2022]]
    [(1, 102000.0), (2, 51000.0)]

    With `changed_only` those that were published as one thing only are left out, and where no release changed anything
    no file is read. What was withdrawn to protect persons is not told.
    """
    found: dict[ValueKey, list[Vintage]] = {}
    for chain in _chains(published, set(indicators)):
        if changed_only and not any(release.changed or release.gone for release in chain):
            continue
        for key, points in _in_chain(chain, codes, indicators).items():
            values = _steps(_through(chain, points))
            if not changed_only or len(values) > 1:
                found.setdefault(key, []).extend(values)
    return found


def every_vintage(published: Published, key: ValueKey, datasets: Collection[str]) -> tuple[Vintage, ...]:
    """What every release of these datasets until then said of one value, newest first, the unchanged too; those before
    the first that had it are left out.

    >>> [(v.release.number, v.value) for v in every_vintage(now, (EMISSIONS, "", "X102", of_2022), ["utslipp"])]
    [(3, 51000.0), (2, 51000.0), (1, 102000.0)]
    """
    version, _breakdown, place, _period = key
    found: list[Vintage] = []
    for chain in _chains(published, {version}):
        if chain[0].dataset_id in datasets:
            recent = chain[-MOST:]
            points = _in_chain(recent, [place], [version]).get(key, {})
            known = _through(recent, points)
            first = next((i for i, vintage in enumerate(known) if vintage.point), len(known))
            found += known[first:]
    return tuple(sorted(found, key=lambda vintage: (vintage.release.published_at, vintage.release.pk))[::-1])


def _chains(published: Published, indicators: set[str]) -> list[list[Release]]:
    """The releases of each dataset until then that may be seen, oldest first, where any holds one of the indicators."""
    if published.published_at is None:
        return []
    chains: dict[str, list[Release]] = {}
    seen = Release.objects.filter(published_at__lte=published.published_at)
    for release in seen.select_related("dataset__provider", "staged", "withdrawal").order_by("dataset_id", "number"):
        if not (hasattr(release, "withdrawal") and release.withdrawal.is_hidden):
            chains.setdefault(release.dataset_id, []).append(release)
    return [chain for chain in chains.values() if any(indicators.intersection(r.indicators) for r in chain)]


def _in_chain(
    chain: Sequence[Release], codes: Collection[str], indicators: Collection[str]
) -> dict[ValueKey, dict[str, Point]]:
    """The values at these places as each file of a chain has them."""
    by_file = {str(store.path_of("releases", release.by_place)): release for release in chain}
    rows = store.ask(
        """
        SELECT filename, indicator, breakdown, place, period_start, period_end, value, status, is_break, missing,
               quality, numerator, denominator
        FROM read_parquet($files, filename = true)
        WHERE place IN (SELECT unnest($codes))
          AND indicator IN (SELECT unnest($indicators))
        """,
        {"files": list(by_file), "codes": list(codes), "indicators": list(indicators)},
    )
    points: dict[ValueKey, dict[str, Point]] = {}
    for filename, indicator, breakdown, place, start, end, *rest in rows:
        period = Period(start, end)
        observed: tuple[Any, ...] = (place, period, *rest, by_file[filename])
        point = Point(*observed)
        points.setdefault((indicator, breakdown, place, period), {})[by_file[filename].by_place] = point
    return dict(sorted(points.items()))


def _through(chain: Sequence[Release], by_file: Mapping[str, Point]) -> list[Vintage]:
    """A value in every release of a chain."""
    return [Vintage(release, by_file.get(release.by_place)) for release in chain]


def _steps(vintages: Iterable[Vintage]) -> list[Vintage]:
    """Those that published a value as something else than the one before."""
    found: list[Vintage] = []
    for vintage in vintages:
        if _said(vintage.point) != _said(found[-1].point if found else None):
            found.append(vintage)
    return found


def _said(point: Point | None) -> tuple | None:
    return None if point is None else (point.value, point.status, point.is_break, point.missing)


@dataclass(frozen=True)
class Notice:
    """What readers of a page must know of its numbers: a release changed `values` of them, or was withdrawn."""

    release: Release
    withdrawal: Withdrawal | None = None
    values: int = 0


def notices(
    published: Published, *, places: Sequence[Place] = (), codes: Collection[str] = (), indicators: Collection[str]
) -> list[Notice]:
    """The notices for a page about these indicators, newest first: at places with these codes, or everywhere.

    A release that changed published values is told of until the next release of its dataset; a withdrawn one until
    there is another.
    """
    found = []
    sources = {place.source.key for place in places}
    for withdrawal in published.withdrawn:
        release = withdrawal.release
        if set(indicators).intersection(release.indicators) and (not places or sources & set(release.place_sources)):
            found.append(Notice(release, withdrawal))
    for release in published.with_indicators(set(indicators)).releases:
        if release.changed or release.gone:
            values = _changed_at(release, codes, indicators) if codes else _changed_everywhere(release, indicators)
            if values:
                found.append(Notice(release, values=values))
    return sorted(found, key=lambda n: n.withdrawal.withdrawn_at if n.withdrawal else n.release.published_at)[::-1]


def _changed_everywhere(release: Release, indicators: Collection[str]) -> int:
    sizes = [size for indicator, size in release.sizes.items() if indicator in indicators]
    return sum(size["changed"] + size["lost"] for size in sizes)


def _changed_at(release: Release, codes: Collection[str], indicators: Collection[str]) -> int:
    before = release.replaces
    assert before is not None, "only what replaces a release changes values"
    if hasattr(before, "withdrawal") and before.withdrawal.is_hidden:
        return 0
    [(count,)] = store.ask(
        """
        SELECT count(*)
        FROM read_parquet($before) AS old
        LEFT JOIN read_parquet($after) AS new USING (indicator, breakdown, place, period)
        WHERE old.place IN (SELECT unnest($codes))
          AND old.indicator IN (SELECT unnest($indicators))
          AND old.value IS NOT NULL
          AND new.value IS DISTINCT FROM old.value
        """,
        {
            "before": store.paths([before.by_place]),
            "after": store.paths([release.by_place]),
            "codes": list(codes),
            "indicators": list(indicators),
        },
    )
    return count
