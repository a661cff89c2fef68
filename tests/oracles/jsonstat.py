"""JSON-stat, read the slow and obvious way: one cell at a time with the standard library."""

import json
from itertools import product
from typing import Any


def cells(text: bytes) -> dict[tuple[str, ...], tuple[float | None, str]]:
    """The value and the mark of each cell, by the codes of its dimensions."""
    table = json.loads(text)
    codes = []
    for name in table["id"]:
        category = table["dimension"][name]["category"]
        index = category.get("index") or list(category["label"])
        codes.append(index if isinstance(index, list) else sorted(index, key=index.get))
    return {
        cell: (_at(table["value"], number), _at(table.get("status"), number) or "")
        for number, cell in enumerate(product(*codes))
    }


def _at(given: Any, number: int) -> Any:
    if isinstance(given, list):
        return given[number]
    if isinstance(given, dict):
        return given.get(str(number))
    return given
