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
from dugnad.status.observations import SCHEMA, Finding, Message, Reading, ValueStatus, breakdown_text
from dugnad.status.providers.tabular import checking
from dugnad.status.providers.tabular.cleaning import Fault, Places, periods
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
    """Columns by their role: `keys` (place, period, part sex, leave out Nivå ...), values, and what is beside them."""

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


def arrange(sheet: Sheet, mapping: Mapping[str, Any]) -> Reading:
    """The observations in a sheet, and its findings."""
    layout = layout_of(sheet, mapping)
    columns, torn = sheet.load(list(layout.keys.values()), [*(one.at for one in layout.cells), *layout.beside.values()])
    draft = Draft(sheet)
    filled = {normal(name) for name in mapping.get("fill_down", [])}
    keys = {role: _words(columns[at], sheet.header[at] in filled) for role, at in layout.keys.items()}
    rows = _rows_to_read(sheet, layout, columns, keys, torn, mapping, draft)
    blocks = len(layout.cells)
    block = np.repeat(np.arange(blocks), len(rows)) if blocks > 1 else np.broadcast_to(np.int64(0), len(rows))
    draft.begin(np.tile(rows, blocks) if blocks > 1 else rows)
    whole = len(rows) == len(columns[layout.cells[0].at].text)

    def said(role: str, of_cells: Sequence[str | None] = (None,), constant: Any = None) -> tuple[Distinct, str]:
        """What is said of each value cell, and where: by a column, by the name of its own column, once for all."""
        if role in keys:
            words = keys[role]
            index = words.index if whole and blocks == 1 else words.index[draft.rows]
            return Distinct(words.values, index), sheet.header[layout.keys[role]]
        if any(of_cells):
            return Distinct([one or "" for one in of_cells], block).mapped(normal), ""
        return Distinct([normal(str(constant or ""))], np.broadcast_to(np.int32(0), len(draft.rows))), ""

    def cells_of(at: Sequence[int], way: Way) -> Values:
        texts = [columns[one].text if whole else columns[one].text.take(pa.array(rows)) for one in at]
        numbers = [columns[one].number for one in at]
        joined = pa.chunked_array([chunk for text in texts for chunk in text.chunks], pa.string())
        if any(one is None for one in numbers):
            return read_values(joined, None, way)
        return read_values(
            joined, pa.concat_arrays([one if whole else one.take(pa.array(rows)) for one in numbers]), way
        )

    constants, title = mapping.get("constants", {}), sheet.header[layout.cells[0].at] if blocks == 1 else ""
    way = Way.of(mapping, **({"": "not_available"} if "missing" in keys else {}))
    cells = cells_of([one.at for one in layout.cells], way)
    draft.leave_out(cells.reason == LEAVE_OUT, "symbol_left_out", _("Cells were left out as the mapping says"), title)
    draft.tell(cells.faults, cells.fault, title)
    if cells.has_percent_sign is not None:
        at = np.flatnonzero(cells.has_percent_sign)
        draft.say(
            "note", "percent_sign", _("Percent signs were removed"), draft.where(draft.rows[at], title), count=len(at)
        )
    reason = cells.reason
    if "missing" in keys:
        reason = _stated_reasons(draft, *said("missing"), cells)
    has_value = ~np.isnan(cells.number)

    words, column = said("period", [one.period for one in layout.cells], constants.get("period"))
    named = periods(words.values, mapping.get("period", {}).get("form"))
    period = draft.read(words, column, named.__getitem__)

    factors, meaning = _indicators(mapping)
    indicator = draft.read(
        *said("indicator", [one.indicator for one in layout.cells], constants.get("indicator")), meaning
    )

    place = _places(
        draft, *said("place", constant=constants.get("place")), said("level")[0], period, has_value, mapping
    )

    statuses = {normal(word): status for word, status in mapping.get("statuses", {}).items()}
    status = draft.read(*said("status", constant=constants.get("status")), lambda word: _status(word, statuses))
    is_break = draft.read(*said("is_break"), _is_break)
    quality = draft.read(*said("quality"), _quality).mapped(lambda level: level or None)

    names = {role.removeprefix("part ") for role in keys if role.startswith("part ")}
    names |= {name for one in layout.cells for name in one.parts} | set(constants.get("breakdown", {}))
    parts = {}
    for name in sorted(names):
        known = {normal(word): value for word, value in mapping.get("values", {}).get(name, {}).items()}
        of_cells = [one.parts.get(name) for one in layout.cells]
        words, column = said(f"part {name}", of_cells, constants.get("breakdown", {}).get(name))
        parts[name] = draft.read(words, column, lambda word, known=known: _part(word, known))
    breakdown = _breakdown(parts, len(draft.rows))

    beside: dict[str, np.ndarray] = {}
    for role, at in layout.beside.items():
        other = cells_of([at], Way.of(mapping, **{"": "not_available"}))
        draft.tell(other.faults, np.tile(other.fault, blocks), sheet.header[at])
        beside[role] = np.tile(other.number, blocks)

    value = _multiplied(cells.number, indicator, factors)
    checking.duplicates(draft, [indicator, place, period, breakdown], value, reason)
    checking.totals(draft, value, indicator, place, period, breakdown, parts, mapping)

    at = None if draft.good.all() else np.flatnonzero(draft.good)

    def numbers(found: np.ndarray) -> pa.Array:
        return pa.array(found if at is None else found[at], pa.float64(), from_pandas=True)

    chosen = reason if at is None else reason[at]
    missing = pa.array(REASONS, pa.string()).take(pa.array(chosen, pa.int32(), mask=chosen < 0))
    nothing = pa.nulls(len(missing), pa.float64())
    table = pa.table(
        [
            indicator.taken(at, pa.string()),
            place.taken(at, pa.string()),
            period.mapped(lambda one: one and one.text).taken(at, pa.string()),
            period.mapped(lambda one: one and one.start).taken(at, pa.date32()),
            period.mapped(lambda one: one and one.end).taken(at, pa.date32()),
            breakdown.taken(at, pa.string()),
            numbers(value),
            status.taken(at, pa.string()),
            is_break.taken(at, pa.bool_()),
            missing,
            quality.taken(at, pa.int8()),
            numbers(beside["numerator"]) if "numerator" in beside else nothing,
            numbers(beside["denominator"]) if "denominator" in beside else nothing,
        ],
        schema=SCHEMA,
    )
    return Reading(table, draft.findings)


def _words(column: Column, fill_down: bool) -> Distinct:
    coded = column.text.combine_chunks()
    if isinstance(coded, pa.ChunkedArray):  # no rows at all
        return Distinct([""], np.zeros(0, dtype=np.int32))
    words = Distinct(coded.dictionary.to_pylist(), coded.indices.to_numpy(zero_copy_only=False)).mapped(normal)
    if fill_down and "" in words.values:
        blank = words.index == words.values.index("")
        return Distinct(words.values, words.index[np.maximum.accumulate(np.where(blank, 0, np.arange(len(blank))))])
    return words


def _rows_to_read(
    sheet: Sheet,
    layout: Layout,
    columns: Mapping[int, Column],
    keys: Mapping[str, Distinct],
    torn: list[int],
    mapping: Mapping[str, Any],
    draft: Draft,
) -> np.ndarray:
    """The rows that say something: not blank, not torn, not left out by the mapping."""
    count = len(columns[layout.cells[0].at].text)
    draft.begin(np.arange(count))
    if keys and all("" in words.values for words in keys.values()):
        blank = np.ones(count, dtype=bool)
        for words in keys.values():
            blank &= words.index == words.values.index("")
        for one in layout.cells:
            column = columns[one.at]
            blank &= pc.equal(pc.utf8_trim_whitespace(column.text), "").to_numpy()
            if column.number is not None:
                blank &= column.number.is_null().to_numpy(zero_copy_only=False)
        draft.leave_out(blank, "blank_rows", _("Blank rows were left out"))
    if torn:
        fault = Fault(
            "torn_row",
            _("The row does not have as many cells as the header"),
            _("Put a text that holds the delimiter in quotes, or send the file again if it was cut short."),
        )
        index = np.full(count, -1)
        index[torn] = 0
        draft.tell([fault], index, "")
    for rule in mapping.get("leave_out", []):
        words = keys[f"leave out {rule['column']}"]
        named = {normal(str(word)) for word in rule.get("values", rule.get("except", []))}
        hit = np.isin(words.index, [at for at, word in enumerate(words.values) if word in named])
        if "values" in rule and not hit.any():
            draft.say(
                "warning",
                "nothing_left_out",
                _("The mapping leaves out rows that the file does not have: {words}", words=_shown(sorted(named))),
                _("column {column}", column=rule["column"]),
                _("Check that the words are written as in the file."),
            )
        out = hit if "values" in rule else ~hit
        draft.leave_out(out, "left_out", _("Rows were left out as the mapping says"), rule["column"])
    return np.flatnonzero(draft.good)


# What words mean


def _indicators(mapping: Mapping[str, Any]) -> tuple[dict[str, float], Callable[[str], str | Fault | None]]:
    """How an indicator is named in the file, and what its values are to be multiplied with."""
    stated = {**mapping.get("indicators", {}), **mapping.get("indicator_columns", {})}
    meant: dict[str, str | None] = {}
    factors: dict[str, float] = {}
    for word, one in stated.items():
        said = one if isinstance(one, dict) else {"id": one}
        meant[normal(word)] = said["id"]
        if "multiply" in said:
            factors[said["id"]] = said["multiply"]

    def meaning(word: str) -> str | Fault | None:
        if word in meant:
            return meant[word]
        if word and not stated:
            return word
        return Fault(
            "unknown_indicator",
            _("{word} is not an indicator that the mapping knows", word=word[:60] or "«»"),
            _("Say under indicators which version it is, or null to leave it out."),
        )

    return factors, meaning


def _multiplied(value: np.ndarray, indicator: Distinct, factors: Mapping[str, float]) -> np.ndarray:
    """Exact to the last decimal: 0.035 times 100 is 3.5."""
    value = value.copy() if factors else value
    for name, factor in factors.items():
        if name in indicator.values:
            cells = np.flatnonzero((indicator.index == indicator.values.index(name)) & ~np.isnan(value))
            distinct, back = np.unique(value[cells], return_inverse=True)
            by = Decimal(repr(factor))
            value[cells] = np.array([float(Decimal(repr(float(one))) * by) for one in distinct])[back]
    return value


def _status(word: str, statuses: Mapping[str, str]) -> str | Fault:
    status = statuses.get(word, word.lower() or ValueStatus.NORMAL)
    if status in set(ValueStatus):
        return str(status)
    return Fault(
        "unknown_status",
        _("{word} is not a status of a value", word=word[:60]),
        _("Say under statuses whether it means normal, preliminary, estimated or forecast."),
    )


def _is_break(word: str) -> bool | Fault:
    if (answer := _TRUTH.get(word.lower())) is not None:
        return answer
    what = _("{word} does not say whether there is a break in the series", word=word[:60])
    return Fault("unknown_break", what, _("Write 1 where the series is broken, and 0 or nothing elsewhere."))


def _quality(word: str) -> int | Fault:
    if word in ("", "1", "2", "3", "4", "5", "6"):
        return int(word or 0)
    what = _("{word} is not a quality level", word=word[:60])
    return Fault("quality", what, _("Write a number from 1 (measured) to 6 (unknown method), or nothing."))


def _part(word: str, known: Mapping[str, str]) -> str | Fault:
    value = known.get(word, word)
    if ";" in value or "=" in value or (known and word and word not in known):
        return Fault(
            "unknown_part",
            _("{word} is not a part that the mapping knows", word=word[:60]),
            _("Say under values what it means; write an empty text for the whole."),
        )
    return value


def _breakdown(parts: Mapping[str, Distinct], count: int) -> Distinct:
    joint = Distinct([()], np.broadcast_to(np.int32(0), count))
    for name, values in parts.items():
        pairs = joint.with_other(values)
        joint = pairs.mapped(lambda pair, name=name: (*pair[0], (name, pair[1])) if pair[1] else pair[0])
    return joint.mapped(lambda parts: breakdown_text(dict(parts)))


def _stated_reasons(draft: Draft, words: Distinct, column: str, cells: Values) -> np.ndarray:
    """The reasons a column of its own states; a value and a reason together are a fault."""
    meant = {"": -1, **{reason: at for at, reason in enumerate(REASONS)}}

    def meaning(word: str) -> int | Fault:
        what = _("{word} is not a reason for a missing value", word=word[:60])
        return meant.get(
            word.lower(), Fault("unknown_reason", what, _("Use one of {names}.", names=", ".join(REASONS)))
        )

    found = draft.read(words, column, meaning)
    reason = np.array([-1 if one is None else one for one in found.values], dtype=np.int32)[found.index]
    fault = Fault(
        "value_and_reason",
        _("The row must have either a value or a reason why it is missing"),
        _("Remove the one that is wrong, or fill in the one that is missing."),
    )
    has_value = ~np.isnan(cells.number)
    draft.tell(
        [fault], np.where((has_value == (reason >= 0)) & (cells.fault < 0) & (cells.reason != LEAVE_OUT), 0, -1), column
    )
    return np.where(has_value, -1, reason)


def _places(
    draft: Draft,
    words: Distinct,
    column: str,
    levels: Distinct,
    period: Distinct,
    has_value: np.ndarray,
    mapping: Mapping[str, Any],
) -> Distinct:
    """The code of each cell's place, valid at its period; a row without any value may name what is no place then."""
    places = Places.of(mapping)
    places.read_labels(words.values)
    borders = mapping.get("context", {}).get("borders")
    on = date.fromisoformat(str(borders)) if borders else None
    level_names = mapping.get("place", {}).get("level_names", {})
    levels = draft.read(levels, column, lambda word: _level(word, level_names))
    days = period.mapped(lambda one: on or (one.end - timedelta(days=1) if one else None))
    asked = words.with_other(levels).with_other(days)
    restored = np.isin(words.index, [at for at, word in enumerate(words.values) if places.is_restored(word)])
    meant = [places.code(label, level, day) for (label, level), day in asked.values]
    faults = [one for one in meant if isinstance(one, Fault)]
    if faults:
        number = iter(range(len(faults)))
        index = np.array([next(number) if isinstance(one, Fault) else -1 for one in meant], dtype=np.int32)[asked.index]
        draft.leave_out(
            (index >= 0) & ~has_value,
            "no_place_no_value",
            _("Rows without a value for what is not a place then were left out"),
            column,
        )
        draft.tell(faults, index, column)
    unwanted = [at for at, one in enumerate(meant) if one is None]
    draft.leave_out(
        np.isin(asked.index, unwanted) if unwanted else np.zeros(len(draft.rows), dtype=bool),
        "level_left_out",
        _("Rows of other levels were left out as the mapping says"),
        column,
    )
    if (restored & draft.good).any():
        at = np.flatnonzero(restored & draft.good)
        what = _("Codes that had lost their leading zero got it back")
        draft.say("note", "zero_restored", what, draft.where(draft.rows[at], column), count=len(at))
    lookup = dict(zip(asked.values, meant, strict=True))
    return asked.mapped(lambda one: None if isinstance(lookup[one], Fault) else lookup[one])


def _level(word: str, names: Mapping[str, str | None]) -> str | Fault | None:
    kinds = {"": "", "municipality": "municipality", "county": "county", "country": "country"}
    known = {**kinds, **{normal(name): kind for name, kind in names.items()}}
    if word in known:
        return known[word]
    return Fault(
        "unknown_level",
        _("{word} is not a level that the mapping knows", word=word[:60]),
        _("Say under place, level_names whether it is municipality, county or country, or null to leave it out."),
    )
