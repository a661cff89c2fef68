"""How did one number come about: source file, import, release, borders, definition, judgement, earlier vintages?"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from functools import cached_property

from dugnad.places import queries as places
from dugnad.places.models import Place, PlaceKind
from dugnad.shared.periods import Period
from dugnad.standards import queries as standards
from dugnad.standards.models import DataPoint, IndicatorVersion, Quantity
from dugnad.status import rules, store
from dugnad.status.methods.order import Order
from dugnad.status.models import Release
from dugnad.status.observations import Finding, Message
from dugnad.status.queries.borders import series_on_borders
from dugnad.status.queries.orders import intervals_of
from dugnad.status.queries.series import Point, Spread, series_at, spreads
from dugnad.status.queries.snapshots import Published
from dugnad.status.queries.standing import Standing, join_editions, standing_of
from dugnad.status.queries.vintages import Vintage, every_vintage

MOST_NEAREST = 6
SMALL_DENOMINATOR = 100  # under this many a share moves much with every person


@dataclass(frozen=True)
class Near:
    """Something that can be explained, offered in place of what cannot: `text` names it in words of its own."""

    text: str
    indicator: str
    place: str
    period: str = ""
    breakdown: str = ""


class NothingToExplain(LookupError):
    """There is no such indicator, place, period or breakdown: which of them, as written, and what comes nearest."""

    def __init__(self, kind: str, written: str, nearest: Iterable[Near] = ()) -> None:
        super().__init__(kind, written)
        self.kind, self.written, self.nearest = kind, written, tuple(nearest)[:MOST_NEAREST]


@dataclass(frozen=True)
class Explanation:
    """One number, or one that is missing, with the whole chain behind it.

    `asked` is the version the question named and `version` the one that measured it: an older period may be measured by
    an earlier edition. `place` is the bearer of the code in the period, `point` None where no row was ever published.
    `series` is all of it by time; `earlier` is what pages compare the number with, and `change` what that means.
    `release` is the one it is in, or for an unpublished one those of the indicator are in `releases`; all is as
    `published`. `standing` is the series as the page of its place tells it, None without a value.
    """

    asked: IndicatorVersion
    version: IndicatorVersion
    part: DataPoint | None
    breakdown: str
    place: Place
    code: str
    period: Period
    point: Point | None
    series: Sequence[Point]
    earlier: Point | None
    change: str
    standing: Standing | None
    spread: Spread | None
    vintages: tuple[Vintage, ...]
    findings: tuple[Finding, ...]
    other_findings: int
    releases: tuple[Release, ...]
    published: Published

    @property
    def value(self) -> float | None:
        return self.point.value if self.point else None

    @property
    def missing(self) -> str | None:
        return self.point.missing if self.point else None

    @property
    def release(self) -> Release | None:
        return self.point.release if self.point else None

    @cached_property
    def quantity(self) -> Quantity:
        return self.version.quantity(self.part)

    @cached_property
    def interval(self) -> Order:
        """What chance can do to the value, as where its place is compared: one placing, or none without a value."""
        return intervals_of(self.asked, self.asked.part(self.breakdown), [(self.code, self.point, self.series)])

    @property
    def computed(self) -> float | None:
        """What the formula gives of the published numerator and denominator; None where one of the three is unknown."""
        if self.point is None:
            return None
        return rules.formula_value(self.point.numerator, self.point.denominator, self.version.multiplier)

    @property
    def is_as_computed(self) -> bool:
        """Whether the value is what the formula gives, as far as the indicator's digits tell."""
        value, computed = self.value, self.computed
        return value is not None and computed is not None and rules.agrees(value, computed, self.quantity.decimals)

    @property
    def before(self) -> Point | None:
        """The last value of the series before this period: for a missing one, since when."""
        return next((p for p in reversed(self.series) if p.value is not None and p.period < self.period), None)

    @cached_property
    def origins(self) -> list[places.Origin]:
        """What the area consisted of at the beginning of the period, where the source writes it on later borders."""
        borders_on = self.release.staged.borders_on if self.release else None
        if borders_on is None or not self.place.is_valid_on(borders_on):
            return []
        found = places.origins(self.code, self.period.start, borders_on)
        return [] if [origin.place.code for origin in found] == [self.code] else found

    @cached_property
    def reunited(self) -> list[Place]:
        """The places whose figures the import added, where the source writes it on borders that divide this one."""
        borders_on = self.release.staged.borders_on if self.release else None
        if borders_on is None or self.value is None or self.place.is_valid_on(borders_on):
            return []
        parts = next((parts for whole, parts, _on in places.complete_splits(borders_on) if whole == self.code), ())
        return [places.place(code, borders_on) for code in parts]

    def is_current(self, vintage: Vintage) -> bool:
        """Whether it is what readers see, and not only what they have seen."""
        return vintage.release in self.releases

    @property
    def broken_links(self) -> list[str]:
        """What of the chain behind a published row is not known; empty when it is whole."""
        if self.release is None:
            return ["release"]
        staged, dataset = self.release.staged, self.release.dataset
        links = {
            "raw file": staged.raw_id and staged.raw.name and staged.raw.size,
            "received": staged.raw.received_at,
            "title": staged.source_title,
            "publisher": dataset.provider.name,
            "licence": dataset.licence,
            "reader": staged.origin.get("read_by"),
            "mapping": staged.mapping,
            "published": self.release.published_at and self.release.published_by,
            "reason": self.release.reason or self.release.kind not in Release.CHANGING,
            "unit": self.quantity.unit.title,
            # What was put together is in no release by itself; its parts are.
            "vintage": any(map(self.is_current, self.vintages)) or (self.point and self.point.steps),
            "value or reason": (self.value is None) == bool(self.missing),
        }
        return [name for name, known in links.items() if not known]


def explain(
    published: Published, indicator: str, place: str, period: str | None = None, breakdown: str | None = None
) -> Explanation:
    """The number at an indicator, a place and a period as they are written in an address, or why there is none.

    Without a period the latest with a value, without a breakdown the whole, or the first part of an indicator in parts.
    Raises NothingToExplain.

    >>> explain(now, "norge.2026.unemployment", "skien", "2024").value
    2.41
    """
    asked = _version(indicator)
    where = _place(asked, place)
    ids = _editions(asked)
    if where.valid_to is None:  # as the pages of places show it; a place that is no more as it was published
        series = series_on_borders(published, [where], ids)[where.pk]
    else:
        codes = [where.code, *(code for code, _from, _to in reversed(places.same_area_codes(where.code)))]
        series = series_at(published, list(dict.fromkeys(codes)), ids)
    breakdown = _breakdown(asked, where, series, breakdown)
    lines = {i: series.get((i, breakdown), []) for i in ids}
    points = join_editions([line for i in reversed(ids) if (line := lines[i])])
    when = _period(published, asked, where, period, breakdown, points)
    version, point = next(
        ((i, p) for i in (asked.id, *ids) for p in lines[i] if p.period == when),
        (asked.id, None),
    )
    measured = standards.indicator_version(version)
    part = measured.part(breakdown)
    code = point.place if point else where.code
    borders_on = point.release.staged.borders_on if point else None
    day = borders_on or when.end - timedelta(days=1)
    bearer = places.bearers([(code, day)]).get((code, day), where)
    earlier, change = _change(points, when, measured.quantity(part))
    releases = published.with_indicators({version}).releases
    findings = point.release.staged.all_findings if point else []
    is_missing = point is not None and point.value is None
    concerning = [
        f for f in findings if concerns(f, version, code, when.text) or (is_missing and took_away(f, version, when))
    ]
    return Explanation(
        asked=asked,
        version=measured,
        part=part,
        breakdown=breakdown,
        place=bearer,
        code=code,
        period=when,
        point=point,
        series=points,
        earlier=earlier,
        change=change,
        standing=standing_of(asked, asked.part(breakdown), breakdown, points, where),
        spread=spreads(published, [version], [when], [breakdown]).get((version, breakdown), {}).get(when),
        vintages=every_vintage(
            published,
            (version, breakdown, code, when),
            {point.release.dataset_id} if point else {release.dataset_id for release in releases},
        ),
        findings=tuple(concerning),
        other_findings=len(findings) - len(concerning),
        releases=releases,
        published=published,
    )


def _version(written: str) -> IndicatorVersion:
    try:
        return standards.version_meant(written)
    except standards.IndicatorNotFound:
        current = standards.current_versions()
        named = [v.id for v in current if any(written.casefold() in text.casefold() for text in v.found_by)]
        near = get_close_matches(written, [v.id for v in current], n=MOST_NEAREST, cutoff=0.5)
        found = [Near(i, i, "") for i in dict.fromkeys([*named, *near])]
        raise NothingToExplain("indicator", written, found) from None


def _place(version: IndicatorVersion, written: str) -> Place:
    near: list[Place] = []
    for kind in (PlaceKind.MUNICIPALITY, PlaceKind.COUNTY, PlaceKind.COUNTRY):
        try:
            return places.resolve(written, kind=kind).place
        except places.PlaceNotFound as error:
            near += error.suggestions
    found = [Near(f"{place.name} ({place.code})", version.id, place.code) for place in near]
    is_shared = bool(near) and all(place.name.casefold() == written.casefold() for place in near)
    raise NothingToExplain("places" if is_shared else "place", written, found)


def _editions(version: IndicatorVersion) -> list[str]:
    """The ids of the same indicator in its published editions, newest first."""
    current = standards.latest_version(version.edition.set_id, version.code)
    return list(dict.fromkeys([current.id, *reversed(standards.earlier_versions().get(current.id, ())), version.id]))


def _breakdown(
    version: IndicatorVersion, place: Place, series: dict[tuple[str, str], list[Point]], asked: str | None
) -> str:
    known = {text for _id, text in series}
    parts = [f"part={part.code}" for part in version.data_points.all()]
    if asked is None:
        return "" if "" in known or not parts else parts[0]
    if asked and asked not in known and asked not in parts:
        near = [Near(text, version.id, place.code, "", text) for text in sorted(known | set(parts))]
        raise NothingToExplain("breakdown", asked, near)
    return asked


def _period(
    published: Published,
    version: IndicatorVersion,
    place: Place,
    written: str | None,
    breakdown: str,
    points: Sequence[Point],
) -> Period:
    """The period asked for, if the indicator has been published for it anywhere; without one, the latest known."""
    if not written:
        known = [p.period for p in points if p.value is not None] or [p.period for p in points]
        known = known or _periods(published, version)[-1:]
        if known:
            return known[-1]
        raise NothingToExplain("figures", version.id)
    try:
        period = Period.parse(written)
    except ValueError:
        period = None
    own = [p.period for p in points]
    everywhere = _periods(published, version) if period not in own else own
    if period is not None and period in everywhere:
        return period
    wanted = period.start if period else None
    near = own or everywhere
    near = sorted(near, key=lambda p: abs((p.start - wanted).days)) if wanted else near[::-1]
    found = [Near(p.text, version.id, place.code, p.text, breakdown) for p in near]
    raise NothingToExplain("period", written, found)


def _periods(published: Published, version: IndicatorVersion) -> list[Period]:
    """Every period that an indicator has been published for anywhere, in any edition, by time."""
    ids = _editions(version)
    files = published.with_indicators(set(ids)).by_series
    if not files:
        return []
    sql = "SELECT DISTINCT period FROM read_parquet($files) WHERE indicator IN (SELECT unnest($ids))"
    return sorted(Period.parse(text) for (text,) in store.ask(sql, {"files": files, "ids": ids}))


def _change(points: Sequence[Point], period: Period, quantity: Quantity) -> tuple[Point | None, str]:
    """What pages compare the value of a period with, and what the difference means."""
    until = [p for p in points if p.period <= period]
    pair = rules.comparable_before(until)
    if pair is None or until[pair[1]].period != period:
        return None, ""
    earlier, latest = until[pair[0]], until[pair[1]]
    assert earlier.value is not None and latest.value is not None
    return earlier, rules.judge_change(quantity.direction, earlier.value, latest.value, quantity.decimals)


def concerns(finding: Finding, indicator: str, place: str, period: str) -> bool:
    """Whether a finding of the import is about this very number: it names the place, and nothing that it is not.

    >>> concerns(Finding("warning", "jump", "9 is far", "x.1.a, 4003, 2024", ""), "x.1.a", "4003", "2024")
    True
    >>> concerns(Finding("note", "border_change", "divided by a guess", "1508, 1580", ""), "x.1.a", "1508", "2022")
    True
    >>> concerns(Finding("warning", "jump", "9 is far", "x.1.a, 4003, 2024", ""), "x.1.b", "4003", "2024")
    False
    """
    words = re.split(r"[,\s]+", finding.where)
    if place not in words:
        return False
    return all(word in (indicator, place, period) or not (_is_indicator(word) or _is_period(word)) for word in words)


def took_away(finding: Finding, indicator: str, period: Period) -> bool:
    """Whether a finding says that a number of the file was none in a span of periods that this one is in."""
    if finding.code != "no_value" or not isinstance(finding.what, Message):
        return False
    said = finding.what.params
    return said["indicator"] == indicator and period.is_within(Period.parse(said["first"]), Period.parse(said["last"]))


def _is_indicator(word: str) -> bool:
    return re.fullmatch(r"[a-z][\w-]*\.[\w-]+\.\S+", word) is not None


def _is_period(word: str) -> bool:
    return re.fullmatch(r"(19|20)\d\d(-\S+)?", word) is not None
