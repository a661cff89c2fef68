"""Every place once, in the class its written value belongs to."""

import re

import pytest

from dugnad.shared.charts import choropleth, goal_wheel, hex_map
from dugnad.shared.charts.wheel import COLOURS
from tests.shared.charts.reading import caption, of_class, read

NORWAY = {f"{1000 + i}": (i % 19, i // 19) for i in range(357)}
POPULATION = {code: 200.0 * 1.023**i for i, code in enumerate(sorted(NORWAY))}


def test_every_place_is_drawn_once_and_those_without_figures_are_hatched():
    values = {**POPULATION, "1005": None}
    root = read(hex_map(NORWAY, values, caption(decimals=0)).svg)
    (areas,) = of_class(root, "areas")
    groups = {group.get("class"): len(list(group)) for group in areas}
    assert groups.pop("map-none") == 1
    assert sorted(groups) == ["q1", "q2", "q3", "q4", "q5"] and sorted(groups.values()) == [71, 71, 71, 71, 72]
    assert len({(e.get("x"), e.get("y")) for e in areas.iter("use")}) == 357
    assert [e.text for e in root.iter("text")][-1] == "no figure (1)"


def test_a_value_lies_in_the_class_the_legend_says():
    values = {"0001": 3.14, "0002": 3.06, "0003": 5.0, "0004": 7.0}  # the first two are both written 3.1
    cells = {code: (i, 0) for i, code in enumerate(values)}
    root = read(hex_map(cells, values, caption(), limits=[3.1, 5.0]).svg)
    assert [e.text for e in root.iter("text")] == ["3.1 (2)", "5.0–7.0 (2)"]


def test_a_value_as_written_lies_in_one_class_of_the_legend():
    """2.55 is written 2.6, though it lies a little lower in the machine: it belongs with 2.6, not with 2.5."""
    values = {f"{i:04}": value for i, value in enumerate((2.3, 2.45, 2.55, 2.6, 2.64, 2.65, 2.75, 2.8))}
    picture = hex_map({code: (i, 0) for i, code in enumerate(values)}, values, caption(decimals=1), limits=[2.6])
    assert re.findall(r">([\d,.]+–[\d,.]+) \(", picture.svg) in (["2,3–2,5", "2,6–2,8"], ["2.3–2.5", "2.6–2.8"])


def test_odd_rows_are_half_a_step_to_the_right_wherever_the_map_begins():
    root = read(hex_map({"a": (4, 3), "b": (4, 4)}, {"a": 1.0, "b": 1.0}, caption()).svg)
    assert [(e.get("x"), e.get("y")) for e in root.iter("use")] == [("1", "0"), ("0", "1")]


def test_the_map_of_all_places_is_small():
    assert len(hex_map(NORWAY, POPULATION, caption(decimals=0)).svg.encode()) <= 30_000


def test_links_say_the_place_and_its_value_and_are_not_in_an_image():
    svg = hex_map({"4003": (0, 0)}, {"4003": 3.1}, caption(), names={"4003": "Skien"}, href=lambda c: f"/nb/{c}").svg
    link = next(read(svg).iter("a"))
    assert link.get("href") == "/nb/4003" and link.find("title").text == "Skien: 3.1"
    assert 'role="group"' in svg


def test_areas_keep_their_paths_and_fit_the_width():
    root = read(choropleth({"0301": "M0 0h1000v500z"}, {"0301": 1.0}, caption(), view=(1000, 500)).svg)
    assert [e.get("d") for e in root.iter("path")][-1] == "M0 0h1000v500z"
    assert re.search(r"scale\(0\.46 0\.46\)", of_class(root, "areas")[0].get("transform"))


def test_limits_that_do_not_rise_are_refused():
    for limits in ([2.0, 1.0], [1.0, 1.0], [1.0, 2.0, 3.0, 4.0, 5.0]):
        with pytest.raises(ValueError, match="rising limits"):
            hex_map({"a": (0, 0)}, {"a": 1.0}, caption(), limits=limits)


def test_the_wheel_has_seventeen_segments_in_order():
    assert [e.get("fill") for e in read(goal_wheel(caption()).svg).iter("path")] == list(COLOURS) and len(COLOURS) == 17
