"""What are the observations of these places, and how do all municipalities' values lie around them?"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from dugnad.places.models import Place
from dugnad.shared.periods import Period
from dugnad.status import store
from dugnad.status.borders.steps import BorderSteps
from dugnad.status.models import Release
from dugnad.status.queries.snapshots import Published
from dugnad.status.queries.whose import only_counties


class Point(NamedTuple):
    """One observation: a value, or the reason why there is none. As published, or put together on other borders: then
    `steps` says from what, and `place` is the place on those borders. A tuple: pages make thousands of them."""

    place: str
    period: Period
    value: float | None
    status: str
    is_break: bool
    missing: str | None
    quality: int | None
    numerator: float | None
    denominator: float | None
    release: Release
    steps: BorderSteps | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """How the municipalities' values lie in one period: `n` with a value, `missing` without.

    `county` is the one that all of them lie in, None where they are of several. `is_own`: they are those of the very
    county that is shown, which is no place among its own parts.
    """

    period: Period
    n: int
    missing: int
    lowest: float
    lower_quartile: float
    median: float
    upper_quartile: float
    highest: float
    county: Place | None = None
    is_own: bool = False


SeriesKey = tuple[str, str]  # version id, breakdown


def series_at(
    published: Published, codes: Sequence[str], indicators: Collection[str] | None = None
) -> dict[SeriesKey, list[Point]]:
    """Every series of one place that has had these codes, newest code first: {(version id, breakdown): points by time}.

    >>> series_at(published, ["4003", "3807", "0806"])[("norge.2026.unemployment", "")][-1].value
    2.31
    """
    return series_at_places(published, {"": codes}, indicators)[""]


def series_at_places(
    published: Published,
    codes_of: Mapping[str, Sequence[str]],
    indicators: Collection[str] | None = None,
    breakdowns: Collection[str] | None = None,
) -> dict[str, dict[SeriesKey, list[Point]]]:
    """The series of several places, each with the codes it has had, newest first, in one question.

    Only some `indicators` and `breakdowns` when they are named. Where two codes of a place have an observation for the
    same period, the code named first is believed.

    >>> series_at_places(published, {"4003": ["4003", "3807"], "4001": ["4001"]})["4001"].keys()
    dict_keys([('norge.2026.unemployment', ''), ...])
    """
    chosen = published if indicators is None else published.with_indicators(set(indicators))
    files = chosen.by_place(breakdowns)
    bearers: dict[str, list[tuple[str, int]]] = {}
    for place, codes in codes_of.items():
        for rank, code in enumerate(codes):
            bearers.setdefault(code, []).append((place, rank))
    series: dict[str, dict[SeriesKey, dict[Period, tuple[int, Point]]]] = {place: {} for place in codes_of}
    for indicator, breakdown, point in _ask_observations(chosen, files, list(bearers), indicators, breakdowns):
        for place, rank in bearers[point.place]:
            points = series[place].setdefault((indicator, breakdown), {})
            other = points.get(point.period)
            if other is None or rank < other[0]:
                points[point.period] = rank, point
    # In time order already: the rows came so, and a period keeps the place where it was first seen.
    return {
        place: {key: [point for _rank, point in points.values()] for key, points in found.items()}
        for place, found in series.items()
    }


def series_by_breakdown(published: Published, indicator: str) -> dict[str, dict[str, list[Point]]]:
    """One indicator everywhere: {breakdown: {code: points by time}}, the codes as they were published."""
    chosen = published.with_indicators({indicator})
    series: dict[str, dict[str, list[Point]]] = {}
    for _indicator, breakdown, point in _ask_observations(chosen, chosen.by_series, None, [indicator]):
        series.setdefault(breakdown, {}).setdefault(point.place, []).append(point)
    return series


def series_of(
    published: Published, indicator: str, breakdown: str = "", periods: Collection[Period] | None = None
) -> dict[str, list[Point]]:
    """One indicator's series in every place, or only some `periods` of them: {code: points by time}."""
    chosen = published.with_indicators({indicator})
    series: dict[str, list[Point]] = {}
    found = _ask_observations(chosen, chosen.by_series, None, [indicator], [breakdown], periods)
    for _indicator, _text, point in found:
        series.setdefault(point.place, []).append(point)
    return series


def periods_by_breakdown(published: Published, indicator: str) -> Mapping[str, Sequence[Period]]:
    """The breakdowns an indicator has been published in, the whole ("") first, each with its periods by time."""
    told = [
        store.contents_of(release.by_series).get(indicator, {})
        for release in published.releases
        if indicator in release.indicators
    ]
    texts = sorted(set().union(*told))
    return {text: sorted(set().union(*(found.get(text, ()) for found in told))) for text in texts}


def _ask_observations(
    published: Published,
    files: list[str],
    codes: Collection[str] | None,
    indicators: Collection[str] | None,
    breakdowns: Collection[str] | None = None,
    only: Collection[Period] | None = None,
) -> list[tuple[str, str, Point]]:
    """Rows of the current releases for places, indicators, breakdowns and periods (None: all), by time within each
    series."""
    if not files:
        return []
    rows = store.ask(
        """
        SELECT filename, indicator, breakdown, place, period_start, period_end, value, status, is_break, missing,
               quality, numerator, denominator
        FROM read_parquet($files, filename = true)
        WHERE ($codes IS NULL OR place IN (SELECT unnest($codes)))
          AND ($indicators IS NULL OR indicator IN (SELECT unnest($indicators)))
          AND ($breakdowns IS NULL OR breakdown IN (SELECT unnest($breakdowns)))
          AND ($periods IS NULL OR period IN (SELECT unnest($periods)))
        ORDER BY period_end, period_start
        """,
        {
            "files": files,
            "codes": None if codes is None else list(codes),
            "indicators": None if indicators is None else list(indicators),
            "breakdowns": None if breakdowns is None else list(breakdowns),
            "periods": None if only is None else [period.text for period in only],
        },
    )
    periods: dict[tuple, Period] = {}
    releases = {filename: published.release_of(filename) for filename in {row[0] for row in rows}}
    found = []
    for filename, indicator, breakdown, place, start, end, *rest in rows:
        period = periods.get((start, end))
        if period is None:
            period = periods[start, end] = Period(start, end)
        point: tuple[Any, ...] = (place, period, *rest, releases[filename])
        found.append((indicator, breakdown, Point(*point)))
    return found


def spreads(
    published: Published,
    indicators: Collection[str],
    periods: Collection[Period] | None = None,
    breakdowns: Collection[str] | None = None,
) -> dict[SeriesKey, dict[Period, Spread]]:
    """For each series of these indicators and each period (or only some), how the municipalities' values lie.

    Each release has this counted for its own municipalities; where several have some of one period, they are laid
    together from their values.
    """
    chosen = published.with_indicators(set(indicators))
    if not chosen.distributions:
        return {}
    rows = store.ask(
        """
        SELECT indicator, breakdown, period, n, missing, lowest, lower_quartile, median, upper_quartile, highest
        FROM read_parquet($files)
        WHERE indicator IN (SELECT unnest($indicators))
          AND ($periods IS NULL OR period IN (SELECT unnest($periods)))
          AND ($breakdowns IS NULL OR breakdown IN (SELECT unnest($breakdowns)))
          AND n > 0
        """,
        {
            "files": chosen.distributions,
            "indicators": list(indicators),
            "periods": None if periods is None else [period.text for period in periods],
            "breakdowns": None if breakdowns is None else list(breakdowns),
        },
    )
    seen = Counter(row[:3] for row in rows)
    if several := [cell for cell, releases in seen.items() if releases > 1]:
        rows = [row for row in rows if seen[row[:3]] == 1] + _laid_together(chosen, several)
    counties = only_counties(chosen, breakdowns)
    return _by_series(rows, lambda *cell: counties.get(cell))


_LIE = """
    count(value)::INTEGER AS n,
    count(missing)::INTEGER AS missing,
    min(value),
    quantile_cont(value, 0.25),
    quantile_cont(value, 0.5),
    quantile_cont(value, 0.75),
    max(value)
"""


def _laid_together(published: Published, cells: Collection[tuple[str, str, str]]) -> list[tuple]:
    """How the municipalities of all releases lie in some (indicator, breakdown, period)."""
    return store.ask(
        f"""
        SELECT indicator, breakdown, period, {_LIE}
        FROM read_parquet($files)
        WHERE length(place) = 4
          AND [indicator, breakdown, period] IN (SELECT unnest($cells))
        GROUP BY indicator, breakdown, period
        """,  # noqa: S608  (our own columns)
        {"files": published.by_series, "cells": [list(cell) for cell in cells]},
    )


def spreads_among(
    published: Published,
    indicators: Collection[str],
    codes: Collection[str],
    county: Place | None = None,
    breakdowns: Collection[str] | None = None,
) -> dict[SeriesKey, dict[Period, Spread]]:
    """The same as `spreads`, among some municipalities only: those of a `county`."""
    chosen = published.with_indicators(set(indicators))
    files = chosen.by_place(breakdowns)
    if not files or not codes:
        return {}
    rows = store.ask(
        f"""
        SELECT indicator, breakdown, period, {_LIE}
        FROM read_parquet($files)
        WHERE place IN (SELECT unnest($codes))
          AND indicator IN (SELECT unnest($indicators))
          AND ($breakdowns IS NULL OR breakdown IN (SELECT unnest($breakdowns)))
        GROUP BY indicator, breakdown, period
        HAVING count(value) > 0
        """,  # noqa: S608  (our own columns)
        {
            "files": files,
            "codes": list(codes),
            "indicators": list(indicators),
            "breakdowns": None if breakdowns is None else list(breakdowns),
        },
    )
    return _by_series(rows, lambda *_cell: county, is_own=True)


def _by_series(
    rows: Iterable[tuple], county: Callable[..., Place | None], *, is_own: bool = False
) -> dict[SeriesKey, dict[Period, Spread]]:
    periods: dict[str, Period] = {}
    found: dict[SeriesKey, dict[Period, Spread]] = {}
    for indicator, breakdown, text, *rest in rows:
        period = periods.get(text) or periods.setdefault(text, Period.parse(text))
        values: tuple[Any, ...] = (period, *rest, county(indicator, breakdown, text), is_own)
        found.setdefault((indicator, breakdown), {})[period] = Spread(*values)
    return found
