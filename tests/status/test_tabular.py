"""Tables as people send them: each trap has a small file and says what must come of it."""

import gzip
import io
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from dugnad.shared.errors import Refusal
from dugnad.status.observations import Reading, validate
from dugnad.status.providers.tabular import read
from tests.oracles.tabular import read_long

pytestmark = pytest.mark.usefixtures("in_english")

# code, name, valid_from, valid_to: what the real list says of these places
PLACES = [
    ["0", "Norge", None, None],
    ["03", "Oslo", None, None],
    ["40", "Telemark", "2024-01-01", None],
    ["0301", "Oslo", None, None],
    ["0806", "Skien", None, "2020-01-01"],
    ["3807", "Skien", "2020-01-01", "2024-01-01"],
    ["4003", "Skien", "2024-01-01", None],
    ["4001", "Porsgrunn", "2024-01-01", None],
    ["0814", "Bamble", None, "2020-01-01"],
    ["4012", "Bamble", "2024-01-01", None],
    ["1507", "Ålesund", "2020-01-01", "2024-01-01"],
    ["1508", "Ålesund", "2024-01-01", None],
    ["1580", "Haram", "2024-01-01", None],
    ["1534", "Haram", None, "2020-01-01"],
    ["1515", "Herøy", None, None],
    ["1818", "Herøy", None, None],
    ["5503", "Tjeldsund", None, None],
    ["5503", "Dielddanuorri - Tjeldsund", None, None],
]
TODAY = {"places": PLACES, "borders": "2024-01-01"}
LONG = {
    "columns": {"place": "kommune", "period": "år", "value": "verdi"},
    "constants": {"indicator": "eks.2026.a"},
    "context": TODAY,
}


def long(rows: str, header: str = "kommune;år;verdi", **mapping: Any) -> Reading:
    """Read a small CSV of places, periods and values."""
    return read(f"{header}\n{rows}\n".encode(), {**LONG, **mapping})


def levels(reading: Reading) -> dict[str, str]:
    return {finding.code: finding.level for finding in reading.findings}


def column(reading: Reading, name: str) -> list[Any]:
    return reading.table[name].to_pylist()


# Letters, delimiters, headers


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_letters_delimiters_and_line_ends_are_found(delimiter: str, encoding: str, newline: str) -> None:
    rows = [["kommune", "år", "verdi"], ["Ålesund", "2024", "12"], ["Porsgrunn", "2024", "7"]]
    content = newline.join(delimiter.join(row) for row in rows).encode(encoding)
    reading = read(content, {**LONG, "place": {"by": "name"}})
    assert column(reading, "place") == ["1508", "4001"]
    assert column(reading, "value") == [12.0, 7.0]
    # only what is not UTF-8 is worth a word
    assert levels(reading) == ({"encoding": "note"} if encoding in ("cp1252", "utf-16") else {})


def test_letters_that_were_destroyed_before_are_an_error() -> None:
    garbled = "kommune;år;verdi\n4003;2024;1\nÃ…lesund og SÃ¸r;2024;2\n".encode()
    assert levels(read(garbled, LONG))["garbled_letters"] == "error"


def test_packed_with_gzip() -> None:
    content = gzip.compress("kommune;år;verdi\n4003;2024;5,7\n".encode())
    assert column(read(content, LONG), "value") == [5.7]


def test_quoted_cells_may_hold_the_delimiter_and_line_ends() -> None:
    reading = long('4003;2024;"5,7";"Notat; med\nlinjeskift"\n4001;2024;"6,1";""', header="kommune;år;verdi;merknad")
    assert column(reading, "value") == [5.7, 6.1]


def test_several_header_rows_are_joined_and_a_title_above_is_skipped() -> None:
    text = "Folketall i Telemark;;;;\n;2023;;2024;\nkommune;Menn;Kvinner;Menn;Kvinner\n4003;1;2;3;4\n"
    reading = read(
        text.encode(),
        {
            "columns": {"place": "kommune"},
            "header": [2, 3],
            "period_columns": "^(?P<period>[0-9]{4}) (?P<sex>.+)$",
            "values": {"sex": {"Menn": "male", "Kvinner": "female"}},
            "constants": {"indicator": "eks.2026.a"},
            "context": TODAY,
        },
    )
    assert reading.findings == []
    found = list(zip(column(reading, "period"), column(reading, "breakdown"), column(reading, "value"), strict=True))
    assert found == [
        ("2023", "sex=male", 1),
        ("2023", "sex=female", 2),
        ("2024", "sex=male", 3),
        ("2024", "sex=female", 4),
    ]


def test_a_header_further_down_is_pointed_out() -> None:
    with pytest.raises(Refusal, match="row 3: state header: 3"):
        read("Tabell 1\n\nkommune;år;verdi\n4003;2024;1\n".encode(), {**LONG, "delimiter": ";"})


def test_a_column_that_is_not_there_is_named_with_what_is() -> None:
    with pytest.raises(Refusal, match=r"no column verdi.*kommune, år, antall"):
        read("kommune;år;antall\n4003;2024;1\n".encode(), LONG)


def test_rows_that_do_not_fit_the_header_are_named_and_the_others_kept() -> None:
    reading = long("4003;2024;5,7\n4001;2024;6,1;ekstra\n4012;2024;1,5")
    assert [(f.code, str(f.where)) for f in reading.errors] == [("torn_row", "row 3")]
    assert column(reading, "place") == ["4003", "4012"]


def test_a_file_cut_in_the_middle_of_a_row_is_found() -> None:
    reading = long("4003;2024;5,7\n4001;20")
    assert [(f.code, str(f.where)) for f in reading.errors] == [("torn_row", "row 3")]


def test_a_file_cut_inside_quotes_is_refused() -> None:
    with pytest.raises(Refusal, match="not closed"):
        long('4003;2024;5,7\n4001;2024;"6,1')


def test_blank_rows_count_as_rows_of_the_file_and_are_left_out() -> None:
    reading = long("4003;2024;1\n\n;;\n9999;2024;2")
    assert [(f.level, f.code, str(f.where)) for f in reading.findings] == [
        ("note", "blank_rows", "rows 3, 4"),
        ("error", "unknown_place", "row 5, column kommune"),
    ]


def test_notes_below_the_table_without_a_value_are_left_out() -> None:
    symbols = {"": "not_available"}
    reading = long("4003;2024;1\nKilde: SSB;;", symbols=symbols)
    assert column(reading, "place") == ["4003"]


# Numbers


@pytest.mark.parametrize(
    ("cells", "mapping", "values"),
    [
        (["5,7", "1 234,5"], {}, [5.7, 1234.5]),  # blank between thousands
        (["5.7", "1\u00a0234.5"], {}, [5.7, 1234.5]),  # no-break blank
        (["39\u202f707", "7"], {}, [39707.0, 7.0]),  # narrow no-break blank
        (["1.234,5", "7"], {}, [1234.5, 7.0]),
        (["1,234.5", "7"], {}, [1234.5, 7.0]),
        (["1'234.5", "7"], {}, [1234.5, 7.0]),
        (["1.234.567", "1.234"], {}, [1234567.0, 1234.0]),  # the first shows what the second means
        (["1.234"], {"decimal": "."}, [1.234]),
        (["1.234"], {"decimal": ","}, [1234.0]),
        (["0,031", "0,250"], {}, [0.031, 0.25]),  # nothing before the mark: a decimal mark
        (["529846.0", "0.5"], {}, [529846.0, 0.5]),
        (["-3,2", "−3,2", "+3,2"], {}, [-3.2, -3.2, 3.2]),
        (["-0", "-0,0"], {}, [0.0, 0.0]),
        (["1,5E+03", "2"], {}, [1500.0, 2.0]),
        (["5,7 %", "6%"], {"unit": "percent"}, [5.7, 6.0]),
        (["'5,7"], {}, [5.7]),
    ],
)  # fmt: skip
def test_numbers_as_they_are_written(cells: list[str], mapping: dict, values: list[float]) -> None:
    rows = "\n".join(f"{place};2024;{cell}" for place, cell in zip(("4003", "4001", "4012"), cells, strict=False))
    reading = long(rows, **mapping)
    assert reading.errors == []
    assert column(reading, "value") == values


@pytest.mark.parametrize("cells", [["1.234"], ["1.234", "12.500"], ["1,234"], ["5.7", "5,7"]])
def test_numbers_that_can_be_read_in_two_ways_are_refused(cells: list[str]) -> None:
    rows = "\n".join(f"{place};2024;{cell}" for place, cell in zip(("4003", "4001"), cells, strict=False))
    with pytest.raises(Refusal, match=r"[Ss]tate decimal|state decimal"):
        long(rows)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("=1+1", "formula"),
        ("5,7 %", "percent"),  # the unit is not stated
        ("nan", "not_finite"),
        ("-inf", "not_finite"),
        ("1e308", "not_finite"),
        ("9" * 5000, "not_finite"),
        ("12 34", "not_a_number"),
        ("1 23", "not_a_number"),
        ("mange", "not_a_number"),
        ("٣", "not_a_number"),
        ("0x10", "not_a_number"),
        ("1_000", "not_a_number"),
        ("", "blank_not_stated"),
        ("-", "dash_not_stated"),
        ("–", "dash_not_stated"),
    ],
)
def test_what_is_not_a_number_is_an_error_at_its_row(cell: str, code: str) -> None:
    reading = long(f"4001;2024;1,5\n4003;2024;{cell}")
    assert [(f.code, str(f.where)) for f in reading.errors] == [(code, "row 3, column verdi")]
    assert column(reading, "value") == [1.5]  # the good row is still there to look at


def test_symbols_say_why_a_value_is_missing() -> None:
    reading = long(
        "4003;2024;.\n4001;2024;..\n4012;2024;:\n0301;2024;NR\n1508;2024;-\n1580;2024;",
        symbols={"-": "zero", "": "not_collected"},
    )
    assert reading.findings == []
    reasons = ["not_applicable", "not_available", "suppressed", "not_reported", None, "not_collected"]
    assert column(reading, "missing") == reasons
    assert column(reading, "value") == [None, None, None, None, 0.0, None]


def test_values_are_multiplied_without_noise() -> None:
    text = "kommune;år;andel\n4003;2024;0.035\n4001;2024;0.029\n"
    mapping = {"columns": {"place": "kommune", "period": "år"}, "context": TODAY}
    reading = read(text.encode(), {**mapping, "indicator_columns": {"andel": {"id": "eks.2026.a", "multiply": 100}}})
    assert column(reading, "value") == [3.5, 2.9]  # not 3.5000000000000004


def test_many_faults_are_told_without_drowning_the_reader() -> None:
    rows = "\n".join(f"4003;{1900 + at};feil{at}" for at in range(100))
    reading = long(rows, context={"places": PLACES, "borders": "2024-01-01"})
    assert len(reading.errors) == 21
    assert sum(finding.count for finding in reading.errors) == 100


# Periods


@pytest.mark.parametrize(
    ("text", "period", "form"),
    [
        ("2024", "2024", None),
        ("2024.0", "2024", None),
        ("2018-2024", "2018-01-01/P7Y", None),
        ("2018–2024", "2018-01-01/P7Y", None),
        ("2014/15", "2014-08-01/P1Y", None),
        ("2014/2015", "2014-08-01/P1Y", None),
        ("2014/15-2016/17", "2014-08-01/P3Y", None),
        ("2024K1", "2024-Q1", None),
        ("2024M01", "2024-01", None),
        ("2025/03", "2025-03", None),
        ("2003/04", "2003-04", "month"),
        ("2003/04", "2003-08-01/P1Y", "school_year"),
        ("2011-01-01", "2011-01", "month"),
        ("2011-01-01", "2011", "year"),
        ("01.04.2011", "2011-Q2", "quarter"),
        ("31.12.2024", "2024-12-31", None),
        ("2018-01-01/P7Y", "2018-01-01/P7Y", None),
    ],
)
def test_periods_as_they_are_written(text: str, period: str, form: str | None) -> None:
    reading = long(f"4003;{text};1", **({"period": {"form": form}} if form else {}))
    assert reading.errors == []
    assert column(reading, "period") == [period]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2003/04", "period_ambiguous"),
        ("1776", "period_range"),
        ("2024M13", "period"),
        ("i fjor", "period"),
        ("", "period"),
        ("2024-2018", "period"),
        ("2014/16", "period"),
        ("2024-02-30", "period"),
        ("0000", "period"),
        ("2000-01-01/P999999999Y", "period"),
    ],
)
def test_what_is_not_a_period_is_an_error(text: str, code: str) -> None:
    assert [f.code for f in long(f"4003;{text};1").errors] == [code]


def test_other_rows_tell_months_from_school_years() -> None:
    assert column(long("4003;2003/04;1\n4003;2003/05;2"), "period") == ["2003-04", "2003-05"]
    assert column(long("4003;2003/04;1\n4003;2014/15;2"), "period") == ["2003-08-01/P1Y", "2014-08-01/P1Y"]


def test_a_date_inside_the_period_is_an_error() -> None:
    assert levels(long("4003;2011-01-15;1", period={"form": "month"})) == {"period_inside": "error"}


# Places


def test_codes_that_lost_their_zero_get_it_back_when_the_whole_column_did() -> None:
    reading = long("301;2024;1\n4003;2024;2")
    assert column(reading, "place") == ["0301", "4003"]
    assert [(f.level, f.code, f.count) for f in reading.findings] == [("note", "zero_restored", 1)]


def test_a_single_code_without_its_zero_is_a_mistake_unless_the_mapping_says_so() -> None:
    rows = "301;2024;1\n0806;2024;2"
    context = {"places": PLACES, "borders": "2019-01-01"}
    wrong = long(rows, context=context)
    assert [(f.code, f.remedy) for f in wrong.errors] == [
        ("lost_zero", "Write 0301, or state codes: integer_ok under place in the mapping.")
    ]
    assert column(long(rows, context=context, place={"codes": "integer_ok"}), "place") == ["0301", "0806"]


@pytest.mark.parametrize("label", ["4003", "'4003", "4003.0", " 4003 ", "4003 Skien"])
def test_codes_as_programs_write_them(label: str) -> None:
    assert column(long(f"{label};2024;1"), "place") == ["4003"]


def test_a_code_that_was_not_valid_is_an_error_that_names_the_valid_one() -> None:
    reading = long("4003;2021;1\n4003;2024;2", context={"places": PLACES})
    assert [(f.code, f.remedy, str(f.where)) for f in reading.errors] == [
        ("invalid_at_period", "The code valid then was 3807.", "row 2, column kommune")
    ]
    # with stated borders the code holds for every period
    assert long("4003;2021;1\n4003;2024;2").errors == []


def test_rows_without_value_for_what_was_no_place_then_are_left_out() -> None:
    # SSB leaves Haram empty 2020-2023
    reading = long("1580;2022;..\n1580;2024;5", context={"places": PLACES})
    assert (column(reading, "period"), levels(reading)) == (["2024"], {"no_place_no_value": "note"})


def test_names_are_resolved_at_the_period() -> None:
    reading = long("Skien;2019;1\nSkien;2021;2\nSkien;2024;3", place={"by": "name"}, context={"places": PLACES})
    assert column(reading, "place") == ["0806", "3807", "4003"]


def test_labels_carry_validity() -> None:
    rows = "Bamble (-2019);2019;1\nBamble (-2019);2024;..\nBamble;2024;3"
    reading = long(rows, place={"by": "name"}, context={"places": PLACES})
    assert reading.errors == []
    assert list(zip(column(reading, "place"), column(reading, "value"), strict=True)) == [("0814", 1.0), ("4012", 3.0)]


def test_a_name_two_municipalities_share_is_an_error_until_the_mapping_says_which() -> None:
    wrong = long("Herøy;2024;1", place={"by": "name"})
    assert [(f.code, str(f.what)) for f in wrong.errors] == [("ambiguous_place", "Herøy may be 1515, 1818")]
    assert column(long("Herøy;2024;1", place={"by": "name", "labels": {"Herøy": "1818"}}), "place") == ["1818"]


def test_a_name_is_never_split() -> None:
    assert column(long("Dielddanuorri - Tjeldsund;2024;1", place={"by": "name"}), "place") == ["5503"]


def test_a_level_column_tells_the_county_from_the_municipality() -> None:
    rows = "Fylker;Oslo;2024;1\nKommuner;Oslo;2024;2\nLandet;Landet;2024;3"
    reading = read(
        f"Nivå;Enhet;År;Verdi\n{rows}\n".encode(),
        {
            "columns": {"level": "Nivå", "place": "Enhet", "period": "År", "value": "Verdi"},
            "constants": {"indicator": "eks.2026.a"},
            "place": {
                "by": "name",
                "labels": {"Landet": "0"},
                "level_names": {"Fylker": "county", "Kommuner": "municipality", "Landet": "country"},
            },
            "context": TODAY,
        },
    )
    assert (reading.findings, column(reading, "place")) == ([], ["03", "0301", "0"])


def test_totals_are_never_places() -> None:
    reading = long("4003;2024;1\nSum;2024;1")
    assert [(f.code, str(f.where)) for f in reading.errors] == [("total", "row 3, column kommune")]
    left_out = [{"column": "kommune", "values": ["Sum"]}]
    assert levels(long("4003;2024;1\nSum;2024;1", leave_out=left_out)) == {"left_out": "note"}


def test_leaving_out_what_is_not_there_is_worth_a_warning() -> None:
    reading = long("4003;2024;1", leave_out=[{"column": "kommune", "values": ["Summ"]}])
    assert levels(reading) == {"nothing_left_out": "warning"}


COUNTY_AND_PARTS = "\n".join(f"4003;{y};{y}\n4001;{y};3\n40;{y};{y + 3}" for y in (2021, 2022, 2023))


def test_a_county_that_is_the_sum_of_its_municipalities_is_an_error_until_levels_are_stated() -> None:
    assert [f.code for f in long(COUNTY_AND_PARTS).errors] == ["levels_mixed"]
    both = long(COUNTY_AND_PARTS, place={"levels": ["municipality", "county"]})
    assert (both.errors, len(both.table)) == ([], 9)
    one = long(COUNTY_AND_PARTS, place={"levels": ["municipality"]})
    assert (one.errors, set(column(one, "place"))) == ([], {"4003", "4001"})


def test_a_part_that_is_the_sum_of_the_others_is_an_error_until_it_is_called_the_whole() -> None:
    rows = "\n".join(
        f"4003;{y};{kind};{value}"
        for y in (2021, 2022, 2023)
        for kind, value in (("M", 10), ("K", y), ("Begge", y + 10))
    )
    mapping = {**LONG, "columns": {**LONG["columns"], "breakdown": {"sex": "kjønn"}}}
    content = f"kommune;år;kjønn;verdi\n{rows}\n".encode()
    assert [f.code for f in read(content, mapping).errors] == ["total_among_parts"]
    named = {"sex": {"M": "male", "K": "female", "Begge": ""}}
    reading = read(content, {**mapping, "values": named})
    assert (reading.errors, set(column(reading, "breakdown"))) == ([], {"sex=male", "sex=female", ""})


# The same row twice


def test_the_same_observation_twice() -> None:
    same = long("4003;2024;1\n4001;2024;2\n4003;2024;1")
    assert (levels(same), len(same.table)) == ({"repeated_row": "note"}, 2)
    other = long("4003;2024;1\n4001;2024;2\n4003;2024;3")
    assert [(f.level, f.code, f.count, str(f.where)) for f in other.findings] == [
        ("error", "duplicate", 2, "rows 2, 4")
    ]
    assert column(other, "place") == ["4001"]  # neither of the two is believed


def test_the_first_three_conflicts_are_named() -> None:
    rows = "\n".join(f"4003;{2000 + at};{value}" for at in range(10) for value in (1, 2))
    assert [f.count for f in long(rows).errors] == [2, 2, 2, 14]


# What stands beside a value


def test_status_quality_break_numerator_and_denominator() -> None:
    reading = read(
        "k;å;v;s;b;q;t;n\n4003;2024;50;Foreløpig;1;2;1 000;2 000\n4001;2024;;;;;;\n".encode(),
        {
            "columns": {
                "place": "k",
                "period": "å",
                "value": "v",
                "status": "s",
                "is_break": "b",
                "quality": "q",
                "numerator": "t",
                "denominator": "n",
            },
            "constants": {"indicator": "eks.2026.a"},
            "statuses": {"Foreløpig": "preliminary"},
            "symbols": {"": "not_available"},
            "context": TODAY,
        },
    )
    assert reading.findings == []
    names = ("value", "status", "is_break", "quality", "numerator", "denominator", "missing")
    first, second = reading.table.select(names).to_pylist()
    assert tuple(first.values()) == (50.0, "preliminary", True, 2, 1000.0, 2000.0, None)
    assert tuple(second.values()) == (None, "normal", False, None, None, None, "not_available")


def test_a_column_of_reasons_and_a_column_of_values() -> None:
    mapping = {**LONG, "columns": {**LONG["columns"], "missing": "grunn"}}
    rows = "4003;2024;1;\n4001;2024;;border_change\n4012;2024;1;suppressed\n0301;2024;;"
    reading = read(f"kommune;år;verdi;grunn\n{rows}\n".encode(), mapping)
    assert column(reading, "missing") == [None, "border_change"]
    assert [(f.code, f.count, str(f.where)) for f in reading.errors] == [
        ("value_and_reason", 2, "rows 4, 5, column verdi")
    ]


def test_indicators_by_name_and_what_the_mapping_does_not_know() -> None:
    mapping = {**LONG, "columns": {**LONG["columns"], "indicator": "hva"}, "constants": {}}
    content = "kommune;år;hva;verdi\n4003;2024;a;1\n4003;2024;b;2\n4003;2024;c;3\n".encode()
    reading = read(content, {**mapping, "indicators": {"a": "eks.2026.a", "b": None}})
    assert column(reading, "indicator") == ["eks.2026.a"]
    assert levels(reading) == {"left_out": "note", "unknown_indicator": "error"}


@pytest.mark.parametrize(
    "change",
    [
        {"colums": {}},  # misspelt
        {"columns": {"period": "år", "value": "verdi"}},  # no place
        {"columns": {"place": "kommune", "value": "verdi"}},  # no period
        {"constants": {}},  # no indicator
        {"columns": {"place": "kommune", "period": "år"}},  # no value
        {"period_columns": "(", "columns": {"place": "kommune"}},
        {"period_columns": "^x$", "columns": {"place": "kommune"}},
    ],
)
def test_a_mapping_that_does_not_say_enough_is_refused(change: dict) -> None:
    with pytest.raises(Refusal) as refused:
        long("4003;2024;1", **change)
    assert refused.value.remedy


# Workbooks


def workbook(rows: list[list[Any]], **more: list[list[Any]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, content in {"Ark1": rows, **more}.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(content):
                for col, cell in enumerate(row):
                    if isinstance(cell, date):
                        sheet.write_datetime(at, col, datetime(cell.year, cell.month, cell.day), day)
                    else:
                        sheet.write(at, col, cell)
    return file.getvalue()


HEAD = ["kommune", "år", "verdi"]


def test_a_workbook_holds_numbers_texts_and_dates() -> None:
    rows = [HEAD, [301, 2024, 5.7], ["4003", "2024", "1 234,5"], [4001.0, date(2024, 1, 1), ":"]]
    reading = read(workbook(rows), {**LONG, "period": {"form": "year"}, "place": {"codes": "integer_ok"}})
    assert column(reading, "place") == ["0301", "4003", "4001"]
    assert (column(reading, "value"), column(reading, "missing")) == ([5.7, 1234.5, None], [None, None, "suppressed"])
    assert column(reading, "period") == ["2024"] * 3


def test_merged_cells_are_filled_down_when_the_mapping_says_so() -> None:
    rows = [HEAD, ["4003", "2023", 1], ["", "2024", 2], ["4001", "2024", 3]]
    assert [f.code for f in read(workbook(rows), LONG).errors] == ["no_place"]
    reading = read(workbook(rows), {**LONG, "fill_down": ["kommune"]})
    assert column(reading, "place") == ["4003", "4003", "4001"]


def test_rows_are_counted_from_the_top_of_the_sheet() -> None:
    rows = [[], [], HEAD, ["4003", "2024", 1], [], ["9999", "2024", 1]]
    reading = read(workbook(rows), {**LONG, "header": 3})
    assert [str(f.where) for f in reading.errors] == ["row 6, column kommune"]


def test_the_sheet_must_be_stated_when_there_are_several() -> None:
    content = workbook([["om"]], Data=[HEAD, ["4003", "2024", 1]])
    with pytest.raises(Refusal, match=r"several sheets.*Ark1, Data"):
        read(content, LONG)
    assert len(read(content, {**LONG, "sheet": "Data"}).table) == 1
    assert len(read(content, {**LONG, "sheet": 2}).table) == 1
    with pytest.raises(Refusal, match="no sheet Nei"):
        read(content, {**LONG, "sheet": "Nei"})


def test_a_workbook_named_csv_is_read_as_what_it_is() -> None:
    reading = read(workbook([HEAD, ["4003", "2024", 1]]), {**LONG, "format": "csv"})
    assert levels(reading) == {"other_format": "note"}


# Properties


NUMBERS = st.floats(-1e12, 1e12, allow_nan=False).map(lambda x: round(x, 4))
WRITTEN_ROWS = st.lists(
    st.tuples(
        st.sampled_from(["4003", "4001", "4012", "0301"]),
        st.sampled_from(["2024", "2024-Q1", "2018-01-01/P7Y", "2014-08-01/P3Y", "2024-03"]),
        st.sampled_from(["eks.2026.a", "eks.2026.b"]),
        st.sampled_from(["", "3g", "æ ø å", "0-5"]),
        st.one_of(NUMBERS, st.sampled_from([".", "..", ":", "NR"])),
    ),
    unique_by=lambda row: row[:4],
    min_size=1,
    max_size=30,
)
MARKS = {".": "not_applicable", "..": "not_available", ":": "suppressed", "NR": "not_reported"}


def written(number: float, decimal: str, group: str) -> str:
    return f"{number:,.4f}".replace(",", "T").replace(".", decimal).replace("T", group)


@given(
    WRITTEN_ROWS,
    st.sampled_from([",", "."]),
    st.sampled_from(["", " ", "\u00a0", "\u202f", "'"]),
    st.sampled_from(";\t"),
)
@settings(max_examples=80, deadline=None)
def test_any_table_in_any_locale_reads_back_as_the_oracle_reads_it(
    rows: list[tuple], decimal: str, group: str, delimiter: str
) -> None:
    lines = [["place", "period", "indicator", "part", "value"]]
    lines += [[*row[:4], written(row[4], decimal, group) if isinstance(row[4], float) else row[4]] for row in rows]
    text = "\n".join(delimiter.join(line) for line in lines)
    mapping = {
        "columns": {
            "place": "place",
            "period": "period",
            "indicator": "indicator",
            "value": "value",
            "breakdown": {"part": "part"},
        },
        "decimal": decimal,
        "place": {"levels": ["municipality"]},
        "context": TODAY,
    }
    reading = read(text.encode(), mapping)
    # random numbers add up by accident only where they are zero; nothing else may be found
    assert reading.findings == []
    expected = read_long(text, delimiter=delimiter, decimal=decimal, symbols=MARKS)
    assert reading.table.select(list(expected[0])).to_pylist() == expected
    assert validate(reading.table) == []


@given(WRITTEN_ROWS)
@settings(max_examples=25, deadline=None)
def test_a_workbook_and_a_csv_of_the_same_rows_are_the_same(rows: list[tuple]) -> None:
    head = ["place", "period", "indicator", "part", "value"]
    mapping = {
        "columns": {**{name: name for name in head if name != "part"}, "breakdown": {"part": "part"}},
        "decimal": ".",
        "context": TODAY,
    }
    text = "\n".join(";".join(map(str, row)) for row in [head, *rows])
    by_text, by_book = read(text.encode(), mapping), read(workbook([head, *map(list, rows)]), mapping)
    assert by_text.table.equals(by_book.table)


@given(st.binary(max_size=400))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_read_or_refused_with_a_sentence(content: bytes) -> None:
    for start in (b"", b"kommune;\xe5r;verdi\n", "kommune;år;verdi\n4003;2024;1\n".encode()):
        try:
            reading = read(start + content, LONG)
        except Refusal as refusal:
            assert refusal.what and refusal.remedy
        else:
            assert validate(reading.table) == []


@given(st.text(max_size=30))
@settings(max_examples=100, deadline=None)
def test_any_text_in_any_cell_is_read_or_told(text: str) -> None:
    cell = '"' + text.replace('"', '""').replace("\x00", "") + '"'
    for row in (f"{cell};2024;1", f"4003;{cell};1", f"4003;2024;{cell}"):
        try:
            reading = long(f"4001;2024;1\n{row}", symbols={"": "not_available", "-": "zero"})
        except Refusal as refusal:
            assert refusal.remedy
        else:
            assert len(reading.table) + sum(f.count for f in reading.findings) >= 2
            assert validate(reading.table) == []


# Real files


@pytest.fixture
def real_places() -> Iterator[Mapping[str, Any]]:
    """The places as the repository defines them, with today's borders."""
    import csv

    file = Path(__file__).resolve().parents[2] / "definitions" / "places" / "places.csv"
    lines = [line for line in file.read_text().splitlines() if not line.startswith("#")]
    rows = [[r["code"], r["name"], r["valid_from"] or None, r["valid_to"] or None] for r in csv.DictReader(lines)]
    yield {"places": rows, "borders": "2024-01-01"}


def test_telemark_observations(shared_data: Path, real_places: Mapping) -> None:
    reading = read(
        (shared_data / "telemark" / "observations.csv").read_bytes(),
        {
            "columns": {"place": "code", "indicator": "indicator", "period": "period", "value": "value"},
            "context": real_places,
        },
    )
    assert (reading.findings, len(reading.table)) == ([], 5135)
    assert {"0", "40", "4003"} <= set(column(reading, "place"))  # the country and the county are places of their own
    assert {"2014-08-01/P3Y", "2018-01-01/P7Y", "2024"} <= set(column(reading, "period"))


def test_population_with_years_as_columns(shared_data: Path, real_places: Mapping) -> None:
    reading = read(
        (shared_data / "places" / "population_2005_2026_b2024.csv").read_bytes(),
        {
            "columns": {"place": "code"},
            "period_columns": "^[0-9]{4}$",
            "constants": {"indicator": "eks.2026.folk"},
            "symbols": {"": "not_available"},
            "context": real_places,
        },
    )
    assert (reading.findings, len(reading.table)) == ([], 357 * 22)
    people = {(row["place"], row["period"]): row["value"] for row in reading.table.to_pylist()}
    assert (people["0301", "2005"], people["0301", "2026"]) == (529846.0, 728714.0)


def test_population_by_age_and_sex(shared_data: Path, real_places: Mapping) -> None:
    reading = read(
        (shared_data / "norway" / "population_by_age_sex_2015_2026.csv.gz").read_bytes(),
        {
            "columns": {
                "place": "code",
                "period": "year",
                "value": "population",
                "breakdown": {"sex": "sex", "age": "band"},
            },
            "constants": {"indicator": "eks.2026.folk"},
            "context": real_places,
        },
    )
    assert (reading.findings, len(reading.table)) == ([], 51408)
    assert column(reading, "breakdown")[0] == "age=0-5;sex=female"


def test_unemployment_by_month_with_levels(shared_data: Path, real_places: Mapping) -> None:
    reading = read(
        (shared_data / "telemark" / "unemployment_monthly.csv.gz").read_bytes(),
        {
            "columns": {"place": "Geografisk enhet", "period": "Dato", "level": "Nivå"},
            "indicator_columns": {"Andel av arbeidsstyrken": {"id": "eks.2026.ledige", "multiply": 100}},
            "period": {"form": "month"},
            "place": {
                "by": "name",
                "labels": {"Landet": "0"},
                "level_names": {"Fylker": "county", "Telemark kommuner": "municipality", "Landet": "country"},
            },
            "leave_out": [{"column": "Geografisk enhet", "values": ["Ukjent", "Svalbard og øvrige områder"]}],
            "symbols": {"": "not_available"},
            "context": real_places,
        },
    )
    assert levels(reading) == {"left_out": "note"}
    assert {"0", "40", "03", "4003"} <= set(column(reading, "place"))
    agder = (
        reading.table.filter(pc.equal(reading.table["place"], "42")).sort_by("period_start").slice(0, 1).to_pylist()[0]
    )
    assert (agder["period"], agder["value"]) == ("2011-01", 3.5)  # the file says 0.035 of the labour force


def test_bus_passengers_by_name_with_blank_thousands(shared_data: Path, real_places: Mapping) -> None:
    reading = read(
        (shared_data / "telemark" / "bus_passengers_monthly.csv").read_bytes(),
        {
            "columns": {"place": "Kommune", "period": "Periode", "value": "Passasjerer"},
            "constants": {"indicator": "eks.2026.buss"},
            "place": {"by": "name"},
            "context": real_places,
        },
    )
    assert (reading.findings, len(reading.table)) == ([], 2750)
    assert reading.table.slice(1, 1).select(["place", "period", "value"]).to_pylist() == [
        {"place": "4012", "period": "2025-03", "value": 39707.0}
    ]
