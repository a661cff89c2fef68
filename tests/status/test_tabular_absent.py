"""What rows that are not there mean, when the mapping says so."""

import pytest

from dugnad.shared.errors import Refusal
from dugnad.status.observations import Reading, validate
from dugnad.status.providers.tabular import read

pytestmark = pytest.mark.usefixtures("in_english")

PLACES = [
    ["40", "Telemark", None, None, "county"],
    ["3806", "Porsgrunn", None, "2024-01-01", "municipality"],
    ["4001", "Porsgrunn", "2024-01-01", None, "municipality"],
    ["4003", "Skien", None, None, "municipality"],
]


def long(rows: str, absent: str) -> Reading:
    mapping = {
        "columns": {"place": "kommune", "period": "år", "value": "verdi", "indicator": "hva"},
        "absent": absent,
        "context": {"places": PLACES},
    }
    return read(f"kommune,hva,år,verdi\n{rows}\n".encode(), mapping)


def missing(reading: Reading) -> set[tuple[str, str, str, str]]:
    rows = reading.table.to_pylist()
    return {(r["place"], r["indicator"], r["period"], r["missing"]) for r in rows if r["missing"]}


def test_a_municipality_without_a_row_gets_the_reason():
    reading = long("4003,e.1.a,2024,5\n4001,e.1.a,2024,6\n4001,e.1.b,2025,7", "suppressed")
    assert missing(reading) == {("4003", "e.1.b", "2025", "suppressed")}
    assert (validate(reading.table), [(f.code, f.level, f.count) for f in reading.findings]) == (
        [],
        [("absent", "note", 1)],
    )


def test_only_municipalities_and_only_while_they_exist():
    # not filled: Telemark, a county; 4001 in 2023 and 3806 in 2024, which did not exist
    reading = long("3806,e.1.a,2023,5\n4001,e.1.a,2024,6\n40,e.1.a,2024,6\n4003,e.1.a,2024,6", "not_available")
    assert missing(reading) == {("4003", "e.1.a", "2023", "not_available")}


def test_a_word_that_is_no_reason_is_refused():
    with pytest.raises(Refusal, match="is not a reason"):
        long("4003,e.1.a,2024,5\n4001,e.1.a,2024,6", "unknown")
