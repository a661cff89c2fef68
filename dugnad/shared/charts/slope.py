"""Change between two periods, for a few places."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import override

from dugnad.shared.charts.points import REASONS, Point, reason
from dugnad.shared.charts.scales import Scale, linear
from dugnad.shared.charts.svg import (
    WIDTH,
    Caption,
    Note,
    Picture,
    circle,
    fit,
    line,
    notes,
    picture,
    rect,
    spread,
    text,
    text_width,
    xy,
)

MOST_PLACES = 6


@dataclass(frozen=True)
class Slope:
    """One place, then and now. A break at `now`, or between the two, means that no line may join them."""

    name: str
    then: Point
    now: Point


def slope_chart(slopes: Sequence[Slope], caption: Caption, *, width: float = WIDTH, height: float = 260) -> Picture:
    """Two to six places at two periods, joined where the values can be compared.

    >>> from dugnad.shared.charts import Caption, Point, Slope, slope_chart
    >>> from dugnad.shared.periods import Period
    >>> skien = Slope("Skien", Point(Period.year(2015), 4.0), Point(Period.year(2025), 3.1))
    >>> slope_chart([skien], Caption("s", "Down", lang="en", decimals=1)).description
    'Skien: 4.0 in 2015, 3.1 in 2025.'
    """
    if not 1 <= len(slopes) <= MOST_PLACES:
        raise ValueError(f"a slope chart shows one to {MOST_PLACES} places, not {len(slopes)}")
    with override(caption.lang):
        values = [p.value for slope in slopes for p in (slope.then, slope.now) if p.value is not None]
        top, bottom = 58.0 if caption.unit else 34.0, height - 10
        y = linear(values, bottom, top, zero=False, decimals=caption.decimals)
        before = [_value(s.then, caption) for s in slopes]
        after = [_name(s, caption, width * 0.45) for s in slopes]
        left = max([text_width(words) for words in before] + [40.0]) + 12
        right = width - max(text_width(words) for words in after) - 14
        lower = spread([_at(s.then, y, bottom) for s in slopes], [19.0] * len(slopes), top - 12, bottom + 8)
        upper = spread([_at(s.now, y, bottom) for s in slopes], [19.0] * len(slopes), top - 12, bottom + 8)
        body = [text(0, 15, fit(caption.unit, width))] if caption.unit else []
        heads = {slopes[0].then.period.label(caption.lang): (left, "middle")}
        heads[slopes[0].now.period.label(caption.lang)] = (right, "middle")
        for words, (x, anchor) in heads.items():
            body += [line("axis", x, top - 6, x, bottom + 6), text(x, top - 14, words, "strong", anchor)]
        for number, (slope, start, end) in enumerate(zip(slopes, lower, upper, strict=True), 1):
            body.append(_slope(slope, number, left, right, y, bottom))
            name = f"label name-{number}" if number > 1 else "label strong"
            body.append(text(left - 10, start + 5, before[number - 1], name, "end"))
            body.append(text(right + 10, end + 5, after[number - 1], name))
        legend, extra = notes(_notes(slopes), height + 6, width)
        description = " ".join(_sentence(slope, caption) for slope in slopes)
        return picture(caption, "slope", width, height + extra + 6, "".join(body) + legend, description)


def _slope(slope: Slope, number: int, left: float, right: float, y: Scale, bottom: float) -> str:
    css = "series" if number == 1 else f"series-{number}"
    out = []
    if slope.then.value is not None and slope.now.value is not None and not slope.now.is_break:
        start, end = _at(slope.then, y, bottom), _at(slope.now, y, bottom)
        out.append(f'<path class="{css}" d="M{xy(left)} {xy(start)}L{xy(right)} {xy(end)}"/>')
    for point, x in ((slope.then, left), (slope.now, right)):
        if point.value is not None:
            dot = "dot-provisional" if point.is_provisional else "dot" if number == 1 else f"dot-{number}"
            out.append(circle(dot, x, _at(point, y, bottom), 5))
    return "".join(out)


def _at(point: Point, y: Scale, bottom: float) -> float:
    return bottom if point.value is None else y(point.value)


def _value(point: Point, caption: Caption) -> str:
    """The value as written, or the sign that stands for none."""
    return caption.number(point.value) if point.value is not None else REASONS[point.missing or ""][0]


def _name(slope: Slope, caption: Caption, room: float) -> str:
    value = _value(slope.now, caption)
    return f"{value} {fit(slope.name, room - text_width(value))}"


def _sentence(slope: Slope, caption: Caption) -> str:
    words = {"name": slope.name}
    for which, point in (("then", slope.then), ("now", slope.now)):
        value = caption.number(point.value) if point.value is not None else reason(point.missing or "")
        words |= {which: value, f"{which}_period": point.period.label(caption.lang)}
    said = _("%(name)s: %(then)s in %(then_period)s, %(now)s in %(now_period)s.") % words
    return " ".join([said, _("The two cannot be compared.")] if slope.now.is_break else [said])


def _notes(slopes: Sequence[Slope]) -> list[Note]:
    found = {p.missing for s in slopes for p in (s.then, s.now) if p.missing}
    signs = [
        Note(rect("missing", 0, -10, 24, 20) + text(12, 5, REASONS[m][0], "strong", "middle"), reason(m))
        for m in REASONS
        if m in found
    ]
    if any(p.is_provisional for s in slopes for p in (s.then, s.now)):
        signs.append(Note(circle("dot-provisional", 12, 0, 5), _("not final")))
    if any(s.now.is_break for s in slopes):
        signs.append(Note(line("break", 0, 0, 24, 0), _("no line: not comparable")))
    return signs
