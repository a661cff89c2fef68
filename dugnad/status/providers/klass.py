"""KLASS, Statistics Norway's service for codes: which municipalities there are on a day, and what changed.

    raw = fetch({"classification": 131, "date": "2026-01-01"}, client=client)
    codes = read_codes(raw.content)

Classification 131 is municipalities, 104 counties. KLASS says nothing of numbers, so this module has no `read`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import orjson

from dugnad.shared.errors import Refusal
from dugnad.status.observations import Finding, Message, RawAnswer

if TYPE_CHECKING:
    from dugnad.status.outbound import Client

_ = Message

BASE = "https://data.ssb.no/api/klass/v1/classifications"
MUNICIPALITIES, COUNTIES = 131, 104


@dataclass(frozen=True)
class Code:
    """A municipality as KLASS lists it, under its whole official name.

    The Norwegian name is not always the first ("Oslo - Oslove", "Dielddanuorri - Tjeldsund"), so the name is never
    taken apart here.
    """

    code: str
    name: str

    @property
    def county(self) -> str:
        """KLASS leaves parentCode empty; the county is the first two digits."""
        return self.code[:2]


@dataclass(frozen=True)
class CodeChange:
    """One line of what changed; a code that only went or only came has an empty other side."""

    on: date
    old_code: str
    old_name: str
    new_code: str
    new_name: str


def fetch(source: Mapping[str, Any], *, client: "Client") -> RawAnswer:
    """Ask KLASS for the codes on a `date`, or for the changes between `from` and `to` (excluded)."""
    address = f"{BASE}/{source.get('classification', MUNICIPALITIES)}"
    if "date" in source:
        return client.get(f"{address}/codesAt.json?date={source['date']}")
    return client.get(f"{address}/changes.json?from={source['from']}&to={source['to']}")


def read_codes(content: bytes) -> list[Code]:
    """The places in a codesAt answer, without "9999 Uoppgitt"; the code is text with its leading zero.

    >>> read_codes(b'{"codes": [{"code": "0301", "name": "Oslo - Oslove"}, {"code": "9999", "name": "Uoppgitt"}]}')
    [Code(code='0301', name='Oslo - Oslove')]
    """
    codes = [Code(_text(row, "code"), _text(row, "name")) for row in _rows(content, "codes")]
    if len({code.code for code in codes}) != len(codes):
        raise _unreadable(_("The list has the same code twice"))
    return [code for code in codes if code.code.strip("9")]


def read_changes(content: bytes) -> list[CodeChange]:
    """The lines of a changes answer, by day and code."""
    changes = []
    for row in _rows(content, "codeChanges"):
        try:
            on = date.fromisoformat(_text(row, "changeOccurred"))
        except ValueError:
            raise _unreadable(_("A change has no day")) from None
        sides = (str(row.get(key) or "") for key in ("oldCode", "oldName", "newCode", "newName"))
        changes.append(CodeChange(on, *sides))
    return sorted(changes, key=lambda change: (change.on, change.old_code, change.new_code))


def differences(content: bytes, places: Iterable[tuple[str, str]]) -> list[Finding]:
    """What KLASS says that our own list of (code, name) does not, and the other way round.

    Our name may be one of the names in the official one: Oslo agrees with "Oslo - Oslove".
    """
    theirs = {code.code: code.name for code in read_codes(content)}
    ours = dict(places)
    found = []
    for code in sorted(theirs.keys() | ours.keys()):
        where, remedy = (
            code,
            _("Compare with ssb.no/klass and correct definitions/places."),
        )
        if code not in ours:
            what = _("KLASS has {name}, which is missing here", name=theirs[code])
        elif code not in theirs:
            what = _("{name} is not in KLASS on that day", name=ours[code])
        elif f" - {ours[code]} - " not in f" - {theirs[code]} - ":
            what = _("KLASS writes {theirs}, here it is {ours}", theirs=theirs[code], ours=ours[code])
        else:
            continue
        found.append(Finding("warning", "klass_difference", what, where, remedy))
    return found


def _rows(content: bytes, key: str) -> list[dict[str, Any]]:
    try:
        rows = orjson.loads(content)[key]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        rows = None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise _unreadable(_("The answer from KLASS is not a list of codes"))
    return rows


def _text(row: Mapping[str, Any], key: str) -> str:
    if not isinstance(row.get(key), str) or not row[key]:
        raise _unreadable(_("A line in the answer from KLASS lacks {key}", key=key))
    return str(row[key])


def _unreadable(what: str) -> Refusal:
    return Refusal(what, "KLASS", _("Fetch it again; if it comes back alike, report it to SSB."))
