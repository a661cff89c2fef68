"""The audit the slow way: every table of whole numbers that agrees with what is published is written down and read."""

from itertools import product

Table = dict[str, int]
Sum = tuple[str, tuple[str, ...]]  # a whole and its parts


def intervals(published: Table, hidden: list[str], sums: list[Sum], most: int) -> dict[str, tuple[int, int]]:
    """The smallest and largest value of each hidden number over every table with values up to `most`.

    >>> intervals({"all": 5, "a": 4}, ["b"], [("all", ("a", "b"))], 9)
    {'b': (1, 1)}
    """
    seen: dict[str, list[int]] = {name: [] for name in hidden}
    for values in product(range(most + 1), repeat=len(hidden)):
        table = {**published, **dict(zip(hidden, values, strict=True))}
        if all(table[whole] == sum(table[part] for part in parts) for whole, parts in sums):
            for name in hidden:
                seen[name].append(table[name])
    return {name: (min(found), max(found)) for name, found in seen.items()}


def grid(rows: list[list[int]]) -> tuple[Table, list[Sum]]:
    """A table with its totals: cells "0,0", rows "0,+", columns "+,0" and the whole "+,+"."""
    table = {f"{r},{c}": value for r, row in enumerate(rows) for c, value in enumerate(row)}
    height, width = range(len(rows)), range(len(rows[0]))
    table |= {f"{r},+": sum(rows[r]) for r in height}
    table |= {f"+,{c}": sum(row[c] for row in rows) for c in width}
    table["+,+"] = sum(map(sum, rows))
    sums: list[Sum] = [(f"{r},+", tuple(f"{r},{c}" for c in width)) for r in height]
    sums += [(f"+,{c}", tuple(f"{r},{c}" for r in height)) for c in width]
    sums += [("+,+", tuple(f"{r},+" for r in height)), ("+,+", tuple(f"+,{c}" for c in width))]
    return table, sums
