"""A17, A18, A24: files made to hurt. Each is refused with a plain sentence, soon, and costs the server nothing."""

import gzip
import io
import resource
import time
import zipfile
from collections.abc import Callable

import pytest
import xlsxwriter

from dugnad.shared.errors import Refusal
from dugnad.status.providers.tabular import opening
from dugnad.status.reading import read_in_child

pytestmark = pytest.mark.usefixtures("in_english")
MAPPING = {
    "columns": {"place": "kommune", "period": "år", "value": "verdi"},
    "constants": {"indicator": "eks.2026.a"},
}


HEAD = "kommune;år;verdi\n".encode()


def workbook(edit: dict[str, bytes] | None = None, rows: list[list] | None = None) -> bytes:
    """A sound workbook, some of its files replaced."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows or [["kommune", "år", "verdi"], ["4003", "2024", 5.7]]):
            sheet.write_row(at, 0, row)
    again = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as new:
        for name in {*old.namelist(), *(edit or {})}:
            new.writestr(name, (edit or {}).get(name) or old.read(name))
    return again.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
BEGIN = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
END = b"</sheetData></worksheet>"
HEADER = (
    b'<row r="1"><c r="A1" t="inlineStr"><is><t>kommune</t></is></c>'
    b'<c r="B1" t="inlineStr"><is><t>\xc3\xa5r</t></is></c>'
    b'<c r="C1" t="inlineStr"><is><t>verdi</t></is></c></row>'
)


def laughs() -> bytes:
    lines = [b'<!ENTITY a0 "ha">'] + [b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10)]
    return workbook(
        {SHEET: b"<?xml version='1.0'?><!DOCTYPE x [" + b"".join(lines) + b"]>" + BEGIN[21:] + b"&a9;" + END}
    )


def outside() -> bytes:
    declared = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    return workbook({"xl/sharedStrings.xml": declared + b"<sst><si><t>&e;</t></si></sst>"})


def hidden_outside() -> bytes:
    text = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><sst/>'
    return workbook({"xl/sharedStrings.xml": text.encode("utf-16")})


def million_blank_rows() -> bytes:
    rows = b"".join(b'<row r="%d"><c r="A%d" s="1"/><c r="B%d" s="1"/></row>' % (n, n, n) for n in range(2, 1_000_000))
    return workbook({SHEET: BEGIN + HEADER + rows + END})


def far_corner() -> bytes:
    return workbook({SHEET: BEGIN + HEADER + b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>' + END})


def too_wide() -> bytes:
    return workbook(rows=[[f"k{n}" for n in range(16_384)]])


def zip_bomb() -> bytes:
    return workbook({SHEET: BEGIN + b" " * 300_000_000 + END})


def lying_zip() -> bytes:
    """A directory that says the sheet is small."""
    content = bytearray(workbook({SHEET: BEGIN + b" " * 50_000_000 + END}))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        size = archive.getinfo(SHEET).file_size.to_bytes(4, "little")
    return bytes(content.replace(size, (1000).to_bytes(4, "little")))


def many_entries() -> bytes:
    return workbook({f"xl/x{n}.xml": b"<x/>" for n in range(5000)})


def damaged(keep: float) -> Callable[[], bytes]:
    def cut() -> bytes:
        content = workbook()
        return content[: int(len(content) * keep)]

    return cut


def protected() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 2000


def archive_of(name: str) -> Callable[[], bytes]:
    def packed() -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(name, HEAD + b"4003;2024;1\n")
        return file.getvalue()

    return packed


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "billion laughs": (laughs, "declares entities"),
    "external entity": (outside, "declares entities"),
    "external entity in another encoding": (hidden_outside, "declares entities"),
    "cell in the far corner": (far_corner, "more than 1024 columns"),
    "16,384 columns": (too_wide, "more than 1024 columns"),
    "zip bomb": (zip_bomb, "unpacks to"),
    "zip that lies about its size": (lying_zip, "damaged"),
    "5,000 entries": (many_entries, "unpacks to more"),
    "cut workbook": (damaged(0.6), "damaged"),
    "workbook cut at its end": (damaged(0.99), "damaged"),
    "password": (protected, "password"),
    "XLS": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4000, "old workbook"),
    "zip of a csv": (archive_of("tall.csv"), "archive"),
    "zip with a path upwards": (archive_of("../../etc/passwd"), "archive"),
    "gzip bomb": (lambda: gzip.compress(b"0" * 600_000_000, 1), "unpacks to more"),
    "cut gzip": (lambda: gzip.compress(HEAD * 1000)[:50], "damaged or cut"),
    "garbled gzip": (lambda: b"\x1f\x8b" + b"garbage" * 99, "damaged or cut"),
    "web page": (lambda: b"\n<!DOCTYPE html><html><body>503</body></html>", "web page"),
    "XML": (lambda: b'<?xml version="1.0"?><a/>', "web page or XML"),
    "SVG": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "web page or XML"),
    "JSON": (lambda: b'{"class": "dataset", "value": [1, 2', "JSON"),
    "deep JSON": (lambda: b"[" * 100_000, "JSON"),
    "PDF": (lambda: b"%PDF-1.7 ...", "PDF"),
    "Parquet": (lambda: b"PAR1" + b"\0" * 100, "Parquet"),
    "bytes": (lambda: bytes(range(256)) * 100, "not text|bytes that are not text"),
    "one column": (lambda: b"kommune\n4003\n", "only one column"),
    "blank": (lambda: b" \n\n  ", "empty"),
    "200 kB of quotes": (lambda: HEAD + b'"' * 200_001, "not closed"),
    "cell of a megabyte": (lambda: HEAD + b"4003;2024;" + b"9" * 9_000_000, "longer than"),
    "header of a million columns": (lambda: b";".join([b"a"] * 1_000_000) + b"\n1", "column"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_in_words(name: str) -> None:
    make, said = REFUSED[name]
    content = make()
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    with pytest.raises(Refusal, match=said) as refused:
        read_in_child("tabular", content, MAPPING)
    seconds = time.monotonic() - begun
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert refused.value.remedy and "Traceback" not in str(refused.value)
    assert grown < 100, f"the parent grew by {grown:.0f} MB"
    assert seconds < 100, "two seconds on an idle machine; the rest is for a busy one"


def test_a_million_blank_rows_are_refused_or_read_within_limits() -> None:
    content = million_blank_rows()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        assert len(read_in_child("tabular", content, MAPPING).table) == 0
    except Refusal as refusal:
        assert "unpacks to" in refusal.what
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 100


@pytest.mark.parametrize("cell", ["=1+1", '=HYPERLINK("http://x")', "=cmd|' /C calc'!A0", "NaN", "1e308", "9" * 5000])
def test_cells_that_are_no_numbers_never_become_values(cell: str) -> None:
    quoted = '"' + cell.replace('"', '""') + '"'
    reading = read_in_child("tabular", HEAD + f"4001;2024;1\n4003;2024;{quoted}\n".encode(), MAPPING)
    assert reading.table["place"].to_pylist() == ["4001"]
    assert [finding.level for finding in reading.findings] == ["error"]


def test_formulas_and_links_in_a_workbook_are_read_as_their_values_and_followed_nowhere() -> None:
    cells = b'<row r="2"><c r="A2"><v>4003</v></c><c r="B2"><v>2024</v></c><c r="C2"><f>[1]x!A1*2</f><v>7</v></c></row>'
    reading = read_in_child("tabular", workbook({SHEET: BEGIN + HEADER + cells + END}), MAPPING)
    assert reading.table["value"].to_pylist() == [7.0]


def test_a_search_pattern_that_would_never_end_is_ended() -> None:
    from dugnad.status.reading import Limits

    content = b"kommune;" + b"a" * 60 + b"!\n4003;1\n"
    mapping = {**MAPPING, "columns": {"place": "kommune"}, "period_columns": "^(a+)+$"}
    with pytest.raises(Refusal, match="more time"):
        read_in_child("tabular", content, mapping, limits=Limits(cpu_seconds=2, seconds=10))


def test_control_a_sound_workbook_is_read() -> None:
    """The same workbook without the harm: the tests above would otherwise pass for any workbook."""
    assert read_in_child("tabular", workbook(), MAPPING).table["value"].to_pylist() == [5.7]
    assert opening.MAX_COLUMNS < 16_384
