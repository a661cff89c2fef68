"""From what the queries found to the pictures that show it: `shared.charts` told about standings and spreads."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from django.utils import timezone
from django.utils.translation import get_language, gettext

from dugnad.shared import charts
from dugnad.shared.numbers import format_date
from dugnad.shared.once import once
from dugnad.shared.periods import Period
from dugnad.shared.text import translate
from dugnad.standards.models import DataPoint, IndicatorVersion, Quantity
from dugnad.status import rules
from dugnad.status.models import Release
from dugnad.status.queries.comparisons import Row
from dugnad.status.queries.orders import Among
from dugnad.status.queries.series import Point
from dugnad.status.queries.standing import Standing


def drawn(points: Sequence[Point]) -> list[charts.Point]:
    """Observations as a picture sees them."""
    return [charts.Point(p.period, p.value, p.status, p.is_break, p.missing) for p in points]


def caption(
    quantity: Quantity, subject: str, releases: Iterable[Release], version_id: str, key: str, title: str
) -> charts.Caption:
    """What a picture is told: unit, decimals and language; what it measures, and where its figures come from."""
    lang = get_language() or "nb"
    return charts.Caption(
        key,
        title,
        lang=lang,
        unit=translate(quantity.unit.title),
        symbol=translate(quantity.unit.symbol),
        decimals=quantity.decimals,
        subject=subject,
        source=" ".join(_cited(release, version_id, lang) for release in each_once(releases)),
    )


def each_once(releases: Iterable[Release]) -> list[Release]:
    """Releases in the order they come, each once. Points share the objects that their releases are, so these are told
    apart first: to compare thousands of releases takes longer."""
    return list(dict.fromkeys({id(release): release for release in releases}.values()))


@once
def _cited(release: Release, version_id: str, lang: str) -> str:
    cited = release.cited(version_id)
    words = {
        "source": ", ".join(said for said in (cited.publisher, cited.title) if said),
        "number": release.number,
        "day": format_date(timezone.localtime(release.published_at).date(), lang),
        "licence": release.dataset.licence_name,
    }
    return gettext("Source: %(source)s, release %(number)s of %(day)s, %(licence)s.") % words


def _caption_of(standing: Standing, key: str, title: str = "", *, beside: Sequence[Standing] = ()) -> charts.Caption:
    """The same of a series, and of those that are `beside` it in the picture."""
    name = indicator_name(standing.version, standing.part)
    releases = [point.release for one in (standing, *beside) for point in (one.latest, *one.points)]
    return caption(standing.quantity, name, releases, standing.version.id, key, title or name)


def indicator_name(version: IndicatorVersion, part: DataPoint | None) -> str:
    """What an indicator is called, with its part: "Open data: number"."""
    name = translate(version.title)
    return f"{name}: {translate(part.title)}" if part else name


def _in_period(told: charts.Caption, period: Period) -> charts.Caption:
    """Of a picture that shows one period only."""
    return replace(told, subject=f"{told.subject}, {period.label(told.lang)}")


def history(standing: Standing, key: str, name: str) -> charts.Picture:
    """The series of a place, with the municipalities' middle half where places of different size can be compared.

    Its title is the finding, told from the same two figures as the change on the page of the place; better or worse
    stands there only where the course says the same.
    """
    points = drawn(standing.points)
    since = standing.points.index(standing.earlier) if standing.earlier else 0
    told = _caption_of(standing, key)
    finding = charts.series_finding(
        name,
        points[since:],
        lang=told.lang,
        symbol=told.symbol,
        decimals=told.decimals,
        direction=standing.quantity.direction if standing.verdict else "none",
    )
    band, projection = _band(standing), _projection(standing)
    return charts.series_chart(
        points,
        replace(told, title=finding),
        name=name,
        band=band,
        target=_target(standing),
        projection=projection,
        baseline=_baseline(standing, band, projection),
    )


def _target(standing: Standing) -> charts.Target | None:
    value = standing.trend.target
    return None if value is None else charts.Target(value, gettext("target value"))


def _projection(standing: Standing) -> charts.Projection | None:
    """Where the series leads, from its last value on, of an uncertain one without a line; nothing where the trend is
    not known or there is nowhere to go."""
    trend = standing.trend
    if trend.last is None or trend.at_end is None or not trend.leads_on:
        return None
    assert trend.projection_low is not None and trend.projection_high is not None
    return charts.Projection(
        trend.last,
        trend.at_end,
        Period.year(trend.target_year),
        None if trend.status == "uncertain" else trend.projection,
        trend.projection_low,
        trend.projection_high,
        trend.level,
    )


def _baseline(standing: Standing, band: charts.Band | None, projection: charts.Projection | None) -> str:
    """Shares that are all far from zero are told apart only on an axis that begins elsewhere, which the picture says.

    Life expectancy is between 80 and 86 years. Amounts and counts always stand on zero.
    """
    values = [point.value for point in standing.points if point.value is not None]
    values += [limit for _period, *limits in (band.rows if band else ()) for limit in limits]
    values += [standing.trend.target] if standing.trend.target is not None else []
    values += [projection.low, projection.high] if projection else []
    return "data" if standing.quantity.is_size_free and 2 * min(values) > max(values) > 0 else "zero"


def _band(standing: Standing) -> charts.Band | None:
    if not standing.quantity.is_size_free:
        return None
    first, last = standing.points[0].period, standing.points[-1].period
    rows = [
        (period, spread.lower_quartile, spread.upper_quartile)
        for period, spread in sorted(standing.spreads.items())
        if spread.n >= rules.FEWEST and first.start <= period.start and period.end <= last.end
    ]
    if not rows:
        return None
    counties = {spread.county for spread in standing.spreads.values() if spread.n >= rules.FEWEST}
    county = counties.pop() if len(counties) == 1 else None
    title = (
        gettext("the middle half of the municipalities in %(county)s")
        % {"county": county.name_in(get_language() or "nb")}
        if county
        else gettext("the middle half of the municipalities")
    )
    return charts.Band(title, rows)


def within_group(standing: Standing, among: Among, key: str, name: str) -> charts.Picture:
    """Where a place stands among the places of a group, in the period of its latest value; or a county's own alone."""
    told, values, direction = _caption_of(standing, key), list(among.values.values()), standing.quantity.direction
    lang, symbol, decimals = told.lang, told.symbol, told.decimals
    if among.place:
        own = standing.latest.value
        finding = charts.range_finding(
            name, own, values, lang=lang, symbol=symbol, decimals=decimals, direction=direction
        )
    else:
        own, name = None, ""
        finding = charts.spread_finding(values, lang=lang, symbol=symbol, decimals=decimals)
    told = _in_period(replace(told, title=f"{among.group.title}. {finding}"), standing.latest.period)
    return charts.range_chart(own, values, told, name=name, direction=direction)


def beside(row: Row, names: Sequence[str], key: str) -> charts.Picture:
    """Two to six places through time in one picture, those with figures."""
    lines = [
        charts.Line(name, drawn(standing.points))
        for name, standing in zip(names, row.standings, strict=True)
        if standing
    ]
    others = [standing for standing in row.standings if standing and standing is not row.one]
    return charts.compare_chart(lines, _caption_of(row.one, key, beside=others))


def intervals(among: Among, told: charts.Caption, here: Collection[str]) -> charts.Picture | None:
    """Places with what their figure may be within, those `here` pointed out; None where nobody can say, or of one."""
    spans = [
        charts.Span(among.names[p.code], p.value, p.low, p.high, p.code in here)
        for p in among.order.placings.values()
        if p.low is not None and p.high is not None
    ]
    if len(spans) < 2:
        return None
    pointed_out = [span for span in spans if span.is_here]
    title = among.group.title or told.title
    if len(pointed_out) == 1:
        title = charts.interval_finding(pointed_out[0], [s for s in spans if not s.is_here], lang=told.lang)
    return charts.interval_chart(spans, replace(told, title=title))


def intervals_beside(row: Row, among: Among, chosen: Sequence[str], key: str) -> charts.Picture | None:
    """The places of a comparison, and those of its group, with what their figures may be within."""
    return intervals(among, _in_period(_caption_of(row.one, key), row.one.latest.period), chosen)
