"""What each release says of each number, and what a reader of them all knows.

A count is a number; so is the count behind a rate, where the rate comes with its numerator, or with a denominator that
is published: 2.4 percent of 126 pupils are three pupils, whatever the percentage was rounded to.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import inf
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dugnad.status.disclosure.model import THRESHOLD, Cell, Guard, Knowledge
from dugnad.status.observations import MissingReason

BEHIND = "#count"  # the count behind a rate is a number of its own: norge.2026.child_welfare#count
SHARES = frozenset({"percent", "rate", "ratio"})


@dataclass(frozen=True)
class Meaning:
    """What the audit must know of an indicator. `numerator` and `denominator` are indicators that are published too."""

    kind: str
    adds_up: bool  # the values of places are added, not averaged
    of_persons: bool
    multiplier: float = 1.0
    numerator: str = ""
    denominator: str = ""

    @property
    def is_share(self) -> bool:
        """Whether there is a count behind it."""
        return self.kind in SHARES


@dataclass(frozen=True)
class Source:
    """Observations that readers can reach, or would be able to: a release, or an import that waits.

    `threshold` 0: what is small is published as it is, and only what the source has hidden is guarded.
    `base`: small counts are rounded to 0 or this; 0 when they are not.
    `revised`: numbers (indicator, place, period, breakdown) that are hidden here and were another before: what an
    earlier release says of them is not this number.
    """

    name: str
    table: pa.Table
    borders_on: date | None
    is_current: bool
    threshold: int = THRESHOLD
    base: int = 0
    revised: frozenset[tuple[str, str, str, str]] = frozenset()

    @property
    def width(self) -> int:
        return self.threshold or THRESHOLD


AreaOf = Callable[[str, date], str]


@dataclass(frozen=True)
class Told:
    """What one row says of one number: the smallest and the largest it can be, or that it is hidden.

    `by_rate`: the number is not the row's own, but the count behind it.
    """

    cell: Cell
    source: Source
    row: int
    place: str
    lower: float = 0.0
    upper: float = inf
    is_hidden: bool = False
    by_rate: bool = False

    @property
    def is_value(self) -> bool:
        return not self.is_hidden and self.upper < inf


@dataclass(frozen=True)
class Heard:
    """What all sources say together. `shown` names who publishes a number, or a rate that gives it."""

    knowledge: Knowledge
    shown: dict[Cell, Source] = field(default_factory=dict)
    codes: dict[Cell, str] = field(default_factory=dict)  # of the place, as the newest source writes it


def day_of(source: Source, period_end: date) -> date:
    """The day whose borders a row's code follows."""
    return source.borders_on or period_end - timedelta(days=1)


def told(
    source: Source,
    meanings: Mapping[str, Meaning],
    area_of: AreaOf,
    denominators: Mapping[Cell, float],
    steps: Mapping[str, float] | None = None,
) -> Iterator[Told]:
    """Everything a source says: of each row its number, and the count behind it where that can be known."""
    table = source.table
    names = ("indicator", "place", "period", "period_end", "breakdown", "value", "missing", "numerator", "denominator")
    columns = [table[name].to_pylist() for name in names]
    steps = printed_steps(table) if steps is None else steps
    for row, (indicator, place, period, end, breakdown, value, missing, numerator, denominator) in enumerate(
        zip(*columns, strict=True)
    ):
        meaning = meanings.get(indicator)
        if meaning is None:
            continue
        cell = Cell(indicator, area_of(place, day_of(source, end)), period, breakdown)
        hidden = missing == MissingReason.SUPPRESSED
        if value is not None:
            spread = source.base - 1 if source.base and meaning.of_persons else _spread(meaning, steps[indicator])
            yield Told(cell, source, row, place, max(0.0, value - spread) if spread else value, value + spread)
        else:
            yield Told(cell, source, row, place, is_hidden=hidden)
        if not meaning.is_share:
            continue
        count = Cell(meaning.numerator or indicator + BEHIND, *cell[1:])
        if numerator is not None:
            spread = source.base - 1 if source.base else 0
            yield Told(count, source, row, place, max(0.0, numerator - spread), numerator + spread, by_rate=True)
        whole = denominator if denominator is not None else _denominator(meaning, cell, denominators)
        if hidden and (whole is not None or numerator is not None or not meaning.denominator):
            yield Told(count, source, row, place, is_hidden=True, by_rate=True)
        elif value is not None and numerator is None and whole:
            half = steps[indicator] / 2
            low, high = ((value + edge) * whole / meaning.multiplier for edge in (-half, half))
            yield Told(count, source, row, place, max(0.0, low), high, by_rate=True)


def _denominator(meaning: Meaning, cell: Cell, denominators: Mapping[Cell, float]) -> float | None:
    of = meaning.denominator
    return denominators.get(cell._replace(indicator=of), denominators.get(cell._replace(indicator=of, breakdown="")))


def _spread(meaning: Meaning, step: float) -> float:
    """How far a published number may be from the true one: counts are exact, amounts and rates are rounded."""
    return 0.0 if meaning.kind == "count" else step / 2


def printed_steps(table: pa.Table) -> dict[str, float]:
    """For each indicator the step of its last published digit: 0.1 for 5.7 and 6.0; 0 for numbers in full."""
    names = pc.unique(table["indicator"]).to_pylist()
    found = {}
    for name in names:
        values = table.filter(pc.equal(table["indicator"], name))["value"].drop_null().to_numpy()
        found[name] = next((10.0**-d for d in range(7) if np.allclose(values, np.round(values, d), 0, 1e-9)), 0.0)
    return found


def denominators_of(sources: Iterable[Source], meanings: Mapping[str, Meaning], area_of: AreaOf) -> dict[Cell, float]:
    """The newest published value of every indicator that is the denominator of another."""
    wanted = pa.array(sorted({meaning.denominator for meaning in meanings.values()} - {""}), pa.string())
    found: dict[Cell, float] = {}
    for source in sources:
        table = source.table.filter(pc.is_in(pc.cast(source.table["indicator"], pa.string()), wanted))
        for row in table.select(["indicator", "place", "period", "period_end", "breakdown", "value"]).to_pylist():
            area = area_of(row["place"], day_of(source, row["period_end"]))
            if row["value"] is not None:
                found[Cell(row["indicator"], area, row["period"], row["breakdown"])] = row["value"]
    return found


def hear(sources: Iterable[Source], meanings: Mapping[str, Meaning], area_of: AreaOf) -> Heard:
    """What a reader knows who keeps every release. `sources` from the oldest to the newest.

    A number is guarded when a release that is current hides it, or an earlier one does and none publishes it now. What
    any release publishes of it is known, the newest first: hiding a number today does not hide it in an old release.
    """
    sources = list(sources)
    denominators = denominators_of(sources, meanings, area_of)
    shown: dict[Cell, Told] = {}
    hidden: dict[Cell, Told] = {}
    published_now: set[Cell] = set()
    rounded: dict[Cell, int] = {}
    names: dict[Cell, str] = {}
    for source in sources:
        for one in told(source, meanings, area_of, denominators):
            names[one.cell] = one.place
            if one.is_hidden:
                if source.revised and key_of(one) in source.revised:
                    shown.pop(one.cell, None)
                before = hidden.get(one.cell)
                if before is None or source.is_current or not before.source.is_current:
                    hidden[one.cell] = one
            elif one.is_value:
                before = shown.get(one.cell)
                if before is None or not _says_more(before, one):
                    shown[one.cell] = one
                if source.is_current:
                    published_now.add(one.cell)
                    if source.base and one.upper in (
                        source.base - 1,
                        2 * source.base - 1,
                    ):  # published as 0 or the base
                        rounded[one.cell] = source.base
    counted = {cell.indicator for cell in shown}
    guards = {
        cell: guard(cell, one.source, meanings)
        for cell, one in hidden.items()
        if (one.source.is_current or cell not in published_now) and (not one.by_rate or cell.indicator in counted)
    }
    for cell, one in shown.items():
        if one.by_rate and _is_small(one):
            guards.setdefault(cell, guard(cell, one.source, meanings))
        if cell in rounded:
            guards.setdefault(cell, Guard(rounded[cell] - 1))
    known = {cell: (one.lower, one.upper) for cell, one in shown.items()}
    return Heard(Knowledge(known, guards, ()), {cell: one.source for cell, one in shown.items()}, names)


def key_of(one: Told) -> tuple[str, str, str, str]:
    return one.cell.indicator.removesuffix(BEHIND), one.place, one.cell.period, one.cell.breakdown


def _says_more(before: Told, now: Told) -> bool:
    """Whether what was known is the same number, only more exactly: a rate does not blur its own count."""
    return before.lower >= now.lower and before.upper <= now.upper


def _is_small(one: Told) -> bool:
    """Whether what is said is so few, or gives it away: a rate of so narrow a range that it says 1 or 2.

    A yearly mean of 2.5 unemployed is small too.
    """
    if not one.source.threshold or one.upper - one.lower >= one.source.width:
        return False
    if one.lower == one.upper:
        return 0 < one.lower < one.source.threshold
    return any(one.lower - 1e-9 <= count <= one.upper + 1e-9 for count in range(1, one.source.threshold))


def guard(cell: Cell, source: Source, meanings: Mapping[str, Meaning]) -> Guard:
    meaning = meanings.get(cell.indicator)
    if meaning is not None and meaning.is_share:  # a rate itself: it must not follow exactly
        return Guard(1e-6, whole=False, highest=100.0 if meaning.kind == "percent" else inf)
    if meaning is not None and not meaning.adds_up:
        return Guard(1e-6, whole=False)
    return Guard(source.width, whole=meaning is not None and meaning.kind == "count")


def small_rows(
    source: Source, meanings: Mapping[str, Meaning], area_of: AreaOf, denominators: Mapping[Cell, float]
) -> set[int]:
    """The rows that tell of fewer than the threshold: a count of 1 or 2 persons, a rate of so few, or among so few."""
    if not source.threshold:
        return set()
    limit, table = float(source.threshold), source.table
    persons = [name for name, meaning in meanings.items() if meaning.of_persons]
    linked = [name for name, meaning in meanings.items() if meaning.denominator]
    indicator = pc.cast(table["indicator"], pa.string())
    maybe = [
        pc.and_(_among(indicator, persons), _below(table["value"], limit)),
        _below(table["numerator"], limit),
        _below(table["denominator"], limit),
        pc.and_(pc.is_null(table["numerator"]), pc.is_valid(table["denominator"])),
        _among(indicator, linked),
    ]
    chosen = np.zeros(len(table), dtype=bool)
    for one in maybe:
        chosen |= pc.fill_null(one, False).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(chosen)
    if not len(rows):
        return set()
    part = Source(**{**source.__dict__, "table": table.take(pa.array(rows))})
    steps = printed_steps(table)
    found = {
        int(rows[one.row])
        for one in told(part, meanings, area_of, denominators, steps)
        if one.is_value and _is_small(one) and (one.by_rate or meanings[one.cell.indicator].of_persons)
    }
    among = _below(table["denominator"], limit).to_numpy(zero_copy_only=False)
    return found | set(map(int, np.flatnonzero(among)))


def _among(column: pa.ChunkedArray, names: list[str]) -> pa.ChunkedArray:
    return pc.is_in(column, value_set=pa.array(names, pa.string()))


def _below(column: pa.ChunkedArray, limit: float) -> pa.ChunkedArray:
    """Where there is something, but less than the limit. Zero is nothing to protect."""
    return pc.fill_null(pc.and_(pc.greater(column, 0), pc.less(column, limit)), False)


def indicators_of(table: pa.Table) -> set[str]:
    return set(pc.unique(pc.cast(table["indicator"], pa.string())).to_pylist())


def hidden_count(table: pa.Table) -> int:
    return pc.sum(_is_hidden(table)).as_py() or 0


def hidden_indicators(table: pa.Table) -> set[str]:
    """The indicators of which some number is hidden."""
    return indicators_of(table.filter(_is_hidden(table)))


def _is_hidden(table: pa.Table) -> pa.ChunkedArray:
    return pc.fill_null(pc.equal(pc.cast(table["missing"], pa.string()), str(MissingReason.SUPPRESSED)), False)


def codes_and_days(source: Source) -> set[tuple[str, date]]:
    """Each code of a source with the day whose borders it follows."""
    pairs = source.table.select(["place", "period_end"]).group_by(["place", "period_end"]).aggregate([])
    return {(row["place"], day_of(source, row["period_end"])) for row in pairs.to_pylist()}


def whole_counts(
    source: Source, meanings: Mapping[str, Meaning], area_of: AreaOf
) -> tuple[dict[Cell, int], dict[Cell, int]]:
    """The counts of persons and the numerators that a source says exactly, and the row of each."""
    counts, rows = {}, {}
    for one in told(source, meanings, area_of, {}):
        exact = one.is_value and one.lower == one.upper == int(one.lower)
        if exact and (one.by_rate or meanings[one.cell.indicator].of_persons):
            counts[one.cell], rows[one.cell] = int(one.lower), one.row
    return counts, rows


def with_counts(table: pa.Table, counts: Mapping[int, int], meanings: Mapping[str, Meaning]) -> pa.Table:
    """The table with new counts in some rows: a count is the value; of a rate the numerator, and the value follows."""
    values, numerators = table["value"].to_pylist(), table["numerator"].to_pylist()
    for row, count in counts.items():
        meaning = meanings[table["indicator"][row].as_py()]
        among = table["denominator"][row].as_py()
        if not meaning.is_share:
            values[row] = float(count)
            continue
        numerators[row] = float(count)
        if among:
            values[row] = count / among * meaning.multiplier
    return _replaced(table, {"value": pa.array(values, pa.float64()), "numerator": pa.array(numerators, pa.float64())})


def without(table: pa.Table, rows: Collection[int]) -> pa.Table:
    """The table with these rows hidden: no value, no numerator, no denominator, and the reason."""
    if not rows:
        return table
    chosen = np.zeros(len(table), dtype=bool)
    chosen[list(rows)] = True
    hit = pa.array(chosen)
    made: dict[str, Any] = {
        name: pc.if_else(hit, pa.scalar(None, pa.float64()), table[name])
        for name in ("value", "numerator", "denominator")
    }
    made["missing"] = pc.if_else(hit, pa.scalar(str(MissingReason.SUPPRESSED)), pc.cast(table["missing"], pa.string()))
    return _replaced(table, made)


def _replaced(table: pa.Table, columns: Mapping[str, Any]) -> pa.Table:
    for name, column in columns.items():
        kept = table.schema.field(name)
        table = table.set_column(table.schema.get_field_index(name), kept, column.cast(kept.type))
    return table
