"""An observation is a value or a reason, never both, never neither."""

import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dugnad.status.observations import (
    SCHEMA,
    Finding,
    Message,
    Reading,
    breakdown_parts,
    breakdown_text,
    empty,
    in_order,
    table_from_rows,
    validate,
)

ROW = {"indicator": "eks.2026.a", "place": "4003", "period": "2024", "value": 5.7}


def codes(*rows: dict) -> list[str]:
    return [finding.code for finding in validate(table_from_rows(rows))]


def test_a_value_and_a_gap_are_sound() -> None:
    gap = {"indicator": "eks.2026.a", "place": "4003", "period": "2018-01-01/P7Y", "missing": "suppressed"}
    assert codes(ROW, gap) == []
    assert validate(empty()) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"missing": "suppressed"}, "table_value_xor_missing"),  # both
        ({"value": None}, "table_value_xor_missing"),  # neither
        ({"value": math.nan}, "table_not_finite"),
        ({"denominator": math.inf}, "table_not_finite"),
        ({"status": "fine"}, "table_status"),
        ({"value": None, "missing": "lost"}, "table_missing"),
        ({"quality": 7}, "table_quality"),
        ({"breakdown": "sex=female;part=3g"}, "table_breakdown"),  # keys are sorted
        ({"breakdown": "sex=female;sex=male"}, "table_breakdown"),
        ({"breakdown": "Sex=female"}, "table_breakdown"),
        ({"period": "2024-01-01/P1Y"}, "table_period"),  # canonical text is 2024
        ({"period_end": table_from_rows([ROW])["period_start"][0].as_py()}, "table_period"),
        ({"indicator": None}, "table_null"),
    ],
)
def test_what_must_never_be_stored_is_found(change: dict, code: str) -> None:
    other = {**ROW, "place": "4001"}  # a sound row beside the wrong one: only the wrong one is named
    found = validate(table_from_rows([other, {**ROW, **change}]))
    assert [(finding.code, str(finding.where)) for finding in found if finding.code == code] == [(code, "row 2")]


def test_the_same_key_twice_is_found() -> None:
    found = validate(table_from_rows([ROW, {**ROW, "value": 6.0}]))
    assert [(f.code, f.where, f.count) for f in found] == [("table_duplicate", "eks.2026.a 4003 2024", 1)]


def test_another_table_is_not_observations() -> None:
    assert validate(pa.table({"a": [1]}))[0].code == "table_schema"


def test_row_order_does_not_matter_once_in_order() -> None:
    rows = [{**ROW, "place": place, "period": period} for place in ("4003", "0301") for period in ("2023", "2024")]
    assert in_order(table_from_rows(rows)).equals(in_order(table_from_rows(rows[::-1])))
    assert in_order(table_from_rows(rows)).schema.equals(SCHEMA)


@given(
    st.dictionaries(st.from_regex(r"[a-z][a-z0-9_]{0,5}", fullmatch=True), st.sampled_from(["a", "3g", "0-5", "æ ø"]))
)
def test_a_breakdown_reads_back(parts: dict[str, str]) -> None:
    assert breakdown_parts(breakdown_text(parts)) == parts


def test_a_breakdown_that_cannot_be_read_back_is_refused() -> None:
    with pytest.raises(ValueError, match="not a breakdown"):
        breakdown_text({"sex": "a;b"})


def test_a_finding_survives_storage_and_speaks_the_reader_s_language() -> None:
    where = Message("row {row}", row=4)
    finding = Finding("error", "x", Message("The code {code} is not a place", code="301"), where, "Write 0301.", 2)
    again = Finding.from_dict(finding.as_dict())
    assert (again, str(again)) == (finding, "The code 301 is not a place (row 4). Write 0301.")
    nb = {"row {row}": "rad {row}", "The code {code} is not a place": "Koden {code} er ikke et sted"}
    assert str(again.translated(nb.get)) == "Koden 301 er ikke et sted (rad 4). Write 0301."


def test_a_reading_with_an_error_cannot_be_published() -> None:
    note = Finding("note", "x", "x", "x", "")
    assert Reading(empty(), [note]).is_publishable
    assert not Reading(empty(), [note, Finding("error", "x", "x", "x", "x")]).is_publishable
