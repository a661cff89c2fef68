"""JSON-stat: read fast, as the slow oracle reads; what is wrong is refused in one sentence."""

import json
import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dugnad.shared.errors import Refusal
from dugnad.status.cubes import Cube, Dimension
from dugnad.status.observations import validate
from dugnad.status.providers import jsonstat
from tests.oracles import jsonstat as oracle

pytestmark = pytest.mark.usefixtures("in_english")

numbers = st.one_of(
    st.none(),
    st.integers(-(2**60), 2**60),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(min_value=-10_000, max_value=10_000, places=2).map(float),
)


@st.composite
def documents(draw):
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    cells = math.prod(sizes)
    values = draw(st.lists(numbers, min_size=cells, max_size=cells))
    dimension = {}
    for at, size in enumerate(sizes):
        codes = draw(st.lists(st.text(min_size=1, max_size=4), min_size=size, max_size=size, unique=True))
        index = codes if draw(st.booleans()) else {code: number for number, code in enumerate(codes)}
        dimension[f"d{at}"] = {"category": {"index": index}}
    table = {"class": "dataset", "id": list(dimension), "size": sizes, "dimension": dimension, "value": values}
    marks = st.sampled_from(["..", ":", "p", '"value":[1', "]"])
    match draw(st.sampled_from(["none", "array", "object", "one"])):
        case "array":
            table["status"] = draw(st.lists(st.one_of(st.none(), marks), min_size=cells, max_size=cells))
        case "object":
            table["status"] = draw(st.dictionaries(st.integers(0, cells - 1).map(str), marks))
        case "one":
            table["status"] = draw(marks)
    if draw(st.booleans()):
        table["value"] = {str(at): value for at, value in enumerate(values) if value is not None}
    if draw(st.booleans()):  # an array of the same name elsewhere is not the numbers
        table["extension"] = {"value": [7, 8], "note": 'about "value": [1, 2]', "more": {"value": [None]}}
    table = dict(draw(st.permutations(list(table.items()))))
    return json.dumps(table, indent=draw(st.sampled_from([None, 2])), ensure_ascii=draw(st.booleans())).encode()


@settings(max_examples=300, deadline=None)
@given(documents())
def test_every_value_and_mark_is_where_the_slow_reader_finds_it(text):
    cube = jsonstat.parse(text)
    found = {}
    for number, cell in enumerate(product(*(dimension.codes for dimension in cube.dimensions))):
        value = cube.values[number]
        found[cell] = (None if np.isnan(value) else value, cube.mark_at(number))
    assert found == {
        cell: (None if value is None else float(value), mark) for cell, (value, mark) in oracle.cells(text).items()
    }


@settings(max_examples=200, deadline=None)
@given(documents())
def test_what_is_written_is_read_back_alike(text):
    cube = jsonstat.parse(text)
    again = jsonstat.parse(jsonstat.write(cube))
    assert again.dimensions == cube.dimensions
    assert np.array_equal(again.values, cube.values, equal_nan=True)
    assert [again.mark_at(i) for i in range(len(again.values))] == [cube.mark_at(i) for i in range(len(cube.values))]


@settings(max_examples=300, deadline=None)
@given(documents(), st.data())
def test_a_damaged_file_is_read_or_refused_and_nothing_else(text, data):
    at = data.draw(st.integers(0, len(text)))
    damage = data.draw(st.sampled_from([b"", b"]", b"[", b"NaN", b"null", b"\xff", b'"', b",", b"1", b"{"]))
    cut = data.draw(st.integers(0, 5))
    try:
        jsonstat.parse(text[:at] + damage + text[at + cut :])
    except Refusal as refusal:
        assert str(refusal).endswith(".") and "{" not in refusal.remedy


def table(**changed) -> bytes:
    """A small correct table, and what is changed in it."""
    correct = {
        "version": "2.0",
        "class": "dataset",
        "id": ["Region", "Tid"],
        "size": [2, 2],
        "dimension": {
            "Region": {"category": {"index": ["4001", "4003"], "label": {"4001": "Porsgrunn", "4003": "Skien"}}},
            "Tid": {"category": {"index": {"2023": 0, "2024": 1}}},
        },
        "value": [36_624, 36_811, 55_513, None],
        "status": {"3": ".."},
    }
    return json.dumps(correct | changed).encode()


MAPPING = {"place": "Region", "period": "Tid", "indicator": {"fixed": "norge.2026.population"}}
CATEGORY = {"Region": {"category": {"index": ["4001", "4003"]}}, "Tid": {"category": {"index": ["2023", "2024"]}}}


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"\x1f\x8b\x08\x00rest", "packed"),
        (table()[:-40], "ends in the middle"),
        (table().replace(b"null", b"NaN"), "not a number"),
        (table().replace(b"null", b"-Infinity"), "not a number"),
        (table().replace(b"null", b"1e999"), "not a number"),
        (table().replace(b"null", b"9" * 5000), "not a number"),
        (table().replace(b"null", b""), "not correct JSON"),
        (table().replace(b"55513", b"55 513"), "not correct JSON"),
        (table(value=[1, 2, 3]), "3 numbers, 4 are announced"),
        (table(value=[1, 2, 3, "4"]), "'4' is not a number"),
        (table(value=[1, 2, 3, True]), "True is not a number"),
        (table(value=None), "no numbers"),
        (table(value={"4": 1}), "outside the table"),
        (table(value={"a": 1}), "not named by its number"),
        (table(size=[2, 3]), "2 categories, 3 are announced"),
        (table(size=[2]), "what its dimensions are"),
        (table(size=[10**6, 10**6]), "2 categories"),
        (table(id=["Region", "Region"]), "named twice"),
        (table(id=["Region", "Alder"]), "Alder has no categories"),
        (table(status=["a"] * 3), "marks do not fit"),
        (table(status=[1, 2, 3, 4]), "A mark is not a text"),
        (table(dimension=CATEGORY | {"Tid": {"category": {"index": ["2023", "2023"]}}}), "same category twice"),
        (table(dimension=CATEGORY | {"Tid": {"category": {"index": {"a": 0, "b": 2}}}}), "not numbered"),
        (table(dimension=CATEGORY | {"Tid": {"category": {"index": {"a": 0, "b": "x"}}}}), "not numbered"),
        (b"[" * 10_000 + b"]" * 10_000, "nested too deeply"),
        (b'{"value":[1,2],"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}", "nested too deeply"),
        (b"[1,2]", "not a table"),
        (b"{}", "not a table"),
        (b'{"type": "Parameter error", "title": "Non-existent table", "status": 404}', "Non-existent table (404)"),
    ],
)
def test_what_is_not_a_table_is_refused_in_one_sentence(content, word):
    with pytest.raises(Refusal) as refused:
        jsonstat.parse(content)
    assert word in str(refused.value) and refused.value.where and refused.value.remedy


def test_a_table_that_is_too_large_is_refused_before_memory_is_taken():
    codes = [f"{i}" for i in range(5000)]
    dimension = {name: {"category": {"index": codes}} for name in ("a", "b")}
    with pytest.raises(Refusal, match="25000000 cells"):
        jsonstat.parse(table(id=["a", "b"], size=[5000, 5000], dimension=dimension, value={}))


def test_rows_have_a_value_or_a_reason():
    reading = jsonstat.read(table(), MAPPING)
    assert reading.findings == [] and validate(reading.table) == []
    rows = [(r["place"], r["period"], r["value"], r["missing"]) for r in reading.table.to_pylist()]
    assert rows == [
        ("4001", "2023", 36_624.0, None),
        ("4001", "2024", 36_811.0, None),
        ("4003", "2023", 55_513.0, None),
        ("4003", "2024", None, "not_available"),
    ]


@pytest.mark.parametrize(
    ("mark", "reason"),
    [
        (".", "not_applicable"),
        ("..", "not_available"),
        (":", "suppressed"),
        (None, "not_available"),
    ],
)
def test_each_mark_has_its_reason(mark, reason):
    row = jsonstat.read(table(status={"3": mark} if mark else None), MAPPING).table.to_pylist()[3]
    assert (row["value"], row["missing"]) == (None, reason)


def test_a_dash_is_what_the_mapping_says_and_nothing_before():
    dashed = table(status={"3": "-"})
    assert [error.code for error in jsonstat.read(dashed, MAPPING).errors] == ["unknown_mark"]
    for said, found in [("zero", (0.0, None, "normal")), ("not_collected", (None, "not_collected", "normal"))]:
        reading = jsonstat.read(dashed, MAPPING | {"symbols": {"-": said}})
        row = reading.table.to_pylist()[3]
        assert (row["value"], row["missing"], row["status"]) == found and reading.findings == []


def test_a_zero_beside_a_mark_for_no_number_is_not_zero():
    row = jsonstat.read(table(value=[1, 2, 3, 0], status={"3": ":"}), MAPPING).table.to_pylist()[3]
    assert (row["value"], row["missing"]) == (None, "suppressed")


def test_marks_beside_numbers_say_how_settled_they_are():
    rows = jsonstat.read(table(value=[1, 2, 3, 4], status=["a", "p", "b", None]), MAPPING).table.to_pylist()
    assert [(r["status"], r["is_break"]) for r in rows] == [
        ("normal", False), ("preliminary", False), ("normal", True), ("normal", False),
    ]  # fmt: skip


def test_an_unknown_mark_stops_the_import_and_says_where():
    reading = jsonstat.read(table(status={"3": "¤"}), MAPPING)
    assert [str(error) for error in reading.errors] == [
        "The mark ¤ is not known (Region=4003, Tid=2024). Say in the mapping, under symbols or statuses, what it means."
    ]
    known = jsonstat.read(table(status={"3": "¤"}), MAPPING | {"symbols": {"¤": "not_collected"}})
    assert known.findings == [] and known.table["missing"][3].as_py() == "not_collected"


def cube_of(dimensions: dict[str, list[str]], labels: dict[str, str] | None = None) -> bytes:
    own = [
        Dimension(name, name, tuple(codes), tuple((labels or {}).get(code, code) for code in codes))
        for name, codes in dimensions.items()
    ]
    return jsonstat.write(Cube(tuple(own), np.arange(1.0, math.prod(map(len, dimensions.values())) + 1)))


def test_categories_become_breakdowns_and_the_total_is_the_whole():
    content = cube_of({"Kjonn": ["0", "1", "2"], "Region": ["0301", "4003"], "Alder": ["alle"], "Tid": ["2024K1"]})
    mapping = MAPPING | {
        "breakdown": {"sex": {"dimension": "Kjonn", "codes": {"0": "", "1": "male", "2": "female"}}},
        "fixed": {"Alder": "alle"},
    }
    rows = jsonstat.read(content, mapping).table.to_pylist()
    assert [(r["place"], r["period"], r["breakdown"], r["value"]) for r in rows] == [
        ("0301", "2024-Q1", "", 1.0),
        ("4003", "2024-Q1", "", 2.0),
        ("0301", "2024-Q1", "sex=male", 3.0),
        ("4003", "2024-Q1", "sex=male", 4.0),
        ("0301", "2024-Q1", "sex=female", 5.0),
        ("4003", "2024-Q1", "sex=female", 6.0),
    ]


def test_two_breakdowns_around_the_place_are_put_together():
    content = cube_of({"Kjonn": ["1", "2"], "Region": ["4001", "4003"], "Alder": ["ung", "eldre"], "Tid": ["2024"]})
    mapping = MAPPING | {
        "breakdown": {
            "age": {"dimension": "Alder", "codes": {"ung": "0-17", "eldre": "18-"}},
            "sex": {"dimension": "Kjonn", "codes": {"1": "male", "2": "female"}},
        }
    }
    rows = jsonstat.read(content, mapping).table.to_pylist()
    assert [*[(r["place"], r["breakdown"]) for r in rows[:3]], rows[-1]["breakdown"]] == [
        ("4001", "age=0-17;sex=male"),
        ("4001", "age=18-;sex=male"),
        ("4003", "age=0-17;sex=male"),
        "age=18-;sex=female",
    ]


def test_a_dimension_nobody_named_is_refused():
    content = cube_of({"Region": ["4003"], "Kjonn": ["1", "2"], "Tid": ["2024"]})
    with pytest.raises(Refusal, match="a dimension the mapping does not name: Kjonn"):
        jsonstat.read(content, MAPPING)
    with pytest.raises(Refusal, match="no longer has the dimension Alder"):
        jsonstat.read(table(), MAPPING | {"fixed": {"Alder": "alle"}})


def test_categories_come_and_go_only_with_words():
    content = cube_of({"ContentsCode": ["Innb", "Nytt"], "Region": ["4003", "EAK"], "Tid": ["2024"]})
    mapping = MAPPING | {
        "place": {"dimension": "Region", "skip": ["EAK*"]},
        "indicator": {"dimension": "ContentsCode", "codes": {"Innb": "norge.2026.population", "Borte": "norge.2026.x"}},
    }
    reading = jsonstat.read(content, mapping)
    assert [(f.level, f.code, f.count) for f in reading.findings] == [
        ("error", "unknown_category", 1),
        ("error", "vanished_category", 1),
    ]
    assert reading.table.num_rows == 1


def test_a_place_has_rows_only_while_it_existed():
    # 0815 Kragerø became 3814 in 2020 and 4014 in 2024; the table repeats it under all three codes.
    labels = {"0815": "Kragerø (1960-2019)", "3814": "Kragerø (2020-2023)", "4014": "Kragerø"}
    content = json.loads(cube_of({"Region": ["0815", "3814", "4014"], "Tid": ["2019", "2020"]}, labels))
    content["value"] = [10_380, 0, None, 10_349, 7, 8]
    reading = jsonstat.read(json.dumps(content).encode(), MAPPING)
    kept = [(r["place"], r["period"], r["value"]) for r in reading.table.to_pylist()]
    assert kept == [
        ("0815", "2019", 10_380.0),
        ("3814", "2020", 10_349.0),
        ("4014", "2019", 7.0),
        ("4014", "2020", 8.0),
    ]

    # What is known of places says the same of a code whose label is silent, and its number is an error.
    places = [
        ["0815", "Kragerø", None, "2020-01-01", "municipality"],
        ["3814", "Kragerø", "2020-01-01", "2024-01-01", "municipality"],
        ["4014", "Kragerø", "2024-01-01", None, "municipality"],
    ]
    reading = jsonstat.read(json.dumps(content).encode(), MAPPING | {"context": {"places": places}})
    assert [(f.code, f.count, f.where) for f in reading.errors] == [("invalid_at_period", 2, "Region=4014, Tid=2019")]
    assert [r["place"] for r in reading.table.to_pylist()] == ["0815", "3814"]


def test_a_code_that_is_no_place_is_named():
    reading = jsonstat.read(table(), MAPPING | {"context": {"places": [["4001", "Porsgrunn", "2024-01-01", None]]}})
    assert [(f.code, f.what) for f in reading.errors if f.code == "unknown_place"] == [
        ("unknown_place", "Codes that are no place: 4003")
    ]


def test_a_period_that_is_none_is_refused():
    with pytest.raises(Refusal, match="Q9 is not a period"):
        jsonstat.read(cube_of({"Region": ["4003"], "Tid": ["Q9"]}), MAPPING)


def test_a_cube_longer_than_a_chunk_has_every_row_in_its_place():
    sizes = {"Region": 50, "Kjonn": 2, "Tid": 1000}  # 100 000 rows: repeated chunks and a rest
    codes = {
        "Region": [f"{1000 + i}" for i in range(50)],
        "Kjonn": ["1", "2"],
        "Tid": [f"{1000 + i}" for i in range(1000)],
    }
    mapping = MAPPING | {"breakdown": {"sex": "Kjonn"}}
    found = jsonstat.read(cube_of(codes), mapping).table.to_pylist()
    expected = product(codes["Region"], codes["Kjonn"], codes["Tid"])
    assert len(found) == math.prod(sizes.values())
    for row, value, (place, sex, year) in zip(found, range(1, 10**6), expected, strict=False):
        assert (row["place"], row["breakdown"], row["period"], row["value"]) == (place, f"sex={sex}", year, value)


@pytest.mark.parametrize("name", ["galicia-2.0", "cantabria"])
def test_published_tables_agree_with_the_slow_reader(name, shared_data):
    text = (shared_data / f"formats/jsonstat/{name}.json").read_bytes()
    cube = jsonstat.parse(text)
    expected = [(np.nan if value is None else value, mark) for value, mark in oracle.cells(text).values()]
    assert np.array_equal(cube.values, np.array([value for value, _ in expected], float), equal_nan=True)
    assert [cube.mark_at(i) for i in range(len(cube.values))] == [mark for _, mark in expected]


def test_published_files_of_every_class_are_answered(shared_data):
    folder = shared_data / "formats/jsonstat"
    canada = jsonstat.parse((folder / "oecd-canada.json").read_bytes(), "canada")
    assert canada.shape == (1, 1, 20, 2, 3) and canada.mark_at(0) == "a"
    assert jsonstat.parse((folder / "statswe.json").read_bytes()).shape == (1, 1, 20, 2, 1, 28)
    for name, word in [
        ("oecd-canada", "several tables"),
        ("collection", "list of tables"),
        ("dimension", "describes a dimension"),
        ("sample_data", "no numbers"),
    ]:
        with pytest.raises(Refusal, match=word):
            jsonstat.parse((folder / f"{name}.json").read_bytes())
