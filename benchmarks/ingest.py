"""Job A: a JSON-stat table of 800 000 cells (5 MB), the most SSB gives in one answer.

Ours goes all the way from bytes to the columns of observations, with every mark as a status or a reason. The peer,
pyjstat, makes its data frame of codes and values; it has no place for the marks, so they are compared with what the
standard library reads. The limit is a compiled pass over the numbers alone: Arrow's number reader on the value array,
already cut out and one number a line. It does none of the rest: no brackets to find, no dimensions, no marks, no rows.
"""

import hashlib
import json
import random
from typing import Any

import numpy as np

from benchmarks import Contender

PEER = "pyjstat 2.4.0"

_PLACES = [f"{1000 + number}" for number in range(400)]
_SEXES = ["1", "2"]
_CONTENTS = [f"c{number}" for number in range(50)]
_YEARS = [str(2000 + number) for number in range(20)]
_MARKS = {"..": "not_available", ".": "not_applicable", ":": "suppressed"}
_MAPPING = {
    "place": "Region",
    "period": "Tid",
    "indicator": {"dimension": "ContentsCode", "codes": {code: f"bench.2026.{code}" for code in _CONTENTS}},
    "breakdown": {"sex": {"dimension": "Kjonn", "codes": {"1": "male", "2": "female"}}},
}


def document() -> bytes:
    """The table, the same every time: whole numbers and decimals, 3 % of the cells a mark instead, some provisional."""
    chance = random.Random(17)
    codes = {"Region": _PLACES, "Kjonn": _SEXES, "ContentsCode": _CONTENTS, "Tid": _YEARS}
    values: list[float | None] = []
    marks: dict[str, str] = {}
    for cell in range(800_000):
        drawn = chance.random()
        if drawn < 0.03:
            values.append(None)
            marks[str(cell)] = chance.choice(list(_MARKS))
            continue
        if drawn > 0.98:
            marks[str(cell)] = "p"
        values.append(chance.randrange(0, 10_000) if drawn < 0.5 else round(chance.uniform(-100, 1000), 1))
    table = {
        "version": "2.0",
        "class": "dataset",
        "label": "Job A",
        "id": list(codes),
        "size": [len(own) for own in codes.values()],
        "role": {"geo": ["Region"], "metric": ["ContentsCode"], "time": ["Tid"]},
        "dimension": {
            name: {
                "label": name,
                "category": {"index": {c: i for i, c in enumerate(own)}, "label": {c: c for c in own}},
            }
            for name, own in codes.items()
        },
        "value": values,
        "status": marks,
    }
    return json.dumps(table, separators=(",", ":")).encode()


def _answer(codes: list[list[str]], values: np.ndarray, marks: list[str]) -> dict[str, Any]:
    """What was found, short enough to compare: hashes of the codes, of the bits of all numbers, and of all marks."""

    def digest(content: bytes) -> str:
        return hashlib.sha256(content).hexdigest()[:16]

    numbers = np.where(np.isnan(values), 0.0, values).tobytes() + np.isnan(values).tobytes()
    return {
        "rows": len(values),
        "codes": [digest("\n".join(own).encode()) for own in codes],
        "values": digest(numbers),
        "marks": digest("\n".join(marks).encode()),
    }


def _read(content: bytes) -> Any:
    from dugnad.status.providers import jsonstat

    return jsonstat.read(content, _MAPPING).table


def _ours(table: Any) -> dict[str, Any]:
    back = {reason: mark for mark, reason in _MARKS.items()}
    missing, status = table["missing"].to_pylist(), table["status"].to_pylist()
    marks = [back[m] if m else "p" if s == "preliminary" else "" for m, s in zip(missing, status, strict=True)]
    sexes = {"sex=male": "1", "sex=female": "2"}
    codes = [
        table["place"].to_pylist(),
        [sexes[text] for text in table["breakdown"].to_pylist()],
        [text.removeprefix("bench.2026.") for text in table["indicator"].to_pylist()],
        table["period"].to_pylist(),
    ]
    return _answer(codes, table["value"].to_numpy(), marks)


def _pyjstat(content: bytes) -> Any:
    from pyjstat import pyjstat

    return pyjstat.Dataset.read(content.decode()).write("dataframe", naming="id")


def _theirs(frame: Any) -> dict[str, Any]:
    marks = json.loads(document())["status"]
    codes = [frame[name].tolist() for name in ("Region", "Kjonn", "ContentsCode", "Tid")]
    return _answer(codes, frame["value"].to_numpy(dtype=float), [marks.get(str(i), "") for i in range(len(frame))])


def _numbers_only() -> bytes:
    content = document()
    start = content.index(b'"value":[') + len(b'"value":[')
    return content[start : content.index(b"]", start)].replace(b",", b"\n")


def _limit(lines: bytes) -> Any:
    import pyarrow as pa
    import pyarrow.csv as csv

    return csv.read_csv(
        pa.BufferReader(lines),
        read_options=csv.ReadOptions(column_names=["n"], use_threads=False, block_size=len(lines) + 1),
        convert_options=csv.ConvertOptions(column_types={"n": pa.float64()}, null_values=["null"]),
    )


def contenders() -> dict[str, Contender]:
    return {
        "ours": Contender(document, _read, _ours, repeats=5),
        "peer": Contender(document, _pyjstat, _theirs),
        "limit": Contender(_numbers_only, _limit, repeats=5),
    }
