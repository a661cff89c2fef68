"""JSON-stat 2.0 (and 1.x bundles, leniently): bytes to a cube to observations, and a cube back to strict bytes.

Fast because the numbers never become Python objects: arrays that hold nothing but numbers and null are cut out of the
text and read by Arrow's number reader; orjson reads the small rest. Anything else takes orjson's way through the whole
document, which also finds and places every mistake.
"""

import re
from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from dugnad.shared.errors import Refusal
from dugnad.status.cubes import Cube, Dimension, observations
from dugnad.status.observations import Message, Reading

_ = Message

MEDIA_TYPE = "application/json"
MAX_CELLS = 20_000_000  # a table of Norway by everything has a fraction of this; more is a mistake or an attack

_FETCH_AGAIN = _("Fetch the table again; if it comes back alike, report it to the source.")


def read(content: bytes, mapping: Mapping[str, Any]) -> Reading:
    """The observations in a JSON-stat document; the mapping is described at `cubes.observations`.

    `mapping["dataset"]` names one data set of a bundle that has several.
    """
    return observations(parse(content, str(mapping.get("dataset", ""))), mapping)


def parse(content: bytes, dataset: str = "") -> Cube:
    """The table in a JSON-stat document.

    >>> cube = parse(b'{"class":"dataset","id":["sex"],"size":[2],"value":[1,null],"status":{"1":".."},'
    ...              b'"dimension":{"sex":{"category":{"index":["M","F"]}}}}')
    >>> cube.values.tolist(), cube.mark_at(1)
    ([1.0, nan], '..')
    """
    document, numbers = _load(content)
    found = _dataset(document, dataset)
    dimensions = structure(found)
    sizes = [len(dimension) for dimension in dimensions]
    cells = prod(sizes)
    if cells > MAX_CELLS:
        raise _wrong(_("The table says it has {cells} cells", cells=cells), "size")
    marks, symbols = _marks(found.get("status"), cells)
    return Cube(
        dimensions,
        _values(found, numbers, cells),
        marks,
        symbols,
        label=str(found.get("label") or ""),
        source=str(found.get("source") or ""),
        updated=str(found.get("updated") or ""),
    )


def structure(document: dict[str, Any]) -> tuple[Dimension, ...]:
    """The dimensions of a data set, which may lack its numbers, as the metadata of PxWeb does."""
    own = document.get("dimension")
    holder = document if "id" in document else own if isinstance(own, dict) else {}
    ids: Any = holder.get("id")
    sizes: Any = holder.get("size")
    if not isinstance(own, dict) or not _are(ids, str) or not _are(sizes, int) or len(ids) != len(sizes):
        raise _wrong(_("The table does not say what its dimensions are"), "id, size, dimension")
    if len(set(ids)) != len(ids):
        raise _wrong(_("A dimension is named twice"), "id")
    roles = {name: role for role, names in _object(holder.get("role")).items() for name in names or ()}
    return tuple(
        _dimension(name, size, own.get(name), roles.get(name, "")) for name, size in zip(ids, sizes, strict=True)
    )


def write(cube: Cube) -> bytes:
    """The cube as strict JSON-stat 2.0; `parse` gives the same cube back."""
    document: dict[str, Any] = {"version": "2.0", "class": "dataset"}
    document |= {name: text for name in ("label", "source", "updated") if (text := getattr(cube, name))}
    document |= {"id": [dimension.id for dimension in cube.dimensions], "size": list(cube.shape)}
    roles: dict[str, list[str]] = {}
    for dimension in cube.dimensions:
        if dimension.role:
            roles.setdefault(dimension.role, []).append(dimension.id)
    if roles:
        document["role"] = roles
    document["dimension"] = {dimension.id: _written(dimension) for dimension in cube.dimensions}
    # NaN is written as null, and a whole number without a fraction: the shortest text that reads back alike.
    whole = cube.values.size and bool(np.all((cube.values % 1 == 0) & (np.abs(cube.values) < 2**53)))
    document["value"] = cube.values.astype(np.int64) if whole else np.ascontiguousarray(cube.values)
    if cube.marks is not None and (marked := np.flatnonzero(cube.marks >= 0)).size:
        document["status"] = {str(cell): cube.symbols[cube.marks[cell]] for cell in marked.tolist()}
    return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)


def _written(dimension: Dimension) -> dict[str, Any]:
    category: dict[str, Any] = {
        "index": list(dimension.codes),
        "label": dict(zip(dimension.codes, dimension.labels, strict=True)),
    }
    units: dict[str, dict[str, Any]] = {}
    for code in dimension.codes:
        unit = {"base": dimension.units.get(code), "decimals": dimension.decimals.get(code)}
        if unit := {name: value for name, value in unit.items() if value is not None}:
            units[code] = unit
    return {"label": dimension.label, "category": category | ({"unit": units} if units else {})}


# --- the text -------------------------------------------------------------------------------------------------------

_KEY = b'"value"'
_OPENS = re.compile(rb"\s*:\s*\[")
_SPLIT_NUMBER = re.compile(rb"[^\s,]\s+[^\s,]")
_LINES = bytes.maketrans(b",", b"\n")
_BLANKS = b" \t\r\n"


def _load(content: bytes) -> tuple[Any, list[np.ndarray]]:
    """The document, and the number arrays cut out of it: "value": [[7]] stands for numbers[7]."""
    pieces: list[bytes] = []
    numbers: list[np.ndarray] = []
    at, key = 0, content.find(_KEY)
    while key >= 0:
        opens = _OPENS.match(content, key + len(_KEY)) if content[key - 1 : key] != b"\\" else None
        end = content.find(b"]", opens.end()) if opens else -1
        array = _numbers(content, opens.end(), end) if opens and end >= 0 else None
        if opens and array is not None:
            pieces += [content[at : opens.end()], b"[%d]" % len(numbers)]
            numbers.append(array)
            at = end
        key = content.find(_KEY, max(key + 1, at))
    try:
        return orjson.loads(b"".join([*pieces, content[at:]]) if pieces else content), numbers
    except orjson.JSONDecodeError:
        raise _unreadable(content) from None


def _numbers(content: bytes, start: int, end: int) -> np.ndarray | None:
    """The numbers between two brackets, NaN for null; None when they are not plainly that."""
    blank = any(content.find(blank, start, end) >= 0 for blank in (b" ", b"\n", b"\t", b"\r"))
    if blank and _SPLIT_NUMBER.search(content, start, end):
        return None
    lines = content[start:end].translate(_LINES, _BLANKS if blank else b"")
    if not lines:
        return np.empty(0)
    if lines.endswith(b"\n"):  # a comma at the end: the number reader would not miss what should follow
        return None
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(lines),
            read_options=pyarrow.csv.ReadOptions(column_names=["n"], use_threads=False),
            parse_options=pyarrow.csv.ParseOptions(ignore_empty_lines=False, quote_char=False),
            convert_options=pyarrow.csv.ConvertOptions(column_types={"n": pa.float64()}, null_values=["null"]),
        )
    except pa.ArrowInvalid:
        return None
    column = table["n"]
    # "nan" and "inf" are numbers to the reader and not to JSON; so is 1e999, which becomes inf.
    finite = pc.sum(pc.is_finite(column)).as_py() or 0
    return column.to_numpy() if finite + column.null_count == len(column) else None


def _unreadable(content: bytes) -> Refusal:
    """Why a text is not JSON, in words for the person who fetched it."""
    if not content.strip():
        return Refusal(_("The file is empty"), _("the whole file"), _FETCH_AGAIN)
    start = content.lstrip()[:1]
    if start == b"<":
        what = _("The file is a web page, not a table")
        return Refusal(what, _("the first character"), _("Open the address in a browser to see what it says."))
    if content[:2] == b"\x1f\x8b" or b"\x00" in content[:64]:
        return Refusal(_("The file is packed or damaged, not text"), _("the first bytes"), _FETCH_AGAIN)
    try:
        orjson.loads(content)
    except orjson.JSONDecodeError as error:
        where = _("line {line}, column {column}", line=error.lineno, column=error.colno)
        if "depth" in error.msg:
            return Refusal(_("The file is nested too deeply"), where, _("No table looks like this: do not use it."))
        rest = error.doc[error.pos : error.pos + 9] if isinstance(error.doc, str) else ""
        if rest.lstrip("-").startswith(("NaN", "Inf")) or "infinity" in error.msg:
            remedy = _("Ask the source to write null where there is no number.")
            return Refusal(_("The file has a number that is not a number"), where, remedy)
        if "end of data" in error.msg or error.pos >= len(error.doc):
            return Refusal(_("The file ends in the middle"), where, _FETCH_AGAIN)
        return Refusal(_("The file is not correct JSON"), where, _FETCH_AGAIN)
    raise AssertionError("a document that can be read whole could not be read without its numbers")


# --- the document ---------------------------------------------------------------------------------------------------


def _wrong(what: str, where: str) -> Refusal:
    return Refusal(what, where, _FETCH_AGAIN)


def _are(given: Any, kind: type) -> bool:
    return isinstance(given, list) and all(type(item) is kind for item in given)


def _object(given: Any) -> dict[str, Any]:
    return given if isinstance(given, dict) else {}


def _dataset(document: Any, name: str) -> dict[str, Any]:
    """The one data set that is meant, in a document or a bundle."""
    top = _("the top of the file")
    if not isinstance(document, dict):
        raise Refusal(_("The file is JSON, but not a table"), top, _FETCH_AGAIN)
    match document.get("class"):
        case "collection":
            remedy = _("Fetch one of the tables it lists.")
            raise Refusal(_("The file is a list of tables and holds no table itself"), top, remedy)
        case "dimension":
            remedy = _("Fetch the table that uses it.")
            raise Refusal(_("The file describes a dimension and holds no table"), top, remedy)
    if "dimension" in document:
        return document
    if problem := problem_in(document):
        raise Refusal(_("The source answered with an error: {problem}", problem=problem), top, _FETCH_AGAIN)
    bundle = {key: value for key, value in document.items() if isinstance(value, dict) and "dimension" in value}
    if name in bundle:
        return bundle[name]
    if len(bundle) == 1 and not name:
        return next(iter(bundle.values()))
    if bundle:
        remedy = _("Write one of them as dataset in the mapping: {names}.", names=", ".join(bundle))
        raise Refusal(_("The file holds several tables"), top, remedy)
    raise Refusal(_("The file is JSON, but not a table"), top, _FETCH_AGAIN)


def problem_in(document: Any) -> str:
    """What an error body says, '' when it is none. The status inside can differ from the HTTP status: both are told.

    >>> problem_in({"type": "Parameter error", "title": "Non-existent table", "status": 404})
    'Non-existent table (404)'
    """
    if not isinstance(document, dict) or "dimension" in document or "title" not in document:
        return ""
    status = document.get("status")
    return str(document["title"])[:200] + (f" ({status})" if isinstance(status, int) else "")


def _dimension(name: str, size: int, given: Any, role: str) -> Dimension:
    where = f"dimension {name}"
    if not isinstance(given, dict) or not isinstance(given.get("category"), dict):
        raise _wrong(_("The dimension {name} has no categories", name=name), where)
    category = given["category"]
    labels, index = _object(category.get("label")), category.get("index")
    if index is None and len(labels) == 1:
        index = list(labels)  # a dimension with one category need not be numbered
    if isinstance(index, dict):
        if sorted(map(str, index.values())) != sorted(map(str, range(len(index)))):
            raise _wrong(_("The categories of {name} are not numbered 0, 1, 2 and so on", name=name), where)
        codes = tuple(sorted(index, key=lambda code: int(index[code])))
    elif _are(index, str):
        codes = tuple(index)
    else:
        raise _wrong(_("The dimension {name} has no categories", name=name), where)
    if len(set(codes)) != len(codes):
        raise _wrong(_("The dimension {name} has the same category twice", name=name), where)
    if len(codes) != size:
        what = _(
            "The dimension {name} has {count} categories, {size} are announced", name=name, count=len(codes), size=size
        )
        raise _wrong(what, where)
    units = {code: _object(unit) for code, unit in _object(category.get("unit")).items()}
    return Dimension(
        name,
        str(given.get("label") or name),
        codes,
        tuple(str(labels.get(code, code)) for code in codes),
        role,
        {code: str(base) for code, unit in units.items() if (base := unit.get("base") or unit.get("label"))},
        {code: unit["decimals"] for code, unit in units.items() if type(unit.get("decimals")) is int},
    )


def _values(found: dict[str, Any], numbers: list[np.ndarray], cells: int) -> np.ndarray:
    given = found.get("value")
    if isinstance(given, list):
        values = next((array for at, array in enumerate(numbers) if given == [[at]]), None)
        values = _listed(given) if values is None else values
        if len(values) != cells:
            what = _("The table has {count} numbers, {cells} are announced", count=len(values), cells=cells)
            raise _wrong(what, "value")
        return values
    if isinstance(given, dict):
        values = np.full(cells, np.nan)
        values[_cells(given, cells, "value")] = _listed(list(given.values()))
        return values
    raise _wrong(_("The table has no numbers"), "value")


def _listed(given: list[Any]) -> np.ndarray:
    for at, value in enumerate(given):
        if value is not None and type(value) not in (int, float):
            raise _wrong(_("{value} is not a number", value=repr(value)[:40]), f"value {at}")
    return np.array(given, dtype=np.float64)


def _cells(given: dict[str, Any], cells: int, where: str) -> np.ndarray:
    try:
        at = pa.array(list(given), pa.string()).cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid:
        raise _wrong(_("A cell is not named by its number"), where) from None
    if at.size and (at.min() < 0 or at.max() >= cells):
        raise _wrong(_("A cell is outside the table"), where)
    return at


def _marks(given: Any, cells: int) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """For each cell a number in the symbols, -1 for no mark; from an array, an object or one mark for all."""
    if given is None or given in ("", {}, []):
        return None, ()
    if isinstance(given, str):
        return np.zeros(cells, np.int32), (given,)
    if isinstance(given, dict):
        at, listed = _cells(given, cells, "status"), list(given.values())
    elif isinstance(given, list) and len(given) in (1, cells):
        at, listed = np.arange(cells), given if len(given) == cells else given * cells
    else:
        raise _wrong(_("The marks do not fit the cells"), "status")
    try:
        words = pa.array(listed, pa.string()).dictionary_encode()
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        raise _wrong(_("A mark is not a text"), "status") from None
    symbols = words.dictionary.to_pylist()
    number = words.indices.fill_null(-1).to_numpy()
    if "" in symbols:  # an empty mark is no mark
        number = np.where(number == symbols.index(""), -1, number)
    marks = np.full(cells, -1, np.int32)
    marks[at] = number
    return marks, tuple(symbols)
