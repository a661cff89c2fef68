"""A method on more values than memory holds: the steps are computed by an engine, and what people read is collected.

Begin in `score_file`: `dugnad score values.parquet method.yaml -o out/ --engine sc://host:15002`.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc
from django.utils.translation import gettext as _

from dugnad.shared.errors import Refusal
from dugnad.status import store
from dugnad.status.expressions import Frame, IndexFrames, collected, index_of
from dugnad.status.methods.model import Method
from dugnad.status.methods.outputs import as_csv
from dugnad.status.methods.rounding import round_once
from dugnad.status.methods.scoring import DRAWS, SEED, score

MOST = 20_000_000  # values of the newest period that are drawn over for rank intervals in memory
COLUMNS = {"place", "indicator", "period", "value"}


def score_file(
    values: Path,
    method: Method,
    folder: Path,
    *,
    engine: str = "",
    groups: Mapping[str, str] | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
) -> list[Path]:
    """index.csv, goals.csv and indicators.parquet in `folder`, from a Parquet file (or a folder of them).

    `engine` is "" for DuckDB on this machine or the address of a Spark (`store.engine`). A rank stands in index.csv
    only with its interval, which is drawn in memory for the newest period where that has at most `MOST` values; other
    periods have scores and no ranks.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with store.engine(engine) as open_:
        frame = open_(values)
        if absent := sorted(COLUMNS - set(frame.collect_schema().names())):
            raise Refusal(
                _("The values have no column %(names)s") % {"names": ", ".join(absent)},
                values.name,
                _("Name the columns place, indicator, period and value."),
            )
        frames = index_of(frame, method, open_, dict(groups) if groups else None)
        index = collected(frames.index.sort("period", "place"))
        if not len(index):
            raise Refusal(
                _("None of the values is of an indicator the method knows"),
                values.name,
                _("Write the indicators as the method does: %(names)s.")
                % {"names": ", ".join(i.code for i in method.indicators[:5])},
            )
        index = _with_intervals(index, frames, method, groups, draws, seed)
        goals = collected(frames.goals.sort("period", "place", "goal"))
        whole = folder / "indicators.parquet"
        _sink(frames.scores.select("place", "period", "indicator", "goal", "value", "score"), whole)
    written = []
    for name, table, decimals in (("index", index, method.decimals[2]), ("goals", goals, method.decimals[1])):
        table = _signed(_rounded(table, decimals, method), method)
        path = folder / f"{name}.csv"
        path.write_bytes(as_csv(table))
        written.append(path)
    return [*written, whole]


def _with_intervals(
    index: pa.Table,
    frames: IndexFrames,
    method: Method,
    groups: Mapping[str, str] | None,
    draws: int,
    seed: int,
) -> pa.Table:
    """The index with rank_from and rank_to in the newest period; ranks without an interval are taken out."""
    newest = index["period"][-1].as_py()
    of_newest = frames.scores.filter(nw.col("period") == newest, ~nw.col("value").is_null())
    columns: dict[str, pa.ChunkedArray] = {
        name: pa.nulls(len(index), pa.int64()) for name in ("rank", "rank_from", "rank_to")
    }
    count = collected(of_newest.select(nw.len().alias("count")))["count"][0].as_py()
    if 0 < count <= MOST:
        known = collected(of_newest.select("place", "indicator", "period", "value"))
        found = score(known, replace(method, periods="each"), groups=groups, draws=draws, seed=seed).index
        at = pc.index_in(index["place"], found["place"].combine_chunks())
        at = pc.if_else(pc.equal(index["period"], newest), at, pa.scalar(None, pa.int32()))
        columns = {name: found[name].take(at.combine_chunks()) for name in columns}
    return index.select(["place", "period", "score"]).append_column("rank", columns["rank"]).append_column(
        "rank_from", columns["rank_from"]
    ).append_column("rank_to", columns["rank_to"]).append_column("missing_share", index["missing_share"])  # fmt: skip


def _rounded(table: pa.Table, decimals: int, method: Method) -> pa.Table:
    scores = table["score"]
    shown = round_once(pc.fill_null(scores, float("nan")).to_numpy(), decimals, method.half)
    column = pa.array(shown, pa.float64(), mask=pc.is_null(scores).combine_chunks().to_numpy(zero_copy_only=False))
    return table.set_column(table.schema.get_field_index("score"), "score", column)


def _signed(table: pa.Table, method: Method) -> pa.Table:
    """A number made by a method carries its name and version."""
    table = table.append_column("method", pa.repeat(method.name, len(table)))
    return table.append_column("method_version", pa.repeat(method.version, len(table)))


def _sink(frame: Frame, path: Path) -> None:
    """The rows as Parquet, written by the engine itself: one file here, a folder of files by Spark."""
    frame.sink_parquet(str(path))  # PySpark's writer takes no Path
