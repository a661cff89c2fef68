"""From a sheet to observations: one row for each value cell, and everything that is wrong.

Texts are read once each; everything that is done for each row is done by arrays, so two million rows take little more
than the time to parse them.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dugnad.status.observations import SCHEMA, Message, Reading, breakdown_text
from dugnad.status.providers.tabular import checking, meaning
from dugnad.status.providers.tabular.cleaning import Fault, Places, periods
from dugnad.status.providers.tabular.drafting import Distinct, Draft
from dugnad.status.providers.tabular.layout import Layout, layout_of, shown
from dugnad.status.providers.tabular.opening import Column, Sheet, normal
from dugnad.status.providers.tabular.values import LEAVE_OUT, REASONS, Values, Way, read_values

_ = Message


def arrange(sheet: Sheet, mapping: Mapping[str, Any]) -> Reading:
    """The observations in a sheet, and its findings."""
    draft = Draft(sheet)
    said = Said(sheet, mapping, draft)
    value, reason = _values(said, draft)
    period = _periods(said, draft)
    factors, is_indicator = meaning.indicators(mapping)
    indicator = draft.read(*said.words("indicator"), is_indicator)
    unsaid = _no_values(said, draft, value, indicator, period)
    for cells, number in unsaid:
        value, reason = np.where(cells, np.nan, value), np.where(cells, number, reason)
    place = _places(said, draft, period, ~np.isnan(value))
    status = draft.read(*said.words("status"), meaning.status_of(mapping))
    is_break = draft.read(*said.words("is_break"), meaning.is_break)
    quality = draft.read(*said.words("quality"), meaning.quality_of).mapped(lambda level: level or None)
    parts = {name: draft.read(*said.words(f"part {name}"), meaning.part_of(mapping, name)) for name in said.parts()}
    breakdown = _breakdown(parts, len(draft.rows))
    numerator, denominator = (_beside(role, said, draft) for role in ("numerator", "denominator"))
    for cells, _number in unsaid:
        numerator = np.where(cells, np.nan, numerator)

    value = _multiplied(value, indicator, factors)
    checking.duplicates(draft, [indicator, place, period, breakdown], value, reason)
    checking.totals(draft, value, indicator, place, period, breakdown, parts, mapping)

    at = None if draft.good.all() else np.flatnonzero(draft.good)
    columns: dict[str, Distinct | np.ndarray] = {
        "indicator": indicator,
        "place": place,
        "period": period.mapped(lambda one: one and one.text),
        "period_start": period.mapped(lambda one: one and one.start),
        "period_end": period.mapped(lambda one: one and one.end),
        "breakdown": breakdown,
        "value": value,
        "status": status,
        "is_break": is_break,
        "missing": Distinct([None, *REASONS], reason + 1),
        "quality": quality,
        "numerator": numerator,
        "denominator": denominator,
    }
    table = pa.table([_array(columns[field.name], at, field.type) for field in SCHEMA], schema=SCHEMA)
    return Reading(table, draft.findings)


def _array(column: Distinct | np.ndarray, at: np.ndarray | None, kind: pa.DataType) -> pa.Array:
    """The column at the cells `at`, at all cells for None."""
    if isinstance(column, Distinct):
        return column.taken(at, kind)
    return pa.array(column if at is None else column[at], kind, from_pandas=True)


class Said:
    """What a sheet says of each of its value cells: in a column, in the name of the cell's own column, or once for all.

    The value cells are those of the rows that say something, one column of values after the other.
    """

    def __init__(self, sheet: Sheet, mapping: Mapping[str, Any], draft: Draft) -> None:
        self.mapping, self._header = mapping, sheet.header
        self.layout = layout_of(sheet, mapping)
        beside, cells = self.layout.beside.values(), [one.at for one in self.layout.cells]
        self._columns, torn = sheet.load(list(self.layout.keys.values()), [*cells, *beside])
        filled = {normal(name) for name in mapping.get("fill_down", [])}
        self._keys = {
            role: _words(self._columns[at], sheet.header[at] in filled) for role, at in self.layout.keys.items()
        }
        rows = _rows_to_read(self.layout, self._columns, self._keys, torn, mapping, draft)
        self.blocks, self._rows = len(cells), rows
        titles = [sheet.header[at] for at in cells]
        self.title = titles[0] if self.blocks == 1 else ""
        self._is_whole = len(rows) == len(self._columns[cells[0]].text)
        self._block = np.repeat(np.arange(self.blocks), len(rows)) if self.blocks > 1 else np.zeros(len(rows), np.int8)
        draft.begin(np.tile(rows, self.blocks) if self.blocks > 1 else rows, titles)

    def has(self, role: str) -> bool:
        return role in self._keys

    def words(self, role: str) -> tuple[Distinct, str]:
        """The word said of each value cell in a role, and the column that says it."""
        if role in self._keys:
            words = self._keys[role]
            index = words.index if self._is_whole else words.index[self._rows]
            index = np.tile(index, self.blocks) if self.blocks > 1 else index
            return Distinct(words.values, index), self._header[self.layout.keys[role]]
        name = role.removeprefix("part ")
        of_cells = [one.parts.get(name) if name != role else getattr(one, role, None) for one in self.layout.cells]
        if any(of_cells):
            return Distinct([word or "" for word in of_cells], self._block).mapped(normal), ""
        constants = self.mapping.get("constants", {})
        word = constants.get("breakdown", {}).get(name) if name != role else constants.get(role)
        return Distinct([normal(str(word or ""))], np.broadcast_to(np.int8(0), len(self._block))), ""

    def parts(self) -> list[str]:
        """The names of the breakdowns."""
        names = {role.removeprefix("part ") for role in self._keys if role.startswith("part ")}
        names |= {name for one in self.layout.cells for name in one.parts}
        return sorted(names | set(self.mapping.get("constants", {}).get("breakdown", {})))

    def cells(self, at: Sequence[int], **symbols: str) -> Values:
        """What the cells of columns say as numbers."""
        columns = [self._columns[one] for one in at]
        if not self._is_whole:
            rows = pa.array(self._rows)
            columns = [Column(c.text.take(rows), c.number and c.number.take(rows)) for c in columns]
        texts = pa.chunked_array([chunk for column in columns for chunk in column.text.chunks], pa.string())
        numbers = [column.number for column in columns if column.number is not None]
        return read_values(texts, pa.concat_arrays(numbers) if numbers else None, Way.of(self.mapping, **symbols))


def _values(said: Said, draft: Draft) -> tuple[np.ndarray, np.ndarray]:
    """The number of each value cell, nan where there is none, and the reason, -1 where there is a number."""
    symbols = {"": "not_available"} if said.has("missing") else {}
    cells = said.cells([one.at for one in said.layout.cells], **symbols)
    draft.leave_out(
        cells.reason == LEAVE_OUT, "symbol_left_out", _("Cells were left out as the mapping says"), said.title
    )
    draft.tell(cells.faults, cells.fault, said.title)
    if cells.has_percent_sign is not None:
        signs = _("Percent signs were removed")
        draft.note(np.flatnonzero(cells.has_percent_sign), "percent_sign", signs, said.title)
    return cells.number, _stated_reasons(said, draft, cells) if said.has("missing") else cells.reason


def _no_values(
    said: Said, draft: Draft, value: np.ndarray, indicator: Distinct, period: Distinct
) -> list[tuple[np.ndarray, int]]:
    """The cells whose number is none, as the mapping says under `missing`, each with the number of its reason.

    A source that writes 0 for the years before it began to count, and 0 for nobody in the years since.
    """
    found = []
    for rule in said.mapping.get("missing", []):
        first, last = meaning.span_of(rule)
        is_indicator = [at for at, one in enumerate(indicator.values) if one == rule["indicator"]]
        is_within = [at for at, one in enumerate(period.values) if one and one.is_within(first, last)]
        cells = draft.good & np.isin(indicator.index, is_indicator) & np.isin(period.index, is_within)
        cells &= value == rule["value"]
        told = {"value": f"{rule['value']:g}", "indicator": rule["indicator"], "first": first.text, "last": last.text}
        if cells.any():
            what = _("{value} is no figure of {indicator} from {first} to {last}, as the mapping says", **told)
            draft.note(np.flatnonzero(cells), "no_value", what, said.title)
        else:
            what = _("The mapping says that {value} is no figure of {indicator} from {first} to {last}", **told)
            remedy = _("No cell has it: check that indicator, value and periods are those of the file.")
            draft.say("warning", "no_value_nowhere", what, "missing", remedy)
        found.append((cells, REASONS.index(rule["reason"])))
    return found


def _beside(role: str, said: Said, draft: Draft) -> np.ndarray:
    """The numerator or denominator of each value cell, nan where there is none."""
    if role not in said.layout.beside:
        return np.full(len(draft.rows), np.nan)
    at = said.layout.beside[role]
    cells = said.cells([at], **{"": "not_available"})
    draft.tell(cells.faults, np.tile(cells.fault, said.blocks), said.mapping["columns"][role])
    return np.tile(cells.number, said.blocks)


def _periods(said: Said, draft: Draft) -> Distinct:
    words, column = said.words("period")
    named = periods(words.values, said.mapping.get("period", {}).get("form"))
    return draft.read(words, column, named.__getitem__)


def _stated_reasons(said: Said, draft: Draft, cells: Values) -> np.ndarray:
    """The reasons a column of its own states; a value and a reason together are a fault."""
    found = draft.read(*said.words("missing"), meaning.reason_of)
    reason = np.array([-1 if one in ("", None) else REASONS.index(one) for one in found.values])[found.index]
    has_value = ~np.isnan(cells.number)
    wrong = (has_value == (reason >= 0)) & (cells.fault < 0) & (cells.reason != LEAVE_OUT)
    fault = Fault(
        "value_and_reason",
        _("The row must have either a value or a reason why it is missing"),
        _("Remove the one that is wrong, or fill in the one that is missing."),
    )
    draft.tell([fault], np.where(wrong, 0, -1), said.title)
    return np.where(has_value, -1, reason)


def _places(said: Said, draft: Draft, period: Distinct, has_value: np.ndarray) -> Distinct:
    """The code of each cell's place, valid at its period; a cell without a value may name what is no place then."""
    places = Places.of(said.mapping)
    words, column = said.words("place")
    places.read_labels(words.values)
    borders = said.mapping.get("context", {}).get("borders")
    on = date.fromisoformat(str(borders)) if borders else None
    days = period.mapped(lambda one: on or (one.end - timedelta(days=1) if one else None))
    levels = draft.read(*said.words("level"), meaning.level_of(said.mapping))
    asked = words.with_other(levels).with_other(days)
    meant = {one: places.code(one[0][0], one[0][1], one[1]) for one in asked.values}
    is_fault = [at for at, one in enumerate(asked.values) if isinstance(meant[one], Fault)]
    if is_fault:
        no_place = _("Rows without a value for what is not a place then were left out")
        draft.leave_out(np.isin(asked.index, is_fault) & ~has_value, "no_place_no_value", no_place, column)
    codes = draft.read(asked, column, meant.__getitem__)
    if places.restored:
        restored = [at for at, word in enumerate(words.values) if places.is_restored(word)]
        got_back = _("Codes that had lost their leading zero got it back")
        draft.note(np.flatnonzero(np.isin(words.index, restored) & draft.good), "zero_restored", got_back, column)
    return codes


def _breakdown(parts: Mapping[str, Distinct], count: int) -> Distinct:
    """The text of all parts together."""
    joint = Distinct([()], np.broadcast_to(np.int8(0), count))
    for name, values in parts.items():
        joint = joint.with_other(values).mapped(partial(_with_part, name))
    return joint.mapped(lambda parts: breakdown_text(dict(parts)))


def _with_part(name: str, pair: tuple[tuple[tuple[str, str], ...], str]) -> tuple[tuple[str, str], ...]:
    parts, value = pair
    return (*parts, (name, value)) if value else parts


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
                _("The mapping leaves out rows that the file does not have: {words}", words=shown(sorted(named))),
                _("column {column}", column=rule["column"]),
                _("Check that the words are written as in the file."),
            )
        out = hit if "values" in rule else ~hit
        draft.leave_out(out, "left_out", _("Rows were left out as the mapping says"), rule["column"])
    return np.flatnonzero(draft.good)
