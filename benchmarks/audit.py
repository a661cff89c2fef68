"""The audit of hidden numbers: the smallest and the largest each can be, against one call of the solver for each end.

Random tables of 6 by 8 with totals, their small numbers hidden and no others: the numbers the audit must judge.
The peer is what one writes first: the same linear programs, HiGHS through scipy, two calls for each hidden number. The
limit is the solver's own time for all of them, once it has been laid out.
"""

from math import inf
from typing import Any

import numpy as np

from benchmarks import Contender
from dugnad.status.disclosure import auditing
from dugnad.status.disclosure.auditing import audit
from dugnad.status.disclosure.model import Cell, Guard, Interval, Knowledge, Relation

PEER = "scipy linprog, one call for each end"
TABLES = 20


def table(generator: np.random.Generator) -> Knowledge:
    """A table with totals of which the numbers 1 and 2 are hidden."""
    inner = generator.poisson(3.5 * generator.gamma(1, 1, (6, 8))).astype(float)
    full = np.vstack([np.column_stack([inner, inner.sum(1)]), np.append(inner.sum(0), inner.sum())])
    height, width = full.shape

    def cell(row: int, column: int) -> Cell:
        return Cell("x", f"{row} {column}", "2024")

    sums = [
        Relation.total(("row",), [cell(r, width - 1)], [cell(r, c) for c in range(width - 1)]) for r in range(height)
    ]
    sums += [
        Relation.total(("column",), [cell(height - 1, c)], [cell(r, c) for r in range(height - 1)])
        for c in range(width)
    ]
    values = {cell(r, c): full[r, c] for r in range(height) for c in range(width)}
    hidden = {one: Guard() for one, value in values.items() if 0 < value < 3}
    known = {one: (value, value) for one, value in values.items() if one not in hidden}
    return Knowledge(known, hidden, tuple(sums))


def one_by_one(told: Knowledge) -> dict[Cell, Interval]:
    """The peer: a call of the solver for each end of each interval."""
    from scipy.optimize import linprog

    cells = list(told.guards)
    rows, rests = [], []
    for relation in told.relations:
        factors = {cell: factor for cell, factor in relation.terms}
        rows.append([factors.get(cell, 0.0) for cell in cells])
        rests.append(-sum(factor * told.known[cell][0] for cell, factor in relation.terms if cell in told.known))
    found = {}
    for at, cell in enumerate(cells):
        ends = []
        for sign in (1.0, -1.0):
            goal = np.zeros(len(cells))
            goal[at] = sign
            answer = linprog(goal, A_eq=rows, b_eq=rests, bounds=(0, None), method="highs")
            ends.append(answer.x[at] if answer.status == 0 else inf)
        found[cell] = Interval(round(ends[0]), round(ends[1]))
    return found


def _prepare() -> list[Knowledge]:
    generator = np.random.default_rng(1)
    tables = [table(generator) for _ in range(TABLES)]
    audit(tables[0])  # the solver is imported
    return tables


def _answer(found: list[dict[Cell, Interval]]) -> list[list[float]]:
    return [[number for interval in one.values() for number in (interval.lower, interval.upper)] for one in found]


def _batch() -> list[Any]:
    """What the solver is asked in the first call of our audit."""
    asked: list[Any] = []
    solve = auditing.solve

    def listen(*question: Any) -> Any:
        asked.append(question)
        return solve(*question)

    auditing.solve = listen
    try:
        for one in _prepare():
            audit(one)
    finally:
        auditing.solve = solve
    return asked


def contenders() -> dict[str, Contender]:
    return {
        "ours": Contender(_prepare, lambda tables: list(map(audit, tables)), _answer, repeats=3),
        "peer": Contender(_prepare, lambda tables: list(map(one_by_one, tables)), _answer),
        "limit": Contender(_batch, lambda asked: [auditing.solve(*question) for question in asked], repeats=3),
    }
