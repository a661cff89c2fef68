"""A release as one dense block: for each period, place and series a value, or the reason why there is none."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from dugnad.shared.periods import Period
from dugnad.status.observations import MissingReason, ValueStatus

SeriesKey = tuple[str, str]  # version id, breakdown
Array = np.ndarray

# A cell's mark is one byte: how settled it is, why it has no value, and whether a break comes before it. Of several
# marks that become one the greatest decides, so the least settled and the weightiest reason come last.
SETTLED = tuple(ValueStatus)  # two bits
NO_ROW = 1  # nothing was published
REASONS = (
    None,
    None,
    MissingReason.NOT_COLLECTED,
    MissingReason.NOT_APPLICABLE,
    MissingReason.NOT_AVAILABLE,
    MissingReason.NOT_REPORTED,
    MissingReason.SUPPRESSED,
    MissingReason.BORDER_CHANGE,
)
BREAK = 1 << 5
ESTIMATED = SETTLED.index(ValueStatus.ESTIMATED)
NOT_APPLICABLE, NOT_AVAILABLE, BORDER_CHANGE = (
    REASONS.index(r) for r in (MissingReason.NOT_APPLICABLE, MissingReason.NOT_AVAILABLE, MissingReason.BORDER_CHANGE)
)


def settled(mark: Array) -> Array:
    return mark & 3


def reason(mark: Array) -> Array:
    """Why there is no value: 0 where there is one, `NO_ROW`, or a position in `REASONS`."""
    return (mark >> 2) & 7


def marked(settled: Array | int, reason: Array | int, is_break: Array | bool = False) -> Array:
    """The opposite of `settled`, `reason` and the break."""
    mark = np.asarray(settled | (reason << 2)).astype(np.uint8, copy=False)
    return mark | (np.asarray(is_break, np.uint8) << np.uint8(5))


@dataclass(frozen=True)
class Panel:
    """The figures of a release, or a part of them. The blocks are (period, place, series); `quality`, `numerator` and
    `denominator` are None where nothing has any. A value that is missing is NaN, and its mark says why."""

    places: tuple[str, ...]
    periods: tuple[Period, ...]
    series: tuple[SeriesKey, ...]
    value: Array
    mark: Array
    quality: Array | None = None
    numerator: Array | None = None
    denominator: Array | None = None

    BLOCKS = ("value", "mark", "quality", "numerator", "denominator")

    def blocks(self) -> dict[str, Array]:
        return {name: block for name in self.BLOCKS if (block := getattr(self, name)) is not None}

    def only(self, series: Sequence[int], places: Sequence[int] | None = None) -> "Panel":
        """Some of the series, at some of the places, by their positions."""
        columns = np.asarray(series, dtype=np.intp)
        rows = np.arange(len(self.places)) if places is None else np.asarray(places, dtype=np.intp)
        cut: dict[str, Any] = {name: block[:, rows[:, None], columns[None, :]] for name, block in self.blocks().items()}
        return replace(
            self,
            places=tuple(self.places[i] for i in rows),
            series=tuple(self.series[i] for i in columns),
            **cut,
        )


def from_table(table: pa.Table) -> Panel:
    """The block of a table of observations, in which a key stands once.

    Texts may be dictionary-encoded, which saves most of the time.
    """
    place, places = _axis(table["place"], lambda code: code)
    period, periods = _axis(table["period"], Period.parse)
    indicator, indicators = _axis(table["indicator"], lambda text: text)
    breakdown, breakdowns = _axis(table["breakdown"], lambda text: text)
    pair = indicator * np.int64(len(breakdowns)) + breakdown
    used = np.zeros(len(indicators) * len(breakdowns), bool)
    used[pair] = True
    column = (np.cumsum(used) - 1)[pair]
    series = tuple((indicators[i // len(breakdowns)], breakdowns[i % len(breakdowns)]) for i in np.flatnonzero(used))
    shape = len(periods), len(places), len(series)
    cell = (period * np.int64(len(places)) + place) * len(series) + column

    def block(numbers: Array, empty: float) -> Array:
        whole = np.full(shape, empty, numbers.dtype)
        whole.reshape(-1)[cell] = numbers
        return whole

    def floats(name: str) -> Array | None:
        if table[name].null_count == len(table) and name != "value":
            return None
        return block(table[name].to_numpy().astype(np.float64, copy=False), np.nan)

    statuses = _coded(table["status"], {str(status): i for i, status in enumerate(SETTLED)})
    reasons = _coded(table["missing"], {str(why): i for i, why in enumerate(REASONS) if why})
    quality = None
    if table["quality"].null_count < len(table):
        quality = block(table["quality"].fill_null(0).to_numpy().astype(np.int8), 0)
    value = floats("value")
    assert value is not None
    return Panel(
        places,
        periods,
        series,
        value,
        block(marked(statuses, reasons, table["is_break"].to_numpy()), NO_ROW << 2),
        quality,
        floats("numerator"),
        floats("denominator"),
    )


def _encoded(column: pa.ChunkedArray) -> pa.DictionaryArray:
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    whole = column.unify_dictionaries().combine_chunks()
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole


def _axis(column: pa.ChunkedArray, read: Callable[[str], Any]) -> tuple[Array, tuple[Any, ...]]:
    """The position of each row on an axis, and what lies along it, in order; only what is used."""
    encoded = _encoded(column)
    words = [read(text) for text in encoded.dictionary.to_pylist()]
    order = sorted(range(len(words)), key=words.__getitem__)
    rank = np.empty(len(words), np.int32)
    rank[order] = np.arange(len(words), dtype=np.int32)
    return rank[encoded.indices.to_numpy()], tuple(words[i] for i in order)


def _coded(column: pa.ChunkedArray, numbers: Mapping[str, int]) -> Array:
    """Each row's word as its number; 0 where there is none."""
    if column.null_count == len(column):
        return np.zeros(len(column), np.uint8)
    encoded = _encoded(column)
    known = np.array([numbers[word] for word in encoded.dictionary.to_pylist()], np.uint8)
    coded = known[encoded.indices.fill_null(0).to_numpy()]
    coded[encoded.is_null().to_numpy(zero_copy_only=False)] = 0
    return coded


def write(panel: Panel, path: Path) -> None:
    """One Arrow file: the blocks as columns, the axes as JSON in its schema."""
    axes = {"places": panel.places, "periods": [p.text for p in panel.periods], "series": panel.series}
    columns = {name: pa.array(block.reshape(-1)) for name, block in panel.blocks().items()}
    table = pa.table(columns).replace_schema_metadata({"axes": json.dumps(axes)})
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)


def read(path: Path) -> Panel:
    """The panel in a file, mapped into memory: only what is looked at is read."""
    table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
    axes = json.loads(table.schema.metadata[b"axes"])
    places, periods = tuple(axes["places"]), tuple(map(Period.parse, axes["periods"]))
    series = tuple((indicator, breakdown) for indicator, breakdown in axes["series"])
    shape = len(periods), len(places), len(series)
    blocks = {name: table[name].chunk(0).to_numpy(zero_copy_only=True).reshape(shape) for name in table.column_names}
    return Panel(places, periods, series, **blocks)
