"""All places on one indicator: how many have how much, and where some of them stand."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import override

from dugnad.shared.charts import svg
from dugnad.shared.charts.finding import spread_finding
from dugnad.shared.charts.points import finite
from dugnad.shared.charts.range import LOG_SIGN, axis
from dugnad.shared.charts.scales import Scale, linear, log, quantile, wants_log
from dugnad.shared.charts.svg import WIDTH, Caption, Note, Picture

FEW = 60  # up to here every place is a dot; above, bars say how many
MOST_HIGHLIGHTED = 6


def distribution_chart(
    values: Sequence[float | None],
    caption: Caption,
    *,
    highlighted: Mapping[str, float | None] | None = None,
    width: float = WIDTH,
) -> Picture:
    """A dot for each place, stacked, or bars where there are more than sixty; named places are diamonds above.

    >>> from dugnad.shared.charts import Caption, distribution_chart
    >>> caption = Caption("d", "Two places", lang="en")
    >>> distribution_chart([1.0, 2.0, None], caption, highlighted={"Skien": 2.0}).description
    'From 1 to 2 in 2 places. One place lacks figures. Skien: 2.'

    `values` are those of all places, None where there is no figure. Skewed positive values get a logarithmic scale by
    the rule of `scales.wants_log`, which the picture says.
    """
    marked = {name: value for name, value in (highlighted or {}).items() if value is not None}
    if len(marked) > MOST_HIGHLIGHTED:
        raise ValueError(f"at most {MOST_HIGHLIGHTED} places can be named, not {len(marked)}")
    known, shown = sorted(finite(values)), finite([*values, *marked.values()])
    with override(caption.lang):
        said = [spread_finding(values, lang=caption.lang, symbol=caption.symbol, decimals=caption.decimals)]
        said += [f"{name}: {caption.number(value)}." for name, value in marked.items()]
        if not shown:
            return svg.picture(caption, "distribution", width, 40, svg.text(0, 24, _("No figures")), said[0])
        is_log = wants_log(shown, caption.decimals)
        left, right = 14.0, width - 14
        scale = log(shown, left, right) if is_log else linear(shown, left, right, zero=False, decimals=caption.decimals)
        names, top = _names(marked, scale, caption, width)
        base = top + 130
        body = [_bars(known, scale, base) if len(known) > FEW else _dots(known, scale, base)]
        if known:
            centre = scale(quantile(known, 0.5))
            body.append(svg.line("median", centre, base - 118, centre, base))
        body += [svg.line("leader", scale(value), top + 8, scale(value), base) for value in marked.values()]
        body += [names, axis(scale, caption, base, width)]
        height = base + 28
        if unit := caption.unit or caption.symbol:
            body.append(svg.text(width, height + 12, svg.fit(unit, width), "", "end"))
            height += 18
        signs = [Note(svg.line("median", 12, -9, 12, 9), _("median"))] if known else []
        if known:
            signs.insert(0, _measure(known))
        if is_log:
            signs.append(Note(LOG_SIGN, _("logarithmic scale")))
            said.append(_("The scale is logarithmic."))
        legend, extra = svg.notes(signs, height + 4, width)
        return svg.picture(caption, "distribution", width, height + extra + 4, "".join(body) + legend, " ".join(said))


def _measure(known: Sequence[float]) -> Note:
    if len(known) > FEW:
        return Note(svg.rect("bar", 4, -8, 16, 16), _("number of places"))
    return Note(svg.circle("others", 12, 0, 4), _("one place"))


def _bins(known: Sequence[float], scale: Scale, count: int) -> list[int]:
    """How many values lie in each of `count` equal parts of the axis; a value on a limit belongs above it."""
    width = (scale.stop - scale.start) / count
    bins = [0] * count
    for value in known:
        bins[min(count - 1, int((scale(value) - scale.start) / width + 1e-9))] += 1
    return bins


def _bars(known: Sequence[float], scale: Scale, base: float) -> str:
    bins = _bins(known, scale, 36)
    width, most = (scale.stop - scale.start) / len(bins), max(bins)
    return "".join(
        svg.rect("bar", scale.start + i * width + 0.5, base - 110 * n / most, width - 1, 110 * n / most)
        for i, n in enumerate(bins)
        if n
    )


def _dots(known: Sequence[float], scale: Scale, base: float) -> str:
    """Each value at its own place on the axis, raised above those it would touch."""
    radius, columns = 4.5, _bins(known, scale, 44)
    step = min(2 * radius + 1, 110 / max([*columns, 1]))
    out, placed = [], []  # type: list[str], list[tuple[float, int]]
    for value in known:
        x, level = scale(value), 0
        while any(abs(x - other) < 2 * radius and level == raised for other, raised in placed[-64:]):
            level += 1
        placed.append((x, level))
        out.append(svg.circle("others", x, base - radius - 2 - level * step, radius))
    return "".join(out)


def _names(marked: Mapping[str, float], scale: Scale, caption: Caption, width: float) -> tuple[str, float]:
    """The named places in as few rows as they need, and where the picture of the others may begin."""
    rows: list[float] = []  # how far each row is filled
    out = []
    for name, value in sorted(marked.items(), key=lambda item: (item[1], item[0])):
        words = svg.fit(f"{name} {caption.number(value)}", width)
        room = svg.text_width(words)
        start = min(max(scale(value) - room / 2, 0), width - room)
        row = next((i for i, filled in enumerate(rows) if filled <= start), len(rows))
        rows[row : row + 1] = [start + room + 10]
        out.append((start, row, words, scale(value)))
    top = 20.0 * len(rows)
    drawn = [svg.diamond("here", x, top + 8, 7) for _start, _row, _words, x in out]
    drawn += [svg.text(start, 15 + 20 * row, words, "label strong") for start, row, words, _x in out]
    return "".join(drawn), top
