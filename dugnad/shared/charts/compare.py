"""Two to six places through time, on the same scales."""

from collections.abc import Sequence

from django.utils.translation import override

from dugnad.shared.charts import series
from dugnad.shared.charts.points import Line, Point, typical_step
from dugnad.shared.charts.scales import Scale, linear
from dugnad.shared.charts.svg import WIDTH, Caption, Picture, fit, line, notes, picture, text, text_width

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
            drawn = series.series_chart(
                first.points, caption, name=first.name, lines=others, target=target, baseline=baseline
            )
            # The picture is about all of them alike, so all are described alike.
            return drawn.described(said)
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
    signs = {}
    bottom = top
    for index, each in enumerate(lines):
        left = gutter + (index % 2) * (panel + 20)
        upper = top + 28 + (index // 2) * (tall + 62)
        bottom = upper + tall
        y = Scale(scale.low, scale.high, bottom, upper, scale.ticks)
        plot = series.Plot(
            left, left + panel, upper, bottom, Scale(times.low, times.high, left + 5, left + panel - 5), y
        )
        step = typical_step(each.points)
        for tick, label in zip(y.ticks, labels, strict=True):
            body.append(line("axis" if tick in (0, y.low) else "grid", left, y(tick), left + panel, y(tick)))
            if index % 2 == 0:
                body.append(text(left - 7, y(tick) + 5, label, "", "end"))
        body += [_years(each.points, plot, caption), series.gaps(each.points, plot, step)]
        body.append(series.breaks(each.points, plot, named=False))
        if target:
            body.append(line("target", left, y(target.value), left + panel, y(target.value)))
        body += [series.strokes(other.points, plot, "faint") for other in lines if other is not each]
        body += [series.strokes(each.points, plot, "series", step), series.dots(each.points, plot, step, caption)]
        body.append(_head(each, left, upper - 10, panel, caption))
        found = series.signs(each.points, None, plot, step, baseline, caption)
        signs.update({note.words: note for note in found})
    if target:
        sign = line("target", 0, 0, 24, 0)
        label = f"{target.label}: {caption.number(target.value)}"
        signs[label] = series.Note(sign, label)
    legend, extra = notes(signs.values(), bottom + 30, WIDTH)
    return picture(caption, "compare", WIDTH, bottom + 30 + extra, "".join(body) + legend, said)


def _head(each: Line, left: float, y: float, width: float, caption: Caption) -> str:
    """The name, and the last value at the other end."""
    last = next((point for point in reversed(each.points) if point.value is not None), None)
    value = caption.number(last.value) if last and last.value is not None else ""
    name = fit(each.name, width - text_width(value) - 8)
    return text(left, y, name, "strong") + (text(left + width, y, value, "strong", "end") if value else "")


def _years(points: Sequence[Point], plot: series.Plot, caption: Caption) -> str:
    """The first and the last label of the time axis: a small picture has room for no more."""
    labels = series.time_labels(points, plot, caption)
    ends = [(plot.left, labels[0][1], ""), (plot.right, labels[-1][1], "end")][-len(labels) :] if labels else []
    return "".join(text(x, plot.bottom + 19, label, "", anchor) for x, label, anchor in ends)
