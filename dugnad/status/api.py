"""The numbers of a page as JSON and CSV: the same rows the page shows, each with everything one must know of it."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import orjson
import pyarrow.csv as pa_csv
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext

from dugnad.places.models import Place
from dugnad.places.queries import Group
from dugnad.shared.periods import Period
from dugnad.shared.text import translate
from dugnad.standards import api as standards_api
from dugnad.standards import queries as standards
from dugnad.standards.models import IndicatorVersion
from dugnad.status import store
from dugnad.status.methods.order import DRAWS, SEED, Figure, Measured, Placing, is_small
from dugnad.status.models import Release
from dugnad.status.observations import ValueStatus
from dugnad.status.queries.borders import Reconciled
from dugnad.status.queries.calendar import Calendar, Entry
from dugnad.status.queries.explanations import Explanation
from dugnad.status.queries.indicators import IndicatorOverview
from dugnad.status.queries.orders import Among
from dugnad.status.queries.performance import Performed, SetPerformance
from dugnad.status.queries.series import Point, SeriesKey
from dugnad.status.queries.snapshots import Published
from dugnad.status.queries.standing import Lacking, Standing
from dugnad.status.queries.structure import Structure
from dugnad.status.queries.vintages import Vintages

COLUMNS = (
    "indicator", "indicator_title", "breakdown", "unit", "direction", "place", "place_name", "period", "period_start",
    "period_end", "value", "status", "break", "missing", "quality", "numerator", "denominator", "publisher", "source",
    "source_url", "release", "release_kind", "published_at", "licence",
    "period_note", "border_rule", "border_parts", "coverage", "next_release_on",
)  # fmt: skip

# What the trend of a series says, in CSV repeated on each of its rows; `rate_method` names the method of the rate.
TREND_COLUMNS = (
    "trend_status", "trend_why_none", "trend_first_period", "trend_last_period", "trend_values", "trend_provisional",
    "slope_per_year", "slope_low", "slope_high", "projection_year", "projection", "projection_low", "projection_high",
    "interval_level", "target", "target_probability", "rate", "rate_method", "method", "method_version",
)  # fmt: skip


# How far the latest value of a series has come to its benchmark; in CSV on the row of that value.
PERFORMANCE = (
    "answer", "percent", "points", "band", "benchmark", "worst", "scope", "source", "proposed_by", "valid_from",
    "method", "method_version",
)  # fmt: skip
PERFORMANCE_COLUMNS = tuple(f"performance_{name}" for name in PERFORMANCE)


def performance_row(one: Performed) -> dict[str, Any]:
    """A number with its benchmark, and the method and version it was made by (`PERFORMANCE`)."""
    benchmark, band = one.benchmark, one.found.band
    return {
        "answer": one.found.answer,
        "percent": one.found.percent,
        "points": one.found.points,
        "band": translate(band.title) if band else None,
        "benchmark": benchmark and benchmark.value,
        "worst": benchmark and benchmark.worst,
        "scope": benchmark and benchmark.scope,
        "source": benchmark and translate(benchmark.source),
        "proposed_by": benchmark and benchmark.proposed_by,
        "valid_from": benchmark and benchmark.valid_from.isoformat(),
        "method": one.method.name,
        "method_version": one.method.version,
    }


def performance_rows(standings: Iterable[Standing], told: Mapping[SeriesKey, Performed]) -> list[dict[str, Any]]:
    """The same of every series that has one, beside the value it is of."""
    return [
        {
            "indicator": s.version.id,
            "breakdown": s.breakdown,
            "period": s.latest.period.text,
            "value": s.latest.value,
            **performance_row(one),
        }
        for s in standings
        if (one := told.get(s.key))
    ]


def _performed(standing: Standing, period: str, told: Mapping[SeriesKey, Performed]) -> dict[str, Any]:
    one = told.get(standing.key) if period == standing.latest.period.text else None
    found = performance_row(one) if one else dict.fromkeys(PERFORMANCE)
    return {f"performance_{name}": value for name, value in found.items()}


# A level of a set (kind "group", from the whole set at depth 0 down) or one of its data points.
SET_COLUMNS = (
    "kind", "depth", "code", "title", "indicators", "indicators_with_figure", "indicators_with_points", "data_points",
    "data_points_with_figure", "data_points_with_points", "mean_points", "mean_points_at_least", "mean_points_at_most",
    "indicator", "breakdown", "period", "value", "status", "break", "missing", "release", "release_kind",
    *PERFORMANCE_COLUMNS,
)  # fmt: skip


def set_about(found: SetPerformance) -> dict[str, Any]:
    """What JSON says of the set a page is about."""
    edition = found.edition
    return {
        "set": {"id": edition.set_id, "title": translate(edition.set.title), "edition": edition.code},
        "levels": [translate(level) for level in edition.levels],
        "method": {"name": found.method.name, "version": found.method.version},
    }


def set_rows(found: SetPerformance) -> Iterable[dict[str, Any]]:
    """Every level and every data point of a set at a place (`SET_COLUMNS`); what a row has not is empty."""
    empty = dict.fromkeys(SET_COLUMNS)
    for one in found.levels:
        yield {
            **empty,
            "kind": "group",
            "depth": one.depth,
            "code": one.group.code if one.group else None,
            "title": translate(one.group.title if one.group else found.edition.set.title),
            "indicators": one.indicators,
            "indicators_with_figure": one.reported,
            "indicators_with_points": one.covered,
            "data_points": one.level.of,
            "data_points_with_figure": one.figures,
            "data_points_with_points": one.level.measured,
            "mean_points": one.level.mean,
            "mean_points_at_least": one.between[0],
            "mean_points_at_most": one.between[1],
            "performance_method": found.method.name,
            "performance_method_version": found.method.version,
        }
    for line in found.lines:
        latest = line.standing.latest if line.standing else None
        yield {
            **empty,
            "kind": "data_point",
            "depth": len(line.path) + 1,
            "code": line.version.code,
            "title": line.title,
            "indicator": line.version.id,
            "breakdown": f"part={line.part.code}" if line.part else "",
            "period": latest and latest.period.text,
            "value": latest and latest.value,
            "status": latest and latest.status,
            "break": latest and latest.is_break,
            "missing": line.missing,
            "release": latest and f"{latest.release.dataset_id}/{latest.release.number}",
            "release_kind": latest and latest.release.kind,
            **{f"performance_{name}": value for name, value in performance_row(line.performed).items()},
        }


def observation(
    published: Published, version: IndicatorVersion, breakdown: str, place_name: str, point: Point
) -> dict[str, Any]:
    """One observation as a flat row (`COLUMNS`). `period_end` is the first day after; what is missing has a reason, and
    what is preliminary the day of the next release, where one is known."""
    [row] = observation_rows(published, version, breakdown, [(place_name, point)])
    return row


def observation_rows(
    published: Published, version: IndicatorVersion, breakdown: str, named: Iterable[tuple[str, Point]]
) -> Iterator[dict[str, Any]]:
    """The same of many observations of one part, each with the name of its place."""
    quantity = version.quantity(version.part(breakdown) if breakdown else None)
    series = {
        "indicator": version.id,
        "indicator_title": translate(version.title),
        "breakdown": breakdown,
        "unit": translate(quantity.unit.title),
        "direction": quantity.direction,
    }
    releases: dict[int, tuple[dict[str, Any], str | None]] = {}  # nearly all are of the same
    for place_name, point in named:
        release, steps = point.release, point.steps
        if release.pk not in releases:
            coming = published.next_release(release)
            releases[release.pk] = _of_release(release, version), coming.day.isoformat() if coming else None
        source, next_release_on = releases[release.pk]
        yield {
            **series,
            "place": point.place,
            "place_name": place_name,
            **_of_period(point.period.start, point.period.end),
            "value": point.value,
            "status": point.status,
            "break": point.is_break,
            "missing": point.missing,
            "quality": point.quality,
            "numerator": point.numerator,
            "denominator": point.denominator,
            **source,
            "border_rule": steps.rule if steps else None,
            "border_parts": steps.text if steps else None,
            "coverage": steps.coverage if steps else None,
            "next_release_on": next_release_on if point.status == ValueStatus.PRELIMINARY else None,
        }


@lru_cache(maxsize=1024)
def _of_period(start: date, end: date) -> dict[str, Any]:
    return {"period": Period(start, end).text, "period_start": start.isoformat(), "period_end": end.isoformat()}


def _of_release(release: Release, version: IndicatorVersion) -> dict[str, Any]:
    cited = release.cited(version.id)
    return {
        "publisher": cited.publisher,
        "source": cited.title,
        "source_url": cited.url,
        "release": f"{release.dataset_id}/{release.number}",
        "release_kind": release.kind,
        "published_at": release.published_at.isoformat(),
        "licence": release.dataset.licence,
        "period_note": release.period_note or None,
    }


# What is beside an observation that is compared with others: of the latest figures on a page of a goal or a comparison,
# of the period shown on a page of an indicator. `rank_*` count from the best, or the highest where no direction is.
COMPARED = (
    *COLUMNS, "small_denominator", "group", "n", "quantile", "quantile_from", "quantile_to", "value_from", "value_to",
    "error_from", "rank_from", "rank_to", "rank_of", "funnel_from", "funnel_to", "funnel_far_from", "funnel_far_to",
    "outside",
)  # fmt: skip


@dataclass(frozen=True)
class Placed:
    """An observation among others."""

    among: Among
    placing: Placing | None

    def columns(self) -> dict[str, Any]:
        order, placing = self.among.order, self.placing
        if placing is None:
            return {"group": self.among.group.key, "n": order.n}
        funnel = placing.funnel
        return {
            "group": self.among.group.key,
            "n": order.n,
            "quantile": placing.quantile,
            "quantile_from": placing.quantile_from,
            "quantile_to": placing.quantile_to,
            "value_from": placing.low,
            "value_to": placing.high,
            "error_from": order.basis or None,
            "rank_from": placing.rank_from,
            "rank_to": placing.rank_to,
            "rank_of": order.n if placing.rank_from is not None else None,
            "funnel_from": funnel.low if funnel else None,
            "funnel_to": funnel.high if funnel else None,
            "funnel_far_from": funnel.far_low if funnel else None,
            "funnel_far_to": funnel.far_high if funnel else None,
            "outside": placing.outside or None,
        }


ALONE = dict.fromkeys(COMPARED[len(COLUMNS) :])
ObservationKey = tuple[str, str, str, str]  # version id, breakdown, place as published, period


def _compared(row: dict[str, Any], chance: str, placed: Mapping[ObservationKey, Placed]) -> dict[str, Any]:
    found = None
    if (key := (row["indicator"], row["breakdown"], row["place"], row["period"])) in placed:
        found = placed[key].columns()
    figure = Figure(row["place"], row["value"] or 0.0, denominator=row["denominator"])
    is_few = None if row["value"] is None else is_small(figure, Measured(chance=chance))
    return {**row, **ALONE, "small_denominator": is_few, **(found or {})}


ALIKE_COLUMNS = ("place", "place_name", "distance", "feature", "unit", "own", "other", "difference", "share")


def alike_rows(structure: Structure | None) -> list[dict[str, Any]]:
    """A flat row for each of the most alike and each feature: `share` is what the feature adds to the distance,
    `difference` how many usual spreads lie between the two."""
    return [
        {
            "place": one.place.code,
            "place_name": one.place.name,
            "distance": one.distance,
            "feature": part.feature.key,
            "unit": str(part.feature.unit),
            "own": part.own,
            "other": part.other,
            "difference": part.difference,
            "share": part.share,
        }
        for one in (structure.nearest if structure else ())
        for part in one.parts
    ]


def group_about(group: Group | None) -> dict[str, Any] | None:
    """What JSON says of the group a page compares with, and of how ranks are drawn."""
    if group is None:
        return None
    return {"key": group.key, "title": group.title, "places": list(group.codes), "draws": DRAWS, "seed": SEED}


def answer_compared(
    form: str,
    *,
    name: str,
    about: dict[str, Any],
    rows: Iterable[dict[str, Any]],
    placed: Mapping[ObservationKey, Placed],
    columns: Sequence[str] = COMPARED,
) -> HttpResponse:
    """Observations with what they are compared with (`COMPARED`) as a file called `name`."""
    rows = list(rows)
    chances = {name: standards.indicator_version(name).chance for name in {row["indicator"] for row in rows}}
    found = [_compared(row, chances[row["indicator"]], placed) for row in rows]
    return answer(form, name=name, about=about, rows=found, columns=columns)


def indicator_rows(
    published: Published, version: IndicatorVersion, breakdown: str, observations: Iterable[tuple[Place, Point]]
) -> list[dict[str, Any]]:
    """Observations of one part of an indicator in many places."""
    lang = get_language() or "nb"
    named = ((place.name_in(lang), point) for place, point in observations)
    return list(observation_rows(published, version, breakdown, named))


ALL = "alle"  # every period, in an address
MOST_PERIODS = 24  # in one answer: two years of months, or more years than most series have


@dataclass(frozen=True)
class Given:
    """What one answer about an indicator holds, and what it says of that and of where the rest is."""

    periods: tuple[Period, ...]
    about: dict[str, Any]


def given(request: HttpRequest, published: Mapping[str, Sequence[Period]], overview: IndicatorOverview) -> Given:
    """One part of the indicator in the period shown, or with `?periode=alle` in `MOST_PERIODS` of its periods.

    `published` are the periods of each part. The addresses are those of what is published now, so that an answer of an
    earlier day is the same as it was then. ValueError when `?side=` is no page.
    """
    form = request.path.rpartition(".")[2]
    others = [
        (name, value) for name, value in others_asked(request, "periode") if name in ("grenser", "gruppe", "sted")
    ]

    def address(breakdown: str, period: str = "", side: int = 1) -> str:
        asked = [("del", breakdown)] if breakdown != overview.breakdowns[0] else []
        asked += [("periode", period)] if period else []
        asked += [("side", f"{side}")] if side > 1 else []
        return f"{request.path}?{urlencode([*asked, *others])}".rstrip("?")

    part = overview.breakdown
    periods = published.get(part, ())
    side, is_all = int(request.GET.get("side") or 1), request.GET.get("periode") == ALL
    newest_first = periods[::-1]
    if side < 1 or (side > 1 and not (is_all and newest_first[(side - 1) * MOST_PERIODS :])):
        raise ValueError(side)
    shown = overview.period or next(iter(newest_first), None)
    held = newest_first[(side - 1) * MOST_PERIODS : side * MOST_PERIODS] if is_all else (shown,) if shown else ()
    has_earlier = is_all and len(periods) > side * MOST_PERIODS
    more = {
        "all_periods": address(part, ALL) if periods else None,
        "earlier": address(part, ALL, side + 1) if has_earlier else None,
        "periods": [{"period": p.text, form: address(part, p.text)} for p in newest_first if p not in held],
        "breakdowns": [{"breakdown": text, form: address(text)} for text in overview.breakdowns if text != part],
        "releases": [
            {
                "release": f"{release.dataset_id}/{release.number}",
                "csv": reverse("status:release", args=[release.dataset_id, release.number, "csv"]),
                "parquet": reverse("status:release_parquet", args=[release.dataset_id, release.number]),
            }
            for release in overview.releases
        ],
    }
    return Given(tuple(held), {"breakdown": part, "periods": [period.text for period in held], "more": more})


def indicator_about(version: IndicatorVersion) -> dict[str, Any]:
    """What JSON says of the indicator a page is about: all of its definition."""
    return {
        "indicator": {
            **standards_api.indicator(version),
            "page": reverse("status:indicator", args=[version.id]),
            "method": reverse("status:method", args=[version.id]),
        }
    }


def others_asked(request: HttpRequest, but: str) -> list[tuple[str, str]]:
    """What an address asks for besides one parameter, for a form that changes only that."""
    return [(name, value) for name, values in request.GET.lists() if name != but for value in values]


# What the municipalities make of a county or the country, beside its published figure in the period shown.
PARTS_COLUMNS = (
    "from_parts", "from_parts_difference", "from_parts_missing", "from_parts_coverage", "parts_with_figure", "parts",
)  # fmt: skip


def _parts(row: Reconciled) -> tuple[Any, ...]:
    return row.from_parts, row.difference, row.missing, row.coverage, row.known, row.total


def borders_about(overview: IndicatorOverview, found: Iterable[Reconciled]) -> dict[str, Any]:
    """What JSON says of borders: whose they are, and what counties and the country are by their municipalities in the
    period shown, beside what is published of them."""
    names = ("from_parts", "difference", "missing", "coverage", "parts_with_figure", "parts")
    return {
        "borders_on": overview.borders.day.isoformat() if overview.borders.is_chosen else None,
        "reconciled": [
            {
                "place": row.place.code,
                "period": overview.period and overview.period.text,
                "published": row.published,
                **dict(zip(names, _parts(row), strict=True)),
            }
            for row in found
        ],
    }


def beside_parts(
    rows: Iterable[dict[str, Any]], overview: IndicatorOverview, found: Iterable[Reconciled]
) -> Iterator[dict[str, Any]]:
    """The same as columns of CSV (`PARTS_COLUMNS`), on the row of the published figure; empty on every other row."""
    period = overview.period.text if overview.period else ""
    published_as = {place.pk: point.place for place, point in overview.wholes}
    of = {(overview.breakdown, published_as[row.place.pk], period): _parts(row) for row in found}
    nothing = (None,) * len(PARTS_COLUMNS)
    for row in rows:
        parts = of.get((row["breakdown"], row["place"], row["period"]), nothing)
        yield {**row, **dict(zip(PARTS_COLUMNS, parts, strict=True))}


def standing_rows(published: Published, standings: Iterable[Standing], place: Place) -> list[dict[str, Any]]:
    """Every observation of these series at a place."""
    name = place.name_in(get_language() or "nb")
    return [
        row
        for s in standings
        for row in observation_rows(published, s.version, s.breakdown, ((name, point) for point in s.points))
    ]


def lacking_rows(published: Published, lacking: Iterable[Lacking], place: Place) -> list[dict[str, Any]]:
    """Every published reason why these indicators have no figure at a place."""
    name = place.name_in(get_language() or "nb")
    return [
        row
        for lack in lacking
        for breakdown, points in lack.series
        for row in observation_rows(published, lack.version, breakdown, ((name, point) for point in points))
    ]


def trend_row(standing: Standing) -> dict[str, Any]:
    """The trend of a series (`TREND_COLUMNS`); without one `trend_why_none` is the reason, and numbers are empty."""
    trend = standing.trend
    return {
        "trend_status": trend.meaning,
        "trend_why_none": trend.why_none or None,
        "trend_first_period": trend.first and trend.first.text,
        "trend_last_period": trend.last and trend.last.text,
        "trend_values": trend.n,
        "trend_provisional": trend.has_provisional,
        "slope_per_year": trend.slope,
        "slope_low": trend.slope_low,
        "slope_high": trend.slope_high,
        "projection_year": trend.target_year,
        "projection": trend.projection,
        "projection_low": trend.projection_low,
        "projection_high": trend.projection_high,
        "interval_level": trend.level,
        "target": trend.target,
        "target_probability": trend.probability,
        "rate": trend.rate,
        "rate_method": trend.rate_method or None,
        "method": trend.method,
        "method_version": trend.method_version,
    }


def standings_answer(
    form: str,
    published: Published,
    *,
    name: str,
    about: dict[str, Any],
    found: Sequence[tuple[Place, Iterable[Standing]]],
    lacking: tuple[Place, Iterable[Lacking]],
    placed: Mapping[ObservationKey, Placed] | None = None,
    performed: Mapping[SeriesKey, Performed] | None = None,
) -> HttpResponse:
    """Every observation of these series at their places, with the trends: in JSON as a list of its own. With `placed`
    also what they are compared with; with `performed` how far the latest have come to their benchmarks. Last the
    reasons why others are `lacking`.
    """
    rows, trends = [], []
    for place, standings in found:
        for standing in standings:
            trend = trend_row(standing)
            for row in standing_rows(published, [standing], place):
                told = row if placed is None else _compared(row, standing.version.chance, placed)
                if form == "csv":
                    told |= trend if performed is None else {**trend, **_performed(standing, row["period"], performed)}
                rows.append(told)
            trends.append(
                {"indicator": standing.version.id, "breakdown": standing.breakdown, "place": place.code, **trend}
            )
    if performed is not None:
        about = {**about, "performances": performance_rows([s for _place, some in found for s in some], performed)}
    columns = (
        *(COLUMNS if placed is None else COMPARED), *TREND_COLUMNS, *(() if performed is None else PERFORMANCE_COLUMNS),
    )  # fmt: skip
    for row in lacking_rows(published, lacking[1], lacking[0]):
        told = row if placed is None else {**row, **ALONE}
        rows.append({**dict.fromkeys(columns), **told} if form == "csv" else told)
    return answer(form, name=name, about={**about, "trends": trends}, rows=rows, columns=columns)


RELEASE_COLUMNS = (
    "dataset", "number", "title", "kind", "reason", "published_at", "publisher", "source", "source_url", "retrieved_on",
    "licence", "row_count", "first_day", "last_day", "sha256", "raw_sha256", "borders_on", "replaces", "changed",
    "gone",
)  # fmt: skip


def release_row(release: Release) -> dict[str, Any]:
    """A release as a flat row (`RELEASE_COLUMNS`). `last_day` is the first day after; `sha256` names its file."""
    origin = release.staged.origin
    return {
        "dataset": release.dataset_id,
        "number": release.number,
        "title": translate(release.dataset.title),
        "kind": release.kind,
        "reason": translate(release.reason) or None,
        "published_at": release.published_at.isoformat(),
        "publisher": translate(release.dataset.provider.name),
        "source": release.staged.source_title,
        "source_url": origin.get("url", ""),
        "retrieved_on": origin.get("retrieved_on"),
        "licence": release.dataset.licence,
        "row_count": release.row_count,
        "first_day": release.first_day.isoformat(),
        "last_day": release.last_day.isoformat(),
        "sha256": release.by_series,
        "raw_sha256": release.staged.raw_id,
        "borders_on": release.staged.borders_on and release.staged.borders_on.isoformat(),
        "replaces": release.replaces.number if release.replaces else None,
        "changed": release.changed,
        "gone": release.gone,
    }


def explanation(e: Explanation) -> dict[str, Any]:
    """The chain behind one number, as data: the observation, and every step from the source file to the page."""
    place_name = e.place.name_in(get_language() or "nb")
    staged = e.release.staged if e.release else None
    return {
        "observation": observation(e.published, e.version, e.breakdown, place_name, e.point) if e.point else None,
        "asked": {"indicator": e.asked.id, "place": e.code, "period": e.period.text, "breakdown": e.breakdown},
        "formula": {
            "numerator": e.point.numerator if e.point else None,
            "denominator": e.point.denominator if e.point else None,
            "multiplier": e.version.multiplier,
            "computed": e.computed,
            "agrees": e.is_as_computed if e.computed is not None else None,
        },
        "interval": _interval(e),
        "definition": standards_api.indicator(e.version),
        "release": release_row(e.release) if e.release else None,
        "import": staged
        and {
            "file": staged.raw.name,
            "size": staged.raw.size,
            "sha256": staged.raw_id,
            "received_at": staged.raw.received_at.isoformat(),
            "staged_at": staged.staged_at.isoformat(),
            "read_by": staged.origin.get("read_by"),
            "origin": staged.origin,
            "mapping": staged.mapping,
            "findings": [str(finding.translated(gettext)) for finding in e.findings],
        },
        "borders": [asdict(step) for step in e.point.steps.parts]
        if e.point and e.point.steps
        else [{"place": origin.place.code, "share": origin.share} for origin in e.origins],
        "compared_with": e.earlier and {"period": e.earlier.period.text, "value": e.earlier.value, "change": e.change},
        "vintages": [
            {
                "release": f"{vintage.release.dataset_id}/{vintage.release.number}",
                "published_at": vintage.release.published_at.isoformat(),
                "value": vintage.value,
                "missing": vintage.missing,
                "status": vintage.point and vintage.point.status,
                "break": vintage.point.is_break if vintage.point else False,
                "release_kind": vintage.release.kind,
                "current": e.is_current(vintage),
            }
            for vintage in e.vintages
        ],
    }


def _interval(e: Explanation) -> dict[str, Any]:
    """What chance can do to the value, under the names that comparisons use."""
    placing = e.interval.placings.get(e.code)
    return {
        "value_from": placing.low if placing else None,
        "value_to": placing.high if placing else None,
        "error_from": e.interval.basis or None,
    }


VINTAGE_COLUMNS = (
    "indicator", "breakdown", "place", "period", "value", "status", "break", "missing", "release", "release_kind",
    "published_at", "reason", "withdrawn",
)  # fmt: skip


def vintage_rows(published: Published, version: IndicatorVersion, found: Vintages) -> list[dict[str, Any]]:
    """Every step of values as a flat row (`VINTAGE_COLUMNS`); one that its release no longer had has status "gone"."""
    return [
        {
            "indicator": version.id,
            "breakdown": breakdown,
            "place": place,
            "period": period.text,
            "value": step.value,
            "status": step.point.status if step.point else "gone",
            "break": step.point.is_break if step.point else False,
            "missing": step.point.missing if step.point else None,
            "release": f"{step.release.dataset_id}/{step.release.number}",
            "release_kind": step.release.kind,
            "published_at": step.release.published_at.isoformat(),
            "reason": translate(step.release.reason) or None,
            "withdrawn": published.has_withdrawn(step.release),
        }
        for (_id, breakdown, place, period), steps in found.items()
        for step in steps
    ]


CALENDAR_COLUMNS = (
    "dataset", "title", "publisher", "day", "publish_at", "state", "first_promised", "note", "why", "release",
    "published_at",
)  # fmt: skip


def calendar_row(entry: Entry) -> dict[str, Any]:
    """A release in the calendar as a flat row (`CALENDAR_COLUMNS`); what is only expected has a day and no moment."""
    planned, release = entry.planned, entry.release
    return {
        "dataset": entry.dataset.key,
        "title": translate(entry.dataset.title),
        "publisher": translate(entry.dataset.provider.name),
        "day": entry.day.isoformat(),
        "publish_at": planned and planned.publish_at.isoformat(),
        "state": planned.state if planned else "expected",
        "first_promised": planned and (planned.moved[0]["from"] if planned.moved else planned.publish_at.isoformat()),
        "note": (planned and translate(planned.note)) or None,
        "why": (planned and translate(planned.why)) or None,
        "release": release and f"{release.dataset_id}/{release.number}",
        "published_at": release and release.published_at.isoformat(),
    }


def icalendar(found: Calendar, *, host: str) -> str:
    """The calendar as RFC 5545 has it: moments in UTC, days as days, what was moved or cancelled as such."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Dugnad//Release calendar//NO"]
    for entry in found.entries:
        planned = entry.planned
        stamp = planned.announced_at if planned else datetime.combine(entry.day, time(), UTC)
        name = f"planned-{planned.pk}" if planned else f"expected-{entry.dataset.key}"
        moment = f"DTSTART:{_utc(planned.publish_at)}" if planned else f"DTSTART;VALUE=DATE:{entry.day:%Y%m%d}"
        lines += [
            "BEGIN:VEVENT",
            f"UID:{name}@{host.partition('://')[2]}",
            f"DTSTAMP:{_utc(stamp)}",
            moment,
            f"SEQUENCE:{len(planned.moved) + (planned.state == 'cancelled') if planned else 0}",
            f"STATUS:{'CANCELLED' if planned and planned.state in ('cancelled', 'stopped') else 'CONFIRMED'}",
            f"SUMMARY:{_escaped(translate(entry.dataset.title))}",
            f"DESCRIPTION:{_escaped(translate(planned.note) if planned else '')}",
            f"URL:{host}{reverse('status:calendar')}",
            "END:VEVENT",
        ]
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    r"""
    >>> _escaped("a, b; c\\d\ne")
    'a\\, b\\; c\\\\d\\ne'
    """
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split("\r")).replace("\n", "\\n")


def _folded(line: str) -> str:
    """At most 75 bytes a line; the rest on lines that begin with a blank. No letter is cut in two."""
    parts: list[str] = []
    part = ""
    for letter in line:
        if len(f"{part}{letter}".encode()) > 75 - bool(parts):
            parts.append(part)
            part = ""
        part += letter
    return "\r\n ".join([*parts, part])


def release_file(form: str, release: Release) -> HttpResponse:
    """All observations of a release, in its own columns."""
    table = store.release_table(release.by_series)
    name = f"{release.dataset_id}-{release.number}"
    if form == "json":
        about = {"release": release_row(release), "columns": table.schema.names}
        columns = [column.to_pylist() for column in table.columns]
        content = orjson.dumps({**about, "rows": list(zip(*columns, strict=True))})
        return HttpResponse(content, content_type="application/json; charset=utf-8")
    out = io.BytesIO()
    pa_csv.write_csv(table, out)
    return _download(out.getvalue(), f"{name}.csv")


def _download(content: str | bytes, file: str) -> HttpResponse:
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{file}"'
    return response


def answer_rows(
    form: str, *, name: str, columns: Sequence[str], rows: Iterable[dict[str, Any]], about: dict[str, Any] | None = None
) -> HttpResponse:
    """Rows that are not observations, as a file called `name`; JSON has what they are `about` beside them."""
    found = list(rows)
    if form == "json":
        content = orjson.dumps({**(about or {}), "rows": found}, option=orjson.OPT_INDENT_2)
        return HttpResponse(content, content_type="application/json; charset=utf-8")
    return _download(as_csv(found, columns), f"{name}.csv")


def answer(
    form: str,
    *,
    name: str,
    about: dict[str, Any],
    rows: Sequence[dict[str, Any]],
    columns: Sequence[str] = COLUMNS,
) -> HttpResponse:
    """`rows` as a file called `name`: JSON with `about` beside them, or CSV with a header line."""
    if form == "json":
        content = orjson.dumps({**about, "observations": rows}, option=orjson.OPT_INDENT_2)
        return HttpResponse(content, content_type="application/json; charset=utf-8")
    return _download(as_csv(rows, columns), f"{name}.csv")


def as_csv(rows: Iterable[dict[str, Any]], columns: Sequence[str] = COLUMNS) -> str:
    """Comma-separated, UTF-8, decimal point. Texts that a spreadsheet would run as a formula get an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        # Most are numbers or nothing, which are written as they are.
        values = map(row.__getitem__, columns)
        writer.writerow([value if value.__class__ in _PLAIN else _cell(value) for value in values])
    return out.getvalue()


_PLAIN = frozenset((float, int, type(None)))


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value


def place_about(place: Place) -> dict[str, Any]:
    """What JSON says of the place a page is about."""
    lang = get_language() or "nb"
    name = "status:county" if place.kind == "county" else "status:place"
    return {
        "place": {
            "code": place.code,
            "name": place.name_in(lang),
            "kind": place.kind,
            "county": place.county_code or None,
            "organisation_number": place.organisation_number or None,
            "page": reverse(name, args=[place.code]),
        }
    }
