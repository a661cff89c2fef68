"""Statistics Norway's tables through PxWebApi 2: what to ask, in how many questions, and how the answers are kept.

    raw = fetch({"table": "06913", "select": {"Region": ["????"], "Tid": ["*"]}}, client=client)
    reading = read(raw.content, mapping)

SSB answers at most 800 000 cells to a question. A larger table is asked for in pieces, one after the other, and the
untouched answers are kept together in one zip file with a manifest that says what was asked, when, and the SHA-256 of
each answer. `read` is a pure function of that file.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import time
from fnmatch import fnmatchcase
from math import ceil, prod
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import orjson

from dugnad.shared.errors import Refusal
from dugnad.status.cubes import Cube, Dimension, observations
from dugnad.status.observations import Message, RawAnswer, Reading
from dugnad.status.providers import jsonstat

if TYPE_CHECKING:  # the child process that reads needs no way out
    from dugnad.status.outbound import Client, SourceFailed

_ = Message

BASE = "https://data.ssb.no/api/pxwebapi/v2"
MAX_CELLS = 800_000
MEDIA_TYPE = "application/zip"
_FORMAT = "ssb-answers-1"
_MAX_UNPACKED = 1_000_000_000
_CLOSED = (time(5, 0), time(8, 15))  # SSB loads its tables; the service may be away
_OSLO = ZoneInfo("Europe/Oslo")


def fetch(source: Mapping[str, Any], *, client: "Client") -> RawAnswer:
    """Ask SSB for a table and keep every answer.

    `source`: `table`, `select` (for each dimension codes or patterns with * and ?), `codelists` (optional, by
    dimension), `lang` (no). A dimension that is not selected is summed away by SSB where it can be.
    """
    table, lang = str(source["table"]), str(source.get("lang", "no"))
    options = f"lang={lang}&outputFormat=json-stat2"
    metadata = _asked(client, f"{BASE}/tables/{table}/metadata?{options}")
    codelists = {str(name): str(codelist) for name, codelist in source.get("codelists", {}).items()}
    listed = {
        name: _codes_of(_asked(client, f"{BASE}/codelists/{codelist}?lang={lang}"))
        for name, codelist in codelists.items()
    }
    selection = select(jsonstat.structure(_document(metadata)), source.get("select", {}), listed)
    url = f"{BASE}/tables/{table}/data?{options}"
    pieces = chunks(selection)
    answers = [_asked(client, url, question(piece, codelists)) for piece in pieces]
    content = _packed(table, selection, pieces, metadata, answers)
    return RawAnswer(content, MEDIA_TYPE, url, answers[-1].fetched_at)


def read(content: bytes, mapping: Mapping[str, Any]) -> Reading:
    """The observations in kept answers, or in one answer as SSB gave it. The mapping: see `cubes.observations`."""
    return observations(_unpacked(content) if content[:2] == b"PK" else jsonstat.parse(content), mapping)


def select(
    dimensions: Sequence[Dimension], wanted: Mapping[str, Sequence[str]], listed: Mapping[str, Sequence[str]] = {}
) -> dict[str, list[str]]:
    """The codes of each selected dimension, in the table's order; `listed` are the codes of code lists that are used.

    >>> years = Dimension("Tid", "år", ("2022", "2023", "2024"), ("2022", "2023", "2024"))
    >>> select([years], {"Tid": ["2023", "???4"]})
    {'Tid': ['2023', '2024']}
    """
    known = {dimension.id: list(listed.get(dimension.id, dimension.codes)) for dimension in dimensions}
    chosen: dict[str, list[str]] = {}
    for name in known:
        if name not in wanted:
            continue
        patterns = [str(pattern) for pattern in wanted[name]]
        chosen[name] = [code for code in known[name] if any(fnmatchcase(code, pattern) for pattern in patterns)]
        if gone := [p for p in patterns if not any(fnmatchcase(code, p) for code in known[name])]:
            what = _("The table no longer has {codes}", codes=", ".join(gone[:5]))
            remedy = _("Ask SSB what replaced them, and correct what is selected.")
            raise Refusal(what, _("dimension {dimension}", dimension=name), remedy)
    if missing := [name for name in wanted if name not in known]:
        what = _("The table no longer has the dimension {dimension}", dimension=missing[0])
        remedy = _("The table has {present}: correct what is selected.", present=", ".join(known))
        raise Refusal(what, "select", remedy)
    return chosen


def chunks(selection: Mapping[str, Sequence[str]], limit: int = MAX_CELLS) -> list[dict[str, list[str]]]:
    """A question in pieces of at most `limit` cells, as few as a cut along one dimension after the other gives.

    >>> chunks({"Region": ["a", "b", "c"], "Tid": ["2023", "2024"]}, limit=4)
    [{'Region': ['a', 'b'], 'Tid': ['2023', '2024']}, {'Region': ['c'], 'Tid': ['2023', '2024']}]

    Every cell is in exactly one piece, and the same question always gives the same pieces in the same order.
    """
    whole = {name: list(codes) for name, codes in selection.items()}
    cells = prod(map(len, whole.values()))
    if cells <= limit:
        return [whole] if cells else []
    widest = max(whole, key=lambda name: len(whole[name]))
    codes = whole[widest]
    fitting = max(1, limit // (cells // len(codes)))
    count = ceil(len(codes) / fitting)
    each = ceil(len(codes) / count)
    parts = [codes[at : at + each] for at in range(0, len(codes), each)]
    return [piece for part in parts for piece in chunks({**whole, widest: part}, limit)]


def question(selection: Mapping[str, Sequence[str]], codelists: Mapping[str, str] = {}) -> dict[str, Any]:
    """The body of a question; it is always sent as POST, because SSB answers a very long address with a web page."""
    return {
        "selection": [
            {"variableCode": name, "valueCodes": list(codes)}
            | ({"codelist": codelists[name]} if name in codelists else {})
            for name, codes in selection.items()
        ]
    }


def _asked(client: "Client", url: str, body: Any = None) -> RawAnswer:
    """One answer that is JSON; SSB's own words when it refuses."""
    from dugnad.status.outbound import SourceFailed

    try:
        answer = client.get(url) if body is None else client.post(url, body)
    except SourceFailed as failed:
        raise _explained(failed, client) from failed
    if answer.content.lstrip()[:1] != b"{":
        what = _("SSB answers with something that is not JSON")
        remedy = _("Open the address in a browser to see what it says.")
        raise SourceFailed(what, url, remedy, status=200, content=answer.content)
    return answer


def _explained(failed: "SourceFailed", client: "Client") -> "SourceFailed":
    start, end = _CLOSED
    what, remedy = failed.what, failed.remedy
    if failed.status == 503 and start <= client.now().astimezone(_OSLO).time() <= end:
        remedy = _("SSB may close between 05:00 and 08:15: fetch after 08:15. What was published before stands.")
    elif problem := jsonstat.problem_in(_loaded(failed.content)):
        what = _("SSB refuses the question: {problem}", problem=problem)
        remedy = _("Look the table up at ssb.no/statbank, and correct the table's number or what is selected.")
    elif failed.status == 404:
        remedy = _("Check the table's number at ssb.no/statbank.")
    return type(failed)(what, failed.where, remedy, status=failed.status, content=failed.content)


def _loaded(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None


def _document(answer: RawAnswer) -> dict[str, Any]:
    document = _loaded(answer.content)
    if not isinstance(document, dict) or "dimension" not in document:
        what = _("SSB's description of the table cannot be read")
        problem = jsonstat.problem_in(document)
        remedy = _("SSB says: {problem}", problem=problem) if problem else _("Try again later.")
        raise Refusal(what, answer.url, remedy)
    return document


def _codes_of(answer: RawAnswer) -> list[str]:
    values = (_loaded(answer.content) or {}).get("values")
    if not isinstance(values, list) or not values:
        what = _("SSB's code list cannot be read")
        raise Refusal(what, answer.url, _("Check the name of the code list."))
    return [str(value["code"]) for value in values]


# --- the kept file --------------------------------------------------------------------------------------------------


def _packed(
    table: str,
    selection: Mapping[str, Sequence[str]],
    pieces: Sequence[Mapping[str, Sequence[str]]],
    metadata: RawAnswer,
    answers: Sequence[RawAnswer],
) -> bytes:
    entries = [
        _entry(f"{number:04d}.json", answer) | {"selection": piece}
        for number, (piece, answer) in enumerate(zip(pieces, answers, strict=True), 1)
    ]
    manifest = {
        "format": _FORMAT,
        "table": table,
        "selection": selection,
        "metadata": _entry("metadata.json", metadata),
        "answers": entries,
    }
    files = {
        "manifest.json": json.dumps(manifest, ensure_ascii=False, indent=1).encode(),
        "metadata.json": metadata.content,
    }
    files |= {entry["name"]: answer.content for entry, answer in zip(entries, answers, strict=True)}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            # The day is in the manifest; a clock in the archive would make equal files unequal.
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _entry(name: str, answer: RawAnswer) -> dict[str, Any]:
    return {
        "name": name,
        "url": answer.url,
        "fetched_at": answer.fetched_at.isoformat(),
        "sha256": hashlib.sha256(answer.content).hexdigest(),
    }


def _unpacked(content: bytes) -> Cube:
    """The whole table, put together from the kept answers."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(info.file_size for info in archive.infolist()) > _MAX_UNPACKED:
                raise _spoilt(_("The kept file is too large when it is unpacked"))
            manifest = orjson.loads(archive.read("manifest.json"))
            if manifest["format"] != _FORMAT:
                raise _spoilt(_("The kept file is of another kind"))
            parts = [(entry, archive.read(entry["name"])) for entry in manifest["answers"]]
    except (zipfile.BadZipFile, KeyError, TypeError, orjson.JSONDecodeError, NotImplementedError):
        raise _spoilt(_("The kept file is damaged")) from None
    for entry, answer in parts:
        if hashlib.sha256(answer).hexdigest() != entry["sha256"]:
            raise _spoilt(_("The kept answer {name} was changed after it came", name=entry["name"]))
    return _together(manifest["selection"], [(entry["selection"], jsonstat.parse(answer)) for entry, answer in parts])


def _spoilt(what: str) -> Refusal:
    return Refusal(what, _("the kept file"), _("Fetch the table again."))


def _together(selection: Mapping[str, Sequence[str]], parts: Sequence[tuple[Mapping[str, Any], Cube]]) -> Cube:
    """One cube of what was selected; each answer must be exactly what its question asked for."""
    if not parts:
        raise _spoilt(_("The kept file has no answers"))
    shape = tuple(len(codes) for codes in selection.values())
    values, marks = np.full(shape, np.nan), np.full(shape, -1, np.int32)
    symbols: dict[str, int] = {}
    first = parts[0][1]
    found = {dimension.id: dimension for dimension in first.dimensions}
    labels: dict[str, dict[str, str]] = {name: {} for name in selection}
    for asked, cube in parts:
        _check_answer(asked, cube)
        order = [[d.id for d in cube.dimensions].index(name) for name in selection]
        own = [cube.dimensions[at] for at in order]
        place = np.ix_(*([list(selection[d.id]).index(code) for code in d.codes] for d in own))
        values[place] = cube.values.reshape(cube.shape).transpose(order)
        if cube.marks is not None:
            number = np.array([*(symbols.setdefault(symbol, len(symbols)) for symbol in cube.symbols), -1], np.int32)
            marks[place] = number[cube.marks].reshape(cube.shape).transpose(order)
        for dimension in own:
            labels[dimension.id] |= dict(zip(dimension.codes, dimension.labels, strict=True))
    dimensions = tuple(
        Dimension(
            name,
            found[name].label,
            tuple(codes),
            tuple(labels[name][code] for code in codes),
            found[name].role,
            _merged(parts, name, "units"),
            _merged(parts, name, "decimals"),
        )
        for name, codes in selection.items()
    )
    has_marks = bool((marks >= 0).any())
    return Cube(
        dimensions,
        values.reshape(-1),
        marks.reshape(-1) if has_marks else None,
        tuple(symbols) if has_marks else (),
        first.label,
        first.source,
        first.updated,
    )


def _merged(parts: Sequence[tuple[Mapping[str, Any], Cube]], name: str, what: str) -> dict[str, Any]:
    """What the answers say of a dimension's categories; two answers that disagree are refused."""
    merged: dict[str, Any] = {}
    for cube in (cube for _asked_for, cube in parts):
        for dimension in cube.dimensions:
            for code, said in (getattr(dimension, what) if dimension.id == name else {}).items():
                if merged.setdefault(code, said) != said:
                    text = _("Two answers disagree about {code}", code=code)
                    raise Refusal(text, _("dimension {dimension}", dimension=name), _("Fetch the table again."))
    return merged


def _check_answer(asked: Mapping[str, Sequence[str]], cube: Cube) -> None:
    present = {dimension.id: dimension for dimension in cube.dimensions}
    if extra := [name for name in present if name not in asked]:
        what = _("The table has a dimension that was not asked for: {dimension}", dimension=extra[0])
        remedy = _("Select it or fix it at one category, and say in the mapping what it is.")
        raise Refusal(what, _("dimension {dimension}", dimension=extra[0]), remedy)
    for name, codes in asked.items():
        where = _("dimension {dimension}", dimension=name)
        if name not in present:
            what = _("The table no longer has the dimension {dimension}", dimension=name)
            raise Refusal(what, where, _("Correct what is selected."))
        if set(present[name].codes) != set(codes):
            lost = [code for code in codes if code not in present[name].codes]
            what = _(
                "SSB answered {count} of {asked} categories, without {codes}",
                count=len(codes) - len(lost), asked=len(codes), codes=", ".join(lost[:5]) or "–",
            )  # fmt: skip
            raise Refusal(what, where, _("Fetch the table again; if it comes back alike, ask SSB."))
