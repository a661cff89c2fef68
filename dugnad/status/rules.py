"""Decisions about imports and releases: pure functions of values."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dugnad.shared.numbers import rounded
from dugnad.shared.periods import Period

KEY = ["indicator", "place", "period", "breakdown"]


class PointLike(Protocol):
    """What a rule needs to know of an observation."""

    @property
    def period(self) -> Period: ...
    @property
    def value(self) -> float | None: ...
    @property
    def status(self) -> str: ...
    @property
    def is_break(self) -> bool: ...
    @property
    def missing(self) -> str | None: ...


@dataclass(frozen=True)
class Size:
    """How much the values of one indicator change, told by the values that both releases have.

    `compared` of them, `changed` that became another number; `lost` had a value before and have none now. `largest` and
    `median` are of the changes as shares of the old value, of those where it was not zero (0.02 is two per cent; None
    without any). `mean_absolute` is the mean of all changes without sign, those that are zero included.

    >>> sizes_of([("x.1.a", 4.0, 4.2), ("x.1.a", 10.0, 9.0), ("x.1.a", 2.0, 2.0), ("x.1.a", 1.0, None)])["x.1.a"]
    Size(compared=3, changed=2, lost=1, largest=0.1, median=0.075, mean_absolute=0.4)
    """

    compared: int
    changed: int
    lost: int
    largest: float | None
    median: float | None
    mean_absolute: float | None


def sizes_of(pairs: Iterable[tuple[str, float | None, float | None]]) -> dict[str, Size]:
    """The size of each indicator's changes, from (indicator, old value, new value); nothing of those without any."""
    by_indicator: dict[str, list[tuple[float, float | None]]] = {}
    for indicator, old, new in pairs:
        if old is not None:
            by_indicator.setdefault(indicator, []).append((old, new))
    found = {}
    for indicator, values in sorted(by_indicator.items()):
        before = np.array([old for old, new in values if new is not None])
        steps = np.abs(np.array([new for _old, new in values if new is not None]) - before)
        moved = steps > 0
        shares = steps[moved & (before != 0)] / np.abs(before[moved & (before != 0)])
        lost = len(values) - len(before)
        if moved.any() or lost:
            found[indicator] = Size(
                compared=len(before),
                changed=int(moved.sum()),
                lost=lost,
                largest=_rounded(shares.max()) if len(shares) else None,
                median=_rounded(np.median(shares)) if len(shares) else None,
                mean_absolute=_rounded(steps.mean()) if len(steps) else None,
            )
    return found


def _rounded(value: float) -> float:
    """Six digits: what a size is told with, and the same on every machine."""
    return float(f"{value:.6g}")


@dataclass(frozen=True)
class Difference:
    """What would change for readers if an import were published in place of the current release.

    `largest` are the greatest changes in value, at most ten, as
    (indicator, place, period, breakdown, old, new); `vanished` values were published and would be gone. `sizes` tells
    how large the changes of each indicator are.
    """

    new: int
    vanished: int
    changed: int
    unchanged: int
    places: int
    largest: list[tuple[str, str, str, str, float, float]]
    sizes: dict[str, "Size"] = field(default_factory=dict)

    @property
    def is_first(self) -> bool:
        return self.unchanged + self.changed + self.vanished == 0


def compare(old: pa.Table | None, new: pa.Table) -> Difference:
    """The difference between the current observations and the ones of an import.

    Two observations are the same one when indicator, place, period and breakdown agree; they are unchanged when value,
    status, break and missing reason agree too.
    """
    places = pc.count_distinct(new["place"]).as_py()
    if old is None:
        return Difference(len(new), 0, 0, 0, places, [])
    compared = ["value", "status", "is_break", "missing"]
    columns = KEY + compared
    joined = _plain(old, columns).join(
        _plain(new, columns), keys=KEY, join_type="full outer", left_suffix="_old", right_suffix="_new",
        coalesce_keys=True,
    )  # fmt: skip
    in_old, in_new = pc.is_valid(joined["status_old"]), pc.is_valid(joined["status_new"])
    both = joined.filter(pc.and_(in_old, in_new))
    same = np.ones(len(both), dtype=bool)
    for name in compared:
        left, right = both[f"{name}_old"], both[f"{name}_new"]
        equal = pc.fill_null(pc.equal(left, right), False)
        both_null = pc.and_(pc.is_null(left), pc.is_null(right))
        same &= pc.or_(equal, both_null).to_numpy(zero_copy_only=False)
    changed = both.filter(pa.array(~same))
    size = pc.abs(pc.subtract(changed["value_new"], changed["value_old"]))
    top = changed.append_column("size", size).sort_by([("size", "descending"), *((k, "ascending") for k in KEY)])
    largest = [
        (*(row[k] for k in KEY), row["value_old"], row["value_new"])
        for row in top.slice(0, 10).to_pylist()
        if row["size"] is not None
    ]
    return Difference(
        new=int(pc.sum(pc.and_(pc.invert(in_old), in_new)).as_py() or 0),
        vanished=int(pc.sum(pc.and_(in_old, pc.invert(in_new))).as_py() or 0),
        changed=len(changed),
        unchanged=len(both) - len(changed),
        places=places,
        largest=largest,
        sizes=sizes_of(_pairs(changed, joined.filter(pc.and_(in_old, pc.invert(in_new))), both)),
    )


def _pairs(changed: pa.Table, gone: pa.Table, both: pa.Table) -> list[tuple[str, float | None, float | None]]:
    """Old and new values of the indicators of which something changed or is gone."""
    touched = pc.unique(pa.chunked_array([*changed["indicator"].chunks, *gone["indicator"].chunks], pa.string()))
    found: list[tuple[str, float | None, float | None]] = []
    for table in (both, gone):
        some = table.filter(pc.is_in(table["indicator"], touched))
        columns = (some[name].to_pylist() for name in ("indicator", "value_old", "value_new"))
        found += zip(*columns, strict=True)
    return found


def vanished(old: pa.Table, new: pa.Table, most: int = 10) -> list[tuple[str, str, str, str, float]]:
    """The first published values that would be gone: (indicator, place, period, breakdown, value), by their key."""
    kept = _plain(old, [*KEY, "value"]).filter(pc.is_valid(old["value"]))
    gone = kept.join(_plain(new, KEY), keys=KEY, join_type="left anti")
    first = gone.sort_by([(name, "ascending") for name in KEY]).slice(0, most)
    return [(*(row[name] for name in KEY), row["value"]) for row in first.to_pylist()]


def _plain(table: pa.Table, columns: list[str]) -> pa.Table:
    """The columns without dictionary encoding, which Arrow's join does not take."""
    fields = [pa.field(c, pa.string()) if pa.types.is_dictionary(table.schema.field(c).type) else table.schema.field(c)
              for c in columns]  # fmt: skip
    return table.select(columns).cast(pa.schema(fields))


@dataclass(frozen=True)
class Jump:
    """A value so far from its own series that a person should look before it is published."""

    indicator: str
    place: str
    period: str
    value: float
    usual: float


def implausible(table: pa.Table, *, limit: float = 12.0) -> list[Jump]:
    """Values that step away from the series they stand in and back again, or out at its end.

    For each series of at least five values: the step from the previous value, measured in robust standard deviations
    (1.4826 times the median absolute deviation) of that series' own steps on a logarithmic scale where all values are
    positive. Only steps above `limit` deviations that also change the value by half or more are named.
    """
    plain = _plain(table, ["indicator", "breakdown", "place", "period_end", "period", "value"])
    plain = plain.filter(pc.is_valid(plain["value"]))
    plain = plain.sort_by([(c, "ascending") for c in ("indicator", "breakdown", "place", "period_end")])
    if len(plain) == 0:
        return []
    value = plain["value"].to_numpy()
    keys = [
        plain[c].combine_chunks().dictionary_encode().indices.to_numpy() for c in ("indicator", "breakdown", "place")
    ]
    change = np.zeros(len(value), dtype=bool)
    change[0] = True
    for key in keys:
        change[1:] |= key[1:] != key[:-1]
    starts = np.flatnonzero(change)
    jumps: list[Jump] = []
    for start, end in zip(starts, np.append(starts[1:], len(value)), strict=True):
        series = value[start:end]
        if len(series) < 5:
            continue
        scaled = np.log(series) if (series > 0).all() else series
        steps = np.diff(scaled)
        spread = 1.4826 * float(np.median(np.abs(steps - np.median(steps))))
        if spread == 0:
            spread = float(np.abs(steps).mean()) or 1.0
        far = np.abs(steps - np.median(steps)) > limit * spread
        big = np.abs(np.diff(series)) >= 0.5 * np.maximum(np.abs(series[:-1]), 1e-12)
        for i in np.flatnonzero(far & big):
            row = start + int(i) + 1
            jumps.append(
                Jump(
                    plain["indicator"][row].as_py(),
                    plain["place"][row].as_py(),
                    plain["period"][row].as_py(),
                    float(value[row]),
                    float(np.median(series)),
                )
            )
    return jumps


def comparable_before(points: Sequence[PointLike]) -> tuple[int, int] | None:
    """Which two points a change is told from: (earlier, latest) as positions, None when nothing can be compared.

    `points` are in time order. The latest is the last with a value. The earlier is the first value at most ten years
    before it, in the same unbroken stretch, whose period does not overlap the latest one: overlapping windows share
    their data, so a difference between them says little. Forecasts are never compared with what has happened.
    """
    known = [i for i, point in enumerate(points) if point.value is not None and point.status != "forecast"]
    if not known:
        return None
    latest = known[-1]
    start = max((i for i in range(latest + 1) if points[i].is_break or points[i].missing == "border_change"), default=0)
    end = points[latest].period
    for i in known:
        before = points[i].period
        if i >= start and not before.overlaps(end) and i < latest and (end.end - before.end).days <= 10 * 366:
            return i, latest
    return None


def judge_change(direction: str, before: float, after: float, decimals: int) -> str:
    """What a change means: "better", "worse", "same" as far as the shown digits tell, or "changed" without a judgement.

    >>> judge_change("down", 4.04, 3.1, 1), judge_change("up", 4.04, 4.02, 1), judge_change("none", 10, 12, 0)
    ('better', 'same', 'changed')
    """
    if _written_alike(before, after, decimals):
        return "same"
    if direction not in ("up", "down"):
        return "changed"
    return "better" if (after > before) == (direction == "up") else "worse"


def written_difference(before: float, after: float, decimals: int) -> float:
    """By how much a figure has changed as it is written, so that whoever subtracts finds the same.

    >>> written_difference(4.04, 3.16, 1), round(3.16 - 4.04, 1)
    (-0.8, -0.9)
    """
    return float(rounded(after, decimals) - rounded(before, decimals))


def _written_alike(a: float, b: float, decimals: int) -> bool:
    if abs(a - b) > 10.0**-decimals:  # most are, and writing them takes longer
        return False
    return a == b or rounded(a, decimals) == rounded(b, decimals)


def common_change(changes: Iterable[str]) -> str:
    """What several parts of an indicator say together: what they all say, "changed" when they differ.

    >>> common_change(["better", "better"]), common_change(["better", "same"]), common_change(["", ""])
    ('better', 'changed', '')
    """
    said = set(changes)
    return said.pop() if len(said) == 1 else "changed" if said else ""


def formula_value(numerator: float | None, denominator: float | None, multiplier: float | None) -> float | None:
    """What a formula gives; None where a part of it is unknown or there is nothing to divide by.

    >>> formula_value(12, 345, 100), formula_value(12, 0, 100), formula_value(12, None, 100)
    (3.4782608695652173, None, None)
    """
    if numerator is None or not denominator or multiplier is None:
        return None
    return numerator / denominator * multiplier


def agrees(value: float, computed: float, decimals: int) -> bool:
    """Whether a published value is a computed one, rounded to the indicator's digits or written with more of them.

    >>> agrees(3.5, 3.478, 1), agrees(3.48, 3.478, 1), agrees(3.6, 3.478, 1)
    (True, True, False)
    """
    return abs(value - computed) <= 0.5 * 10.0**-decimals * (1 + 1e-9) + 1e-12 * abs(computed)


FEWEST = 8  # quartiles of fewer places say little


def position(value: float, lower: float, upper: float, decimals: int) -> str:
    """Where a value lies by the middle half of the municipalities, as far as the shown digits tell.

    >>> position(2.6, 1.5, 2.4, 1), position(2.44, 1.5, 2.4, 1), position(1.4, 1.5, 2.4, 1)
    ('above', 'within', 'below')
    """
    if value > upper and not _written_alike(value, upper, decimals):
        return "above"
    if value < lower and not _written_alike(value, lower, decimals):
        return "below"
    return "within"


def clearness(points: Sequence[PointLike], earlier: int, latest: int) -> float:
    """How many times as large a change is as the usual step of the series: 0 where fewer than four values tell.

    The steps are those between values that do not overlap, counted backwards from the latest to the earlier one; the
    usual one is their median size, or their mean where the median is zero.

    >>> from collections import namedtuple
    >>> P = namedtuple("P", "period value status is_break missing")
    >>> year = lambda y, v: P(Period.year(y), v, "normal", False, None)
    >>> clearness([year(2020, 4.0), year(2021, 3.5), year(2022, 3.6), year(2023, 3.1)], 0, 3)
    1.8
    """
    chain = [points[latest]]
    for point in reversed(points[earlier:latest]):
        if point.value is not None and point.status != "forecast" and not point.period.overlaps(chain[-1].period):
            chain.append(point)
    values = [point.value for point in chain if point.value is not None]
    if len(values) < 4:
        return 0.0
    steps = sorted(abs(a - b) for a, b in pairwise(values))
    middle = len(steps) // 2
    usual = steps[middle] if len(steps) % 2 else (steps[middle - 1] + steps[middle]) / 2
    usual = usual or sum(steps) / len(steps)
    return round(abs(values[0] - values[-1]) / usual, 6) if usual else 0.0


def kind_of_release(
    *, source_kind: str, holds_preliminary: bool, replaces: bool, changes_values: bool, cause: str
) -> str:
    """What a new release is called.

    The first release and one that only adds are preliminary when the source says so of the file or of any value in it,
    else final. One that changes or removes published values is what caused it: a revision as planned, a correction of
    an error, or a new method.

    >>> kind_of_release(
    ...     source_kind="final", holds_preliminary=True, replaces=True, changes_values=True, cause="corrected"
    ... )
    'corrected'
    """
    if replaces and changes_values:
        return cause
    return "preliminary" if holds_preliminary else source_kind


def clear_partial(table: pa.Table, partial: dict[str, date]) -> tuple[pa.Table, int]:
    """Make values missing ("border_change") for places in the periods that begin before their territory was theirs.

    `partial` maps a code to the day from which its figures are its own. Returns the table and how many values went.
    """
    place = pc.cast(table["place"], pa.string())
    hit = pa.chunked_array([pa.array(np.zeros(len(table), dtype=bool))])
    for code, day in partial.items():
        hit = pc.or_(hit, pc.and_(pc.equal(place, code), pc.less(table["period_start"], pa.scalar(day, pa.date32()))))
    count = int(pc.sum(pc.and_(hit, pc.is_valid(table["value"]))).as_py() or 0)
    if not count:
        return table, 0
    for name, value in {"value": None, "numerator": None, "denominator": None}.items():
        table = _replace(table, name, pc.if_else(hit, pa.scalar(value, pa.float64()), table[name]))
    missing = pc.if_else(hit, pa.scalar("border_change"), pc.cast(table["missing"], pa.string()))
    return _replace(table, "missing", missing), count


def reunite(table: pa.Table, splits: list[tuple[str, tuple[str, ...], date]], additive: Collection[str]) -> pa.Table:
    """Rows for places that were later split, summed from all their parts, for the periods before the split.

    `splits` holds (whole, parts, on); only `additive` indicators (their values add up over territory) are summed, and
    only where every part has a value.

    With 1507 -> (1508, 1580) on 2024-01-01: 33 128 + 33 128 in 2020 gives 66 256 for 1507.
    """
    made = [table.slice(0, 0)]
    plain = _plain(table, table.schema.names)
    for whole, parts, on in splits:
        rows = plain.filter(
            pc.and_(
                pc.and_(pc.is_in(plain["place"], pa.array(parts)), pc.less(plain["period_start"], pa.scalar(on))),
                pc.and_(
                    pc.is_in(plain["indicator"], pa.array(sorted(additive), pa.string())), pc.is_valid(plain["value"])
                ),
            )
        )
        sums: dict[tuple, list[dict]] = {}
        for row in rows.to_pylist():
            sums.setdefault((row["indicator"], row["breakdown"], row["period"]), []).append(row)
        whole_rows = [
            {
                **group[0],
                "place": whole,
                "value": sum(row["value"] for row in group),
                "numerator": None,
                "denominator": None,
            }
            for group in sums.values()
            if {row["place"] for row in group} == set(parts)
        ]
        made.append(pa.Table.from_pylist(whole_rows, schema=plain.schema).cast(table.schema))
    return pa.concat_tables(made)


def _replace(table: pa.Table, name: str, column: pa.ChunkedArray) -> pa.Table:
    field = table.schema.field(name)
    return table.set_column(table.schema.get_field_index(name), field, column.cast(field.type))
