"""From a sheet to observations: which column is what, one row for each value cell, and everything that is wrong.

Texts are read once each; everything that is done for each row is done by arrays, so two million rows take little more
than the time to parse them.
"""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dugnad.shared.errors import Refusal
from dugnad.shared.periods import Period
from dugnad.status.observations import SCHEMA, Finding, Message, Reading, ValueStatus, breakdown_text
from dugnad.status.providers.tabular import checking
from dugnad.status.providers.tabular.cleaning import Fault, Known, Places, periods
from dugnad.status.providers.tabular.opening import Column, Sheet, normal
from dugnad.status.providers.tabular.values import LEAVE_OUT, REASONS, Values, Way, read_values

_ = Message

MOST_ALIKE = 20  # findings of one kind before the rest are told as one

_TRUTH = {
    **dict.fromkeys(("", "0", "false", "nei", "no"), False),
    **dict.fromkeys(("1", "true", "ja", "yes", "x", "b"), True),
}


# Which column is what


@dataclass(frozen=True)
class Cells:
    """A column whose cells are values: its place in the sheet, and what its name says of them."""

    at: int
    indicator: str | None = None
    period: str | None = None
    parts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """Columns by their role: `keys` (place, period, part sex, leave out Nivå ...), the values, and what is beside them."""

    keys: dict[str, int]
    cells: list[Cells]
    beside: dict[str, int]  # numerator, denominator


def layout_of(sheet: Sheet, mapping: Mapping[str, Any]) -> Layout:
    """Every column the mapping names, found in the header; `Refusal` says which is not there, and what is."""
    named: dict[str, Any] = dict(mapping.get("columns", {}))
    named |= {f"part {name}": column for name, column in named.pop("breakdown", {}).items()}
    named |= {f"leave out {rule['column']}": rule["column"] for rule in mapping.get("leave_out", [])}
    found = {role: _column(sheet, column) for role, column in named.items()}
    beside = {role: found.pop(role) for role in ("numerator", "denominator") if role in found}
    cells = [Cells(found.pop("value"))] if "value" in found else []
    cells += [Cells(_column(sheet, name), indicator=name) for name in mapping.get("indicator_columns", {})]
    if pattern := mapping.get("period_columns"):
        cells += _period_columns(sheet, pattern, {*found.values(), *beside.values()})
    if not cells:
        raise Refusal(
            _("The mapping does not say which column holds the values"),
            "",
            _("State value under columns, or period_columns, or indicator_columns."),
        )
    for role in ("place", "period", "indicator"):
        in_names = role != "place" and all(getattr(one, role) for one in cells)
        if not (role in found or role in mapping.get("constants", {}) or in_names):
            raise Refusal(
                _("The mapping does not say where the {role} is", role=role),
                "",
                _("State {role} under columns, or under constants when it is the same for all rows.", role=role),
            )
    return Layout(found, cells, beside)


def _column(sheet: Sheet, name: str) -> int:
    places = [at for at, title in enumerate(sheet.header) if title == normal(name)]
    if len(places) == 1:
        return places[0]
    if places:
        raise Refusal(
            _("Several columns are called {name}", name=name), "", _("Give each column a name of its own in the file.")
        )
    for row, record in enumerate(sheet.top, start=1):
        if normal(name) in record:
            raise Refusal(
                _("The file has no column {name} in its header", name=name),
                "",
                _("It stands in row {row}: state header: {row} in the mapping.", row=row),
            )
    near = difflib.get_close_matches(name, sheet.header, n=1)
    raise Refusal(
        _("The file has no column {name}", name=name),
        "",
        _("Use one of the columns it has: {names}.", names=_shown(near or sheet.header)),
    )


def _shown(names: Sequence[str]) -> str:
    text = ", ".join(name for name in names if name)
    return text if len(text) <= 200 else f"{text[:200]}…"


def _period_columns(sheet: Sheet, pattern: str, taken: set[int]) -> list[Cells]:
    """Columns whose names say the period, and perhaps the indicator and parts, by groups of a regular expression."""
    try:
        compiled = re.compile(pattern)
    except re.error:
        example = "^([0-9]{4})$"
        remedy = _("Write it as in this example: {example}", example=example)
        raise Refusal(_("period_columns is not a regular expression"), "", remedy) from None
    cells = []
    for at, title in enumerate(sheet.header):
        if at in taken or not (match := compiled.search(title)):
            continue
        named = {name: text for name, text in match.groupdict().items() if text is not None}
        if not compiled.groupindex:
            named["period"] = match[1] if compiled.groups else match[0]
        cells.append(Cells(at, named.pop("indicator", None), named.pop("period", None), named))
    if not cells:
        raise Refusal(
            _("No column is named as a period: {pattern}", pattern=pattern),
            "",
            _("Use one of the columns it has: {names}.", names=_shown(sheet.header)),
        )
    return cells


# What is said of each value cell


@dataclass(frozen=True)
class Distinct:
    """Distinct values, and for each value cell which of them."""

    values: list[Any]
    index: np.ndarray

    def mapped(self, function: Callable[[Any], Any]) -> "Distinct":
        """Each value replaced; values that become equal become one."""
        numbers: dict[Any, int] = {}
        to = [numbers.setdefault(function(value), len(numbers)) for value in self.values]
        index = self.index if to == list(range(len(to))) else np.array(to, dtype=np.int32)[self.index]
        return Distinct(list(numbers), index)

    def with_other(self, other: "Distinct") -> "Distinct":
        """The pairs of values that occur together."""
        if len(other.values) == 1 or len(self.values) == 1:
            one, many = (other, self) if len(other.values) == 1 else (self, other)
            pairs = [(v, one.values[0]) if one is other else (one.values[0], v) for v in many.values]
            return Distinct(pairs, many.index)
        joint = self.index.astype(np.int64) * len(other.values) + other.index
        coded = pa.array(joint).dictionary_encode()
        pairs = [divmod(pair, len(other.values)) for pair in coded.dictionary.to_pylist()]
        values = [(self.values[a], other.values[b]) for a, b in pairs]
        return Distinct(values, coded.indices.to_numpy(zero_copy_only=False))

    def taken(self, at: np.ndarray | None, kind: pa.DataType) -> pa.Array:
        """The values of the cells `at`, of all cells for None."""
        if len(self.values) == 1:
            return pa.repeat(pa.scalar(self.values[0], kind), len(self.index if at is None else at))
        return pa.array(self.values, kind).take(pa.array(self.index if at is None else self.index[at]))


class Draft:
    """The observations on their way: one for each value cell, which of them are good, and what must be said."""

    def __init__(self, sheet: Sheet) -> None:
        self.findings: list[Finding] = list(sheet.findings)
        self.first_row = sheet.first_row
        self.rows = np.zeros(0, dtype=np.int64)  # of each value cell: its row, counted from the first row of data
        self.good = np.zeros(0, dtype=bool)
        self.left_out = np.zeros(0, dtype=bool)

    def begin(self, rows: np.ndarray) -> None:
        self.rows, self.good, self.left_out = rows, np.ones(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)

    def say(
        self,
        level: Literal["error", "warning", "note"],
        code: str,
        what: str,
        where: str,
        remedy: str = "",
        count: int = 1,
    ) -> None:
        self.findings.append(Finding(level, code, what, where, remedy or _("Nothing needs to be done."), count))

    def where(self, rows: np.ndarray, column: str = "") -> str:
        """The first three rows as a spreadsheet counts them: "rows 4, 7, 9 and 12 more, column Verdi"."""
        distinct = np.unique(rows)
        shown, more = ", ".join(str(row + self.first_row) for row in distinct[:3]), len(distinct) - 3
        if len(distinct) == 1:
            place = _("row {rows}", rows=shown)
        elif more <= 0:
            place = _("rows {rows}", rows=shown)
        else:
            place = _("rows {rows} and {more} more", rows=shown, more=more)
        return _("{place}, column {column}", place=place, column=column) if column else place

    def tell(self, faults: Sequence[Fault], index: np.ndarray, column: str) -> None:
        """An error for each distinct fault, in the order of the file, and its cells are no longer good.

        `index` is the fault of each value cell, -1 where there is none.
        """
        bad = np.flatnonzero((index >= 0) & ~self.left_out)
        if not len(bad):
            return
        ids, first, counts = np.unique(index[bad], return_index=True, return_counts=True)
        order = np.argsort(first)
        for one in order[:MOST_ALIKE]:
            fault, cells = faults[ids[one]], bad[index[bad] == ids[one]]
            self.say(
                "error", fault.code, fault.what, self.where(self.rows[cells], column), fault.remedy, int(counts[one])
            )
        if len(rest := order[MOST_ALIKE:]):
            cells = bad[np.isin(index[bad], ids[rest])]
            what = _("{number} other texts have faults like these", number=len(rest))
            remedy = _("Mend the first ones in the same way everywhere, and read the file again.")
            self.say(
                "error", "more_faults", what, self.where(self.rows[cells], column), remedy, int(counts[rest].sum())
            )
        self.good[bad] = False

    def read(self, words: Distinct, column: str, meaning: Callable[[str], Any]) -> Distinct:
        """What each word means. A `Fault` is told; None leaves the cell out."""
        meant = [meaning(word) for word in words.values]
        faults = [one for one in meant if isinstance(one, Fault)]
        if faults:
            number = iter(range(len(faults)))
            of_word = np.array([next(number) if isinstance(one, Fault) else -1 for one in meant], dtype=np.int32)
            self.tell(faults, of_word[words.index], column)
        if unwanted := [at for at, one in enumerate(meant) if one is None]:
            self.leave_out(
                np.isin(words.index, unwanted), "left_out", _("Rows were left out as the mapping says"), column
            )
        order = {id(word): one for word, one in zip(words.values, meant, strict=True)}
        del order
        lookup = dict(zip(words.values, meant, strict=True))
        return words.mapped(lambda word: None if isinstance(lookup[word], Fault) else lookup[word])

    def leave_out(self, cells: np.ndarray, code: str, what: str, column: str = "") -> None:
        """Leave cells out without a fault: a note says how many."""
        cells = cells & ~self.left_out
        if cells.any():
            at = np.flatnonzero(cells)
            self.say("note", code, what, self.where(self.rows[at], column), count=len(at))
            self.left_out |= cells
            self.good &= ~cells
