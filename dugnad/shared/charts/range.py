"""A place within its group: where it stands between the lowest and the highest, and where the middle half is."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from dugnad.shared.charts import svg
from dugnad.shared.charts.points import finite
from dugnad.shared.charts.scales import Scale, linear, log, quantile, wants_log
from dugnad.shared.charts.svg import WIDTH, Caption, Note, Picture
from dugnad.shared.numbers import format_number

# Ticks that draw together: the sign of a logarithmic scale.
LOG_SIGN = '<path class="axis" d="M0 4h24M2-4v8M11-4v8M17-4v8M21-4v8"/>'


def range_chart(
    value: float | None,
    group_values: Sequence[float | None],
    caption: Caption,
    *,
    name: str = "",
    direction: str = "none",
    width: float = WIDTH,
) -> Picture:
    """One place among the places of its group, each a dot; the band holds the middle half, the bar is the median.

    >>> from dugnad.shared.charts import Caption, range_chart
    >>> picture = range_chart(3.1, [1.0, 3.1, 4.0, None], Caption("r", "Skien", lang="en", decimals=1), name="Skien")
    >>> picture.description
    'Skien: 3.1. Group of 3 places: lowest 1.0, median 3.1, highest 4.0. One place lacks figures.'

    `group_values` are those of the whole group, the place itself among them, None where there is no figure.
    `direction` up or down says beside the axis which end is better. Skewed positive values get a logarithmic scale
    (`scales.wants_log`), which the picture says.
    """
    known = sorted(finite(group_values))
    marked = finite([value])
    lacking = len(group_values) - len(known)
    with override(caption.lang):
        shown = known + marked
        is_log = wants_log(shown, caption.decimals)
        left, right, middle = 12.0, width - 12, 58.0
        scale = log(shown, left, right) if is_log else linear(shown, left, right, zero=False, decimals=caption.decimals)
        body = [axis(scale, caption, middle + 20, width)] if shown else [svg.text(left, middle, _("No figures"))]
        if len(known) >= 4:  # quartiles of fewer say nothing
            low, high = scale(quantile(known, 0.25)), scale(quantile(known, 0.75))
            body.append(svg.rect("band", low, middle - 14, high - low, 28))
        body += [svg.circle("others", scale(other), middle, 3.5) for other in known]
        if known:
            centre = scale(quantile(known, 0.5))
            body.append(svg.line("median", centre, middle - 14, centre, middle + 14))
        if marked:
            body.append(_here(scale(marked[0]), middle, f"{name} {caption.number(marked[0])}".strip(), width))
        height = middle + 46
        if shown and direction in ("up", "down"):
            words = _("better →") if direction == "up" else _("← better")
            body.append(
                svg.text(
                    right if direction == "up" else left, height + 14, words, "", "end" if direction == "up" else ""
                )
            )
            height += 22
        legend, extra = svg.notes(_notes(known, is_log), height + 2, width)
        description = _describe(marked, known, lacking, caption, name, is_log)
        return svg.picture(caption, "range", width, height + extra, "".join(body) + legend, description)


def axis(scale: Scale, caption: Caption, y: float, width: float) -> str:
    """Ticks under the strip; those whose label would touch the one before stay unwritten."""
    out, free = [svg.line("axis", scale.start, y, scale.stop, y)], 0.0
    for tick in scale.ticks:
        x, label = scale(tick), format_number(tick, scale.decimals if tick % 1 else 0, caption.lang)
        half = svg.text_width(label) / 2
        at = min(max(x, half), width - half)
        out.append(svg.line("axis", x, y, x, y + 5))
        if at - half >= free:
            out.append(svg.text(at, y + 21, label, "", "middle"))
            free = at + half + 8
    return "".join(out)


def _here(x: float, y: float, words: str, width: float) -> str:
    words = svg.fit(words, width)
    half = svg.text_width(words) / 2
    return svg.diamond("here", x, y, 9) + svg.text(
        min(max(x, half), width - half), y - 26, words, "label strong", "middle"
    )


def _notes(known: Sequence[float], is_log: bool) -> list[Note]:
    found = []
    if len(known) >= 4:
        found.append(Note(svg.rect("band", 0, -8, 24, 16), _("the middle half")))
    if known:
        found.append(Note(svg.line("median", 12, -9, 12, 9), _("median")))
        found.append(Note(svg.circle("others", 12, 0, 3.5), _("one place")))
    if is_log:
        found.append(Note(LOG_SIGN, _("logarithmic scale")))
    return found


def _describe(
    marked: Sequence[float], known: Sequence[float], lacking: int, caption: Caption, name: str, is_log: bool
) -> str:
    said = []
    if marked:
        said.append(f"{name}: {caption.number(marked[0])}." if name else f"{caption.number(marked[0])}.")
    else:
        said.append(_("%(name)s has no figure.") % {"name": name or _("The place")})
    if known:
        said.append(
            ngettext(
                "Group of one place: %(median)s.",
                "Group of %(count)s places: lowest %(low)s, median %(median)s, highest %(high)s%(half)s.",
                len(known),
            )
            % {
                "count": len(known),
                "low": caption.number(known[0]),
                "median": caption.number(quantile(known, 0.5)),
                "high": caption.number(known[-1]),
                "half": ""
                if len(known) < 4
                else _("; half of them between %(low)s and %(high)s")
                % {"low": caption.number(quantile(known, 0.25)), "high": caption.number(quantile(known, 0.75))},
            }
        )
    if lacking:
        said.append(
            ngettext("One place lacks figures.", "%(count)s places lack figures.", lacking) % {"count": lacking}
        )
    if is_log:
        said.append(_("The scale is logarithmic."))
    return " ".join(said)
