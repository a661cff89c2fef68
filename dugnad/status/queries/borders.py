"""What are the series of places on the borders of a day, and how was each value put together?"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache, partial
from itertools import compress, product, repeat
from typing import Any

import numpy as np
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from dugnad.places import queries as places
from dugnad.places.areas import Areas, Bearer
from dugnad.places.models import Place, PlaceKind
from dugnad.shared.asked import NotShown
from dugnad.shared.once import once
from dugnad.shared.periods import Period
from dugnad.standards import queries as standards
from dugnad.standards.models import IndicatorVersion, Kind
from dugnad.status import store
from dugnad.status.borders.carrying import Carried, Plan, Planner, Target, carry
from dugnad.status.borders.panel import BREAK, NO_ROW, REASONS, SETTLED, Panel, reason, settled
from dugnad.status.borders.rules import Rule
from dugnad.status.borders.steps import BorderStep, BorderSteps
from dugnad.status.models import Release
from dugnad.status.queries.series import Point, SeriesKey
from dugnad.status.queries.snapshots import Published, by_place


@dataclass(frozen=True)
class Borders:
    """Whose borders figures are shown on: those of today, with nothing estimated, unless the reader chose a day."""

    day: date
    is_chosen: bool = False
    are_todays: bool = True


def borders_asked_for(request: HttpRequest) -> Borders:
    """The borders in an address, `?grenser=2019` (its last day) or `?grenser=2019-12-31`; NotShown when it is no day
    between the first that is known and today."""
    today = timezone.localdate()
    written = request.GET.get("grenser", "").strip()
    if not written:
        return Borders(today)
    first = places.known_from()
    try:
        day = date(int(written), 12, 31) if len(written) == 4 and written.isdecimal() else date.fromisoformat(written)
    except ValueError:
        day = None
    if day is not None and day.year == today.year:
        day = min(day, today)
    if day is None or not first <= day <= today:
        raise NotShown(
            gettext("The borders %(written)s are not known. Write a year from %(first)s to %(last)s, or a day.")
            % {"written": written, "first": first.year, "last": today.year},
            without="grenser",
        )
    return Borders(day, True, places.borders_changed_on(day) == places.borders_changed_on(today))


def places_shown(published: Published, indicators: Collection[str], borders: Borders) -> list[Place]:
    """Every place of a day that figures of these indicators can be about: none of another source."""
    sources = {key for r in published.with_indicators(set(indicators)).releases for key in r.place_sources}
    everyone = [p for kind in PlaceKind.values for p in places.places_on(borders.day, kind)]
    asked = {pk for pk, place in {p.source_id: p for p in everyone}.items() if place.source.key in sources}
    return [place for place in everyone if place.source_id in asked]


def series_on_borders(
    published: Published,
    chosen: Sequence[Place],
    indicators: Collection[str],
    breakdowns: Collection[str] | None = None,
    *,
    estimate: bool = False,
) -> dict[int, dict[SeriesKey, list[Point]]]:
    """Every series of some places on the borders that these places have: {the place's key: {series: points by time}}.

    A municipality of a day is put together from those of other days; a county and the country of their municipalities
    where no figure of their own is published. Only with `estimate` is a part of a place taken by its published share.

    Kristiansand 4204, population 2019: the sum of 1001, 1017 and 1018. Skien 4003, 2021: as it was published of 3807.
    """
    found: dict[int, dict[SeriesKey, list[Point]]] = {place.pk: {} for place in chosen}
    known = _known(frozenset(indicators))
    own = [(place, (places.bearer_of(place),)) for place in chosen]
    _carry(published, known, own, breakdowns, estimate, found)
    wholes = _wholes(chosen)
    if wholes:
        texts = None if breakdowns is None else frozenset(breakdowns)
        for pk, series in _of_parts(published, wholes, frozenset(indicators), texts, estimate).items():
            as_published = {key: [p for p in points if p.steps is None] for key, points in found[pk].items()}
            found[pk] = {**series, **{key: points for key, points in as_published.items() if points}}
    return found


def _wholes(chosen: Iterable[Place]) -> tuple[Place, ...]:
    """The counties and the country among some places."""
    return tuple(place for place in chosen if place.kind != PlaceKind.MUNICIPALITY)


@once
def _of_parts(
    published: Published,
    wholes: tuple[Place, ...],
    indicators: frozenset[str],
    breakdowns: frozenset[str] | None,
    estimate: bool,
) -> dict[int, dict[SeriesKey, list[Point]]]:
    """Counties and the country as their municipalities make them."""
    found: dict[int, dict[SeriesKey, list[Point]]] = {place.pk: {} for place in wholes}
    _carry(published, _known(indicators), _inside(wholes), breakdowns, estimate, found)
    return found


@once
def _inside(wholes: tuple[Place, ...]) -> list[tuple[Place, Target]]:
    """Counties and the country with the municipalities that each consists of: those of today, or of its last day."""
    of_day: dict[date, dict[tuple[str, int], list[Place]]] = {}  # those of a county, or of the country (""), by source
    found = []
    for whole in wholes:
        day = _day_of(whole)
        if day not in of_day:
            of_day[day] = defaultdict(list)
            for place in places.places_on(day):
                for county in (place.county_code, ""):
                    of_day[day][county, place.source_id].append(place)
        inside = of_day[day][whole.code if whole.kind == PlaceKind.COUNTY else "", whole.source_id]
        found.append((whole, tuple(map(places.bearer_of, inside))))
    return found


def _day_of(place: Place) -> date:
    return place.valid_to - timedelta(days=1) if place.valid_to else timezone.localdate()


@dataclass(frozen=True)
class _Known:
    """What is looked up once for all series: areas, inhabitants of today's places, versions and their denominators."""

    asked: frozenset[str]
    areas: Areas
    inhabitants: Mapping[str, int | None]
    versions: Mapping[str, IndicatorVersion]
    denominators: Mapping[str, str]

    def rules(self, series: Iterable[SeriesKey]) -> list[Rule]:
        """How the values of some series are put together: what the definitions of their indicators say."""
        return [_rule(self.versions[version_id], breakdown) for version_id, breakdown in series]


@once
def _known(indicators: frozenset[str]) -> _Known:
    denominators = standards.denominators_of(indicators)
    return _Known(
        indicators,
        places.areas(),
        {place.code: place.latest_population for place in places.places_on()},
        standards.versions_of({*indicators, *denominators.values()}),
        denominators,
    )


def _rule(version: IndicatorVersion, breakdown: str) -> Rule:
    kind = version.quantity(version.part(breakdown)).kind
    return Rule(version.aggregation, version.multiplier, kind == Kind.COUNT)  # type: ignore[arg-type]


def _carry(
    published: Published,
    known: _Known,
    wanted: Sequence[tuple[Place, Target]],
    breakdowns: Collection[str] | None,
    estimate: bool,
    found: dict[int, dict[SeriesKey, list[Point]]],
) -> None:
    """The points of every wanted target, into `found`."""
    wanted = [(place, target) for place, target in wanted if target]
    if not wanted:
        return
    planner = _planner(known.areas, tuple(target for _place, target in wanted))
    for releases, ids in _by_releases(published, known.asked).items():
        source = _source(known, releases, ids, breakdowns, planner)
        if source is None:
            continue
        rules = known.rules(source.panel.series)
        weights = _weights(published, known, source)
        carried = carry(
            source.panel, source.bearers, planner, rules, weights=weights, sizes=source.sizes, estimate=estimate
        )
        chosen = [place for place, _target in wanted]
        lines = _points(chosen, source, carried, rules, weights)
        for (place, key), points in zip(product(chosen, source.panel.series), lines, strict=True):
            if points:
                found[place.pk][key] = points


@lru_cache(maxsize=64)
def _planner(areas: Areas, targets: tuple[Target, ...]) -> Planner:
    return Planner(areas, targets)


def _by_releases(published: Published, indicators: Collection[str]) -> dict[tuple[Release, ...], list[str]]:
    """The indicators by the releases that hold them, the latest release first: what it says is believed."""
    groups: dict[tuple[Release, ...], list[str]] = {}
    newest = sorted(published.releases, key=lambda release: (release.published_at, release.pk), reverse=True)
    for version_id in sorted(indicators):
        if holding := tuple(release for release in newest if version_id in release.indicators):
            groups.setdefault(holding, []).append(version_id)
    return groups


@dataclass(frozen=True)
class _Source:
    """Figures of some releases as one panel: for each row its release, for each period and row what it is about."""

    panel: Panel
    releases: tuple[Release, ...]
    bearers: tuple[tuple[Bearer | None, ...], ...]
    sizes: np.ndarray


def _source(
    known: _Known,
    releases: Sequence[Release],
    ids: Collection[str],
    breakdowns: Collection[str] | None,
    planner: Planner,
) -> _Source | None:
    """What some releases say of these indicators at the places that any of the targets was or became."""
    chosen = set(ids)
    codes = known.areas.codes_on(bearer for target in planner.targets for bearer in target)
    pieces = []
    for release in releases:
        panel = store.panel_of(by_place(release, breakdowns))
        columns = [
            i for i, (v, b) in enumerate(panel.series) if v in chosen and (breakdowns is None or b in breakdowns)
        ]
        rows = [i for i, code in enumerate(panel.places) if code in codes]
        if columns and rows:
            pieces.append((release, panel.only(columns, rows)))
    if not pieces:
        return None
    panel = pieces[0][1] if len(pieces) == 1 else _stacked([panel for _release, panel in pieces])
    of_row = tuple(release for release, piece in pieces for _code in piece.places)

    made: dict[tuple[int, ...], tuple[Bearer | None, ...]] = {}

    def bearers(last_day: date) -> tuple[Bearer | None, ...]:
        on = [known.areas.bearers_on(release.staged.borders_on or last_day) for release, _piece in pieces]
        key = tuple(map(id, on))  # few days differ
        if key not in made:
            told = zip(on, pieces, strict=True)
            made[key] = tuple(who.get(code) for who, (_release, piece) in told for code in piece.places)
        return made[key]

    sizes = np.array([known.inhabitants.get(code) or np.nan for code in panel.places], np.float64)
    on = tuple(bearers(period.end - timedelta(days=1)) for period in panel.periods)
    return _Source(panel, of_row, on, sizes)


def _stacked(panels: Sequence[Panel]) -> Panel:
    """Several panels as one, their places one after the other."""
    periods = sorted({period for panel in panels for period in panel.periods})
    series = sorted({key for panel in panels for key in panel.series})
    rows = [code for panel in panels for code in panel.places]
    shape = len(periods), len(rows), len(series)
    names = [name for name in Panel.BLOCKS if any(name in panel.blocks() for panel in panels)]
    empty = {"mark": np.full(shape, NO_ROW << 2, np.uint8), "quality": np.zeros(shape, np.int8)}
    blocks = {name: empty[name] if name in empty else np.full(shape, np.nan) for name in names}
    start = 0
    for panel in panels:
        at = np.ix_(
            [periods.index(period) for period in panel.periods],
            range(start, start + len(panel.places)),
            [series.index(key) for key in panel.series],
        )
        for name, block in panel.blocks().items():
            blocks[name][at] = block
        start += len(panel.places)
    return Panel(tuple(rows), tuple(periods), tuple(series), **blocks)


def _weights(published: Published, known: _Known, source: _Source) -> np.ndarray | None:
    """The denominators from the series that indicators name for them, shaped as the panel; None where none is named."""
    panel = source.panel
    named = {i: known.denominators[v] for i, (v, _b) in enumerate(panel.series) if v in known.denominators}
    if not named:
        return None
    weights = np.full(panel.value.shape, np.nan)
    for column, version_id in named.items():
        weights[:, :, column] = _denominators(published, known, source, version_id)
    return weights


def _denominators(published: Published, known: _Known, source: _Source, version_id: str) -> np.ndarray:
    """The values of a series for the areas of another panel's rows, (period, row)."""
    everyone = tuple(dict.fromkeys(b for bearers in source.bearers for b in bearers if b))
    found = np.full((len(source.panel.periods), len(source.panel.places)), np.nan)
    planner = _planner(known.areas, tuple((bearer,) for bearer in everyone))
    position = {bearer: i for i, bearer in enumerate(everyone)}
    for releases, ids in _by_releases(published, [version_id]).items():
        own = _source(known, releases, ids, [""], planner)
        if own is None:
            continue
        carried = carry(own.panel, own.bearers, planner, known.rules(own.panel.series))
        at = {period: i for i, period in enumerate(own.panel.periods)}
        for i, period in enumerate(source.panel.periods):
            if period in at:
                rows = [j for j, b in enumerate(source.bearers[i]) if b]
                places_there = [position[b] for b in source.bearers[i] if b]
                found[i, rows] = carried.blocks["value"][at[period], places_there, 0]
    return found


_NONE = np.array(None, object)
_STATUSES = np.array(list(map(str, SETTLED)), object)
_WHY_NOT = np.array([str(why) if why else None for why in REASONS], object)


def _points(
    wanted: Sequence[Place], source: _Source, carried: Carried, rules: Sequence[Rule], weights: np.ndarray | None
) -> Iterator[list[Point]]:
    """The points of each series at the first place, then at the next. Pages ask for thousands: they are made by column,
    not cell by cell."""
    panel = source.panel
    rows = carried.rows
    code, steps = np.array(panel.places, object)[rows], np.full(rows.shape, None)
    for at, plan, coverage in carried.mixed():
        _period, target, column = at
        look_up = partial(_steps, panel, weights, plan, *at)
        steps[at], code[at] = BorderSteps(rules[column].how, coverage, look_up), wanted[target].code

    def lines(block: np.ndarray) -> np.ndarray:
        return block.transpose(1, 2, 0).reshape(-1, len(panel.periods))

    def numbers(name: str, empty: Callable[[np.ndarray], np.ndarray] = np.isnan) -> Iterable[Iterable[Any]]:
        if name not in carried.blocks:
            return repeat(repeat(None))
        block = lines(carried.blocks[name])
        is_empty = empty(block)
        return (np.where(is_empty, _NONE, block) if is_empty.any() else block).tolist()

    mark = lines(carried.blocks["mark"])
    why = reason(mark)
    has_row = why != NO_ROW
    columns = zip(
        lines(code).tolist(),
        repeat(panel.periods),
        numbers("value", lambda _block: why > 0),
        _STATUSES[settled(mark)].tolist(),
        (mark & BREAK > 0).tolist(),
        _WHY_NOT[why].tolist(),
        numbers("quality", lambda block: block == 0),
        numbers("numerator"),
        numbers("denominator"),
        lines(np.array(source.releases, object)[rows]).tolist(),
        lines(steps).tolist(),
        strict=False,
    )
    for cells, has, every in zip(columns, has_row, has_row.all(axis=1).tolist(), strict=True):
        points = map(Point._make, zip(*cells, strict=False))
        yield list(points) if every else list(compress(points, has))


def _number(value: float) -> float | None:
    return None if value != value else value


def _steps(
    panel: Panel, weights: np.ndarray | None, plan: Plan, period: int, target: int, column: int
) -> Iterator[BorderStep]:
    """The parts of a value."""
    cells = period, [max(row, 0) for row in plan.rows[target]], column
    weight = np.full(len(plan.rows[target]), np.nan)
    for block in (weights, panel.denominator):  # its own before those of another series
        if block is not None:
            weight = np.where(np.isnan(block[cells]), weight, block[cells])
    told = panel.value[cells].tolist(), _WHY_NOT[reason(panel.mark[cells])].tolist(), weight.tolist()
    for piece, row, value, why, counted in zip(plan.pieces[target], plan.rows[target], *told, strict=True):
        if row < 0:
            yield BorderStep("", "", piece.share, piece.share_source, None, None, None)
            continue
        assert piece.place is not None
        name = places.place_of(piece.place).name
        code, share = panel.places[row], piece.share
        yield BorderStep(code, name, share, piece.share_source, _number(value), why, _number(counted))


@dataclass(frozen=True)
class Reconciled:
    """A larger area as its municipalities make it, beside the figure that is published of it, in one period.

    `steps` is what it would be made of: municipalities without a row may be one part together. `known` of `total`
    municipalities have a figure.
    """

    place: Place
    published: float
    from_parts: float | None
    steps: BorderSteps
    total: int

    @property
    def missing(self) -> str | None:
        """Why the municipalities do not make it. The borders are to blame only where they are to a part's."""
        if self.from_parts is not None:
            return None
        reasons = [part.missing for part in self.steps.parts if part.missing]
        return "border_change" if "border_change" in reasons else "not_available"

    @property
    def coverage(self) -> float | None:
        """How much of the denominator the municipalities with a figure hold (of what is added, how many of the
        inhabitants), None where that is not known."""
        return self.steps.coverage

    @property
    def known(self) -> int:
        return sum(part.value is not None for part in self.steps.parts)

    @property
    def difference(self) -> float | None:
        return None if self.from_parts is None else self.from_parts - self.published


def reconciled(
    published: Published, version_id: str, breakdown: str, stated: Sequence[tuple[Place, Point]], borders: Borders
) -> list[Reconciled]:
    """Counties and the country, each with its own figure as it is published, beside what its municipalities make."""
    asked = {place.pk: (place, point) for place, point in stated if point.value is not None and not point.steps}
    if not asked:
        return []
    wholes = _wholes(places_shown(published, [version_id], borders))
    made = _of_parts(published, wholes, frozenset([version_id]), frozenset([breakdown]), False)
    totals = {whole.pk: len(inside) for whole, inside in _inside(wholes)}
    found = []
    for pk, (place, own) in asked.items():
        point = _at(made[pk].get((version_id, breakdown), ()), own.period)
        if point is not None and point.steps is not None and own.value is not None:
            found.append(Reconciled(place, own.value, point.value, point.steps, totals[pk]))
    return found


def _at(points: Iterable[Point], period: Period) -> Point | None:
    return next((point for point in points if point.period == period), None)


def border_days() -> list[date]:
    """The last day of each earlier set of borders, the latest first: 2023-12-31, 2019-12-31, ..."""
    return places.days_before_changes()


def places_then(place: Place, borders: Borders) -> list[Place]:
    """Which places of a day the area of another lies in: the three that Kristiansand was, of 2019."""
    areas = places.areas()
    here = areas.of([places.bearer_of(place)])
    everyone = places.places_on(borders.day, place.kind)
    return [p for p in everyone if not here.isdisjoint(areas.of([places.bearer_of(p)]))]


def renumbered(chosen: Iterable[Place], borders: Borders) -> list[tuple[Place, Place]]:
    """Which of some places have another number today for the very same area: (as on the chosen day, today)."""
    now = [(place, places.same_area_on(place)) for place in chosen] if borders.is_chosen else []
    return [(place, today) for place, today in now if today is not None and today.code != place.code]


def border_steps(
    published: Published, version_id: str, breakdown: str, place: Place, period: Period, *, estimate: bool = False
) -> BorderSteps | None:
    """How one value came onto the borders of a place; None where it is as it was published.

    The steps are plain data, see `status.borders.steps`.

    >>> border_steps(published, "norge.2026.population", "", kristiansand, Period.year(2019)).text  # doctest: +SKIP
    '1001+1017+1018'
    """
    series = series_on_borders(published, [place], [version_id], [breakdown], estimate=estimate)[place.pk]
    return next((p.steps for p in series.get((version_id, breakdown), ()) if p.period == period), None)
