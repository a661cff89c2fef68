"""Small counts rounded so that totals still add up: 1 and 2 become 0 or 3, and what they are parts of follows.

Every sum that held before holds afterwards, no number moves by as much as the base, and the totals move as little as
can be. Zero stays zero, and no number of the base or more falls below it. Which way a small number goes follows from
its totals and, where they leave it open, from a coin that its name decides: so a 0 or a 3 does not tell whether it was
a 1 or a 2, and the next release rounds it the same way.
"""

import hashlib
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping

import numpy as np

from dugnad.status.disclosure.model import THRESHOLD, Cell, Relation

SECONDS = 20.0  # for one block; a good answer that is not proved to be the best will do


class CannotRound(ValueError):
    """No numbers near enough add up; `cell` is one of those that were to be rounded."""

    def __init__(self, cell: Cell) -> None:
        super().__init__(f"{cell} cannot be rounded with its totals")
        self.cell = cell


def rounded(counts: Mapping[Cell, int], relations: Iterable[Relation], base: int = THRESHOLD) -> dict[Cell, int]:
    """The counts with the small ones rounded.

    >>> whole, a, b = (Cell("x", area, "2024") for area in ("county", "a", "b"))
    >>> rounded({whole: 11, a: 2, b: 9}, [Relation.total(("county",), [whole], [a, b])])[a]
    3
    """
    kept = [r for r in relations if all(cell in counts for cell, _f in r.terms) and _holds(r, counts)]
    sums_of: dict[Cell, list[Relation]] = defaultdict(list)
    for relation in kept:
        for cell, _factor in relation.terms:
            sums_of[cell].append(relation)
    found = dict(counts)
    seen: set[Cell] = set()
    for start in sorted(cell for cell, count in counts.items() if 0 < count < base):
        if start in seen:
            continue
        block, sums, waiting = {start}, {}, deque([start])
        while waiting:
            for relation in sums_of[waiting.popleft()]:
                sums[id(relation)] = relation
                new = {cell for cell, _factor in relation.terms if counts[cell]} - block
                block |= new
                waiting.extend(sorted(new))
        seen |= block
        found |= _rounded_block(sorted(block), counts, list(sums.values()), base)
    return found


def _holds(relation: Relation, counts: Mapping[Cell, int]) -> bool:
    return sum(factor * counts[cell] for cell, factor in relation.terms) == 0


def _rounded_block(
    cells: list[Cell], counts: Mapping[Cell, int], relations: list[Relation], base: int
) -> dict[Cell, int]:
    """An integer program: of each cell how many bases (small) or ones (others) it gets, and how far that is away."""
    from scipy import sparse
    from scipy.optimize import Bounds, LinearConstraint, milp

    size = len(cells)
    at = {cell: number for number, cell in enumerate(cells)}
    value = np.array([counts[cell] for cell in cells], dtype=float)
    small = value < base
    unit = np.where(small, base, 1)
    lower = np.where(small, 0, np.maximum(base, value - base + 1))
    upper = np.where(small, 1, value + base - 1)
    inner = {cell for r in relations for cell, factor in r.terms if factor < 0}
    inner -= {cell for r in relations for cell, factor in r.terms if factor > 0}
    # How far a small number moves costs nothing: the nearest of 0 and 3 would tell a 1 from a 2. A part that is large
    # enough by itself is left alone where it can be.
    weight = np.array([0.0 if small[at[cell]] else 20.0 if cell in inner else 1.0 for cell in cells])
    leaning = np.where(small, [_coin(cell) for cell in cells], 0.0)
    entries = [(row, at[cell], factor) for row, r in enumerate(relations) for cell, factor in r.terms if cell in at]
    rows = sparse.csr_matrix(
        ([f * unit[c] for _r, c, f in entries], ([r for r, _c, _f in entries], [c for _r, c, _f in entries])),
        shape=(len(relations), size),
    )
    scale, one = sparse.diags(unit.astype(float)), sparse.identity(size)
    constraints = [LinearConstraint(sparse.hstack([scale, -one]), -np.inf, value),
                   LinearConstraint(sparse.hstack([-scale, -one]), -np.inf, -value)]  # fmt: skip
    if relations:
        constraints.append(LinearConstraint(sparse.hstack([rows, sparse.csr_matrix(rows.shape)]), 0, 0))
    answer = milp(
        np.concatenate([leaning, weight]),
        constraints=constraints,
        integrality=np.concatenate([np.ones(size), np.zeros(size)]),
        bounds=Bounds(np.concatenate([lower, np.zeros(size)]), np.concatenate([upper, np.full(size, np.inf)])),
        options={"time_limit": SECONDS},
    )
    if answer.x is None:
        raise CannotRound(next(cell for cell in cells if small[at[cell]]))
    return {cell: int(np.rint(answer.x[number])) * int(unit[number]) for cell, number in at.items()}


def _coin(cell: Cell) -> float:
    """A little for or against rounding up, by the name of the number alone."""
    return 0.01 if hashlib.sha256("|".join(cell).encode()).digest()[0] % 2 else -0.01
