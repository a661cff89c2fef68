"""A series of one place through time: gaps stay gaps, breaks stay breaks, and what is provisional looks so."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from dugnad.shared.charts.points import REASONS, STATUSES, Line, Point, is_long, reason, runs, typical_step
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
    wrap,
    xy,
)
from dugnad.shared.numbers import format_number
from dugnad.shared.periods import Period

MOST_LINES = 5  # beside the series itself: more cannot be told apart
YEAR = 365.25
# A value alone has no line: the dot that belongs to each kind of line.
LONE = {"faint": "others", **{f"series-{number}": f"dot-{number}" for number in range(2, MOST_LINES + 2)}}


@dataclass(frozen=True)
class Band:
    """What is usual in a group, per period: (period, lower, upper), the quartiles as a rule."""

    name: str
    rows: Sequence[tuple[Period, float, float]]


@dataclass(frozen=True)
class Target:
    """A value to reach, and what it is called."""

    value: float
    label: str


@dataclass(frozen=True)
class Projection:
    """Where a series leads: from the course at its last value (`start`, `at_start`) to `value` in `period`.

    The one value of that period will lie between `low` and `high` with the probability `level`. Without a `value` that
    is all that is said.
    """

    start: Period
    at_start: float
    period: Period
    value: float | None
    low: float
    high: float
    level: float = 0.8


@dataclass(frozen=True)
class Plot:
    """The room of the lines: its edges, and the scales that place days and values in it."""

    left: float
    right: float
    top: float
    bottom: float
    x: Scale
    y: Scale


def series_chart(
    points: Sequence[Point],
    caption: Caption,
    *,
    name: str = "",
    lines: Sequence[Line] = (),
    band: Band | None = None,
    target: Target | None = None,
    projection: Projection | None = None,
    baseline: str = "zero",
    width: float = WIDTH,
    height: float = 260,
    said: str = "",
) -> Picture:
    """The picture of one series, with up to five others, a usual range, a target and where it leads beside it.

    >>> from dugnad.shared.charts import Caption, Point, series_chart
    >>> points = [Point(Period.year(y), v) for y, v in ((2022, 4.0), (2023, 3.5), (2024, 3.1))]
    >>> picture = series_chart(points, Caption("skien", "Unemployment falls", lang="en", symbol="%", decimals=1))
    >>> picture.description
    '3 values from 2022 to 2024. Lowest 3.1% (2024), highest 4.0% (2022).'

    - A value stands at the middle of its period. Periods longer than the step between them are bars as wide as the
      period, so that overlapping windows are seen to share data.
    - No line crosses a missing value or a break. Where a year was never asked for, a dotted line bridges it.
    - A projection is a dashed line and a pale wedge from the last value on, never over what has been measured.
    - `baseline="data"` lets the axis begin elsewhere than at zero, which the picture then says.
    - `said` describes it in other words than these.
    """
    if len(lines) > MOST_LINES:
        raise ValueError(f"at most {MOST_LINES} lines beside the series, not {len(lines)}")
    points = sorted(points, key=_in_time)
    others = [Line(other.name, sorted(other.points, key=_in_time)) for other in lines]
    step = typical_step(points)
    with override(caption.lang):
        ends = _ends(points, caption, name if others else "", others, step, width, projection)
        plot = _plot(
            [points, *(other.points for other in others)], band, target, projection, caption, baseline, width, height,
            ends,
        )  # fmt: skip
        has_values = _has_values(points, others, band, target)
        body = [frame(plot, caption, points, has_values=has_values, ahead=projection.period if projection else None)]
        if band:
            body.append(_band(band, plot))
        body += [gaps(points, plot, step), breaks(points, plot)]
        if target:
            body.append(line("target", plot.left, plot.y(target.value), plot.right, plot.y(target.value)))
        if projection:
            body.append(_wedge(projection, plot))
        for number, other in enumerate(others, 2):
            body.append(strokes(other.points, plot, f"series-{number}"))
        body += [
            strokes(points, plot, "series", step),
            dots(points, plot, step, caption),
            _last_value(points, projection.start, plot, caption) if projection else "",
            _end_labels(ends, target, plot, width),
        ]
        legend, extra = notes(signs(points, band, plot, step, baseline, caption, projection), height + 2, width)
        return picture(
            caption,
            "series",
            width,
            height + extra,
            "".join(body) + legend,
            said
            or describe(
                points,
                caption,
                lines=others,
                band=band,
                target=target,
                projection=projection,
                low=plot.y.low,
                step=step,
            ),
        )


def strokes(points: Sequence[Point], plot: Plot, css: str, step: float = 0.0) -> str:
    """The lines between neighbours. With `step`, a stretch that was not measured or is not final looks different."""
    paths = []
    for run in runs(points):
        if len(run) == 1 and not step:  # a value alone: `dots` draws those of the series itself
            paths.append(circle(LONE[css], plot.x(run[0].at), plot.y(_value(run[0])), 3.5))
        pairs = ((_stroke(a, b, css, step), a, b) for a, b in pairwise(run))
        for look, stretch in groupby(pairs, key=lambda pair: pair[0]):
            hops = list(stretch)
            start, rest = hops[0][1], [b for _look, _a, b in hops]
            d = f"M{_place(start, plot)}L" + " ".join(_place(point, plot) for point in rest)
            paths.append(f'<path class="{look}" d="{d}"/>')
    return "".join(paths)


def dots(points: Sequence[Point], plot: Plot, step: float, caption: Caption) -> str:
    """The values. A long series shows only what a line cannot: values alone in a run, the provisional, the last."""
    radius = 4.0 if len(points) <= 32 else 2.5
    out = []
    for run in runs(points):
        for point in run:
            x, y, long = plot.x(point.at), plot.y(_value(point)), is_long(point, step)
            if long:
                ends = plot.x(point.period.start.toordinal()), plot.x(point.period.end.toordinal())
                out.append(line("window", ends[0], y, ends[1], y))
            if len(points) <= 64 or len(run) == 1 or point.is_provisional or point is points[-1]:
                css = "dot-provisional" if point.is_provisional else "dot"
                out.append(circle(css, x, y, 3.0 if long else radius, _said(point, caption)))
    return "".join(out)


def frame(
    plot: Plot,
    caption: Caption,
    points: Sequence[Point],
    *,
    has_values: bool = True,
    years: bool = True,
    ahead: Period | None = None,
) -> str:
    """The grid, the axes and what is written on them."""
    out = []
    labels, scaled = axis_numbers(plot.y, caption)
    for tick, label in zip(plot.y.ticks, labels, strict=True):
        y = plot.y(tick)
        css = "axis" if tick == 0 or (tick == plot.y.low and plot.y.low > 0) else "grid"
        out.append(line(css, plot.left, y, plot.right, y))
        if has_values:
            out.append(text(plot.left - 7, y + 5, label, "", "end"))
    if scaled and has_values:
        out.append(text(0, 15, fit(scaled, plot.right)))
    if not has_values:
        out.append(text((plot.left + plot.right) / 2, (plot.top + plot.bottom) / 2, _("No figures"), "", "middle"))
    if years:
        for x, label, anchor in time_labels(points, plot, caption, ahead):
            out.append(line("axis", x, plot.bottom, x, plot.bottom + 5))
            out.append(text(x, plot.bottom + 21, label, "", anchor))
    return "".join(out)


def axis_numbers(scale: Scale, caption: Caption) -> tuple[list[str], str]:
    """What stands at the ticks, and the unit above them: (["0", "5"], "million tonnes")."""
    step = min(b - a for a, b in pairwise(scale.ticks))
    unit = caption.unit or caption.symbol
    if step >= 1e9:
        divisor, unit = 1e9, _("billion %(unit)s") % {"unit": unit}
    elif step >= 1e6:
        divisor, unit = 1e6, _("million %(unit)s") % {"unit": unit}
    else:
        divisor = 1.0
    return [format_number(tick / divisor, scale.decimals, caption.lang) for tick in scale.ticks], unit.strip()


def describe(
    points: Sequence[Point],
    caption: Caption,
    *,
    lines: Sequence[Line] = (),
    band: Band | None = None,
    target: Target | None = None,
    projection: Projection | None = None,
    low: float = 0.0,
    step: float = YEAR,
) -> str:
    """What the picture shows, for one who does not see it; the caller has chosen the language."""
    known = [point for point in points if point.value is not None]
    said = []
    if not known:
        said.append(_("No figures."))
    else:
        first, last = known[0].period.label(caption.lang), known[-1].period.label(caption.lang)
        said.append(
            ngettext("One value, for %(last)s.", "%(count)s values from %(first)s to %(last)s.", len(known))
            % {"count": len(known), "first": first, "last": last}
        )
    if len(known) > 1:
        least, most = min(known, key=_value), max(known, key=_value)
        said.append(
            _("Lowest %(low)s (%(low_period)s), highest %(high)s (%(high_period)s).")
            % {
                "low": caption.number(_value(least)),
                "low_period": least.period.label(caption.lang),
                "high": caption.number(_value(most)),
                "high_period": most.period.label(caption.lang),
            }
        )
    lacking, statuses = {point.missing for point in points}, {point.status for point in known}
    for missing in REASONS:
        if missing in lacking:
            without = [point for point in points if point.missing == missing]
            said.append(
                _("No value for %(periods)s: %(reason)s.")
                % {"periods": _periods(without, caption.lang), "reason": reason(missing)}
            )
    for status, word in STATUSES.items():
        if status in statuses:
            found = [point for point in known if point.status == status]
            said.append(f"{_periods(found, caption.lang)}: {_(word)}.")
    if broken := [point for point in points if point.is_break]:
        said.append(
            _("The series is broken at %(periods)s; values before and after cannot be compared.")
            % {"periods": _periods(broken, caption.lang)}
        )
    if any(is_long(point, step) for point in known):
        said.append(_("Each value covers more than one step and the periods overlap, so neighbours share data."))
    if lines:
        said.append(_("Beside it: %(names)s.") % {"names": ", ".join(other.name for other in lines)})
    if band:
        said.append(_("Grey band: %(name)s.") % {"name": band.name})
    if target:
        said.append(f"{target.label}: {caption.number(target.value)}.")
    if projection:
        words = (
            _("In %(period)s it may lie between %(low)s and %(high)s (%(level)s%% interval).")
            if projection.value is None
            else _(
                "If it goes on as before: %(value)s in %(period)s, between %(low)s and %(high)s (%(level)s%% interval)."
            )
        )
        said.append(
            words
            % {
                "value": "" if projection.value is None else caption.number(projection.value),
                "period": projection.period.label(caption.lang),
                "low": caption.number(projection.low),
                "high": caption.number(projection.high),
                "level": f"{projection.level * 100:.0f}",
            }
        )
    if known and low > 0:
        said.append(_("The axis begins at %(value)s, not at zero.") % {"value": caption.number(low)})
    return " ".join(said)


@dataclass(frozen=True)
class _End:
    """The words at the end of a line."""

    point: Point
    words: tuple[str, ...]
    css: str
    long: bool


def _ends(
    points: Sequence[Point],
    caption: Caption,
    name: str,
    lines: Sequence[Line],
    step: float,
    width: float,
    projection: Projection | None = None,
) -> list[_End]:
    """What stands at the end of each line: the last value of the series, or where it leads; the names where there are
    several."""
    ends = []
    room = width * (0.36 if lines else 0.42)
    if projection:
        if (middle := projection.value) is None:
            middle = (projection.low + projection.high) / 2
            said = f"{format_number(projection.low, caption.decimals, caption.lang)}–{caption.short(projection.high)}"
        else:
            said = caption.short(middle)
        words = [f"{projection.period.label(caption.lang)}:", said]
        words = [name, *words] if name else words
        reached = Point(projection.period, middle)
        ends.append(_End(reached, tuple(fit(word, room) for word in words), "ahead-name", False))
    elif last := _last(points):
        long = is_long(last, step)
        words = [caption.short(_value(last)), *([last.period.label(caption.lang)] if long else [])]
        ends.append(_End(last, tuple(fit(word, room) for word in ([name] if name else []) + words), "strong", long))
    for number, other in enumerate(lines, 2):
        if last := _last(other.points):
            ends.append(_End(last, (fit(other.name, room),), f"name-{number}", False))
    return ends


def _plot(
    series: Sequence[Sequence[Point]],
    band: Band | None,
    target: Target | None,
    projection: Projection | None,
    caption: Caption,
    baseline: str,
    width: float,
    height: float,
    ends: Sequence[_End],
) -> Plot:
    values = [point.value for points in series for point in points if point.value is not None]
    values += [limit for _period, *limits in (band.rows if band else ()) for limit in limits]
    values += [target.value] if target else []
    values += [projection.low, projection.high] if projection else []
    top, bottom = (32.0 if caption.unit or caption.symbol else 12.0), height - 28
    if series and any(point.is_break for point in series[0]):
        top += 18  # room above the plot for the words of a break, so that they never lie on a line
    y = linear(values, bottom, top, zero=baseline != "data", decimals=caption.decimals)
    labels, _unit = axis_numbers(y, caption)
    left = max(map(text_width, labels)) + 10
    words = [word for end in ends for word in end.words] + (_target_words(target, width) if target else [])
    right = width - 14 - max(map(text_width, words), default=0.0)
    return Plot(
        left, right, top, bottom, time_scale(series, band, left, right, projection.period if projection else None), y
    )


def time_scale(
    series: Sequence[Sequence[Point]], band: Band | None, left: float, right: float, ahead: Period | None = None
) -> Scale:
    """All periods drawn, and half a step on either side of what is measured on a day."""
    first, last = [], []
    for points in series:
        half = typical_step(points) / 2
        for point in points:
            first.append(min(point.period.start.toordinal(), point.at - half))
            last.append(max(point.period.end.toordinal(), point.at + half))
    for period, _low, _high in band.rows if band else ():
        first.append(period.start.toordinal())
        last.append(period.end.toordinal())
    if ahead and last:
        last.append(ahead.end.toordinal())
    if not first:
        first, last = [date(2024, 1, 1).toordinal()], [date(2025, 1, 1).toordinal()]
    return Scale(min(first), max(last), left, right)


def time_labels(
    points: Sequence[Point], plot: Plot, caption: Caption, ahead: Period | None = None
) -> list[tuple[float, str, str]]:
    """Where the time axis is written on: (x, label, anchor). Counted back from the last year, so that it is there."""
    if not points:
        return []
    step, last = typical_step(points), points[-1]
    if ahead:
        year, offset = ahead.start.year, YEAR / 2
    elif step < 200 and plot.x.high - plot.x.low < 2 * YEAR:
        labels = [(plot.x(last.at), last.period.label(caption.lang), "end" if len(points) > 1 else "middle")]
        return [(plot.x(points[0].at), points[0].period.label(caption.lang), "start"), *labels][-min(len(points), 2) :]
    elif step < 200:  # months and quarters: a label where the year begins
        year, offset = date.fromordinal(int(plot.x.high) - 1).year, 0.0
    elif is_long(last, step):
        year, offset = date.fromordinal(int(plot.x.high) - 1).year, YEAR / 2
    else:  # under the value itself, whether it speaks of a year, a school year or a day
        year = date.fromordinal(int(last.at)).year
        offset = last.at - date(year, 1, 1).toordinal()
    a_year = plot.x(YEAR) - plot.x(0)
    every = next((n for n in (1, 2, 5, 10, 20, 50, 100) if n * a_year >= 50), 200)
    labels = []
    while year > 0 and (day := date(year, 1, 1).toordinal() + offset) >= plot.x.low:
        labels.append((plot.x(day), str(year), "middle"))
        year -= every
    return labels[::-1]


def gaps(points: Sequence[Point], plot: Plot, step: float) -> str:
    """A marked gap for each stretch without values, with the sign of its reason on the axis."""
    out = []
    for missing, stretch in groupby(points, key=lambda point: point.missing):
        if missing is None:
            continue
        gap = list(stretch)
        x1 = max(plot.x(gap[0].at - step / 2), plot.left)
        x2 = min(plot.x(gap[-1].at + step / 2), plot.right)
        out.append(rect("missing", x1, plot.top, x2 - x1, plot.bottom - plot.top))
        out.append(text((x1 + x2) / 2, plot.bottom - 7, REASONS[missing][0], "strong", "middle"))
    return "".join(out)


def breaks(points: Sequence[Point], plot: Plot, *, named: bool = True) -> str:
    """A tick where values stop being comparable, with its word where there is room for it."""
    out, free = [], plot.left
    for before, point in pairwise([None, *points]):
        if point is None or not point.is_break:
            continue
        at = (before.at + point.at) / 2 if before else point.period.start.toordinal()
        x, word = plot.x(at), point.note or _("break")
        out.append(line("break", x, plot.top, x, plot.bottom))
        if not named:
            continue
        room = text_width(word)
        if x - 3 + room <= plot.right and x - 3 >= free:
            out.append(text(x - 3, plot.top - 5, word))
            free = x + 5 + room
        elif x + 3 - room >= free:
            out.append(text(x + 3, plot.top - 5, word, "", "end"))
            free = x + 11
    return "".join(out)


def _band(band: Band, plot: Plot) -> str:
    """The usual range; rows further apart than usual are not joined."""
    rows = sorted(band.rows, key=lambda row: row[0])
    step = typical_step([Point(period, low) for period, low, _high in rows])
    groups: list[list[tuple[float, float, float]]] = []
    for period, low, high in rows:
        at = Point(period, low).at
        if not groups or at - groups[-1][-1][0] > 1.5 * step:
            groups.append([])
        groups[-1].append((at, low, high))
    out = []
    for group in groups:
        if len(group) == 1:  # one period alone is as wide as most of its step
            at, low, high = group[0]
            group = [(at - step * 0.4, low, high), (at + step * 0.4, low, high)]
        upper = [f"{xy(plot.x(at))} {xy(plot.y(high))}" for at, _low, high in group]
        lower = [f"{xy(plot.x(at))} {xy(plot.y(low))}" for at, low, _high in reversed(group)]
        out.append(f"M{' '.join(upper + lower)}z")
    return f'<path class="band" d="{"".join(out)}"/>'


def _wedge(projection: Projection, plot: Plot) -> str:
    """The pale room a value may lie in, the dashed line through it if any, and the interval of the year it leads to."""
    start = Point(projection.start, projection.at_start)
    x1, y1 = plot.x(start.at), plot.y(projection.at_start)
    x2 = plot.x(Point(projection.period, projection.low).at)
    high, low = plot.y(projection.high), plot.y(projection.low)
    wedge = f"M{xy(x1)} {xy(y1)}L{xy(x2)} {xy(high)} {xy(x2)} {xy(low)}z"
    ends = "".join(line("ahead-end", x2 - 4, y, x2 + 4, y) for y in (high, low))
    interval = line("ahead-end", x2, high, x2, low) + ends
    middle = "" if projection.value is None else line("ahead-line", x1, y1, x2, plot.y(projection.value))
    return f'<path class="ahead" d="{wedge}"/>{interval}{middle}'


def _last_value(points: Sequence[Point], start: Period, plot: Plot, caption: Caption) -> str:
    """The value a projection starts from, under its dot when the line has come from above, else over it."""
    known = [point for point in points if point.value is not None and point.period <= start]
    if not known:
        return ""
    value = _value(known[-1])
    y = plot.y(value)
    before = [_value(point) for point in known[-4:-1]]
    falls = sum(before) > value * len(before) and y < plot.bottom - 24
    number = format_number(value, caption.decimals, caption.lang)
    return text(plot.x(known[-1].at) + 4, y + (20 if falls else -9), number, "label strong", "end")


def _target_words(target: Target, width: float) -> list[str]:
    """The name of the target on at most two lines."""
    first, *rest = wrap(target.label, 0.3 * width)
    return [fit(words, 0.36 * width) for words in ([first, " ".join(rest)] if rest else [first])]


def _end_labels(ends: Sequence[_End], target: Target | None, plot: Plot, width: float) -> str:
    """The words at the ends of the lines, moved apart where they would touch; a thin line leads to those moved far."""
    labels: list[tuple[float, float, Sequence[str], str]] = []
    for end in ends:
        x = plot.x(end.point.period.end.toordinal()) - 3 if end.long else plot.x(end.point.at)
        labels.append((x, plot.y(_value(end.point)), end.words, end.css))
    if target:
        labels.append((plot.right - 3, plot.y(target.value), _target_words(target, width), "target-name"))
    middles = spread([y for _x, y, *_rest in labels], [18.0 * len(w) for *_rest, w, _css in labels], 0, plot.bottom + 8)
    out = []
    for (x, y, words, css), middle in zip(labels, middles, strict=True):
        if abs(middle - y) > 8:
            out.append(line("leader", x + 5, y, x + 11, middle))
        for number, word in enumerate(words):
            out.append(text(x + 12, middle - 9 * len(words) + 18 * number + 14, word, f"label {css}"))
    return "".join(out)


def signs(
    points: Sequence[Point],
    band: Band | None,
    plot: Plot,
    step: float,
    baseline: str,
    caption: Caption,
    projection: Projection | None = None,
) -> Iterator[Note]:
    """The signs that need words: nothing where the picture says it itself."""
    known = [point for point in points if point.value is not None]
    lacking, statuses = {point.missing for point in points}, {point.status for point in known}
    if words := [_(word) for status, word in STATUSES.items() if status in statuses]:
        yield Note(line("provisional", 0, 0, 24, 0) + circle("dot-provisional", 12, 0, 4), ", ".join(words))
    hops = [b.at - a.at for run in runs(points) for a, b in pairwise(run)]
    if any(hop > 1.5 * step for hop in hops):
        yield Note(line("bridge", 0, 0, 24, 0), _("no figure made for the time between"))
    if any(is_long(point, step) for point in known):
        yield Note(line("window", 0, 0, 24, 0) + circle("dot", 12, 0, 3), _("the years a value covers"))
    if any(point.is_break for point in points):
        yield Note(line("break", 12, -9, 12, 9), _("break: not comparable across"))
    for missing, (sign, _words) in REASONS.items():
        if missing in lacking:
            yield Note(rect("missing", 0, -10, 24, 20) + text(12, 5, sign, "strong", "middle"), reason(missing))
    if band:
        yield Note(rect("band", 0, -8, 24, 16), band.name)
    if projection:
        level = f"{projection.level * 100:.0f}"
        sign = rect("ahead", 0, -8, 24, 16)
        if projection.value is None:
            yield Note(sign, _("what it may lie between (%(level)s%% interval)") % {"level": level})
        else:
            sign += line("ahead-line", 0, 0, 24, 0)
            yield Note(sign, _("going on as before (%(level)s%% interval)") % {"level": level})
    if known and baseline == "data" and plot.y.low > 0:
        value = format_number(plot.y.low, plot.y.decimals, caption.lang)
        yield Note(
            '<path class="axis" fill="none" d="M12-10v5l-4 2 8 3-4 2v5"/>',
            _("the axis begins at %(value)s") % {"value": value},
        )


def _stroke(a: Point, b: Point, css: str, step: float) -> str:
    if not step:
        return css
    if a.is_provisional or b.is_provisional:
        return "provisional"
    if b.at - a.at > 1.5 * step:
        return "bridge"
    return "trail" if is_long(b, step) else css


def _place(point: Point, plot: Plot) -> str:
    return f"{xy(plot.x(point.at))} {xy(plot.y(_value(point)))}"


def _said(point: Point, caption: Caption) -> str:
    """What a pointer resting on a value is told: "2024: 3,1 % (preliminary)"."""
    words = f"{point.period.label(caption.lang)}: {caption.number(_value(point))}"
    return f"{words} ({_(STATUSES[point.status])})" if point.status in STATUSES else words


def _periods(points: Iterable[Point], lang: str) -> str:
    """The periods, or how many of them where they are many."""
    labels = [point.period.label(lang) for point in points]
    if len(labels) <= 4:
        return ", ".join(labels)
    words = {"count": len(labels), "first": labels[0], "last": labels[-1]}
    return _("%(count)s of the periods from %(first)s to %(last)s") % words


def _has_values(points: Sequence[Point], lines: Sequence[Line], band: Band | None, target: Target | None) -> bool:
    return bool(band or target or _last(points) or any(_last(other.points) for other in lines))


def _last(points: Sequence[Point]) -> Point | None:
    return next((point for point in reversed(points) if point.value is not None), None)


def _value(point: Point) -> float:
    assert point.value is not None
    return point.value


def _in_time(point: Point) -> Period:
    return point.period
