"""The observations on their way: what is said of each value cell, which cells are good, what a reader must be told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from dugnad.status.observations import Finding, Message
from dugnad.status.providers.tabular.cleaning import Fault
from dugnad.status.providers.tabular.opening import Sheet

_ = Message

MOST_ALIKE = 20  # findings of one kind before the rest are told as one


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
    """One observation for each value cell, on its way.

    `rows` is the row of each cell, counted from the first row of data; `good` and `left_out` say what has become of it.
    """

    def __init__(self, sheet: Sheet) -> None:
        self.findings: list[Finding] = list(sheet.findings)
        self.first_row = sheet.first_row
        self.begin(np.zeros(0, dtype=np.int64))

    def begin(self, rows: np.ndarray, titles: Sequence[str] = ()) -> None:
        """Start with the cells of these rows, once for each of the columns called `titles`."""
        self.rows, self._titles = rows, list(titles)
        self.good, self.left_out = np.ones(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)

    def say(
        self, level: Literal["error", "warning", "note"], code: str, what: str, where: str, remedy: str, count: int = 1
    ) -> None:
        self.findings.append(Finding(level, code, what, where, remedy, count))

    def note(self, cells: np.ndarray, code: str, what: str, column: str) -> None:
        """Say what was done to cells, when there were any."""
        if len(cells):
            self.say("note", code, what, self.where(cells, column), _("Nothing needs to be done."), len(cells))

    def where(self, cells: np.ndarray, column: str = "") -> str:
        """The first three rows as a spreadsheet counts them: "rows 4, 7, 9 and 12 more, column Verdi"."""
        distinct = np.unique(self.rows[cells])
        shown, more = ", ".join(str(row + self.first_row) for row in distinct[:3]), len(distinct) - 3
        if len(self._titles) > 1 and not column:
            blocks = np.unique(cells // (len(self.rows) // len(self._titles)))
            column = ", ".join(self._titles[block] for block in blocks[:3]) + ("…" if len(blocks) > 3 else "")
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
            self.say("error", fault.code, fault.what, self.where(cells, column), fault.remedy, int(counts[one]))
        if len(rest := order[MOST_ALIKE:]):
            cells = bad[np.isin(index[bad], ids[rest])]
            what = _("{number} other texts have faults like these", number=len(rest))
            remedy = _("Mend the first ones in the same way everywhere, and read the file again.")
            self.say("error", "more_faults", what, self.where(cells, column), remedy, int(counts[rest].sum()))
        self.good[bad] = False

    def read(self, words: Distinct, column: str, meaning: Callable[[str], Any]) -> Distinct:
        """What each word means. A `Fault` is told; None leaves the cell out."""
        meant = [meaning(word) for word in words.values]
        faults = list(dict.fromkeys(one for one in meant if isinstance(one, Fault)))
        if faults:
            number = {fault: at for at, fault in enumerate(faults)}
            of_word = np.array([number[one] if isinstance(one, Fault) else -1 for one in meant])
            self.tell(faults, of_word[words.index], column)
        if unwanted := [at for at, one in enumerate(meant) if one is None]:
            self.leave_out(
                np.isin(words.index, unwanted), "left_out", _("Rows were left out as the mapping says"), column
            )
        lookup = dict(zip(words.values, meant, strict=True))
        return words.mapped(lambda word: None if isinstance(lookup[word], Fault) else lookup[word])

    def leave_out(self, cells: np.ndarray, code: str, what: str, column: str = "") -> None:
        """Leave cells out without a fault: a note says how many."""
        cells = cells & ~self.left_out
        self.note(np.flatnonzero(cells), code, what, column)
        self.left_out |= cells
        self.good &= ~cells
