"""A series in the height of a line of text, as honest about gaps and breaks as the large one."""

from collections.abc import Sequence

from dugnad.shared.charts.points import Point, runs
from dugnad.shared.charts.svg import Caption, dress, escape

ROOM = 36  # points a width of 200 can show; of more, each stretch keeps its lowest and highest


def sparkline(points: Sequence[Point], caption: Caption | None = None) -> str:
    """The small line of a series, its last value a dot.

    >>> from dugnad.shared.periods import Period
    >>> points = [Point(Period.year(y), v) for y, v in ((2022, 4.0), (2023, 2.0), (2024, 3.0))]
    >>> print(sparkline(points))  # doctest: +NORMALIZE_WHITESPACE
    <svg class="chart chart-spark" viewBox="0 0 200 48" aria-hidden="true"><path class="series"
    d="M6 6l94 36l94-18"/><circle class="dot" cx="194" cy="24" r="6"/></svg>

    With a caption it says its title; without one it repeats words beside it and is hidden from those who hear the page.
    The scale runs from the lowest value to the highest: it shows the shape, never the size.
    """
    ordered = sorted(points, key=lambda point: point.period)
    known = [point for point in ordered if point.value is not None]
    body = ""
    if known:
        values = [point.value for point in known if point.value is not None]
        low, first = min(values), ordered[0].at
        up, across = 36 / ((max(values) - low) or 1.0), 188 / ((ordered[-1].at - first) or 1.0)
        flat = max(values) == low  # a level line in the middle, not at the bottom

        def place(point: Point) -> tuple[int, int]:
            assert point.value is not None
            return round(6 + (point.at - first) * across), 24 if flat else round(42 - (point.value - low) * up)

        stretches = [[place(point) for point in _thin(run, len(known))] for run in runs(ordered)]
        lines = "".join(_line(stretch) for stretch in stretches if len(stretch) > 1)
        # A value alone between gaps has no line: a round dot of no length, which the round line end makes visible.
        alone = "".join(f"M{x} {y}h0" for ((x, y), *rest) in stretches if not rest)
        x, y = stretches[-1][-1]
        css = "dot-provisional" if known[-1].is_provisional else "dot"
        path = f'<path class="series" d="{lines}{alone}"/>' if len(known) > 1 else ""
        body = f'{path}<circle class="{css}" cx="{x}" cy="{y}" r="6"/>'
    if caption is None:
        return f'<svg class="chart chart-spark" viewBox="0 0 200 48" aria-hidden="true">{body}</svg>'
    key, xmlns = caption.key, ' xmlns="http://www.w3.org/2000/svg"' if caption.standalone else ""
    svg = (
        f'<svg class="chart chart-spark" viewBox="0 0 200 48" role="img" aria-labelledby="{key}-t"{xmlns}>'
        f'<title id="{key}-t">{escape(caption.title)}</title>{body}</svg>'
    )
    return dress(svg) if caption.standalone else svg


def _line(places: Sequence[tuple[int, int]]) -> str:
    """A path in relative steps, which are shorter to write."""
    (x, y), *rest = places
    out = [f"M{x} {y}"]
    for nx, ny in rest:
        dx, dy = nx - x, ny - y
        out.append(f"l{dx}{dy}" if dy < 0 else f"l{dx} {dy}")
        x, y = nx, ny
    return "".join(out)


def _thin(run: Sequence[Point], total: int) -> Sequence[Point]:
    """A run with no more points than its share of the room, its ends, peaks and troughs kept."""
    if total <= ROOM:
        return run
    size = max(2, -(-2 * total // ROOM))
    kept = {0, len(run) - 1}
    for start in range(0, len(run), size):
        stretch = range(start, min(start + size, len(run)))
        kept |= {min(stretch, key=lambda i: run[i].value), max(stretch, key=lambda i: run[i].value)}  # type: ignore[arg-type,return-value]
    return [run[i] for i in sorted(kept)]
