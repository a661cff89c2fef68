"""How templates write standings: the words of `wording` and the pictures of `pictures`, as filters and tags."""

from collections.abc import Mapping, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from django import template

from dugnad.places import queries as places
from dugnad.places.models import Place
from dugnad.shared import charts
from dugnad.shared.charts.points import REASONS
from dugnad.shared.numbers import format_number, format_share
from dugnad.standards.models import IndicatorVersion
from dugnad.status import ordering, pictures, wording
from dugnad.status.comparison_rows import comparison_rows
from dugnad.status.methods import Method, published_methods
from dugnad.status.methods.answers import ANSWERS
from dugnad.status.queries.comparisons import MOST, GoalRows, Row
from dugnad.status.queries.orders import Among
from dugnad.status.queries.series import Point, SeriesKey
from dugnad.status.queries.snapshots import Published
from dugnad.status.queries.standing import Standing
from dugnad.status.queries.vintages import Notice, Vintage, Vintages

register = template.Library()
Found = TypeVar("Found")


@register.filter
def change_word(change: str) -> str:
    """What a change means: better, worse, unchanged, changed, not judged."""
    return str(wording.CHANGES[change])


@register.filter
def rows(standings: Sequence[Standing], published: Published) -> list[wording.Row]:
    """`{% for row in goal.own|rows:snapshot %}`: the lines of a table, ready to be written (see `wording.Row`)."""
    return [wording.row(standing, published) for standing in standings]


@register.filter
def written(value: float | None, standing: Standing) -> str:
    """A value of this series, with the sign of its unit or its part's."""
    return "" if value is None else wording.figure(standing, value)


@register.simple_tag
def history_picture(standing: Standing, prefix: str, name: str) -> charts.Picture:
    """The series of a place as a picture; `prefix` tells it from others of the same indicator on the page."""
    return pictures.history(standing, _key(prefix, standing), name)


@register.simple_tag
def trend_method() -> Method:
    """The published method of trends, for its words and version."""
    return published_methods()["trend-2030"]


@register.simple_tag
def group_picture(standing: Standing, among: Among, name: str) -> charts.Picture:
    """A place among the places of a group as a picture."""
    return pictures.within_group(standing, among, _key("group", standing), name)


@register.filter
def of(found: Mapping[SeriesKey, Found], standing: Standing) -> Found | None:
    """What was found of a series: how it lies among the group, its performance to a benchmark."""
    return found.get(standing.key)


@register.filter
def answer_words(answer: str) -> str:
    """What a method answers with, in words."""
    return str(ANSWERS[answer])


@register.filter
def has_others(among: Among | None) -> bool:
    """Whether any other place of the group has a figure for the same period."""
    return among is not None and among.n > 1


@register.filter
def among_words(among: Among, standing: Standing) -> str:
    """Where a place lies in its group, what chance could make of that, and how it moves beside the others."""
    since = standing.earlier.period.label(wording.lang()) if standing.earlier else ""
    return " ".join(ordering.among_sentences(among, standing.quantity, since))


@register.filter
def among_lines(among: Among, standing: Standing) -> list[ordering.Line]:
    period = standing.latest.period.text
    return ordering.lines(among, standing.quantity, standing.version.id, period, standing.breakdown)


@register.filter
def at(values: Sequence[Found], position: int) -> Found:
    return values[position]


@register.filter
def percent(share: float) -> str:
    """A share as percent: "38 %"."""
    return format_share(share, 0, wording.lang())


@register.simple_tag
def intervals_of_goal(
    goal: GoalRows, amongs: Mapping[SeriesKey, Among], chosen: Sequence[Place]
) -> list[tuple[Standing, charts.Picture]]:
    """For each series of a goal whose error can be stated, the places with what their figures may be within."""
    codes = [place.code for place in chosen]
    found = [
        (row.one, pictures.intervals_beside(row, among, codes, _key("intervals", row.one)))
        for row in goal.rows
        if (among := amongs.get(row.one.key))
    ]
    return [(one, picture) for one, picture in found if picture]


@register.simple_tag
def beside_picture(row: Row, chosen: Sequence[Place]) -> charts.Picture:
    """Places beside each other as a picture."""
    return pictures.beside(row, [place.name_in(wording.lang()) for place in chosen], _key("beside", row.one))


def _key(prefix: str, standing: Standing) -> str:
    return f"{prefix}-{standing.version.id}{f'-{standing.part.code}' if standing.part else ''}"


@register.filter
def sign(missing: str) -> str:
    """The standard sign of a missing value: ".." and its kin."""
    return REASONS[missing][0]


@register.filter
def plain(value: float | None) -> str:
    """A numerator or a denominator: whole where it is whole."""
    if value is None:
        return ""
    return format_number(value, 0 if value == int(value) else 2, wording.lang())


@register.filter
def names(chosen: Sequence[Place]) -> str:
    """Names in a sentence: "Skien, Porsgrunn and Vinje"."""
    return wording.listed([place.name_in(wording.lang()) for place in chosen])


@register.filter
def county_name(place: Place) -> str:
    """The county of a municipality, which tells the two called Herøy apart."""
    return places.place(place.county_code).name


@register.filter
def place_route(place: Place) -> str:
    return "status:county" if place.kind == "county" else "status:place"


@register.filter
def address_with(chosen: Sequence[Place], place: Place) -> str:
    """The comparison with one place more: the address is the state."""
    return _comparison([*chosen, place])


@register.filter
def address_with_all(chosen: Sequence[Place], members: Sequence[Place]) -> str:
    """The comparison with the first of a group, as many as fit."""
    return _comparison([*chosen, *not_among(members, chosen)][:MOST])


@register.filter
def address_without(chosen: Sequence[Place], place: Place) -> str:
    return _comparison([other for other in chosen if other.code != place.code])


def _comparison(chosen: Sequence[Place]) -> str:
    query = urlencode([("sted", place.code) for place in chosen])
    return f"{wording.compare_address()}{'?' if query else ''}{query}"


@register.filter
def not_among(members: Sequence[Place], chosen: Sequence[Place]) -> list[Place]:
    """Those one may add."""
    return [place for place in members if place not in chosen]


@register.filter
def notice_words(found: Sequence[Notice]) -> list[wording.Told]:
    """Notices ready to be written."""
    return [wording.notice(one) for one in found]


@register.simple_tag
def vintage_value(step: Vintage, version: IndicatorVersion, breakdown: str) -> str:
    """A value as one release published it, the sign of why there was none, or a dash when it was taken out."""
    if step.point is None:
        return "–"
    if step.value is None:
        return REASONS[step.point.missing or ""][0]
    return format_number(step.value, version.quantity(version.part(breakdown)).decimals, wording.lang())


@register.simple_tag
def vintage_words(standing: Standing, point: Point, changed: Vintages | str) -> str:
    """How a value became what it is: "published as 3.1 on 1 March, corrected to 3.0 on 10 March"; or nothing."""
    if not isinstance(changed, Mapping):
        return ""
    for version_id in standing.measured.ids:
        found = changed.get((version_id, standing.breakdown, point.place, point.period), ())
        if found and found[-1].value == point.value:
            return wording.course(standing, found)
    return ""


register.simple_tag(comparison_rows)
register.filter("explained_at", wording.explained_at)
register.simple_tag(wording.course_meanings)
register.filter("explained", wording.explained_point)
register.filter("because", ordering.because)
register.filter("feature_value", ordering.feature_value)
register.filter("point_note", wording.point_note)
register.filter("indicator_name", wording.title)
register.filter("source_lines", wording.source_lines)
register.filter("has_any", wording.has_any)
register.filter("moved", wording.moved)
register.filter("position", wording.position)
register.filter("counted_from", ordering.counted_from)
register.filter("direction_words", wording.direction)
register.filter("status_word", wording.status)
register.filter("preliminary", wording.preliminary)
register.filter("coverage", wording.coverage)
register.filter("goal_badge", wording.goal_badge)
register.filter("course_badge", wording.course_badge)
register.filter("projected", wording.projected)
register.filter("projection_note", wording.projection_note)
register.filter("trend_sentences", wording.trend_sentences)
register.filter("why_missing", wording.why_missing)
register.filter("overview_sentences", wording.overview_sentences)
register.filter("goal_sentences", wording.goal_sentences)
register.filter("set_sentences", wording.set_sentences)
register.filter("level_name", wording.level_name)
