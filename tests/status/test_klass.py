"""KLASS: the codes on a day, as its service writes them."""

import json

import httpx
import pytest

from dugnad.shared.errors import Refusal
from dugnad.status.outbound import Client
from dugnad.status.providers import klass

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.fixture
def body(shared_data):
    return (shared_data / "places/klass131_codesAt_2026-01-01.json").read_bytes()


def test_all_municipalities_of_2026(body):
    codes = klass.read_codes(body)
    assert len(codes) == 357 and len({code.county for code in codes}) == 15
    names = {code.code: code.name for code in codes}
    assert names["0301"] == "Oslo - Oslove"  # whole, and with its zero
    assert "9999" not in names  # "Uoppgitt" is no place
    assert next(code.county for code in codes if code.code == "4003") == "40"


def test_what_differs_from_our_own_list_is_named(body):
    ours = [(code.code, code.name) for code in klass.read_codes(body)]
    assert klass.differences(body, ours) == []
    # Norwegian names alone agree, wherever they stand in the official name.
    norwegian = {"0301": "Oslo", "5412": "Tjeldsund", "5001": "Trondheim"}
    assert klass.differences(body, [(code, norwegian.get(code, name)) for code, name in ours]) == []

    changed = [(code, "Skein" if code == "4003" else name) for code, name in ours if code != "4001"]
    changed.append(("9876", "Ingensteds"))
    assert [(f.where, f.what) for f in klass.differences(body, changed)] == [
        ("4001", "KLASS has Porsgrunn, which is missing here"),
        ("4003", "KLASS writes Skien, here it is Skein"),
        ("9876", "Ingensteds is not in KLASS on that day"),
    ]


def test_changes_come_by_day():
    lines = [
        ("1507", "Ålesund", "1580", "Haram", "2024-01-01"),
        ("1507", "Ålesund", "1508", "Ålesund", "2024-01-01"),
        ("1504", "Ålesund", "1507", "Ålesund", "2020-01-01"),
    ]
    keys = ("oldCode", "oldName", "newCode", "newName", "changeOccurred")
    content = json.dumps({"codeChanges": [dict(zip(keys, line, strict=True)) for line in lines]}).encode()
    assert [(str(c.on), c.old_code, c.new_code) for c in klass.read_changes(content)] == [
        ("2020-01-01", "1504", "1507"),
        ("2024-01-01", "1507", "1508"),
        ("2024-01-01", "1507", "1580"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"codes": 1}',
        b'{"codes": [{"code": 301, "name": "Oslo"}]}',
        b'{"codes": [{"code": "0301"}]}',
    ],
)
def test_what_is_not_a_list_of_codes_is_refused(content):
    with pytest.raises(Refusal, match="KLASS"):
        klass.read_codes(content)


def test_the_questions_asked(tmp_path):
    asked = []

    def answer(request):
        asked.append(request.url.raw_path.decode())
        return httpx.Response(200, stream=httpx.ByteStream(b"{}"))

    client = Client(folder=tmp_path, transport=httpx.MockTransport(answer), resolver=lambda *_: ["93.184.215.14"])
    klass.fetch({"classification": 131, "date": "2026-01-01"}, client=client)
    klass.fetch({"from": "2020-01-01", "to": "2024-01-02"}, client=client)
    assert asked == [
        "/api/klass/v1/classifications/131/codesAt.json?date=2026-01-01",
        "/api/klass/v1/classifications/131/changes.json?from=2020-01-01&to=2024-01-02",
    ]
