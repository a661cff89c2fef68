"""Reading a picture back: its elements, lines and scales, by another way than it was drawn."""

import re
import xml.etree.ElementTree as ET
from datetime import date
from itertools import pairwise

from hypothesis import strategies as st

from dugnad.shared.charts import Caption, Point
from dugnad.shared.charts.points import REASONS
from dugnad.shared.periods import Period

Place = tuple[float, float]


def caption(**more) -> Caption:
    return Caption("k", "A finding", **{"lang": "en", "decimals": 1, **more})


def years(*values: float | None, first: int = 2020, missing: str = "suppressed") -> list[Point]:
    """A yearly series; None is a suppressed value."""
    return [Point(Period.year(first + i), v, missing=missing if v is None else None) for i, v in enumerate(values)]


def read(svg: str) -> ET.Element:
    return ET.fromstring(re.sub(r' xmlns="[^"]*"', "", svg, count=1))


def of_class(root: ET.Element, *names: str) -> list[ET.Element]:
    """Elements of any of the classes, without those in the explanation of signs."""
    explained = {e for note in root.iter("g") if note.get("class") == "note" for e in note.iter()}
    return [e for e in root.iter() if e not in explained and set(e.get("class", "").split()) & set(names)]


def dots(root: ET.Element) -> list[Place]:
    return [(float(e.get("cx")), float(e.get("cy"))) for e in of_class(root, "dot", "dot-provisional")]


def strokes(root: ET.Element, *names: str) -> list[tuple[Place, Place]]:
    """Every straight line between two places that a path of these classes draws (M and L, absolute)."""
    found = []
    for path in of_class(root, *names):
        if path.tag != "path":
            continue
        for stretch in path.get("d").split("M")[1:]:
            numbers = [float(n) for n in re.findall(r"-?[\d.]+", stretch)]
            places = list(zip(numbers[::2], numbers[1::2], strict=True))
            found += pairwise(places)
    return found


def height_of(root: ET.Element):
    """The oracle of the vertical scale: the line through the lowest and the highest number written on the axis."""
    labels = [e for e in root.iter("text") if e.get("text-anchor") == "end" and re.fullmatch(r"[−\d,.]+", e.text)]
    ticks = sorted((float(e.text.replace("−", "-").replace(",", "")), float(e.get("y")) - 5) for e in labels)
    (low, bottom), (high, top) = ticks[0], ticks[-1]
    return lambda value: bottom + (value - low) * (top - bottom) / (high - low)


VALUES = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, 100.0, -5.5, 1e15, -1e15, 1e-9, 0.05]),
    st.floats(-1e6, 1e6, allow_nan=False),
    st.floats(0, 100, allow_nan=False),
)


@st.composite
def series(draw, values=VALUES, largest: int = 24) -> list[Point]:
    """A series with irregular years, gaps, breaks, windows of several years and values that are not final."""
    ends = draw(st.lists(st.integers(1995, 2040), unique=True, max_size=largest))
    length = draw(st.sampled_from([1, 1, 3, 7]))
    found = []
    for end in sorted(ends):
        period = Period(date(end - length, 1, 1), date(end, 1, 1))
        if draw(st.integers(0, 4)) == 0:
            found.append(Point(period, missing=draw(st.sampled_from(sorted(REASONS)))))
        else:
            status = draw(st.sampled_from(["normal", "normal", "normal", "preliminary", "forecast"]))
            found.append(Point(period, draw(values), status, draw(st.integers(0, 9)) == 0))
    return found
