"""Value cells, a column at a time: a number, a reason why there is none, or a fault.

Plain numbers are read by Arrow's own reader; only what is left is looked at text by text, each distinct text once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dugnad.status.observations import Message, MissingReason
from dugnad.status.providers.tabular.cleaning import LARGEST, Fault, Marks, marks_of, number

_ = Message

REASONS = [str(reason) for reason in MissingReason]
LEAVE_OUT = -2
ZERO = "zero"

_SYMBOLS = {".": "not_applicable", "..": "not_available", ":": "suppressed", "NR": "not_reported"}  # SSB's and U4SSC's
_WRITTEN = {"…": "..", "...": "..", "–": "-", "—": "-", "−": "-", "nr": "NR", "Nr": "NR"}
_SURELY_POINT = r"^[-+]?(0|[0-9]{4,})?\.|\.[0-9]{0,2}$|\.[0-9]{4,}$"


@dataclass(frozen=True)
class Way:
    """How a file writes values: what its mapping says of numbers and symbols."""

    decimal: str | None = None
    thousands: str | None = None
    is_percent: bool = False
    symbols: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, mapping: Mapping[str, Any], **symbols: str) -> "Way":
        stated = {**_SYMBOLS, **mapping.get("symbols", {}), **symbols}
        return cls(mapping.get("decimal"), mapping.get("thousands"), mapping.get("unit") == "percent", stated)


@dataclass(frozen=True)
class Values:
    """What each cell of a column says. Exactly one of them: a number, a reason, a fault, or to be left out."""

    number: np.ndarray  # nan where there is none
    reason: np.ndarray  # index in REASONS, -1 where there is none, LEAVE_OUT where the row is to be left out
    fault: np.ndarray  # index in `faults`, -1 where there is none
    faults: list[Fault]
    has_percent_sign: np.ndarray | None = None


def read_values(texts: pa.ChunkedArray, numbers: pa.Array | None, way: Way) -> Values:
    """Read a column; `numbers` are the cells that a workbook holds as numbers.

    >>> read = read_values(pa.chunked_array([["5,7", ":", "1 000"]]), None, Way.of({}))
    >>> read.number.tolist(), [REASONS[i] for i in read.reason if i >= 0]
    ([5.7, nan, 1000.0], ['suppressed'])
    """
    if numbers is None:
        return _of_texts(texts, way)
    is_number = numbers.is_valid()
    found = numbers.to_numpy(zero_copy_only=False) + 0.0
    rest = _of_texts(texts.filter(pc.invert(is_number)), way)
    at = np.flatnonzero(~is_number.to_numpy(zero_copy_only=False))
    reason, fault = (np.full(len(found), -1, dtype=np.int32) for _name in range(2))
    faults = rest.faults
    wild = np.flatnonzero(~(np.abs(found) <= LARGEST) & is_number.to_numpy(zero_copy_only=False))
    if len(wild):
        fault[wild] = len(faults) + np.arange(len(wild))
        texts_of = [repr(float(one)) for one in found[wild]]
        faults = faults + [f for text in texts_of if isinstance(f := number(text, Marks()), Fault)]
        found[wild] = np.nan
    found[at], reason[at], fault[at] = rest.number, rest.reason, rest.fault
    signs = None
    if rest.has_percent_sign is not None:
        signs = np.zeros(len(found), dtype=bool)
        signs[at] = rest.has_percent_sign
    return Values(found, reason, fault, faults, signs)


def _of_texts(texts: pa.ChunkedArray, way: Way) -> Values:
    count = len(texts)
    none = np.full(count, -1, dtype=np.int32)
    if (plain := _plain_numbers(texts, way)) is not None:
        return Values(plain, none, none, [])
    marks = marks_of(texts, way.decimal, way.thousands)
    coded = texts.dictionary_encode().unify_dictionaries().combine_chunks()
    words: pa.Array = coded.dictionary
    index = coded.indices.to_numpy(zero_copy_only=False)
    found, reason = np.full(len(words), np.nan), np.full(len(words), -1, dtype=np.int32)
    fault, signs = np.full(len(words), -1, dtype=np.int32), np.zeros(len(words), dtype=bool)
    faults: list[Fault] = []
    is_plain = pc.match_substring_regex(words, rf"^-?[0-9]{{1,15}}(\{marks.decimal}[0-9]{{1,15}})?$")
    pointed = pc.replace_substring(words.filter(is_plain), marks.decimal, ".")
    where_plain = is_plain.to_numpy(zero_copy_only=False)
    found[where_plain] = pc.cast(pointed, pa.float64()).to_numpy() + 0.0  # never minus zero
    for at in np.flatnonzero(~where_plain):
        said = _word(words[at].as_py(), way, marks)
        if isinstance(said, Fault):
            fault[at] = len(faults)
            faults.append(said)
        elif isinstance(said, int):
            reason[at] = said
        else:
            found[at] = said
            signs[at] = words[at].as_py().rstrip().endswith("%")
    too_large = np.flatnonzero(np.abs(found) > LARGEST)
    for at in too_large:
        found[at], fault[at] = np.nan, len(faults)
        faults.append(_told(number(words[at].as_py(), marks)))
    return Values(found[index], reason[index], fault[index], faults, signs[index] if signs.any() else None)


def _told(said: float | Fault) -> Fault:
    assert isinstance(said, Fault), "only numbers that are too large come here"
    return said


def _plain_numbers(texts: pa.ChunkedArray, way: Way) -> np.ndarray | None:
    """All cells as numbers when every one is plainly a number with a point or none; None when they are not."""
    if way.decimal not in (None, ".") or (way.decimal is None and way.thousands in (".", ",")):
        return None
    try:
        found = pc.cast(texts, pa.float64()).to_numpy() + 0.0
    except pa.ArrowInvalid:
        return None
    if not np.all(np.abs(found) <= LARGEST):  # also where it is not a number
        return None
    if way.decimal is None:
        head = texts.slice(0, 10_000)
        surely = any(bool(pc.any(pc.match_substring_regex(part, _SURELY_POINT)).as_py()) for part in (head, texts))
        if not surely and pc.any(pc.match_substring(texts, ".")).as_py():
            return None
    return found


def _word(text: str, way: Way, marks: Marks) -> float | int | Fault:
    """The number (float), the reason (its index, int), LEAVE_OUT, or the fault."""
    bare = text.strip(" \t\u00a0\u202f")
    symbol = _WRITTEN.get(bare, bare)
    if (meaning := way.symbols.get(symbol)) is not None:
        if meaning == ZERO:
            return 0.0
        return LEAVE_OUT if meaning == "leave_out" else REASONS.index(meaning)
    if not symbol:
        return Fault(
            "blank_not_stated",
            _("The cell is blank, and the mapping does not say what a blank cell means"),
            _('State "" under symbols: a reason such as not_available, or leave_out.'),
        )
    if symbol == "-":
        return Fault(
            "dash_not_stated",
            _("The cell is -, and the mapping does not say what it means"),
            _('State "-" under symbols: zero, or a reason such as not_available.'),
        )
    return number(text, marks, percent=way.is_percent)
