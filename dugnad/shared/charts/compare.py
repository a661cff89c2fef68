"""Two to six places through time, on the same scales."""

from collections.abc import Sequence

from django.utils.translation import override

from dugnad.shared.charts import series
from dugnad.shared.charts.points import Line, Point, typical_step
from dugnad.shared.charts.scales import Scale, linear
from dugnad.shared.charts.svg import WIDTH, Caption, Note, Picture, fit, line, notes, picture, text, text_width, xy

FEW = 3  # so many lines can be told apart in one picture; more get a picture each
MOST_PLACES = 6


def compare_chart(
    lines: Sequence[Line], caption: Caption, *, target: series.Target | None = None, baseline: str = "zero"
) -> Picture:
    """Up to three places as lines in one picture; four to six as small pictures, the others faint behind each.

    >>> from dugnad.shared.charts import Caption, Line, Point, compare_chart
    >>> from dugnad.shared.periods import Period
    >>> skien = Line("Skien", [Point(Period.year(2024), 4.0), Point(Period.year(2025), 3.1)])
    >>> compare_chart([skien], Caption("c", "One", lang="en", decimals=1)).description
    'Skien: 2 values from 2024 to 2025. Lowest 3.1 (2025), highest 4.0 (2024).'
    """
    if not 1 <= len(lines) <= MOST_PLACES:
        raise ValueError(f"a comparison shows one to {MOST_PLACES} places, not {len(lines)}")
    lines = [Line(each.name, sorted(each.points, key=lambda point: point.period)) for each in lines]
    with override(caption.lang):
        said = " ".join(
            f"{each.name}: {series.describe(each.points, caption, step=typical_step(each.points))}" for each in lines
        )
        if len(lines) <= FEW:
            first, *others = lines
            # The picture is about all of them alike, so all are described alike.
            return series.series_chart(
                first.points, caption, name=first.name, lines=others, target=target, baseline=baseline, said=said
            )
        return _multiples(lines, caption, target, baseline, said)


def _multiples(
    lines: Sequence[Line], caption: Caption, target: series.Target | None, baseline: str, said: str
) -> Picture:
    values = [p.value for each in lines for p in each.points if p.value is not None]
    values += [target.value] if target else []
    scale = linear(values, 0, 1, zero=baseline != "data", decimals=caption.decimals, count=3)
    labels, unit = series.axis_numbers(scale, caption)
    gutter = max(map(text_width, labels)) + 10
    panel, tall = (WIDTH - gutter - 20) / 2, 104.0
    top = 26.0 if unit else 6.0
    times = series.time_scale([each.points for each in lines], None, 0, 1)
    body = [text(0, 15, fit(unit, WIDTH))] if unit else []
    # What all panels have in common is drawn once, at the origin.
    behind = _plot(0, 0, panel, tall, times, scale)
    common = [line("axis" if t in (0, scale.low) else "grid", 0, behind.y(t), panel, behind.y(t)) for t in scale.ticks]
    if target:
        common.append(line("target", 0, behind.y(target.value), panel, behind.y(target.value)))
    common += [series.strokes(each.points, behind, "faint") for each in lines]
    # It is itself a "chart": in what `use` repeats, rules of the style sheet do not see the elements outside.
    body.append(f'<defs><g class="chart" id="{caption.key}-p">{"".join(common)}</g></defs>')
    signs: dict[str, Note] = {}
    bottom = top
    for index, each in enumerate(lines):
        left = gutter + (index % 2) * (panel + 20)
        upper = top + 28 + (index // 2) * (tall + 62)
        bottom = upper + tall
        plot, step = _plot(left, upper, panel, tall, times, scale), typical_step(each.points)
        body += [series.gaps(each.points, plot, step), f'<use href="#{caption.key}-p" x="{xy(left)}" y="{xy(upper)}"/>']
        if index % 2 == 0:
            body += [
                text(left - 7, plot.y(t) + 5, label, "", "end") for t, label in zip(scale.ticks, labels, strict=True)
            ]
        body += [_years(each.points, plot, caption), series.breaks(each.points, plot, named=False)]
        body += [series.strokes(each.points, plot, "series", step), series.dots(each.points, plot, step, caption)]
        body.append(_head(each, left, upper - 10, panel, caption))
        signs |= {note.words: note for note in series.signs(each.points, None, plot, step, baseline, caption)}
    if target:
        sign = line("target", 0, 0, 24, 0)
        label = f"{target.label}: {caption.number(target.value)}"
        signs[label] = Note(sign, label)
    legend, extra = notes(signs.values(), bottom + 30, WIDTH)
    return picture(caption, "compare", WIDTH, bottom + 30 + extra, "".join(body) + legend, said)


def _head(each: Line, left: float, y: float, width: float, caption: Caption) -> str:
    """The name, and the last value at the other end."""
    last = next((point for point in reversed(each.points) if point.value is not None), None)
    value = caption.number(last.value) if last and last.value is not None else ""
    name = fit(each.name, width - text_width(value) - 8)
    return text(left, y, name, "strong") + (text(left + width, y, value, "strong", "end") if value else "")


def _plot(left: float, upper: float, width: float, height: float, times: Scale, values: Scale) -> series.Plot:
    right, bottom = left + width, upper + height
    x = Scale(times.low, times.high, left + 5, right - 5)
    return series.Plot(left, right, upper, bottom, x, Scale(values.low, values.high, bottom, upper, values.ticks))


def _years(points: Sequence[Point], plot: series.Plot, caption: Caption) -> str:
    """The first and the last label of the time axis: a small picture has room for no more."""
    labels = series.time_labels(points, plot, caption)
    out = []
    for x, label, _anchor in {id(each): each for each in (*labels[:1], *labels[-1:])}.values():
        half = text_width(label) / 2
        anchor = "" if x - half < plot.left - 4 else "end" if x + half > plot.right + 4 else "middle"
        out += [line("axis", x, plot.bottom, x, plot.bottom + 4), text(x, plot.bottom + 20, label, "", anchor)]
    return "".join(out)
