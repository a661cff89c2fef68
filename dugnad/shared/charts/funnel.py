"""Places by how many are counted: within the funnel is what chance gives if all were alike."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import override

from dugnad.shared.charts import svg
from dugnad.shared.charts.range import axis
from dugnad.shared.charts.scales import Scale, linear, log
from dugnad.shared.charts.svg import WIDTH, Caption, Note, Picture
from dugnad.shared.numbers import format_number

MOST_NAMED = 6


@dataclass(frozen=True)
class Counted:
    """One place: how many are counted, its figure, and whether that lies outside the inner and the outer limits."""

    name: str
    base: float
    value: float
    is_unusual: bool = False
    is_outside: bool = False
    is_here: bool = False


@dataclass(frozen=True)
class Limits:
    """What chance gives a place with so many counted: in 19 of 20 cases, and in 499 of 500."""

    base: float
    low: float
    high: float
    far_low: float
    far_high: float


def funnel_chart(
    places: Sequence[Counted],
    limits: Sequence[Limits],
    expected: float,
    caption: Caption,
    *,
    of: str = "",
    width: float = WIDTH,
) -> Picture:
    """A dot for each place, few counted at the left; the line is what all have together.

    >>> from dugnad.shared.charts import Caption
    >>> places = [Counted("Skien", 20000, 3.5, True, True, True), Counted("Nissedal", 80, 3.8)]
    >>> limits = [Limits(80, 0.2, 7.6, 0.0, 10.6), Limits(20000, 2.8, 3.2, 2.7, 3.3)]
    >>> funnel_chart(places, limits, 3.0, Caption("f", "Two", lang="en", decimals=1)).description
    'Skien: 3.5 of 20,000. Outside the 95% limits: 1 of 2 places; outside the 99.8% limits: 1. All together have 3.0.'

    `of` says what is counted, under the axis. `limits` are in rising order of base and reach over all places.
    """
    if not places or not limits:
        raise ValueError("a funnel needs places and limits")
    with override(caption.lang):
        left, right, top, bottom = 56.0, width - 14, 30.0, 300.0
        # The funnel is cut where it is wider than all figures: a place of ten may have anything.
        values = [place.value for place in places] + [expected]
        spread = max(values) - min(values) or abs(expected) or 1.0
        low, high = min(values) - 0.15 * spread, max(values) + 0.15 * spread
        x = log([place.base for place in places], left, right)
        y = linear(
            [max(0.0, low) if min(values) >= 0 else low, high], bottom, top, zero=False, decimals=caption.decimals
        )
        body = [svg.text(0, 14, svg.fit(caption.unit or caption.symbol, width))]
        body += [_tick(y, tick, caption, left, right) for tick in y.ticks]
        for name, css in (("low", "limit"), ("high", "limit"), ("far_low", "far-limit"), ("far_high", "far-limit")):
            body.append(_curve(css, [(row.base, getattr(row, name)) for row in limits], x, y))
        body.append(svg.line("median", left, y(expected), right, y(expected)))
        for place in places:
            at = x(place.base), y(place.value)
            if place.is_outside:
                body.append(svg.rect("dot", at[0] - 4, at[1] - 4, 8, 8))
            elif not place.is_here:
                body.append(svg.circle("others", *at, 4))
        here = [place for place in places if place.is_here][:MOST_NAMED]
        body += [svg.diamond("here", x(place.base), y(place.value), 8) for place in here]
        for place in here:
            words = svg.fit(f"{place.name} {caption.number(place.value)}", width)
            half = svg.text_width(words) / 2
            at_x = min(max(x(place.base), half), width - half)
            body.append(svg.text(at_x, max(14.0, y(place.value) - 13), words, "label strong", "middle"))
        body.append(axis(x, caption, bottom + 6, width))
        height = bottom + 34
        if of:
            body.append(svg.text(width, height + 12, svg.fit(of, width), "", "end"))
            height += 20
        legend, extra = svg.notes(_notes(), height + 4, width)
        description = _describe(places, here, expected, caption)
        return svg.picture(caption, "funnel", width, height + extra + 4, "".join(body) + legend, description)


def _tick(y: Scale, tick: float, caption: Caption, left: float, right: float) -> str:
    words = format_number(tick, y.decimals if tick % 1 else 0, caption.lang)
    return svg.line("grid", left, y(tick), right, y(tick)) + svg.text(left - 8, y(tick) + 5, words, "", "end")


def _curve(css: str, points: Sequence[tuple[float, float]], x: Scale, y: Scale) -> str:
    """A limit, cut at the edges of the picture."""
    inside = [(x(base), y(min(max(value, y.low), y.high))) for base, value in points if x.low <= base <= x.high]
    return f'<path class="{css}" d="M{"L".join(f"{svg.xy(a)} {svg.xy(b)}" for a, b in inside)}"/>' if inside else ""


def _notes() -> list[Note]:
    return [
        Note(svg.line("median", 0, 0, 24, 0), _("all places together")),
        Note('<path class="limit" d="M0 0h24"/>', _("95% limits: by chance 1 in 20 outside")),
        Note('<path class="far-limit" d="M0 0h24"/>', _("99.8% limits: by chance 1 in 500 outside")),
        Note(svg.circle("others", 12, 0, 4), _("one place")),
        Note(svg.rect("dot", 8, -4, 8, 8), _("outside the 99.8% limits")),
    ]


def _describe(places: Sequence[Counted], here: Sequence[Counted], expected: float, caption: Caption) -> str:
    said = [
        _("%(name)s: %(value)s of %(base)s.")
        % {"name": p.name, "value": caption.number(p.value), "base": format_number(p.base, 0, caption.lang)}
        for p in here
    ]
    words = {
        "usual": sum(place.is_unusual for place in places),
        "count": sum(place.is_outside for place in places),
        "total": len(places),
        "expected": caption.number(expected),
    }
    counted = _(
        "Outside the 95%% limits: %(usual)s of %(total)s places; outside the 99.8%% limits: %(count)s. "
        "All together have %(expected)s."
    )
    return " ".join([*said, counted % words])
