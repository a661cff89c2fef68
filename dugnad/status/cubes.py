"""A statistical cube and how it becomes observations.

JSON-stat, PX and the answers of PxWeb all say the same thing: some dimensions, and one number or mark for each
combination of their categories. Readers of such formats make a `Cube`; `observations` makes the rows, whole columns at
a time.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fnmatch import fnmatchcase
from math import prod
from typing import Any

import numpy as np
import pyarrow as pa

from dugnad.shared.errors import Refusal
from dugnad.shared.periods import Period
from dugnad.status.observations import SCHEMA, Finding, Message, MissingReason, Reading, ValueStatus, breakdown_text

_ = Message

# What PxWeb's marks and SDMX's OBS_STATUS say when the mapping says nothing else. "-" is not here: some sources mean
# zero by it and some mean nothing to count, so the mapping must say.
MISSING = {
    "..": MissingReason.NOT_AVAILABLE,
    "...": MissingReason.NOT_AVAILABLE,
    ".": MissingReason.NOT_APPLICABLE,
    ":": MissingReason.SUPPRESSED,
    "NR": MissingReason.NOT_REPORTED,
}
STATUSES = {
    "a": ValueStatus.NORMAL,
    "A": ValueStatus.NORMAL,
    "p": ValueStatus.PRELIMINARY,
    "P": ValueStatus.PRELIMINARY,
    "*": ValueStatus.PRELIMINARY,
    "e": ValueStatus.ESTIMATED,
    "E": ValueStatus.ESTIMATED,
    "f": ValueStatus.FORECAST,
    "F": ValueStatus.FORECAST,
    "b": "break",
    "B": "break",
}
_MANY = 30  # all zeros is no coincidence from this many cells
_ROWS = 1 << 16  # rows in a chunk that is repeated without being copied


@dataclass(frozen=True)
class Dimension:
    """One way the numbers are divided: `codes` in the order of the values, and what they are called."""

    id: str
    label: str
    codes: tuple[str, ...]
    labels: tuple[str, ...]
    role: str = ""  # time, geo, metric or nothing
    units: Mapping[str, str] = field(default_factory=dict)  # by code, of a metric
    decimals: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True, eq=False)
class Cube:
    """Numbers in row-major order of the dimensions: the last one runs fastest.

    >>> sex = Dimension("sex", "Sex", ("M", "F"), ("Men", "Women"))
    >>> cube = Cube((sex,), np.array([4729.0, np.nan]), np.array([-1, 0], np.int32), ("..",))
    >>> cube.shape, cube.mark_at(1)
    ((2,), '..')

    `marks` holds for each cell a number in `symbols`, -1 for none; it is None where no cell is marked.
    """

    dimensions: tuple[Dimension, ...]
    values: np.ndarray  # float64, NaN where there is no number
    marks: np.ndarray | None = None
    symbols: tuple[str, ...] = ()
    label: str = ""
    source: str = ""
    updated: str = ""

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(len(dimension) for dimension in self.dimensions)

    def mark_at(self, cell: int) -> str:
        """The mark of a cell, '' for none."""
        return "" if self.marks is None or self.marks[cell] < 0 else self.symbols[self.marks[cell]]

    def named(self, cell: int) -> str:
        """Which cell this is, for a reader: `Region=4003, Tid=2024`."""
        at = np.unravel_index(cell, self.shape)
        return ", ".join(f"{d.id}={d.codes[i]}" for d, i in zip(self.dimensions, at, strict=True)) or "the only cell"


_PERIODS = (
    (re.compile(r"(\d{4})M(\d{2})"), "{}-{}"),  # 2024M03
    (re.compile(r"(\d{4})-?[KQ]([1-4])"), "{}-Q{}"),  # 2024K1, 2024Q1
)
_YEARS = re.compile(r"(\d{4})\s*[-–]\s*(\d{4})")
_WEEK = re.compile(r"(\d{4})[UW](\d{2})")
_HALF = re.compile(r"(\d{4})H([12])")


def period_of(code: str) -> Period:
    """The period a statistical office's time code names; ValueError when none.

    >>> [period_of(code).text for code in ("2024", "2024M03", "2024K1", "2018-2024", "2024U01", "2024H2")]
    ['2024', '2024-03', '2024-Q1', '2018-01-01/P7Y', '2024-01-01/P7D', '2024-07-01/P6M']
    """
    for pattern, form in _PERIODS:
        if m := pattern.fullmatch(code):
            return Period.parse(form.format(*m.groups()))
    if (m := _YEARS.fullmatch(code)) and m[1] <= m[2]:
        return Period.years(int(m[1]), int(m[2]))
    if m := _WEEK.fullmatch(code):
        monday = date.fromisocalendar(int(m[1]), int(m[2]), 1)
        return Period(monday, monday + timedelta(days=7))
    if m := _HALF.fullmatch(code):
        return Period.parse(f"{m[1]}-{'01' if m[2] == '1' else '07'}-01/P6M")
    return Period.parse(code)


_VALIDITY = re.compile(r"\((\d{4})?\s*[-–]\s*(\d{4})?\)\s*$")


def validity_of(label: str) -> tuple[date, date] | None:
    """The days a place existed, when its label says so; half-open.

    >>> validity_of("Kragerø (1960-2019)")
    (datetime.date(1960, 1, 1), datetime.date(2020, 1, 1))
    >>> validity_of("Herøy (Møre og Romsdal)") is None
    True
    """
    m = _VALIDITY.search(label)
    if not m or not (m[1] or m[2]):
        return None
    return date(int(m[1]), 1, 1) if m[1] else date.min, date(int(m[2]) + 1, 1, 1) if m[2] else date.max


def _lives(context: Mapping[str, Any]) -> dict[str, list[tuple[date, date]]]:
    """When each code was a place, from the context's [code, name, valid from, valid to, kind]."""
    lives: dict[str, list[tuple[date, date]]] = {}
    for code, _name, start, end, *_rest in context.get("places", ()):
        life = (date.fromisoformat(start) if start else date.min, date.fromisoformat(end) if end else date.max)
        lives.setdefault(code, []).append(life)
    return lives


def _lived(lives: list[tuple[date, date]], day: date) -> bool:
    """Whether there was a place on the day; nothing known of it: there was."""
    return not lives or any(start <= day < end for start, end in lives)


@dataclass(frozen=True)
class _Axis:
    """What one dimension is to the rows: which categories are kept, and the word each becomes."""

    purpose: str  # indicator, place, period, breakdown or fixed
    name: str  # of a breakdown
    kept: np.ndarray
    words: list[str]


def observations(cube: Cube, mapping: Mapping[str, Any]) -> Reading:
    """The rows of a cube, as a mapping says what its dimensions are.

    Every dimension is named once. A part is a dimension's id, or a table:

        place:     Region
        period:    {dimension: Tid}
        indicator: {dimension: ContentsCode, codes: {Folkemengde: norge.2026.population}, skip: ["Endring*"]}
        breakdown: {sex: {dimension: Kjonn, codes: {"1": male, "2": female, "0": ""}}}
        fixed:     {Alder: 999A}
        symbols:   {"-": zero}
        expect:    {norge.2026.population: {unit: personer, min: 0, max: 1000000, places: 357}}

    `place`, `period` and `indicator` may be `{fixed: "0"}` when the table does not have that dimension. A dimension
    with `codes` reads exactly those categories: one that is neither there nor skipped is an error, as is one that is
    gone. `skip` takes patterns. A breakdown word '' is the whole.
    """
    findings: list[Finding] = []
    axes = list(_axes(cube, mapping, findings))
    if any(not len(axis.kept) for axis in axes):
        return Reading(SCHEMA.empty_table(), findings)
    kept = np.ix_(*(axis.kept for axis in axes)) if axes else ()
    shape = tuple(len(axis.kept) for axis in axes)
    whole = shape == cube.shape
    values = cube.values if whole else cube.values.reshape(cube.shape)[kept].reshape(-1)
    marks = cube.marks
    if marks is not None and not whole:
        marks = marks.reshape(cube.shape)[kept].reshape(-1)
    rows = _Rows(cube, axes, shape, findings)
    values, status, is_break, missing = rows.judged(values, marks, mapping)
    names = ("indicator", "place", "period")
    indicator, place, period = (rows.words(name, mapping) for name in names)
    days = [Period.parse(text) for text in rows.distinct("period", mapping)]
    columns = {
        "indicator": indicator,
        "place": place,
        "period": period,
        "period_start": rows.column("period", pa.array([p.start for p in days], pa.date32())),
        "period_end": rows.column("period", pa.array([p.end for p in days], pa.date32())),
        "breakdown": rows.breakdown(),
        "value": pa.array(values, pa.float64(), from_pandas=True),
        "status": status,
        "is_break": is_break,
        "missing": missing,
        **{name: rows.constant(None, name) for name in ("quality", "numerator", "denominator")},
    }
    rows.compare_with_expected(values, mapping)
    table = pa.table(columns, schema=SCHEMA)
    living = rows.living(values, days, mapping.get("context", {}))
    return Reading(table if living is None else table.filter(pa.array(living)), findings)


def _part(given: Any, name: str) -> dict[str, Any]:
    if isinstance(given, str):
        return {"dimension": given}
    if isinstance(given, Mapping) and ("dimension" in given) != ("fixed" in given):
        return dict(given)
    raise Refusal(
        _("The mapping does not say where the {name} is", name=name),
        _("mapping, {name}", name=name),
        _("Write the dimension's id, or fixed and one value."),
    )


def _purposes(mapping: Mapping[str, Any]) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Dimension id, purpose, name and the part of the mapping, for each dimension the mapping names."""
    for purpose in ("indicator", "place", "period"):
        part = _part(mapping.get(purpose), purpose)
        if "dimension" in part:
            yield part["dimension"], purpose, purpose, part
    for name, given in mapping.get("breakdown", {}).items():
        part = _part(given, name)
        yield part["dimension"], "breakdown", name, part
    for dimension, code in mapping.get("fixed", {}).items():
        yield dimension, "fixed", dimension, {"codes": {str(code): ""}, "skip": ["*"]}


def _axes(cube: Cube, mapping: Mapping[str, Any], findings: list[Finding]) -> Iterator[_Axis]:
    named: dict[str, tuple[str, str, dict[str, Any]]] = {}
    for dimension, purpose, name, part in _purposes(mapping):
        if dimension in named:
            raise Refusal(
                _("The mapping uses the dimension {dimension} twice", dimension=dimension),
                _("mapping, {name}", name=name),
                _("Name each dimension once."),
            )
        named[dimension] = purpose, name, part
    present = [dimension.id for dimension in cube.dimensions]
    for dimension in present:
        if dimension not in named:
            raise Refusal(
                _("The table has a dimension the mapping does not name: {dimension}", dimension=dimension),
                _("dimension {dimension}", dimension=dimension),
                _("Say in the mapping whether it is a breakdown or fixed at one category."),
            )
    for dimension, found in named.items():
        if dimension not in present:
            raise Refusal(
                _("The table no longer has the dimension {dimension}", dimension=dimension),
                _("mapping, {name}", name=found[1]),
                _("The table has {present}: correct the mapping.", present=", ".join(present)),
            )
    for own in cube.dimensions:
        yield _axis(own, *named[own.id], findings)


def _axis(dimension: Dimension, purpose: str, name: str, part: Mapping[str, Any], findings: list[Finding]) -> _Axis:
    codes = {str(code): str(word) for code, word in part["codes"].items()} if "codes" in part else None
    skip = [str(pattern) for pattern in part.get("skip", ())]
    kept, words, unknown = [], [], []
    for at, code in enumerate(dimension.codes):
        if codes is not None and code in codes:
            word = codes[code]
        elif any(fnmatchcase(code, pattern) for pattern in skip):
            continue
        elif codes is not None or purpose == "indicator":
            unknown.append(code)
            continue
        else:
            word = code
        if purpose == "period":
            try:
                word = period_of(word).text
            except ValueError:
                raise Refusal(
                    _("{code} is not a period", code=code),
                    _("dimension {dimension}", dimension=dimension.id),
                    _("Give the period of this category under codes, or skip it."),
                ) from None
        kept.append(at)
        words.append(word)
    where = _("dimension {dimension}", dimension=dimension.id)
    if unknown:
        what = _("Categories the mapping does not know: {codes}", codes=_some(unknown))
        remedy = _("Add them to the mapping under codes or skip.")
        findings.append(Finding("error", "unknown_category", what, where, remedy, len(unknown)))
    if gone := [code for code in codes or () if code not in dimension.codes]:
        what = _("Categories that are no longer in the table: {codes}", codes=_some(gone))
        remedy = _("Ask the source what replaced them, and correct the mapping.")
        findings.append(Finding("error", "vanished_category", what, where, remedy, len(gone)))
    return _Axis(purpose, name, np.array(kept, np.int64), words)


def _some(codes: list[str]) -> str:
    return ", ".join(codes[:5]) + (f" (+{len(codes) - 5})" if len(codes) > 5 else "")


@dataclass(frozen=True)
class _Rows:
    """The cells that are read, in row-major order, and what is found out about them."""

    cube: Cube
    axes: list[_Axis]
    shape: tuple[int, ...]
    findings: list[Finding]

    def axis(self, purpose: str) -> int | None:
        return next((at for at, axis in enumerate(self.axes) if axis.purpose == purpose), None)

    def distinct(self, purpose: str, mapping: Mapping[str, Any]) -> list[str]:
        at = self.axis(purpose)
        if at is not None:
            return self.axes[at].words
        word = str(_part(mapping.get(purpose), purpose)["fixed"])
        return [period_of(word).text if purpose == "period" else word]

    def words(self, purpose: str, mapping: Mapping[str, Any]) -> pa.ChunkedArray:
        return self.column(purpose, pa.array(self.distinct(purpose, mapping), pa.string()))

    def column(self, purpose: str, words: pa.Array) -> pa.ChunkedArray:
        at = self.axis(purpose)
        return self.spread(words, [] if at is None else [at])

    def breakdown(self) -> pa.ChunkedArray:
        """One text for each combination of the breakdown axes, '' for the whole."""
        at = [i for i, axis in enumerate(self.axes) if axis.purpose == "breakdown"]
        texts = [""]
        combinations: list[dict[str, str]] = [{}]
        for i in at:
            axis = self.axes[i]
            combinations = [c | ({axis.name: w} if w else {}) for c in combinations for w in axis.words]
            texts = [breakdown_text(c) for c in combinations]
        return self.spread(pa.array(texts, pa.string()), at)

    def spread(self, words: pa.Array, along: list[int]) -> pa.ChunkedArray:
        """A word for every cell: `words` runs in row-major order over the axes `along`.

        What repeats is made once and shared: only a column that follows the outermost axis is as long as the cube.
        """
        first, last = (along[0], along[-1] + 1) if along else (len(self.shape), len(self.shape))
        sizes = [self.shape[i] if i in along else 1 for i in range(first, last)]
        index = np.arange(len(words), dtype=np.int32).reshape(sizes)
        block = np.repeat(np.broadcast_to(index, self.shape[first:last]).reshape(-1), prod(self.shape[last:]))
        copies = prod(self.shape[:first])
        together = min(copies, max(1, _ROWS // len(block)))
        chunk = words.take(pa.array(np.tile(block, together)))
        full, rest = divmod(copies, together)
        return pa.chunked_array([chunk] * full + ([chunk.slice(0, rest * len(block))] if rest else []))

    def along(self, at: int, of_axis: np.ndarray) -> np.ndarray:
        """An array over one axis, shaped to be broadcast over the cells."""
        return of_axis.reshape([-1 if i == at else 1 for i in range(len(self.shape))])

    def at(self, cell: int) -> str:
        """Which cell of the cube the row is, for a reader."""
        kept = np.unravel_index(cell, self.shape)
        whole = [axis.kept[i] for axis, i in zip(self.axes, kept, strict=True)]
        return self.cube.named(int(np.ravel_multi_index(whole, self.cube.shape))) if whole else self.cube.named(0)

    def constant(self, value: Any, name: str) -> pa.ChunkedArray:
        """The same value for every cell of a column."""
        return self.spread(pa.array([value], SCHEMA.field(name).type), [])

    def judged(
        self, values: np.ndarray, marks: np.ndarray | None, mapping: Mapping[str, Any]
    ) -> tuple[np.ndarray, pa.ChunkedArray, pa.ChunkedArray, pa.Array]:
        """Values, status, break and missing reason of each cell, as its number and its mark say."""
        absent = np.isnan(values)
        status, is_break = self.constant(ValueStatus.NORMAL, "status"), self.constant(False, "is_break")
        if marks is None:
            self._note_unexplained(absent)
            missing = pa.array([MissingReason.NOT_AVAILABLE], pa.string())
            return values, status, is_break, missing.take(pa.array(np.zeros(len(values), np.int8), mask=~absent))
        said = {**MISSING, **{str(k): str(v) for k, v in mapping.get("symbols", {}).items()}}
        symbols = {symbol: MissingReason(reason) for symbol, reason in said.items() if reason != "zero"}
        nils = [symbol for symbol, reason in said.items() if reason == "zero"]
        statuses = {**STATUSES, **{str(k): str(v) for k, v in mapping.get("statuses", {}).items()}}
        statuses |= dict.fromkeys(nils, ValueStatus.NORMAL)
        if nils:
            is_nil = np.array([symbol in nils for symbol in self.cube.symbols] + [False])[marks]
            values = np.where(is_nil & absent, 0.0, values)
            absent = np.isnan(values)
        self._find_unknown(marks, symbols, statuses)
        # One word for each symbol, and one more for no mark: index -1, or `none`.
        known, none = self.cube.symbols, len(self.cube.symbols)
        says_missing = np.array([symbol in symbols for symbol in known] + [False])[marks]
        filler = says_missing & ~absent
        if filler.any():  # a number beside a mark for "no number": a zero there is not a zero
            values, absent = np.where(filler, np.nan, values), absent | filler
        unexplained = absent & ~says_missing
        self._note_unexplained(unexplained & (marks < 0))
        reasons = pa.array([symbols.get(symbol) for symbol in known] + [MissingReason.NOT_AVAILABLE], pa.string())
        missing = reasons.take(pa.array(np.where(unexplained, none, marks), mask=~absent))
        breaks = np.array([statuses.get(symbol) == "break" for symbol in known] + [False])
        if breaks.any():
            is_break = pa.chunked_array([pa.array(breaks[marks])])
        words = ["normal" if symbol in symbols else statuses.get(symbol, "normal") for symbol in known] + ["normal"]
        words = [ValueStatus.NORMAL if word == "break" else ValueStatus(word) for word in words]
        if set(words) != {ValueStatus.NORMAL}:
            status = pa.chunked_array([pa.array(words, pa.string()).take(pa.array(np.where(marks < 0, none, marks)))])
        return values, status, is_break, missing

    def _find_unknown(self, marks: np.ndarray, symbols: Mapping[str, Any], statuses: Mapping[str, Any]) -> None:
        for number, symbol in enumerate(self.cube.symbols):
            if symbol in symbols or symbol in statuses:
                continue
            if (cells := np.flatnonzero(marks == number)).size:
                what = _("The mark {symbol} is not known", symbol=symbol)
                remedy = _("Say in the mapping, under symbols or statuses, what it means.")
                where = self.at(int(cells[0]))
                self.findings.append(Finding("error", "unknown_mark", what, where, remedy, int(cells.size)))

    def _note_unexplained(self, cells: np.ndarray) -> None:
        if count := int(np.count_nonzero(cells)):
            what = _("Empty cells without a mark are read as not available")
            remedy = _("Nothing to do, unless the source says why they are empty.")
            self.findings.append(Finding("note", "empty", what, self.at(int(np.argmax(cells))), remedy, count))

    def living(self, values: np.ndarray, days: list[Period], context: Mapping[str, Any]) -> np.ndarray | None:
        """Which rows to keep: those where the code was a place on the last day of the period. None: all.

        A label may say when ("Kragerø (1960-2019)"), and `context` says it for every place there is. Empty cells and
        zeros of places that did not exist are how tables with several generations of codes are filled up; any other
        number there is wrong.
        """
        at, when = self.axis("place"), self.axis("period")
        if at is None:
            return None
        axis, labels = self.axes[at], self.cube.dimensions[at].labels
        by_label = [[life] if (life := validity_of(labels[i])) else [] for i in axis.kept]
        known = _lives(context)
        if known and (unknown := [code for code in axis.words if code not in known]):
            what = _("Codes that are no place: {codes}", codes=_some(unknown))
            where = _("dimension {dimension}", dimension=self.cube.dimensions[at].id)
            remedy = _("Correct the codes, or skip them in the mapping.")
            self.findings.append(Finding("error", "unknown_place", what, where, remedy, len(unknown)))
        lives = list(zip(by_label, (known.get(code, []) for code in axis.words), strict=True))
        if not any(own or other for own, other in lives):
            return None
        borders = context.get("borders")
        last = [date.fromisoformat(borders) if borders else period.end - timedelta(days=1) for period in days]
        alive = np.array([[_lived(own, day) and _lived(other, day) for day in last] for own, other in lives])
        by_cell = [len(lives) if i == at else len(days) if i == when else 1 for i in range(len(self.shape))]
        oriented = alive if when is None or at < when else alive.T
        living = np.broadcast_to(oriented.reshape(by_cell), self.shape).reshape(-1)
        wrong = ~living & ~np.isnan(values) & (values != 0)
        if count := int(np.count_nonzero(wrong)):
            what = _("Numbers for a place that did not exist in the period are left out")
            remedy = _("Ask the source which place they belong to; a series on newer borders says so in its plan.")
            cell = self.at(int(np.argmax(wrong)))
            self.findings.append(Finding("error", "invalid_at_period", what, cell, remedy, count))
        return living

    def compare_with_expected(self, values: np.ndarray, mapping: Mapping[str, Any]) -> None:
        """Find what is right as a file and wrong as statistics: another unit or scale, only zeros, half the places."""
        expected = mapping.get("expect", {})
        at, places = self.axis("indicator"), self.axis("place")
        cells = values.reshape(self.shape)
        for number, indicator in enumerate(self.distinct("indicator", mapping)):
            want = expected.get(indicator, {})
            own = cells if at is None else cells.take([number], axis=at)
            where = _("indicator {indicator}", indicator=indicator)
            if at is not None and "unit" in want:
                dimension = self.cube.dimensions[at]
                unit = dimension.units.get(dimension.codes[self.axes[at].kept[number]], "")
                if unit != want["unit"]:
                    what = _("The unit is {unit}, not {expected}", unit=unit or "–", expected=want["unit"])
                    remedy = _("Look whether the numbers have changed scale before you change the mapping.")
                    self.findings.append(Finding("error", "unit", what, where, remedy))
            wrong = (own < want.get("min", -np.inf)) | (own > want.get("max", np.inf))
            if count := int(np.count_nonzero(wrong)):
                first = float(own[wrong][0])
                what = _("A number is outside the expected range: {value}", value=f"{first:.6g}")
                remedy = _("Look whether the source has changed scale or made an error.")
                self.findings.append(Finding("error", "range", what, where, remedy, count))
            numbers = own[~np.isnan(own)]
            if numbers.size >= _MANY and not numbers.any() and not want.get("zeros"):
                what = _("Every number is zero")
                remedy = _("If it is right, write zeros: true under expect in the mapping.")
                self.findings.append(Finding("error", "zeros", what, where, remedy, int(numbers.size)))
            if "places" in want and places is not None:
                others = tuple(i for i in range(own.ndim) if i != places)
                found = int(np.count_nonzero(~np.isnan(own).all(axis=others)))
                if found < want["places"]:
                    what = _("{found} places have a number, {expected} should", found=found, expected=want["places"])
                    remedy = _("Fetch again; if places are really gone, change expect in the mapping.")
                    self.findings.append(Finding("error", "places", what, where, remedy, want["places"] - found))
