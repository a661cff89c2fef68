"""A file of values, `place,indicator,period,value`, as a table; refused with its line where it is not understood."""

import csv
import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from dugnad.shared.errors import Refusal
from dugnad.status.observations import Message
from dugnad.status.providers.tabular.opening import open_sheet

NEEDED = ("place", "indicator", "value")
TEXTS = ("place", "indicator", "period", "group", "name")
NUMBERS = ("value", "error")
# How people write that there is no value.
NOTHING = ("", "NA", "N/A", "na", "n/a", "NaN", "nan", "null", "None", ".", "..", ":", "-", "NR")


def read_values(path: Path) -> pa.Table:
    """The table in a workbook (XLSX) or a CSV file: comma, semicolon or tab, UTF-8. A point in numbers; with semicolons
    a comma, as Norwegian spreadsheets write, where no number of the file has a point.

    The columns place, indicator, period and value; period may be left out where all values are of one time. group,
    name and error are understood; other columns are left aside. A row without a value is as no row.
    """
    try:
        content = path.read_bytes()
        if not content.strip():
            raise Refusal(_("The file is empty"), path.name, _("Name the columns place, indicator, period and value."))
        if content[:4] == b"PK\x03\x04":
            return _checked(path, _workbook(path, content))
        header, _newline, rows = content.decode("utf-8-sig").partition("\n")
    except OSError as error:
        raise unreadable(path, error) from None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _refusal(path, line, _("The file is not UTF-8 text"), _("Save it with the encoding UTF-8.")) from None
    delimiter = max(",;\t", key=header.count)
    names = [name.strip().strip('"').strip().lower() for name in header.strip("\r\n").split(delimiter)]
    names = _one_name(names)
    used = _used(path, names)
    if not rows.strip():
        raise _refusal(path, 1, _("The file has no rows"), _("Write a row for each value."))
    try:
        table = pcsv.read_csv(
            io.BytesIO(content.removeprefix(b"\xef\xbb\xbf")),
            read_options=pcsv.ReadOptions(column_names=names, skip_rows=1, use_threads=False),
            parse_options=pcsv.ParseOptions(delimiter=delimiter, ignore_empty_lines=False),
            convert_options=pcsv.ConvertOptions(
                column_types=dict.fromkeys(used, pa.string()), include_columns=used, strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        raise _uneven(path, content.decode("utf-8-sig"), delimiter, len(names)) from None
    table = table.combine_chunks()
    return _checked(path, _with_points(table) if delimiter == ";" else table)


def _with_points(table: pa.Table) -> pa.Table:
    """The numbers with a point for their comma. Where one has a point, nobody can tell what a comma is for."""
    numbers = {name: table[name] for name in NUMBERS if name in table.column_names}
    if any(pc.any(pc.match_substring_regex(column, r"\d\.|\.\d")).as_py() for column in numbers.values()):
        return table
    for name, column in numbers.items():
        written = pc.replace_substring_regex(column, r"^(\s*-?\d+),(\d+\s*)$", r"\1.\2")
        table = table.set_column(table.column_names.index(name), name, written)
    return table


def _one_name(names: list[str]) -> list[str]:
    """`year` is the period and `region` the group, where no column has that name itself."""
    others = {other: name for other, name in (("year", "period"), ("region", "group")) if name not in names}
    return [others.get(name, name) for name in names]


def _used(path: Path, names: list[str]) -> list[str]:
    """The columns that are understood; Refusal where one that is needed is not there, or one stands twice."""
    if absent := [name for name in NEEDED if name not in names]:
        raise _refusal(
            path,
            1,
            _("The values have no column %(names)s") % {"names": ", ".join(absent)},
            _("Name the columns place, indicator, period and value."),
        )
    if twice := [name for name in (*TEXTS, *NUMBERS) if names.count(name) > 1]:
        raise _refusal(path, 1, _("The column %(name)s stands twice") % {"name": twice[0]}, _("Remove one of them."))
    return [name for name in names if name in TEXTS + NUMBERS]


def _workbook(path: Path, content: bytes) -> pa.Table:
    """The columns of the one sheet of a workbook that are understood, as texts."""
    try:
        sheet = open_sheet(content, {})
    except Refusal as refusal:
        what, remedy = (
            text.translated(gettext) if isinstance(text, Message) else text for text in (refusal.what, refusal.remedy)
        )
        raise Refusal(what, path.name, remedy) from None
    names = _one_name([name.lower() for name in sheet.header])
    used = _used(path, names)
    at = {name: names.index(name) for name in used}
    columns, _torn = sheet.load(
        [at[name] for name in used if name in TEXTS], [at[name] for name in used if name in NUMBERS]
    )
    found = {}
    for name in used:
        column = columns[at[name]]
        text = column.text.cast(pa.string())
        if column.number is not None:
            text = pc.if_else(pc.is_valid(column.number), column.number.cast(pa.string()), text.combine_chunks())
        found[name] = text
    return pa.table(found).combine_chunks()


def _checked(path: Path, table: pa.Table) -> pa.Table:
    columns = {name: pc.utf8_trim_whitespace(table[name]) for name in table.column_names}
    lines = pa.array(np.arange(2, len(table) + 2))
    blank = pc.and_(pc.equal(columns["place"], ""), pc.equal(columns["value"], ""))
    for name in ("place", "indicator"):
        empty = pc.and_(pc.equal(columns[name], ""), pc.invert(blank))
        if pc.any(empty).as_py():
            line = pc.filter(lines, empty)[0].as_py()
            raise _refusal(
                path, line, _("The row has no %(name)s") % {"name": name}, _("Write one, or remove the row.")
            )
    for name in NUMBERS:
        if name in columns:
            columns[name] = _numbers(path, columns[name], lines)
    kept = pc.invert(blank)
    found = pa.table({name: column.filter(kept) for name, column in columns.items()})
    if not len(found):
        raise _refusal(path, 1, _("The file has no rows"), _("Write a row for each value."))
    return found


def _numbers(path: Path, column: pa.ChunkedArray, lines: pa.Array) -> pa.ChunkedArray:
    nothing = pc.is_in(column, pa.array(NOTHING))
    texts = pc.if_else(nothing, pa.scalar(None, pa.string()), column)
    try:
        numbers = texts.cast(pa.float64())
        wrong = pc.fill_null(pc.invert(pc.is_finite(numbers)), False)
    except pa.ArrowInvalid:
        wrong = pa.chunked_array([[not _is_number(text) for text in texts.to_pylist()]])
    if pc.any(wrong).as_py():
        line = pc.filter(lines, wrong)[0].as_py()
        raise _refusal(
            path,
            line,
            _("%(value)s is not a number") % {"value": pc.filter(column, wrong)[0].as_py()},
            _("Write it with a decimal point, as 12.5; leave it empty where there is no value."),
        )
    return numbers


def _is_number(text: str | None) -> bool:
    if text is None:
        return True
    try:
        pa.scalar(text).cast(pa.float64())
    except pa.ArrowInvalid:
        return False
    return True


def unreadable(path: Path, error: OSError) -> Refusal:
    """Why a file that was named cannot be read."""
    why = {
        FileNotFoundError: _("The file does not exist"),
        IsADirectoryError: _("It is a folder, and not a file"),
        PermissionError: _("You have no right to read the file"),
    }
    return Refusal(why.get(type(error), _("The file cannot be read")), path.name, _("Check its name and place."))


def _uneven(path: Path, text: str, delimiter: str, cells: int) -> Refusal:
    """The first row that has another number of cells than the line of names."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    remedy = _("Write numbers with a decimal point, as 12.5, and put texts that hold a comma in quotes.")
    try:
        line, found = next((rows.line_num, len(row)) for row in rows if len(row) != cells)
    except (StopIteration, csv.Error):
        return Refusal(_("The rows of the file cannot be told apart"), path.name, remedy)
    what = _("The row has another number of cells than the line of names: %(found)s, and not %(expected)s")
    return _refusal(path, line, what % {"found": found, "expected": cells}, remedy)


def _refusal(path: Path, line: int, what: str, remedy: str) -> Refusal:
    return Refusal(what, _("%(file)s, line %(line)d") % {"file": path.name, "line": line}, remedy)
