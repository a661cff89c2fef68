"""What holds for every picture: it can be read aloud, it carries no styles, it repeats to the byte."""

import doctest
import importlib
import pkgutil
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dugnad.shared.charts as charts
from dugnad.shared.charts import (
    Band,
    Caption,
    Line,
    Point,
    Projection,
    Slope,
    Target,
    choropleth,
    compare_chart,
    distribution_chart,
    goal_wheel,
    hex_map,
    range_chart,
    series_chart,
    slope_chart,
    sparkline,
)
from dugnad.shared.charts.svg import LOOKS, alone, cut_out, fit, spread, text_width, wrap
from dugnad.shared.periods import Period
from tests.shared.charts.reading import read, series, years

HOSTILE = "</title><script>alert(1)</script>\"'&amp;\x00\x1b\ud800 Dielddanuorri – Tjeldsund"
STYLES = Path(charts.__file__).parents[2] / "site/static/site/charts.css"


def pictures(words: str, **more) -> dict[str, charts.Picture]:
    """One of each kind, every text of it the given words."""
    # Its own key each, as on a page that shows them all.
    told = {kind: Caption(f"{kind}", words, unit=words, symbol="%", source=words, **more) for kind in "abcdefghijk"}
    points = [*years(4.0, None, 3.0), Point(Period.year(2023), 2.0, "preliminary", True, note=words)]
    line = Line(words, points)
    values = {"0001": 1.0, "0002": 2.0, "0003": None}
    names = dict.fromkeys(values, words)
    cells = {"0001": (0, 0), "0002": (1, 0), "0003": (0, 1)}
    paths = dict.fromkeys(values, f"M0 0h1v1z{words}")
    band = Band(words, [(Period.year(2020), 1.0, 2.0)])
    ahead = Projection(points[-1].period, 2.1, Period.year(2030), 1.5, 0.5, 3.0)
    return {
        "series": series_chart(points, told["a"], name=words, lines=[line], band=band, target=Target(1.0, words)),
        "ahead": series_chart(points, told["k"], projection=ahead),
        "range": range_chart(2.0, [1.0, 2.0, 3.0, 90.0, None], told["b"], name=words, direction="down"),
        "distribution": distribution_chart([1.0, 2.0, 3.0, None], told["c"], highlighted={words: 2.0}),
        "bars": distribution_chart([float(i) for i in range(1, 200)], told["d"], highlighted={words: 2.0}),
        "slope": slope_chart([Slope(words, points[0], points[3]), Slope(words, points[1], points[2])], told["e"]),
        "lines": compare_chart([line, line], told["f"], target=Target(1.0, words)),
        "multiples": compare_chart([line] * 6, told["g"], target=Target(1.0, words)),
        "hexes": hex_map(cells, values, told["h"], names=names, href=lambda code: f"{words}{code}", here="0001"),
        "areas": choropleth(
            paths, values, told["i"], view=(100, 90), names=names, href=lambda code: words, here="0002"
        ),
        "wheel": goal_wheel(told["j"]),
    }


@pytest.mark.parametrize("lang", ["nb", "nn", "en"])
@pytest.mark.parametrize("standalone", [False, True])
@pytest.mark.parametrize("words", ["Skien: 3,1 %", HOSTILE])
def test_every_picture_keeps_the_rules(words, standalone, lang):
    seen: list[str] = []
    for kind, picture in pictures(words, lang=lang, standalone=standalone).items():
        root = read(picture.svg)
        assert root.find("title").text and root.find("desc").text, kind
        assert root.get("role") == ("group" if kind in ("hexes", "areas") and not standalone else "img")
        ids = [e.get("id") for e in root.iter() if e.get("id")]
        seen += ids
        assert root.get("aria-labelledby").split() == [root.find("title").get("id"), root.find("desc").get("id")]
        named = re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', picture.svg)
        assert {a or b for a, b in named} <= set(ids), "every reference is to an id of the same picture"
        assert root.get("viewBox") and root.get("width") is None and root.get("height") is None
        tags = {e.tag for e in root.iter()}
        assert not tags & {"script", "style", "foreignObject", "image", *(["a"] if standalone else [])}
        assert not any(name == "style" or name.startswith("on") for e in root.iter() for name in e.attrib)
        if words == HOSTILE:
            assert "<script" not in picture.svg and "\x00" not in picture.svg
        assert pictures(words, lang=lang, standalone=standalone)[kind].svg == picture.svg
    assert len(seen) == len(set(seen)), "ids are unique on a page with all pictures"


def test_every_class_has_its_looks_in_both_places():
    css = STYLES.read_text()
    used = {
        name
        for picture in [*pictures("x").values()]
        for classes in re.findall(r'class="([^"]*)"', picture.svg)
        for name in classes.split()
    }
    without = {"chart", "note", *(f"chart-{kind}" for kind in ("series", "range", "distribution", "slope", "compare"))}
    without |= {"chart-map", "chart-wheel"}
    assert used - without <= set(LOOKS)
    assert {name for name in LOOKS if not re.search(rf"\.{name}\b(?!-)", css)} == set()


def test_a_picture_that_stands_alone_carries_its_looks_title_and_source():
    told = Caption("k", "Unemployment falls", lang="en", standalone=True, source="Source: NAV")
    svg = series_chart(years(4.0, 3.0), told).svg
    root = read(svg)
    assert svg.startswith("<svg") and 'xmlns="http://www.w3.org/2000/svg"' in svg
    words = [e.text for e in root.iter("text")]
    assert "Unemployment falls" in words and "Source: NAV" in words
    assert next(e for e in root.iter("path") if e.get("class") == "series").get("fill") == "none"


def test_a_picture_of_a_page_becomes_the_file_it_would_have_been():
    told = Caption("k", "It falls & falls", lang="en", subject="Unemployment", source="Source: NAV, <2>")
    page = f"<p>first</p>{series_chart(years(1.0), Caption('l', 'Other')).svg}{series_chart(years(4.0, 3.0), told).svg}"
    file = alone(cut_out(page, "k"))
    assert file == series_chart(years(4.0, 3.0), replace(told, standalone=True)).svg
    words = [e.text for e in read(file).iter("text")]
    assert words[:2] == ["Unemployment", "It falls & falls"] and "Source: NAV, <2>" in words
    with_address = read(alone(cut_out(page, "k"), "https://example.org/nb/"))
    assert "https://example.org/nb/" in [e.text for e in with_address.iter("text")]
    assert cut_out(page, "m") == cut_out(page, "") == ""


def test_a_key_that_cannot_be_an_id_is_refused():
    for key in ("", "a b", 'x"', "å"):
        with pytest.raises(ValueError, match="key"):
            Caption(key, "x")


@settings(max_examples=80, deadline=None)
@given(series(), series(), st.integers(1, 6))
def test_random_series_can_be_compared_and_made_small(one, other, count):
    lines = [Line("Skien", one), Line("Porsgrunn", other), *[Line("Vinje", one)] * 4][:count]
    read(compare_chart(lines, Caption("c", "x", lang="en")).svg)
    small = read(sparkline(one, Caption("s", "x", lang="en")))
    for circle in small.iter("circle"):
        assert 6 <= float(circle.get("cx")) <= 194 and 6 <= float(circle.get("cy")) <= 42


@settings(max_examples=120, deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(-1e15, 1e15), st.sampled_from([0.0, 1.0])), max_size=90))
def test_random_groups_can_be_drawn(values):
    known = [value for value in values if value is not None]
    here = known[0] if known else None
    for picture in (
        range_chart(here, values, Caption("r", "x", lang="en"), name="Skien"),
        distribution_chart(values, Caption("d", "x", lang="en"), highlighted={"Skien": here}),
    ):
        _x, _y, width, height = map(float, read(picture.svg).get("viewBox").split())
        for shape in read(picture.svg).iter("circle"):
            assert 0 <= float(shape.get("cx")) <= width and -8 <= float(shape.get("cy")) <= height
    if len(values) > len(known) and known:
        lacking = len(values) - len(known)
        assert ("One place lacks" if lacking == 1 else f"{lacking} places lack") in picture.description


@given(st.lists(st.tuples(st.floats(-50, 350), st.sampled_from([18.0, 36.0])), max_size=7))
def test_labels_never_lie_on_each_other(labels):
    wanted, sizes = [y for y, _size in labels], [size for _y, size in labels]
    placed = spread(wanted, sizes, 0, 300)
    boxes = sorted((y - size / 2, y + size / 2) for y, size in zip(placed, sizes, strict=True))
    assert all(b[0] >= a[1] - 1e-6 for a, b in pairwise(boxes))
    assert all(low >= -1e-6 and high <= 300 + 1e-6 for low, high in boxes)


@given(st.text(max_size=60), st.floats(20, 300))
def test_words_are_made_to_fit(words, room):
    assert text_width(fit(words, room)) <= max(room, text_width("…"))
    assert " ".join(wrap(words, room)) == " ".join(words.split())


def test_the_examples_in_the_docs_are_true():
    for module in pkgutil.iter_modules(charts.__path__, "dugnad.shared.charts."):
        result = doctest.testmod(importlib.import_module(module.name))
        assert result.failed == 0, module.name
