"""What a number is: one value or the reason it is missing, for an indicator, a place, a period and a breakdown.

Everything a provider reads, an import checks and a release stores is a table in `SCHEMA`. This module knows Arrow and
nothing of Django, so a child process that reads a stranger's file can import it in a moment.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from dugnad.shared.periods import Period

SCHEMA = pa.schema(
    [
        pa.field("indicator", pa.string(), nullable=False),  # version id: u4ssc.2017.EC:ICT:ICT:1C
        pa.field("place", pa.string(), nullable=False),  # code as SSB writes it: 0301, 40, 0
        pa.field("period", pa.string(), nullable=False),  # Period.text: 2024, 2024-Q1, 2018-01-01/P7Y
        pa.field("period_start", pa.date32(), nullable=False),
        pa.field("period_end", pa.date32(), nullable=False),  # excluded
        pa.field("breakdown", pa.string(), nullable=False),  # '' or 'part=3g;sex=female', keys sorted
        pa.field("value", pa.float64()),
        pa.field("status", pa.string(), nullable=False),  # ValueStatus
        pa.field("is_break", pa.bool_(), nullable=False),  # the series is not comparable with the period before
        pa.field("missing", pa.string()),  # MissingReason, exactly where value is null
        pa.field("quality", pa.int8()),  # U4SSC 1 (measured) .. 6 (unknown method)
        pa.field("numerator", pa.float64()),
        pa.field("denominator", pa.float64()),
    ]
)
KEY = ("indicator", "place", "period", "breakdown")
ORDER = ("indicator", "place", "period_end", "period_start", "breakdown")


class ValueStatus(StrEnum):
    """How settled a value is."""

    NORMAL = "normal"
    PRELIMINARY = "preliminary"
    ESTIMATED = "estimated"
    FORECAST = "forecast"


class MissingReason(StrEnum):
    """Why there is no value. A missing value is never zero."""

    NOT_AVAILABLE = "not_available"  # ..
    NOT_APPLICABLE = "not_applicable"  # .
    SUPPRESSED = "suppressed"  # :
    NOT_REPORTED = "not_reported"  # NR
    BORDER_CHANGE = "border_change"  # the place had other borders
    NOT_COLLECTED = "not_collected"  # nobody asked


class Message(str):
    """A text that is English here and now, and the reader's language when it is shown.

    >>> text = Message("Row {row} has no place", row=4)
    >>> text, text.translated({"Row {row} has no place": "Rad {row} har ikke noe sted"}.get)
    ('Row 4 has no place', 'Rad 4 har ikke noe sted')

    Texts are made where Django is not running (a child process) and read much later, in another language.
    """

    msgid: str
    params: dict[str, Any]

    def __new__(cls, msgid: str, /, **params: Any) -> "Message":
        self = super().__new__(cls, msgid.format(**params) if params else msgid)
        self.msgid, self.params = msgid, params
        return self

    def translated(self, gettext: Callable[[str], str | None]) -> str:
        params = {k: v.translated(gettext) if isinstance(v, Message) else v for k, v in self.params.items()}
        text = gettext(self.msgid) or self.msgid
        return text.format(**params) if params else text

    @staticmethod
    def as_json(text: str) -> Any:
        """A plain text as it is; a message with its id and parameters, so that it can still be translated."""
        if not isinstance(text, Message):
            return text
        return {"msgid": text.msgid, "params": {k: Message.as_json(v) for k, v in text.params.items()}}

    @staticmethod
    def from_json(stored: Any) -> Any:
        if not isinstance(stored, dict):
            return stored
        msgid, params = stored["msgid"], {k: Message.from_json(v) for k, v in stored["params"].items()}
        return Message(msgid, **params)


_ = Message  # texts below are found by the check of translations


@dataclass(frozen=True)
class Finding:
    """Something a reader of the import must know, and what to do about it.

    >>> str(Finding("error", "unknown_place", "The code 9999 is not a place", "row 7", "Correct the code."))
    'The code 9999 is not a place (row 7). Correct the code.'

    `error`: cannot be published. `warning`: look before publishing. `note`: what was done with the file.
    `count` says how many rows or cells it concerns; `where` names the first of them.
    """

    level: Literal["error", "warning", "note"]
    code: str
    what: str
    where: str
    remedy: str
    count: int = 1

    def __str__(self) -> str:
        where = f" ({self.where})" if self.where else ""
        return f"{self.what}{where}. {self.remedy}".strip()

    def translated(self, gettext: Callable[[str], str | None]) -> "Finding":
        """The same finding with its texts in the language `gettext` speaks."""

        def told(text: str) -> str:
            return text.translated(gettext) if isinstance(text, Message) else text

        return Finding(self.level, self.code, told(self.what), told(self.where), told(self.remedy), self.count)

    def as_dict(self) -> dict[str, Any]:
        """For storing: texts keep their message ids, so they can be shown in any language later."""
        return {
            "level": self.level,
            "code": self.code,
            "what": Message.as_json(self.what),
            "where": Message.as_json(self.where),
            "remedy": Message.as_json(self.remedy),
            "count": self.count,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Finding":
        return cls(**{key: Message.from_json(value) for key, value in stored.items()})


@dataclass(frozen=True)
class Reading:
    """What a provider made of a source: the good rows, and what must be said about the others."""

    table: pa.Table
    findings: list[Finding] = field(default_factory=list)

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.level == "error"]

    @property
    def is_publishable(self) -> bool:
        return not self.errors


@dataclass(frozen=True)
class RawAnswer:
    """Bytes as a source gave them, with where and when."""

    content: bytes
    media_type: str
    url: str
    fetched_at: datetime


_PART = re.compile(r"[a-z][a-z0-9_]*=[^;=\s](?:[^;=]*[^;=\s])?")


def breakdown_text(parts: Mapping[str, str]) -> str:
    """The one writing of a breakdown.

    >>> breakdown_text({"sex": "female", "part": "3g"})
    'part=3g;sex=female'
    """
    text = ";".join(f"{key}={parts[key]}" for key in sorted(parts))
    if not is_canonical_breakdown(text):
        raise ValueError(f"not a breakdown: {dict(parts)!r} (keys are a-z, 0-9, _; values have no ; or =)")
    return text


def breakdown_parts(text: str) -> dict[str, str]:
    """The opposite of `breakdown_text`: `{}` for the whole."""
    return dict(part.split("=", 1) for part in text.split(";")) if text else {}


def is_canonical_breakdown(text: str) -> bool:
    if not text:
        return True
    parts = text.split(";")
    keys = [part.split("=", 1)[0] for part in parts]
    return all(map(_PART.fullmatch, parts)) and keys == sorted(set(keys))


def empty() -> pa.Table:
    return SCHEMA.empty_table()


def table_from_rows(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows as plain values to a table; the period's days, a normal status and no break are understood.

    >>> table_from_rows([{"indicator": "x.1.a", "place": "4003", "period": "2024", "value": 5.7}]).num_rows
    1
    """
    complete = []
    for row in rows:
        period = Period.parse(row["period"])
        defaults = {"breakdown": "", "status": "normal", "is_break": False}
        complete.append({**defaults, "period_start": period.start, "period_end": period.end, **row})
    return pa.Table.from_pylist(complete, schema=SCHEMA)


def in_order(table: pa.Table) -> pa.Table:
    """The rows in their one order: equal contents give equal bytes, whatever order they came in."""
    keys = [*ORDER, "value", "missing", "status", "is_break", "quality", "numerator", "denominator"]
    return table.sort_by([(key, "ascending") for key in keys]).combine_chunks()


def validate(table: pa.Table) -> list[Finding]:
    """Everything a table of observations must never be; an empty list when it is sound.

    Providers are checked by this after reading, and a release before it is stored: a wrong row is a fault in our own
    code or in a stored file, so the findings name columns and row numbers of the table (from 1).
    """
    if not table.schema.equals(SCHEMA):
        return [_unsound("schema", _("The table does not have the columns of observations"), _("columns"))]
    found: list[Finding] = []

    def check(code: str, what: str, wrong: Any) -> None:
        wrong = pc.fill_null(wrong, True)
        if count := pc.sum(wrong).as_py() or 0:
            row = pc.index(wrong, True).as_py() + 1
            found.append(_unsound(code, what, _("row {row}", row=row), count))

    for column in SCHEMA:
        if not column.nullable:
            check("null", _("The column {column} is empty", column=column.name), pc.is_null(table[column.name]))
    has_value, has_reason = pc.is_valid(table["value"]), pc.is_valid(table["missing"])
    check(
        "value_xor_missing",
        _("A row must have either a value or a reason why it is missing"),
        pc.equal(has_value, has_reason),
    )
    for name in ("value", "numerator", "denominator"):
        check(
            "not_finite",
            _("The column {column} has a number that is not finite", column=name),
            pc.invert(pc.fill_null(pc.is_finite(table[name]), True)),
        )
    check("status", _("Unknown value status"), _not_among(table["status"], ValueStatus))
    reasons = _not_among(table["missing"], MissingReason)
    check("missing", _("Unknown reason for a missing value"), pc.and_(has_reason, reasons))
    quality = pc.and_(pc.greater_equal(table["quality"], 1), pc.less_equal(table["quality"], 6))
    check("quality", _("Quality levels go from 1 to 6"), pc.invert(pc.fill_null(quality, True)))
    canonical = _distinct_where(table["breakdown"], is_canonical_breakdown)
    check("breakdown", _("The breakdown is not written as name=value;name=value with sorted names"), canonical)
    check("period", _("The period and its first and last day do not agree"), _wrong_periods(table))
    keys = table.select(KEY).group_by(list(KEY)).aggregate([([], "count_all")])
    if repeated := pc.sum(pc.subtract(keys["count_all"], 1)).as_py() or 0:
        first = keys.filter(pc.greater(keys["count_all"], 1)).slice(0, 1).to_pylist()[0]
        where = " ".join(first[name] for name in KEY if first[name])
        found.append(_unsound("duplicate", _("Several rows have the same key"), where, repeated))
    return found


def _unsound(code: str, what: str, where: str, count: int = 1) -> Finding:
    remedy = _("Report this as a fault in the provider that made the table.")
    return Finding("error", f"table_{code}", what, where, remedy, count)


def _not_among(column: pa.ChunkedArray, words: Iterable[str]) -> pa.ChunkedArray:
    return pc.invert(pc.is_in(column, value_set=pa.array([str(word) for word in words])))


def _distinct_where(column: pa.ChunkedArray, is_right: Callable[[str], bool]) -> pa.ChunkedArray:
    """True where `is_right` says no; asked once for each distinct text."""
    wrong = [text for text in pc.unique(column).to_pylist() if text is not None and not is_right(text)]
    return pc.is_in(column, value_set=pa.array(wrong, pa.string()))


def _wrong_periods(table: pa.Table) -> pa.ChunkedArray:
    """True where the text is not canonical or names other days than the two columns."""
    distinct = table.select(["period", "period_start", "period_end"]).group_by(table.schema.names[2:5]).aggregate([])
    right: dict[str, tuple[Any, Any]] = {}
    for text in pc.unique(distinct["period"]).to_pylist():
        try:
            period = Period.parse(text or "")
        except ValueError:
            continue
        if period.text == text:
            right[text] = (period.start, period.end)
    rows = distinct.to_pylist()
    if all(right.get(row["period"]) == (row["period_start"], row["period_end"]) for row in rows):
        return pc.is_null(table["period"])
    index = pc.index_in(table["period"], value_set=pa.array(list(right), pa.string()))
    same = [
        pc.equal(table[name], pc.take(pa.array([days[at] for days in right.values()], pa.date32()), index))
        for at, name in enumerate(("period_start", "period_end"))
    ]
    return pc.invert(pc.and_(*same))
