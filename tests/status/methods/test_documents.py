"""Method documents: what is understood, and what is refused with its line and the remedy."""

from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from dugnad.shared.errors import Refusal
from dugnad.standards.documents import definition_files
from dugnad.status.methods import Method, published_methods, read_method
from dugnad.status.methods.values import read_values

INDICATORS = "indicators:\n  - {code: a, goal: 1, lower: 0, upper: 10}\n"


@pytest.fixture(autouse=True)
def english() -> object:
    with translation.override("en"):
        yield


def read(folder: Path, text: str) -> Method:
    (folder / "method.yaml").write_text(text)
    return read_method(folder / "method.yaml")


def test_the_methods_that_come_with_the_product() -> None:
    found = published_methods()
    assert set(found) >= {
        "sdg-index",
        "u4ssc-performance",
        "progress-statcan",
        "linear-path",
        "composite",
        "trend-2030",
    }
    for method in found.values():
        assert set(method.title) == set(method.description) == {"nb", "nn", "en"}
        assert set(method.source) == {"nb", "nn", "en"} and method.version
    sdg, u4ssc = found["sdg-index"], found["u4ssc-performance"]
    assert (sdg.max_missing, sdg.fill_index, sdg.clip, sdg.decimals, sdg.half) == (0.2, True, True, (3, 3, 3), "even")
    assert [(band.at_least, band.points) for band in u4ssc.bands] == [(95, 4), (66, 3), (33, 2), (float("-inf"), 1)]
    assert (u4ssc.clip, u4ssc.index_of) == (False, "indicators")


def test_the_loader_of_definitions_leaves_methods_alone() -> None:
    assert not [name for name, _content in definition_files(settings.DEFINITIONS_DIR) if name.startswith("methods/")]


def test_a_short_file_is_a_method(tmp_path: Path) -> None:
    method = read(tmp_path, INDICATORS)
    assert (method.name, method.normaliser, method.clip, method.max_missing) == ("method", "goalposts", True, None)
    assert (method.indicators[0].goal, method.indicators[0].direction) == ("1", 1)
    assert method.version != read(tmp_path, INDICATORS.replace("10", "20")).version  # another file, another version


def test_other_names_of_fields(tmp_path: Path) -> None:
    text = """
normalization: {by: goalposts, clip: no}
aggregation: mean
eligibility: 20 %
rounding: 2
indicators:
  a: {sdg: 2, worst: "72.6", optimum: 1e-1, thresholds: {red: 12.7, green: 2}, title: Poverty, scored: no}
  b: {sdg: 10, lower: 0, upper: 5, direction: down}
"""
    method = read(tmp_path, text)
    a, b = method.indicators
    assert (a.lower, a.upper, a.red, a.green, a.direction, a.is_scored) == (72.6, 0.1, 12.7, 2.0, -1, False)
    assert (b.lower, b.upper, b.direction) == (5.0, 0.0, -1)  # with a direction, the smallest may stand first
    assert [rule.goal for rule in method.goals] == ["2", "10"]
    assert (method.max_missing, method.clip, method.decimals) == (0.2, False, (2, 2, 2))


def test_json_and_a_table_of_indicators_and_groups_beside(tmp_path: Path) -> None:
    (tmp_path / "codebook.csv").write_text("code;sdg;lower;optimum;red;green\npov;1;72.6;0;12.7;2\n")
    (tmp_path / "regions.csv").write_text("place,group\n4001,south\n4003,south\n")
    method = read(
        tmp_path, '{"indicators": "codebook.csv", "groups": "regions.csv", "missing": {"index": "group_mean"}}'
    )
    assert (method.indicators[0].code, method.indicators[0].upper, method.indicators[0].green) == ("pov", 0.0, 2.0)
    assert method.groups == {"4001": "south", "4003": "south"} and method.fill_index
    by_group = read(tmp_path, INDICATORS + "groups: {south: ['4001', '4003'], north: ['5501']}\n")
    assert by_group.groups == {"4001": "south", "4003": "south", "5501": "north"}


def test_a_file_extends_a_published_method(tmp_path: Path) -> None:
    text = "extends: sdg-index\nname: mine\nversion: '3'\nmissing: {goals: [1]}\nrounding: {index: 1}\n" + INDICATORS
    method = read(tmp_path, text)
    assert (method.id, method.max_missing, method.fill_index) == ("mine 3", 0.2, True)
    assert (method.decimals, method.indicators[0].is_filled) == ((3, 3, 1), True)


def test_scores_that_are_scores_already(tmp_path: Path) -> None:
    method = read(tmp_path, "normalise: none\nindicators:\n  - {code: index_sdg1, goal: 1}\n  - {code: x, goal: 2}\n")
    assert (method.normaliser, method.index_of, len(method.goals)) == ("none", "goals", 2)
    assert read(tmp_path, "normalise: none\nindicators:\n  - code: x\n").index_of == "indicators"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("title: x\n", 1, "names no indicators"),
        (INDICATORS + "wieghts: 2\n", 3, "Write one of: kind, family"),
        (INDICATORS + "agregation: mean\n", 3, "Did you mean aggregation"),
        (INDICATORS + "  - {code: a, goal: 1, lower: 0, upper: 1}\n", 3, "a stands twice"),
        (INDICATORS + "  - {code: b, goal: 1, lower: 0}\n", 3, "b has no upper"),
        (INDICATORS + "  - {code: b, goal: 1, lower: 5, upper: 5}\n", 3, "are the same"),
        (INDICATORS + "  - {code: b, goal: 1, lower: 5, upper: 1, direction: up}\n", 3, "direction: down"),
        (INDICATORS + "  - {code: b, goal: 1, lower: five, upper: 1}\n", 3, "five is not a number"),
        (INDICATORS + "  - {code: b, goal: 1, lower: 0, upper: 9, red: 1}\n", 3, "both red and green"),
        (
            INDICATORS + "  - {code: b, goal: 1, lower: 0, upper: 9, red: 5, green: 1}\n",
            3,
            "Order them red, yellow, green",
        ),
        (INDICATORS + "  - {code: b, goal: 1, lower: 0, worst: 1, upper: 9}\n", 3, "say the same thing"),
        (INDICATORS + "  - {code: b, lower: 0, upper: 9}\n", 3, "belongs to no goal"),
        (INDICATORS + "  - {code: b, goal: 1, lower: 0, upper: 9, mode: 0}\n", 3, "mode is not a field here"),
        (INDICATORS + "normalise: log\n", 3, "goalposts, minmax, percentiles, zscore, rank, none"),
        (INDICATORS + "missing: {goals: [9]}\n", 3, "No indicator belongs to goal 9"),
        (INDICATORS + "missing: {index: group_mean}\naggregation: {of: indicators}\n", 3, "no missing goals to fill"),
        (INDICATORS + "goals: [{goal: 1, not_alone: [z]}]\n", 3, "z is not an indicator"),
        (INDICATORS + "bands: [{points: 1, title: {nb: x}}, {at_least: 5, points: 2, title: {nb: y}}]\n", 3, "bands"),
        ("extends: sdg\n" + INDICATORS, 1, "Write one of: composite, linear-path, progress-statcan, sdg-index, "),
        ("normalise: zscore\nindicators:\n  - {code: a, goal: 1}\n", 3, "direction: up"),
        ("a: [\n", 2, "not YAML"),
    ],
)
def test_refused_with_line_and_remedy(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(Refusal) as refused:
        read(tmp_path, text)
    assert refused.value.where == f"method.yaml, line {line}"
    assert says in str(refused.value)


def values(folder: Path, text: str | bytes) -> list[dict[str, object]]:
    path = folder / "values.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_values(path).to_pylist()


def test_values_as_people_write_them(tmp_path: Path) -> None:
    text = '﻿place;indicator;period;value;note\n"0301";a;2020; 1.5 ;x\n4601;a;2020;..;y\n;;;;\n4601;b;2020;;\n'
    assert values(tmp_path, text) == [
        {"place": "0301", "indicator": "a", "period": "2020", "value": 1.5},
        {"place": "4601", "indicator": "a", "period": "2020", "value": None},
        {"place": "4601", "indicator": "b", "period": "2020", "value": None},
    ]


def test_a_comma_is_the_decimal_point_where_semicolons_part_the_cells_and_no_number_has_a_point(tmp_path: Path) -> None:
    text = "place;indicator;value;error\np.1;a;12,5;0,25\nq;a; -3,0 ;..\nr;a;7;\n"
    assert [(row["value"], row["error"]) for row in values(tmp_path, text)] == [(12.5, 0.25), (-3.0, None), (7.0, None)]


def test_a_year_is_a_period_and_a_region_a_group(tmp_path: Path) -> None:
    assert values(tmp_path, "place,indicator,Year,value,region\np,a,2020,1,north\n") == [
        {"place": "p", "indicator": "a", "period": "2020", "value": 1.0, "group": "north"}
    ]
    both = "place,indicator,period,year,value\np,a,2020,1999,1\n"  # the one of that name counts, the other is left
    assert values(tmp_path, both) == [{"place": "p", "indicator": "a", "period": "2020", "value": 1.0}]


@pytest.mark.parametrize(
    ("text", "where", "says"),
    [
        ("place,period,value\n", "values.csv, line 1", "no column indicator"),
        ("place,indicator,value\np,a,1\np,a,12 5\n", "values.csv, line 3", "12 5 is not a number"),
        ("place;indicator;value\np;a;12,5\nq;a;12.5\n", "values.csv, line 2", "12,5 is not a number"),
        ("place;indicator;value\np;a;1,234,5\n", "values.csv, line 2", "1,234,5 is not a number"),
        ("place\tindicator\tvalue\np\ta\t12,5\n", "values.csv, line 2", "12,5 is not a number"),
        ("place,indicator,value\np,a,inf\n", "values.csv, line 2", "inf is not a number"),
        ("place,indicator,value\n,a,1\n", "values.csv, line 2", "no place"),
        ("place,indicator,value\np,a\n", "values.csv, line 2", "another number of cells"),
        ("place,indicator,value\n", "values.csv, line 1", "no rows"),
        (b"place,indicator,value\n\xe5s,a,1\n", "values.csv, line 2", "UTF-8"),
        ("place,place,indicator,value\np,p,a,1\n", "values.csv, line 1", "place stands twice"),
    ],
)
def test_values_refused_with_line_and_remedy(tmp_path: Path, text: str | bytes, where: str, says: str) -> None:
    with pytest.raises(Refusal) as refused:
        values(tmp_path, text)
    assert refused.value.where == where
    assert says in str(refused.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="nowhere"):
        read_values(tmp_path / "nowhere.csv")
    with pytest.raises(Refusal, match="nowhere"):
        read_method(tmp_path / "nowhere.yaml")
