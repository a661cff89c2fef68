"""A number that is none in some periods, when the mapping says so: a source that writes 0 before it counted."""

from typing import Any

import pytest

from dugnad.shared.errors import Refusal
from dugnad.status.observations import Reading, validate
from dugnad.status.providers.tabular import read

pytestmark = pytest.mark.usefixtures("in_english")

PLACES = [["4001", "Porsgrunn", None, None, "municipality"], ["4003", "Skien", None, None, "municipality"]]
RULE = {"indicator": "e.1.a", "value": 0, "periods": {"from": 1995, "to": "2011"}, "reason": "not_available"}
ROWS = "4001,x,1995,0\n4001,x,2011,0.0\n4001,x,2012,0\n4003,x,2000,7\n4003,y,2000,0\n4003,x,2010K4,0"


def table(rows: str, *rules: dict[str, Any], **more: Any) -> Reading:
    mapping = {
        "columns": {"place": "kommune", "period": "år", "value": "verdi", "indicator": "hva"},
        "indicators": {"x": {"id": "e.1.a", "multiply": 100}, "y": "e.1.b"},
        "missing": list(rules),
        "context": {"places": PLACES},
    }
    return read(f"kommune,hva,år,verdi\n{rows}\n".encode(), mapping | more)


def told(reading: Reading) -> dict[tuple[str, str, str], float | str]:
    rows = reading.table.to_pylist()
    return {(r["place"], r["indicator"], r["period"]): r["missing"] or r["value"] for r in rows}


def test_the_value_is_none_in_the_periods_and_of_the_indicator_alone() -> None:
    reading = table(ROWS, RULE)
    assert validate(reading.table) == []
    assert told(reading) == {
        ("4001", "e.1.a", "1995"): "not_available",
        ("4001", "e.1.a", "2011"): "not_available",
        ("4001", "e.1.a", "2012"): 0.0,  # after the span: nobody
        ("4003", "e.1.a", "2000"): 700.0,  # another number
        ("4003", "e.1.b", "2000"): 0.0,  # another indicator
        ("4003", "e.1.a", "2010-Q4"): "not_available",  # whole within the span
    }
    [note] = reading.findings
    assert (note.level, note.code, note.count) == ("note", "no_value", 3)
    assert str(note).startswith("0 is no figure of e.1.a from 1995 to 2011, as the mapping says (rows 2, 3, 7")


def test_several_rules_each_with_its_reason_and_numbers_as_the_file_has_them() -> None:
    other = RULE | {"value": 7, "periods": {"from": "2000", "to": "2000"}, "reason": "not_collected"}
    found = told(table(ROWS, RULE, other))
    assert (found["4003", "e.1.a", "2000"], found["4001", "e.1.a", "1995"]) == ("not_collected", "not_available")


def test_a_numerator_beside_it_goes_too() -> None:
    rows = "4001,x,1995,0,0,500\n4001,x,2012,0,0,500"
    mapping = {"place": "kommune", "period": "år", "value": "verdi", "indicator": "hva"}
    mapping |= {"numerator": "teller", "denominator": "nevner"}
    context = {"columns": mapping, "indicators": {"x": "e.1.a"}, "missing": [RULE], "context": {"places": PLACES}}
    first, last = read(f"kommune,hva,år,verdi,teller,nevner\n{rows}\n".encode(), context).table.to_pylist()
    assert (first["value"], first["numerator"], first["denominator"], first["missing"]) == (
        None,
        None,
        500,
        "not_available",
    )
    assert (last["value"], last["numerator"], last["missing"]) == (0, 0, None)


def test_a_rule_that_hits_nothing_is_warned_of() -> None:
    [warning] = table(ROWS, RULE | {"value": 99}).findings
    assert (warning.level, warning.code) == ("warning", "no_value_nowhere")
    assert "99 is no figure of e.1.a from 1995 to 2011" in str(warning)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"reason": "unknown"}, "unknown is not a reason"),
        ({"value": "0"}, "which value of which indicator"),
        ({"indicator": ""}, "which value of which indicator"),
        ({"periods": {"from": 1995}}, "in which periods"),
        ({"periods": {"from": "then", "to": "now"}}, "in which periods"),
        ({"periods": 1995}, "in which periods"),
        ({"periods": {"from": 2011, "to": 1995}}, "end before they begin"),
    ],
)
def test_what_is_no_rule_is_refused_in_words(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(Refusal, match=says):
        table(ROWS, RULE | wrong)
