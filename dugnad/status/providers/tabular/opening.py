"""From bytes to a sheet: what kind of file is it, which letters and which delimiter, where is the header.

Nothing here knows what the columns mean. What cannot be a table is refused with one sentence, before it costs anything.
"""

import codecs
import csv
import gzip
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.csv

from dugnad.shared.errors import Refusal
from dugnad.status.observations import Finding, Message

_ = Message

MAX_UNPACKED = 512 * 2**20
MAX_RATIO = 100  # a workbook of numbers packs 5 to 15 times; a bomb a thousand
MAX_ENTRIES = 2_000
MAX_COLUMNS = 1_024
MAX_CELL = 100_000  # characters

_DELIMITERS = ",;\t"
_ENCODINGS = {"utf-8": "utf-8", "utf-8-sig": "utf-8-sig", "cp1252": "cp1252", "utf-16": "utf-16"}
_CODED = pa.dictionary(pa.int32(), pa.string())
_FAR_COLUMN = re.compile(rb'<c\b[^>]*?\br="([A-Z]{3})\d')
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")  # letters in which a declaration could hide
_SEEN_AS_FILE = (
    (b"%PDF", "PDF"),
    (b"PAR1", "Parquet"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)


@dataclass(frozen=True)
class Column:
    """One column: texts as a dictionary (keys) or one by one (values), blank as ''. Workbooks also hold numbers."""

    text: pa.ChunkedArray
    number: pa.Array | None = None  # where a cell is a number: the number; its text is then ''


@dataclass(frozen=True)
class Sheet:
    """A table with a header.

    `load(keys, values)` reads the columns asked for, and only those. It also gives the positions of torn rows: those
    with more or fewer cells than the header.
    """

    header: list[str]
    first_row: int  # the row of the file where the data begin, counted as a spreadsheet counts
    load: Callable[[Sequence[int], Sequence[int]], tuple[dict[int, Column], list[int]]]
    findings: list[Finding]
    top: list[list[str]]  # the first rows, to help the one who stated the wrong header


def open_sheet(content: bytes, mapping: Mapping[str, Any]) -> Sheet:
    """The sheet in a file; `Refusal` when it is no table."""
    findings: list[Finding] = []
    if content[:2] == b"\x1f\x8b":
        content = _unpacked(content)
    if not (content[:4096].strip() or content.strip()):
        raise Refusal(_("The file is empty"), "", _("Send the file again."))
    _refuse_other_files(content)
    stated = mapping.get("format")
    if content[:4] == b"PK\x03\x04":
        if stated == "csv":
            findings.append(_wrong_name(_("The file is a workbook (XLSX) although the mapping says CSV")))
        return _workbook(content, mapping, findings)
    if stated == "xlsx":
        findings.append(_wrong_name(_("The file is text (CSV) although the mapping says XLSX")))
    return _delimited(_as_utf8(content, mapping, findings), mapping, findings)


def normal(text: str) -> str:
    """A header or a label as it is compared: composed letters, single blanks, none at the ends.

    >>> normal("  Troms\\u00a0 fylke ")
    'Troms fylke'
    """
    return " ".join(unicodedata.normalize("NFC", text).split())


def _wrong_name(what: str) -> Finding:
    return Finding("note", "other_format", what, "", _("Nothing needs to be done: the file was read as what it is."))


def _unpacked(content: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(content)) as file:
            unpacked = file.read(MAX_UNPACKED + 1)
    except (EOFError, OSError, zlib.error):
        remedy = _("Send the file again, or send it unpacked.")
        raise Refusal(_("The packed file is damaged or cut short"), "", remedy) from None
    if len(unpacked) > MAX_UNPACKED:
        raise _too_large()
    return unpacked


def _too_large() -> Refusal:
    megabytes = MAX_UNPACKED // 2**20
    return Refusal(
        _("The file unpacks to more than {megabytes} MB", megabytes=megabytes), "", _("Send only the table, as CSV.")
    )


def _refuse_other_files(content: bytes) -> None:
    as_table = _("Open it in the program it belongs to and save the table as XLSX or CSV.")
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise Refusal(
                _("The workbook is protected with a password"), "", _("Save it without a password and send it again.")
            )
        raise Refusal(_("The file is an old workbook (XLS)"), "", _("Save it as XLSX and send it again."))
    for mark, name in _SEEN_AS_FILE:
        if content.startswith(mark):
            raise Refusal(_("The file is {name}, not a table", name=name), "", as_table)
    start = content[:1024].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if start.startswith(b"<"):
        raise Refusal(
            _("The file is a web page or XML, not a table"),
            "",
            _("Download the data file itself; a login page or an error page may have been saved in its place."),
        )
    if re.match(rb'\{\s*("|\})|\[\s*[\[{"\d\]-]', start):
        raise Refusal(
            _("The file is JSON, not a table"), "", _("Use the provider jsonstat for JSON-stat, or send CSV or XLSX.")
        )


# Text


def _as_utf8(content: bytes, mapping: Mapping[str, Any], findings: list[Finding]) -> bytes:
    """The content as UTF-8 without a mark at its front; a finding says when it was something else."""
    stated = mapping.get("encoding")
    encoding = _ENCODINGS[stated] if stated else _encoding_of(content)
    if encoding in ("utf-8", "utf-8-sig"):
        content = content.removeprefix(codecs.BOM_UTF8)
    try:
        if not content.isascii() or encoding == "utf-16":
            text = content.decode("utf-8" if encoding == "utf-8-sig" else encoding)
            if encoding in ("cp1252", "utf-16"):
                content = text.encode()
                if not stated:
                    findings.append(
                        Finding(
                            "note",
                            "encoding",
                            _("The file is written in {encoding}, not UTF-8", encoding=encoding),
                            "",
                            _("Check that æ, ø and å look right; state encoding in the mapping to be sure."),
                        )
                    )
    except UnicodeError as error:
        at = error.start if isinstance(error, UnicodeDecodeError) else 0
        raise Refusal(
            _("The file is not text in the encoding {encoding}", encoding=encoding),
            _("row {rows}", rows=content.count(b"\n", 0, at) + 1),
            _("Save it as CSV with the encoding UTF-8, or state the encoding it has."),
        ) from None
    if (at := content.find(b"\0")) >= 0:
        raise Refusal(
            _("The file holds bytes that are not text"),
            _("row {rows}", rows=content.count(b"\n", 0, at) + 1),
            _("Save the table as CSV or XLSX and send it again."),
        )
    for garbled in () if content.isascii() else ("Ã¥", "Ã¸", "Ã¦", "Ã˜", "\ufffd"):
        if (at := content.find(garbled.encode())) >= 0:
            findings.append(
                Finding(
                    "error",
                    "garbled_letters",
                    _("The letters æ, ø and å are destroyed: the file has {garbled}", garbled=garbled),
                    _("row {rows}", rows=content.count(b"\n", 0, at) + 1),
                    _("Save the file from its source again, with the encoding UTF-8."),
                )
            )
            break
    return content


def _encoding_of(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if content.isascii():
        return "utf-8"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _delimited(content: bytes, mapping: Mapping[str, Any], findings: list[Finding]) -> Sheet:
    if content.endswith((b"\n\n", b"\n\r\n", b"\r\r")):
        content = content.rstrip(b"\r\n")
    rows = _header_rows(mapping)
    delimiter = mapping.get("delimiter") or _delimiter_of(content, mapping, rows)
    top, begins = _top_of(content, delimiter, rows[-1])
    header = _joined(top, rows)
    if max(map(len, top)) < 2:
        raise Refusal(
            _("The file has only one column"),
            _("row {rows}", rows=rows[-1]),
            _("State the delimiter that separates the columns, or send the table with all its columns."),
        )
    if len(header) > MAX_COLUMNS:
        raise _too_wide()

    def load(keys: Sequence[int], values: Sequence[int]) -> tuple[dict[int, Column], list[int]]:
        try:
            return _columns_by_arrow(content, begins, delimiter, len(header), keys, values), []
        except pa.ArrowInvalid:  # rows of uneven length, an open quote, a huge cell: find out where
            records, torn = _records(content[begins:], delimiter, len(header), rows[-1] + 1)
        texts = {at: pa.array([record[at] for record in records], pa.string()) for at in {*keys, *values}}
        coded = {at: text.dictionary_encode() if at in keys else text for at, text in texts.items()}
        return {at: Column(pa.chunked_array([text])) for at, text in coded.items()}, torn

    return Sheet(header, rows[-1] + 1, load, findings, top)


def _header_rows(mapping: Mapping[str, Any]) -> list[int]:
    stated = mapping.get("header", 1)
    return sorted(stated) if isinstance(stated, list) else [stated]


def _delimiter_of(content: bytes, mapping: Mapping[str, Any], rows: list[int]) -> str:
    """The delimiter that finds most of the columns the mapping names, then the most columns."""
    named = {normal(name) for name in columns_named(mapping)}

    def found(delimiter: str) -> tuple[int, int]:
        top = _top_of(content, delimiter, rows[-1])[0]
        return len(named & {cell for row in top for cell in row}), max(map(len, top), default=0)

    return max(_DELIMITERS, key=found)


def columns_named(mapping: Mapping[str, Any]) -> list[str]:
    """Every column the mapping speaks of by name."""
    columns = dict(mapping.get("columns", {}))
    breakdown = columns.pop("breakdown", {})
    left_out = [rule["column"] for rule in mapping.get("leave_out", [])]
    return [*columns.values(), *breakdown.values(), *mapping.get("indicator_columns", {}), *left_out]


def _top_of(content: bytes, delimiter: str, last: int) -> tuple[list[list[str]], int]:
    """The rows to the last header row and some more, and the byte where the data begin."""
    lines = content[: 2**18].splitlines(keepends=True)
    reader = csv.reader((line.decode(errors="replace") for line in lines), delimiter=delimiter)
    top: list[list[str]] = []
    begins = 0
    try:
        for record in islice(reader, last + 10):
            top.append([normal(cell) for cell in record])
            if len(top) == last:
                begins = sum(map(len, lines[: reader.line_num]))
    except csv.Error:
        pass  # a cell of absurd length below the header; found again, and placed, when the rows are read
    return top, begins


def _joined(top: list[list[str]], rows: list[int]) -> list[str]:
    """One name for each column. In all header rows but the last a blank cell continues the one to its left."""
    if len(top) < rows[-1] or not any(top[rows[-1] - 1]):
        raise Refusal(
            _("The file has no header"),
            _("row {rows}", rows=rows[-1]),
            _("State in the mapping which row is the header."),
        )
    width = max(len(top[row - 1]) for row in rows)
    names = [""] * width
    for row in rows:
        cell = ""
        for at in range(width):
            here = top[row - 1][at] if at < len(top[row - 1]) else ""
            cell = here or (cell if row != rows[-1] else "")
            names[at] = f"{names[at]} {cell}".strip()
    return names


def _columns_by_arrow(
    content: bytes, begins: int, delimiter: str, width: int, keys: Sequence[int], values: Sequence[int]
) -> dict[int, Column]:
    quoted = content.find(b'"', begins) >= 0
    if quoted and content.count(b'"', begins) % 2:
        raise pa.ArrowInvalid("a quote is not closed")
    wanted = sorted({*keys, *values})
    if begins >= len(content):
        return {at: Column(pa.chunked_array([], _CODED if at in keys else pa.string())) for at in wanted}
    table = pa.csv.read_csv(
        pa.py_buffer(content).slice(begins),
        read_options=pa.csv.ReadOptions(column_names=[str(at) for at in range(width)], block_size=2**22),
        parse_options=pa.csv.ParseOptions(
            delimiter=delimiter,
            quote_char='"' if quoted else False,
            newlines_in_values=quoted,
            ignore_empty_lines=False,  # an empty row is still a row: row numbers are what a spreadsheet shows
        ),
        convert_options=pa.csv.ConvertOptions(
            include_columns=[str(at) for at in wanted],
            column_types={str(at): _CODED if at in keys else pa.string() for at in wanted},
            strings_can_be_null=False,
        ),
    ).unify_dictionaries()
    return {at: Column(table[str(at)]) for at in wanted}


def _records(body: bytes, delimiter: str, width: int, first_row: int) -> tuple[list[list[str]], list[int]]:
    """The rows one by one; those of another length than the header are filled up or cut, and named as torn."""
    records: list[list[str]] = []
    torn: list[int] = []
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(io.StringIO(body.decode(), newline=""), delimiter=delimiter, strict=True)
    try:
        for record in reader:
            if len(record) != width:
                extra = [cell for cell in record[width:] if cell.strip()]
                if extra or (len([cell for cell in record if cell.strip()]) > 1 and len(record) < width):
                    torn.append(len(records))
                record = (record + [""] * width)[:width]
            records.append(record)
    except csv.Error:
        raise Refusal(
            _("A quoted text is not closed, or a cell is longer than {limit} characters", limit=MAX_CELL),
            _("row {rows}", rows=first_row + len(records)),
            _("The file may be cut short: mend the row or send the file again."),
        ) from None
    return records, torn


def _too_wide() -> Refusal:
    return Refusal(
        _("The table has more than {limit} columns", limit=MAX_COLUMNS),
        "",
        _("Send the table in long form, or split it."),
    )


# Workbooks


def _workbook(content: bytes, mapping: Mapping[str, Any], findings: list[Finding]) -> Sheet:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    _check_archive(content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheet = book.get_sheet_by_name(_sheet_name(book, mapping.get("sheet")))
    except PasswordError:
        raise Refusal(
            _("The workbook is protected with a password"), "", _("Save it without a password and send it again.")
        ) from None
    except CalamineError:
        raise _damaged() from None
    if sheet.total_width > MAX_COLUMNS:
        raise _too_wide()
    rows = sheet.to_python(skip_empty_area=False)
    if not rows:
        raise Refusal(_("The sheet {sheet} is empty", sheet=sheet.name), "", _("State the sheet that has the table."))
    header_rows = _header_rows(mapping)
    top = [[normal(_as_text(cell)) for cell in row] for row in rows[: header_rows[-1] + 10]]
    header = _joined(top, header_rows)
    body = rows[header_rows[-1] :]

    def load(keys: Sequence[int], values: Sequence[int]) -> tuple[dict[int, Column], list[int]]:
        columns: dict[int, Column] = {}
        for at in {*keys, *values}:
            cells = [row[at] for row in body]
            if at in keys:
                columns[at] = Column(pa.chunked_array([_coded(cells)]))
            else:
                columns[at] = _numbers_and_texts(cells)
        return columns, []

    return Sheet(header, header_rows[-1] + 1, load, findings, top)


def _check_archive(content: bytes) -> None:
    """What a workbook unpacks to, looked at before anything believes it: size, ratio, entities, far columns."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        entries = archive.infolist()
        names = {entry.filename for entry in entries}
        if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
            raise Refusal(
                _("The file is an archive (ZIP) or a document, not an Excel workbook"),
                "",
                _("Unpack it and send the table, or save it as XLSX."),
            )
        unpacked = sum(entry.file_size for entry in entries)
        if unpacked > MAX_UNPACKED or len(entries) > MAX_ENTRIES:
            raise _too_large()
        if unpacked > MAX_RATIO * len(content) and unpacked > 2**20:
            raise Refusal(
                _("The workbook unpacks to {ratio} times its size", ratio=unpacked // len(content)),
                "",
                _("Delete the empty formatted rows below and beside the table, save it and send it again."),
            )
        for entry in entries:
            if entry.filename.endswith((".xml", ".rels")):
                _check_xml(archive, entry)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError):
        raise _damaged() from None


def _check_xml(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    tail = b""
    is_sheet = entry.filename.startswith("xl/worksheets/")
    with archive.open(entry) as file:
        while block := file.read(2**20):
            text = tail + block
            if b"<!DOCTYPE" in text or b"<!ENTITY" in text or (not tail and text[:2] in _UTF16):
                raise Refusal(
                    _("The workbook declares entities or an encoding that no spreadsheet program writes"),
                    entry.filename,
                    _("Open it in a spreadsheet program, save it as XLSX and send it again."),
                )
            if is_sheet:
                for match in _FAR_COLUMN.finditer(text):
                    a, b, c = match[1]
                    if ((a - 64) * 26 + b - 64) * 26 + c - 64 > MAX_COLUMNS:
                        raise _too_wide()
            tail = text[-64:]


def _damaged() -> Refusal:
    return Refusal(
        _("The workbook is damaged or cut short"), "", _("Open it, save it as XLSX again and send the new file.")
    )


def _sheet_name(book: Any, stated: str | int | None) -> str:
    """The sheet the mapping states by name or number, or the only one a reader of the workbook sees."""
    shown = [s.name for s in book.sheets_metadata if str(s.visible).endswith("Visible") and "WorkSheet" in str(s.typ)]
    if stated is None and len(shown) == 1:
        return shown[0]
    if isinstance(stated, int) and 1 <= stated <= len(book.sheet_names):
        return book.sheet_names[stated - 1]
    if stated in book.sheet_names:
        return str(stated)
    names = ", ".join(book.sheet_names[:20])
    what = (
        _("The workbook has several sheets")
        if stated is None
        else _("The workbook has no sheet {sheet}", sheet=str(stated))
    )
    raise Refusal(what, "", _("State one of them as sheet in the mapping: {names}.", names=names))


def _as_text(cell: object) -> str:
    """A cell as it would be typed: 4003 for 4003.0, a date as ISO writes it.

    >>> _as_text(4003.0), _as_text(0.5), _as_text(datetime(2024, 1, 1)), _as_text(None)
    ('4003', '0.5', '2024-01-01', '')
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(int(cell))  # so that TRUE and 1, which are equal, say the same
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return "" if cell is None else str(cell)


def _coded(cells: list[Any]) -> pa.DictionaryArray:
    number = {cell: at for at, cell in enumerate(dict.fromkeys(cells))}
    words = pa.array([_as_text(cell) for cell in number], pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(map(number.__getitem__, cells), pa.int32()), words)


def _numbers_and_texts(cells: list[Any]) -> Column:
    numbers = [cell if type(cell) in (float, int) else None for cell in cells]
    texts = ["" if number is not None else _as_text(cell) for cell, number in zip(cells, numbers, strict=True)]
    return Column(pa.chunked_array([pa.array(texts, pa.string())]), pa.array(numbers, pa.float64(), from_pandas=False))
