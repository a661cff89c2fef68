"""Places on a map, coloured by class: boundaries as they are, or a hexagon of equal size for each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.translation import gettext as _
from django.utils.translation import override

from dugnad.shared.charts.finding import spread_finding
from dugnad.shared.charts.points import finite
from dugnad.shared.charts.scales import class_of, classify
from dugnad.shared.charts.svg import FONT, WIDTH, Caption, Note, Picture, escape, fit, notes, picture, rect, text, xy
from dugnad.shared.numbers import format_number

TALLEST = 560.0
SHADES = 5

# A hexagon with a corner up, 14 wide and 16 high, in steps of 7 across and 12 down: (2, 4/3) in a grid of halves.
_HEXAGON = "M1 0l1 .333v.667l-1 .333-1-.333v-.667z"


def choropleth(
    paths: Mapping[str, str],
    values: Mapping[str, float | None],
    caption: Caption,
    *,
    view: tuple[float, float],
    limits: Sequence[float] | None = None,
    method: str = "quantile",
    names: Mapping[str, str] | None = None,
    href: Callable[[str], str] | None = None,
    here: str = "",
) -> Picture:
    """A map of areas: `paths` from code to SVG path within a box of `view` (width, height).

    `values` from code to value; a place without one is hatched. `limits` between classes are computed
    (`scales.classify`) unless given. With `href` each area is a link, named by `names` and its value. `here` has an
    outline.
    """
    width, height = view
    scale = min(WIDTH / width, TALLEST / height)
    shapes = {code: f'<path d="{escape(d)}"/>' for code, d in paths.items()}
    land = _Land(shapes, (width * scale, height * scale), (scale, scale), thin=1 / scale)
    return _map(land, values, caption, limits, method, names, href, here)


def hex_map(
    layout: Mapping[str, tuple[int, int]],
    values: Mapping[str, float | None],
    caption: Caption,
    *,
    limits: Sequence[float] | None = None,
    method: str = "quantile",
    names: Mapping[str, str] | None = None,
    href: Callable[[str], str] | None = None,
    here: str = "",
) -> Picture:
    """A map where every place has the same size: `layout` from code to (column, row), odd rows half a step right.

    >>> from dugnad.shared.charts import Caption, hex_map
    >>> two = {"0001": (0, 0), "0002": (1, 0)}
    >>> hex_map(two, {"0001": 3.0}, Caption("m", "Two places", lang="en")).description
    '3 in one place. One place lacks figures.'
    """
    if not layout:
        raise ValueError("a map without places")
    columns, rows = [column for column, _row in layout.values()], [row for _column, row in layout.values()]
    left, top = min(columns), min(rows)
    width, height = 14 * (max(columns) - left) + 21, 12 * (max(rows) - top) + 16
    scale = min(WIDTH / width, TALLEST / height)
    key = caption.key
    shapes = {
        code: f'<use href="#{key}-h" x="{2 * (column - left) + row % 2}" y="{row - top}"/>'
        for code, (column, row) in layout.items()
    }
    hexagon = f'<path id="{key}-h" d="{_HEXAGON}" vector-effect="non-scaling-stroke"/>'
    land = _Land(shapes, (width * scale, height * scale), (7 * scale, 12 * scale), hexagon)
    return _map(land, values, caption, limits, method, names, href, here)


@dataclass(frozen=True)
class _Land:
    """What is coloured: markup for each code, the room it takes, and how it is stretched into that room."""

    shapes: Mapping[str, str]
    size: tuple[float, float]
    stretch: tuple[float, float]
    definition: str = ""
    thin: float = 1.0  # the width of a border line; hexagons keep theirs whatever the stretch


def _map(
    land: _Land,
    values: Mapping[str, float | None],
    caption: Caption,
    limits: Sequence[float] | None,
    method: str,
    names: Mapping[str, str] | None,
    href: Callable[[str], str] | None,
    here: str,
) -> Picture:
    shapes = land.shapes
    known = {code: value for code in shapes if (value := values.get(code)) is not None}
    seen = finite(list(known.values()))
    if limits is None:
        limits = classify(seen, SHADES, method, caption.decimals)
    if len(limits) >= SHADES or any(a >= b for a, b in pairwise(limits)):
        raise ValueError(f"a map has at most {SHADES - 1} rising limits between its classes, not {list(limits)}")
    groups: list[list[str]] = [[] for _limit in range(len(limits) + 1)]
    lacking = []
    for code in sorted(shapes):
        if code in known:
            groups[class_of(known[code], limits, caption.decimals)].append(code)
        else:
            lacking.append(code)
    key = caption.key
    with override(caption.lang):
        shape = _linked(shapes, known, names or {}, href, caption) if href else shapes
        body = [_open(land, key)]
        for number, codes in enumerate(groups):
            if codes:
                body.append(f'<g class="{_shade(number, len(groups))}">{"".join(shape[c] for c in codes)}</g>')
        if lacking:
            body.append(f'<g class="map-none" fill="url(#{key}-m)">{"".join(shape[code] for code in lacking)}</g>')
        if here in shapes:
            marked = shapes[here].replace("/>", ' vector-effect="non-scaling-stroke"/>')
            body.append(f'<g class="halo">{marked}</g><g class="outline">{marked}</g>')
        body.append("</g>")
        y = land.size[1] + 10
        if unit := caption.unit or caption.symbol:
            body.append(text(0, y + FONT, fit(_("%(unit)s (number of places)") % {"unit": unit}, WIDTH)))
            y += 24
        legend, extra = notes(_legend(groups, known, lacking, key, caption), y, WIDTH)
        said = spread_finding(
            [values.get(code) for code in shapes], lang=caption.lang, symbol=caption.symbol, decimals=caption.decimals
        )
        return picture(caption, "map", WIDTH, y + extra, "".join(body) + legend, said, links=href is not None)


def _open(land: _Land, key: str) -> str:
    """The definitions, and the group of the areas. The map's hatching has the map's stretch taken out again."""
    across, down = land.stretch
    hatch = (
        f'<pattern id="{key}-n" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<path class="hatch" d="M0 0v5"/></pattern>'
    )
    undone = f"scale({1 / across:.4g} {1 / down:.4g}) rotate(45)"
    return (
        f'<defs>{land.definition}{hatch}<pattern id="{key}-m" href="#{key}-n" patternTransform="{undone}"/></defs>'
        f'<g class="areas" stroke-width="{land.thin:.3g}"'
        f' transform="translate({xy((WIDTH - land.size[0]) / 2)} 0) scale({across:.5g} {down:.5g})">'
    )


def _linked(
    shapes: Mapping[str, str],
    known: Mapping[str, float],
    names: Mapping[str, str],
    href: Callable[[str], str],
    caption: Caption,
) -> dict[str, str]:
    """Each area as a link that says its name and value. By keyboard the table beside the map is shorter."""
    nothing = _("no figure")
    linked = {}
    for code, shape in shapes.items():
        value = caption.number(known[code]) if code in known else nothing
        title = escape(f"{names.get(code, code)}: {value}")
        linked[code] = f'<a href="{escape(href(code))}" tabindex="-1"><title>{title}</title>{shape}</a>'
    return linked


def _shade(number: int, count: int) -> str:
    """Few classes are spread over all shades; one alone is the middle one."""
    return f"q{1 + round(number * (SHADES - 1) / (count - 1))}" if count > 1 else "q3"


def _legend(
    groups: Sequence[Sequence[str]], known: Mapping[str, float], lacking: Sequence[str], key: str, caption: Caption
) -> list[Note]:
    """Each class by the lowest and highest value in it, as written, with how many places it has."""
    found = []
    for number, codes in enumerate(groups):
        if codes:
            low, high = (
                format_number(pick(known[code] for code in codes), caption.decimals, caption.lang)
                for pick in (min, max)
            )
            words = low if low == high else f"{low}–{high}"
            found.append(Note(rect(_shade(number, len(groups)), 0, -9, 24, 18), f"{words} ({len(codes)})"))
    if lacking:
        sign = f'<g fill="url(#{key}-n)">{rect("map-none", 0, -9, 24, 18)}</g>'
        found.append(Note(sign, _("no figure") + f" ({len(lacking)})"))
    return found
