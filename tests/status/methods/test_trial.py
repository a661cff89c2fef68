"""A method on a file of the reader's own: what comes of it, what is refused and comes back, and that it is safe."""

import base64
import csv
import io
import re
import zipfile
from html import unescape
from pathlib import Path

import pytest
import xlsxwriter
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation

from dugnad.shared.errors import Refusal
from dugnad.status.methods import read_method, trial
from dugnad.status.methods.trial import Sent, try_method
from dugnad.status.reading import Limits
from tests.attacks.test_uploads import zip_bomb
from tests.status.methods.test_command import METHOD, VALUES

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
PAGE = "/en/metode/prov"


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    cache.clear()


def post(client: Client, **data: object) -> tuple[int, str]:
    response = client.post(PAGE, data)
    assert "no-store" in response["Cache-Control"]
    return response.status_code, response.content.decode()


def test_files_in_scores_out(client: Client) -> None:
    status, shown = post(
        client,
        values=SimpleUploadedFile("tall.csv", VALUES.encode()),
        method=SimpleUploadedFile("m.yaml", METHOD.encode()),
    )
    assert status == 200 and "A small index" in shown and "small 2" in shown
    files = dict(re.findall(r'href="data:[^"]*;base64,([^"]+)" download="([^"]+)"', shown))
    found = {name: base64.b64decode(content) for content, name in files.items()}
    assert set(found) == {"indicators.csv", "goals.csv", "index.csv", "report.html", "scores.zip"}
    index = {row["place"]: row["score"] for row in csv.DictReader(io.StringIO(found["index.csv"].decode()))}
    assert index == {"4001": "90", "4003": "45", "4010": "50"}
    packed = zipfile.ZipFile(io.BytesIO(found["scores.zip"]))
    assert packed.read("index.csv") == found["index.csv"]


def test_texts_and_a_published_method_and_a_table_of_indicators(client: Client) -> None:
    table = "code,goal,lower,upper\na,1,0,10\nb,2,50,0\n"
    status, shown = post(
        client, values_text=VALUES, base="sdg-index", method=SimpleUploadedFile("book.csv", table.encode())
    )
    assert status == 200 and "Without index and rank" in shown  # 4003 lacks half of the indicators: over 20 %
    assert "4003: too many indicators without a value" in shown


def test_the_example_is_filled_in_and_runs(client: Client) -> None:
    shown = client.get(f"{PAGE}?eksempel=1").content.decode()
    texts = re.findall(r"<textarea[^>]*>\s*(.*?)</textarea>", shown, re.DOTALL)
    assert "Bakkeby,ledighet,2024,0.8" in texts[0] and "max_missing: 0.4" in texts[1]
    status, shown = post(client, values_text=texts[0], method_text=texts[1], base="sdg-index")
    assert status == 200 and "83.5" in shown


def test_a_workbook(tmp_path: Path) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(
            [["Place", "indicator", "period", "value"], [4001, "a", 2020, 2.5], ["4003", "a", 2020, "5"]]
        ):
            sheet.write_row(at, 0, row)
    method = "indicators: [{code: a, goal: 1, lower: 0, upper: 10}]"
    found = try_method(Sent("bok.xlsx", file.getvalue()), Sent("m.yaml", method.encode()), extends="", lang="en")
    assert [(row["place"], row["score"]) for row in found.index] == [("4001", "25"), ("4003", "50")]


@pytest.mark.parametrize(
    ("values", "method", "says", "at"),
    [
        (VALUES.replace(",9,", ",nine,"), METHOD, "nine is not a number (tall.csv, line 2)", "values"),
        (VALUES, METHOD.replace("upper: 10", "uper: 10"), "Did you mean upper?", "method"),
        (VALUES, "", "Choose a file, or write the text below.", "method"),
        ("", METHOD, "Choose a file, or write the text below.", "values"),
    ],
)
def test_what_is_refused_comes_back_to_be_mended(client: Client, values: str, method: str, says: str, at: str) -> None:
    data = {}
    if values:
        data["values"] = SimpleUploadedFile("tall.csv", values.encode())
    status, shown = post(client, method_text=method, base="composite", **data)
    assert status == 422 and says.replace("'", "&#x27;") in shown.replace("&quot;", '"')
    assert f'id="id_{at}_error"' in shown and 'role="alert"' in shown
    texts = re.findall(r"<textarea[^>]*>\s*(.*?)</textarea>", shown, re.DOTALL)
    assert [unescape(text).strip() for text in texts] == [values.strip(), method.strip()]
    assert '<option value="composite" selected>' in shown


def test_one_address_may_not_send_without_end(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise Refusal("Wrong", "values.csv", "Mend it.")

    monkeypatch.setattr("dugnad.status.method_views.try_method", refuse)
    answers = [post(client, values_text="a", method_text="b: 1")[0] for _ in range(11)]
    assert answers == [422] * 10 + [429]
    status, shown = post(client, values_text="my values", method_text="b: 1")
    assert status == 429 and "my values" in shown and "many files in a short time" in shown


ESCAPES = [
    "indicators: /etc/passwd", "indicators: ../request.json", "groups: ../../../../etc/hostname\n" + METHOD.replace(
        "groups: {4001: south, 4003: south, 4010: south}\n", ""), 'indicators: "a\\0b"',
]  # fmt: skip


@pytest.mark.parametrize("method", ESCAPES)
def test_a_method_reads_no_other_file(tmp_path: Path, method: str) -> None:
    (tmp_path / "m.yaml").write_text(method)
    with translation.override("en"), pytest.raises(Refusal, match=r"does not stand in the folder|as UTF-8 text"):
        read_method(tmp_path / "m.yaml")


def test_a_table_in_a_folder_below_the_method_is_read(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "book.csv").write_text("code,goal,lower,upper\na,1,0,1\n")
    (tmp_path / "m.yaml").write_text("indicators: tables/book.csv")
    assert read_method(tmp_path / "m.yaml").indicators[0].code == "a"


@pytest.mark.parametrize("method", [b"a: &a [x]\nb: [*a, *a]\n", b"[" * 100_000, b"\xff\xfe\x00", b"- a\n- b\n"])
def test_methods_made_to_hurt_are_refused_in_a_sentence(tmp_path: Path, method: bytes) -> None:
    (tmp_path / "m.yaml").write_bytes(method)
    with translation.override("en"), pytest.raises(Refusal, match=r"\.$"):
        read_method(tmp_path / "m.yaml")


def test_a_workbook_made_to_hurt_is_refused_in_a_sentence() -> None:
    with translation.override("en"), pytest.raises(Refusal, match=r"unpacks to .* \(v.xlsx\)"):
        try_method(Sent("v.xlsx", zip_bomb()), Sent("m.yaml", METHOD.encode()), extends="", lang="en")


def test_the_child_is_limited_and_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    small = Limits(content_bytes=10**6, memory_bytes=10**7, cpu_seconds=5, seconds=20, answer_bytes=10**6)
    sent = Sent("v.csv", VALUES.encode()), Sent("m.yaml", METHOD.encode())
    with translation.override("en"):
        with pytest.raises(Refusal, match=r"memory|computed"):
            try_method(*sent, extends="", lang="en", limits=small)
        with pytest.raises(Refusal, match="larger than 0 MB"):
            try_method(*sent, extends="", lang="en", limits=Limits(content_bytes=10))
        monkeypatch.setattr(trial, "PATIENCE", 0.01)
        with trial._one_at_a_time, pytest.raises(Refusal, match="Try again in a moment"):
            try_method(*sent, extends="", lang="en")
