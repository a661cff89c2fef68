"""Places with what their figure may be within: whose intervals overlap cannot be told apart."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from dugnad.shared.charts import svg
from dugnad.shared.charts.points import finite
from dugnad.shared.charts.range import LOG_SIGN, axis
from dugnad.shared.charts.scales import linear, log, quantile, wants_log
from dugnad.shared.charts.svg import WIDTH, Caption, Note, Picture

FEW = 25  # up to here every place has a line with its name; above, only those pointed out have a name
NAMES = 150.0  # room for names at the left


@dataclass(frozen=True)
class Span:
    """One place: its figure, what that may be within, and whether the picture is about it."""

    name: str
    value: float
    low: float
    high: float
    is_here: bool = False

    def overlaps(self, other: "Span") -> bool:
        return self.low <= other.high and other.low <= self.high


def interval_finding(here: Span, others: Sequence[Span], *, lang: str) -> str:
    """How many of the others a place cannot be told apart from.

    >>> skien = Span("Skien", 3.0, 2.5, 3.5)
    >>> interval_finding(skien, [Span("Bamble", 3.4, 3.0, 3.8), Span("Nome", 5.0, 4.0, 6.0)], lang="en")
    'Skien cannot be told apart from 1 of 2 others'
    """
    with override(lang):
        alike = sum(here.overlaps(other) for other in others)
        words = {"name": here.name, "count": alike, "total": len(others)}
        if not alike:
            return _("%(name)s can be told apart from all the others") % words
        return ngettext(
            "%(name)s cannot be told apart from the other place",
            "%(name)s cannot be told apart from %(count)s of %(total)s others",
            len(others),
        ) % words  # fmt: skip


def interval_chart(spans: Sequence[Span], caption: Caption, *, width: float = WIDTH) -> Picture:
    """A line for each place from the lowest to the highest that its figure may be, the highest figure at the top.

    >>> from dugnad.shared.charts import Caption
    >>> spans = [Span("Skien", 3.0, 2.5, 3.5, is_here=True), Span("Nome", 5.0, 4.0, 6.0)]
    >>> interval_chart(spans, Caption("i", "Two", lang="en", decimals=1)).description
    'Skien: 3.0, may be 2.5–3.5; can be told apart from all the others. 2 places from 3.0 to 5.0.'

    A picture, not a list of ranks: places beside each other whose lines overlap may well stand the other way round.
    """
    finite([end for span in spans for end in (span.value, span.low, span.high)])
    ordered = sorted(spans, key=lambda span: (-span.value, span.name))
    with override(caption.lang):
        if not ordered:
            return svg.picture(caption, "intervals", width, 40, svg.text(0, 24, _("No figures")), _("No figures."))
        ends = [end for span in ordered for end in (span.low, span.high)]
        is_log = wants_log(ends, caption.decimals)
        named = len(ordered) <= FEW
        room = 24.0 if named else max(1.6, 440 / len(ordered))
        left, right, top = NAMES + 10, width - 12, 6.0
        scale = log(ends, left, right) if is_log else linear(ends, left, right, zero=False, decimals=caption.decimals)
        bottom = top + room * len(ordered)
        middle = scale(quantile(sorted(span.value for span in ordered), 0.5))
        body = [svg.line("median", middle, top, middle, bottom)]
        labels = []
        for i, span in enumerate(ordered):
            y = top + room * (i + 0.5)
            css = "series" if span.is_here else "window"
            body.append(svg.line(css, scale(span.low), y, max(scale(span.high), scale(span.low) + 1), y))
            if not span.is_here:
                body.append(svg.circle("others", scale(span.value), y, 4 if named else 1.5))
            if named or span.is_here:
                weight = "label strong" if span.is_here else ""
                labels.append(svg.text(NAMES, y + 5, svg.fit(span.name, NAMES), weight, "end"))
        body += [
            svg.diamond("here", scale(span.value), top + room * (i + 0.5), 8)
            for i, span in enumerate(ordered)
            if span.is_here
        ]
        body += [*labels, axis(scale, caption, bottom + 4, width)]
        height = bottom + 32
        if unit := caption.unit or caption.symbol:
            body.append(svg.text(width, height + 12, svg.fit(unit, width), "", "end"))
            height += 18
        signs = [
            Note(svg.line("window", 0, 0, 24, 0) + svg.circle("others", 12, 0, 4), _("by chance, 19 of 20 times")),
            Note(svg.line("median", 12, -9, 12, 9), _("median")),
        ]
        if is_log:
            signs.append(Note(LOG_SIGN, _("logarithmic scale")))
        legend, extra = svg.notes(signs, height + 4, width)
        return svg.picture(
            caption, "intervals", width, height + extra + 4, "".join(body) + legend, _describe(ordered, caption)
        )


def _describe(ordered: Sequence[Span], caption: Caption) -> str:
    said = []
    for span in ordered:
        if not span.is_here:
            continue
        alike = sum(span.overlaps(other) for other in ordered if other is not span)
        words = {
            "name": span.name,
            "value": caption.number(span.value),
            "low": caption.number(span.low),
            "high": caption.number(span.high),
            "count": alike,
        }
        said.append(
            ngettext(
                "%(name)s: %(value)s, may be %(low)s–%(high)s; cannot be told apart from one other.",
                "%(name)s: %(value)s, may be %(low)s–%(high)s; cannot be told apart from %(count)s others.",
                alike,
            )
            % words
            if alike
            else _("%(name)s: %(value)s, may be %(low)s–%(high)s; can be told apart from all the others.") % words
        )
    said.append(
        ngettext("One place: %(high)s.", "%(count)s places from %(low)s to %(high)s.", len(ordered))
        % {
            "count": len(ordered),
            "low": caption.number(ordered[-1].value),
            "high": caption.number(ordered[0].value),
        }
    )
    return " ".join(said)
