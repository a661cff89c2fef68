"""SSB through a fake that keeps SSB's limits and has every bad day the design names."""

import io
import json
import zipfile
from itertools import product
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dugnad.shared.errors import Refusal
from dugnad.status.observations import Reading, validate
from dugnad.status.outbound import SourceFailed
from dugnad.status.providers import ssb
from tests.status.fake_ssb import FAULTS, TABLE, FakeSSB

pytestmark = pytest.mark.usefixtures("in_english")
SOURCE = {"table": TABLE, "select": {"Region": ["*"], "ContentsCode": ["Folkemengde"], "Tid": ["*"]}}
MAPPING = {
    "place": "Region",
    "period": "Tid",
    "indicator": {"dimension": "ContentsCode", "codes": {"Folkemengde": "norge.2026.population"}},
    "expect": {"norge.2026.population": {"unit": "personer", "min": 0, "max": 100_000, "places": 357}},
}


def test_a_table_comes_through_and_nobody_is_overrun(tmp_path):
    fake = FakeSSB()
    raw = ssb.fetch(SOURCE, client=fake.client(tmp_path))
    reading = ssb.read(raw.content, MAPPING)

    assert reading.findings == [] and validate(reading.table) == []
    rows = {(row["place"], row["period"]): row["value"] for row in reading.table.to_pylist()}
    assert len(rows) == 357 * 5
    assert rows["1003", "2022"] == fake.value({"Region": "1003", "ContentsCode": "Folkemengde", "Tid": "2022"})
    assert fake.answered_429 == 0 and fake.most_in_flight == 1


def test_the_kept_file_says_what_was_asked_and_is_read_alike_whenever(tmp_path):
    raw = ssb.fetch(SOURCE, client=FakeSSB().client(tmp_path))
    with zipfile.ZipFile(io.BytesIO(raw.content)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert archive.namelist() == ["manifest.json", "metadata.json", "0001.json"]
    assert manifest["table"] == TABLE and manifest["answers"][0]["fetched_at"].startswith("2026-03-02T12:00")
    assert ssb.read(raw.content, MAPPING).table.equals(ssb.read(raw.content, MAPPING).table)


def test_pieces_are_put_together_as_one_table(tmp_path, monkeypatch):
    whole = ssb.fetch(SOURCE, client=FakeSSB().client(tmp_path))
    monkeypatch.setattr(ssb, "MAX_CELLS", 30)
    monkeypatch.setattr(ssb.chunks, "__defaults__", (30,))
    fake = FakeSSB()
    pieces = ssb.fetch(SOURCE, client=fake.client(tmp_path / "other"))
    assert ssb.read(pieces.content, MAPPING).table.equals(ssb.read(whole.content, MAPPING).table)
    # 60 questions at 30 a minute: more than a minute must have passed, and SSB never had to say stop.
    assert fake.answered_429 == 0 and fake.time - FakeSSB().time > 60


def test_a_changed_answer_in_the_kept_file_is_found(tmp_path):
    raw = ssb.fetch(SOURCE, client=FakeSSB().client(tmp_path))
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw.content)) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content.replace(b"12020", b"12021") if name == "0001.json" else content)
    with pytest.raises(Refusal, match="was changed after it came"):
        ssb.read(changed.getvalue(), MAPPING)


def imported(fake: FakeSSB, tmp_path) -> Reading:
    return ssb.read(ssb.fetch(SOURCE, client=fake.client(tmp_path)).content, MAPPING)


@pytest.mark.parametrize(("fault", "word"), FAULTS.items())
def test_a_bad_day_publishes_nothing_and_says_why(fault, word, tmp_path):
    try:
        reading = imported(FakeSSB(fault=fault), tmp_path)
    except Refusal as refusal:
        sentence = str(refusal)
    else:
        assert not reading.is_publishable
        sentence = str(reading.errors[0])
    assert word in sentence
    assert "{" not in sentence and sentence.endswith(".")


def test_without_a_fault_the_same_import_is_publishable(tmp_path):
    # The control of the test above: it can tell good from bad.
    assert imported(FakeSSB(), tmp_path).is_publishable


@pytest.mark.parametrize(
    "fault",
    ["timeout", "too many requests", "server error", "connection reset", "wrong Content-Length", "gzip garbage"],
)
def test_what_passes_is_waited_out(fault, tmp_path):
    fake = FakeSSB(fault=fault, until=2)
    assert imported(fake, tmp_path).is_publishable
    assert fake.bad == 2


def test_values_in_another_order_follow_their_codes(tmp_path):
    fake = FakeSSB()
    fake.dimensions["Tid"].reverse()
    turned, usual = imported(fake, tmp_path).table, imported(FakeSSB(), tmp_path / "other").table
    order = [("place", "ascending"), ("period", "ascending")]
    assert turned.sort_by(order).equals(usual.sort_by(order))


def test_the_status_inside_an_error_may_differ_from_the_answer_s(tmp_path, shared_data):
    seen = json.loads((shared_data / "formats/ssb/pxwebapi2_errors_and_limits.json").read_text())
    snippet = json.loads(seen["errors"][0]["snippet"])
    assert seen["errors"][0]["status"] == 400 and snippet["status"] == 404
    with pytest.raises(SourceFailed, match=r"Non-existent table \(404\)") as failed:
        imported(FakeSSB(fault="other status inside"), tmp_path)
    assert failed.value.status == 400


def test_a_code_that_is_gone_is_named_before_anything_is_asked(tmp_path):
    fake = FakeSSB()
    with pytest.raises(Refusal, match="no longer has 9999"):
        ssb.fetch({**SOURCE, "select": {**SOURCE["select"], "Region": ["1000", "9999"]}}, client=fake.client(tmp_path))
    assert len(fake.times) == 1


def test_one_answer_as_ssb_gives_it(shared_data):
    content = (shared_data / "formats/ssb/pxwebapi2_12134_jsonstat2.json").read_bytes()
    mapping = {
        "place": "KOKkommuneregion0000",
        "period": "Tid",
        "indicator": {"dimension": "ContentsCode", "codes": {"KOSAG110000": "norge.2026.free_income"}},
    }
    rows = ssb.read(content, mapping).table.to_pylist()
    assert [(row["place"], row["value"]) for row in rows] == [("0301", 81240), ("4601", 66605), ("5001", 62853)]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=1, max_size=4), st.integers(1, 60))
def test_every_cell_is_asked_for_exactly_once(sizes, limit):
    selection = {f"d{at}": [f"c{i}" for i in range(size)] for at, size in enumerate(sizes)}
    pieces = ssb.chunks(selection, limit)
    assert all(prod(map(len, piece.values())) <= limit for piece in pieces)
    asked = [cell for piece in pieces for cell in product(*piece.values())]
    assert sorted(asked) == sorted(product(*selection.values()))
    assert pieces == ssb.chunks(selection, limit)


def test_all_municipalities_by_age_sex_and_year_take_few_questions():
    sizes = {"Region": 357, "Kjonn": 2, "Alder": 106, "Tid": 40}  # 3.0 million cells
    pieces = ssb.chunks({name: [str(i) for i in range(size)] for name, size in sizes.items()})
    assert len(pieces) == 4
