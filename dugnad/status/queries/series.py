"""What are the observations of these places, and how do all municipalities' values lie around them?"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from dugnad.shared.periods import Period
from dugnad.status import store
from dugnad.status.models import Release
from dugnad.status.queries.snapshots import Published


@dataclass(frozen=True, slots=True)
class Point:
    """One observation as published: a value, or the reason why there is none."""

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


@dataclass(frozen=True, slots=True)
class Spread:
    """How the municipalities' values lie in one period: `n` with a value, `missing` without."""

    period: Period
    n: int
    missing: int
    lowest: float
    lower_quartile: float
    median: float
    upper_quartile: float
    highest: float


SeriesKey = tuple[str, str]  # version id, breakdown


def series_at(
    published: Published, codes: Sequence[str], indicators: Collection[str] | None = None
) -> dict[SeriesKey, list[Point]]:
    """Every series of one place that has had these codes, newest code first: {(version id, breakdown): points by time}.

    Where two codes have an observation for the same period, the first code in `codes` is believed.

    >>> series_at(published, ["4003", "3807", "0806"])[("norge.2026.unemployment", "")][-1].value
    2.31
    """
    chosen = published if indicators is None else published.with_indicators(set(indicators))
    found = _ask_observations(chosen, chosen.by_place, list(codes), indicators)
    order = {code: rank for rank, code in enumerate(codes)}
    series: dict[SeriesKey, dict[Period, Point]] = {}
    for indicator, breakdown, point in found:
        points = series.setdefault((indicator, breakdown), {})
        other = points.get(point.period)
        if other is None or order[point.place] < order[other.place]:
            points[point.period] = point
    return {key: sorted(points.values(), key=lambda p: p.period) for key, points in series.items()}


def series_of(
    published: Published, indicator: str, breakdown: str = "", codes: Collection[str] | None = None
) -> dict[str, list[Point]]:
    """One indicator's series in every place, or in `codes` only: {code: points by time}."""
    chosen = published.with_indicators({indicator})
    series: dict[str, list[Point]] = {}
    for _indicator, found_breakdown, point in _ask_observations(chosen, chosen.by_series, codes, [indicator]):
        if found_breakdown == breakdown:
            series.setdefault(point.place, []).append(point)
    return series


def _ask_observations(
    published: Published, files: list[str], codes: Collection[str] | None, indicators: Collection[str] | None
) -> list[tuple[str, str, Point]]:
    """Rows of the current releases for places and indicators (None: all), by time within each series."""
    if not files:
        return []
    rows = store.ask(
        """
        SELECT filename, indicator, breakdown, place, period_start, period_end, value, status, is_break, missing,
               quality, numerator, denominator
        FROM read_parquet($files, filename = true)
        WHERE ($codes IS NULL OR place IN (SELECT unnest($codes)))
          AND ($indicators IS NULL OR indicator IN (SELECT unnest($indicators)))
        ORDER BY period_end, period_start
        """,
        {
            "files": files,
            "codes": None if codes is None else list(codes),
            "indicators": None if indicators is None else list(indicators),
        },
    )
    periods: dict[tuple, Period] = {}
    found = []
    for filename, indicator, breakdown, place, start, end, *rest in rows:
        period = periods.get((start, end))
        if period is None:
            period = periods[start, end] = Period(start, end)
        found.append((indicator, breakdown, Point(place, period, *rest, published.release_of(filename))))
    return found


def spreads(published: Published, indicators: Collection[str]) -> dict[SeriesKey, dict[Period, Spread]]:
    """For each series of these indicators and each period, how the municipalities' values lie."""
    chosen = published.with_indicators(set(indicators))
    if not chosen.distributions:
        return {}
    rows = store.ask(
        """
        SELECT indicator, breakdown, period, n, missing, lowest, lower_quartile, median, upper_quartile, highest
        FROM read_parquet($files)
        WHERE indicator IN (SELECT unnest($indicators)) AND n > 0
        """,
        {"files": chosen.distributions, "indicators": list(indicators)},
    )
    found: dict[SeriesKey, dict[Period, Spread]] = {}
    for indicator, breakdown, text, *rest in rows:
        period = Period.parse(text)
        found.setdefault((indicator, breakdown), {})[period] = Spread(period, *rest)
    return found
