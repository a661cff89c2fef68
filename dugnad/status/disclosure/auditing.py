"""The smallest and the largest value of every hidden number, by linear programming.

The numbers fall into blocks that share no unknown. A sum with one unknown gives that number at once and is eliminated;
what is left is a linear program for each end of each interval. A call of the solver costs more than a small program,
so many are laid beside each other in one: all ends of all hidden numbers of many blocks are one call.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, inf
from typing import Any

import numpy as np

from dugnad.status.disclosure.model import Cell, Guard, Interval, Knowledge, Relation

NEAR = 1e-6  # what the solver calls equal, against the largest number of its block
COLUMNS = 2_000  # how many unknowns are laid beside each other in one call


@dataclass
class _Block:
    """Sums that share unknowns: of each unknown its bounds, of each sum its unknowns with coefficients and its rest."""

    bounds: dict[Cell, tuple[float, float]]
    sums: list[tuple[Relation, dict[Cell, float], float]]  # relation, unknowns, what they add up to
    guarded: list[Cell]


def audit(knowledge: Knowledge) -> dict[Cell, Interval]:
    """The interval of every guarded number.

    >>> whole, a, b = (Cell("x", area, "2024") for area in ("county", "a", "b"))
    >>> told = Knowledge({whole: (10, 10), a: (8, 8)}, {b: Guard()}, (Relation.total(("county",), [whole], [a, b]),))
    >>> [(found.lower, found.upper) for found in audit(told).values()]
    [(2, 2)]
    """
    found = {cell: Interval(*_natural(knowledge, cell)) for cell in knowledge.guards}
    blocks = _blocks(knowledge)
    for block in blocks:
        for cell, interval in _eliminate(block):
            if cell in knowledge.guards:
                found[cell] = interval
    for cell, interval in _solved([block for block in blocks if block.guarded and block.sums]):
        found[cell] = interval
    return {cell: _rounded(interval, knowledge.guards[cell]) for cell, interval in found.items()}


def recoverable(knowledge: Knowledge) -> dict[Cell, Interval]:
    """Those of the hidden numbers that can be computed, or nearly: the audit has passed when there are none."""
    return {cell: i for cell, i in audit(knowledge).items() if i.is_recoverable(knowledge.guards[cell])}


def _natural(knowledge: Knowledge, cell: Cell) -> tuple[float, float]:
    lower, upper = knowledge.bounds(cell)
    return lower, min(upper, knowledge.guards[cell].highest if cell in knowledge.guards else inf)


def _rounded(interval: Interval, guard: Guard) -> Interval:
    """Of a count only whole numbers can be."""
    if not guard.whole:
        return interval
    lower = ceil(interval.lower - 1e-4)
    upper = floor(interval.upper + 1e-4) if interval.upper < inf else inf
    return Interval(lower, max(lower, upper), interval.relations)


def _blocks(knowledge: Knowledge) -> list[_Block]:
    """The sums that hold a guarded number, or an unknown that such a sum holds, and so on; each block by itself."""
    sums_of: dict[Cell, list[int]] = defaultdict(list)
    reduced: list[tuple[Relation, dict[Cell, float], float]] = []
    for number, relation in enumerate(_telling(knowledge)):
        unknowns: dict[Cell, float] = {}
        rest = 0.0
        for cell, coefficient in relation.terms:
            lower, upper = _natural(knowledge, cell)
            if lower == upper:
                rest -= coefficient * lower
            else:
                unknowns[cell] = unknowns.get(cell, 0.0) + coefficient
                sums_of[cell].append(number)
        reduced.append((relation, unknowns, rest))
    blocks: list[_Block] = []
    seen: set[Cell] = set()
    for start in knowledge.guards:
        if start in seen or start not in sums_of:
            continue
        seen.add(start)
        block, waiting, taken = _Block({}, [], []), deque([start]), set()
        while waiting:
            cell = waiting.popleft()
            block.bounds[cell] = _natural(knowledge, cell)
            if cell in knowledge.guards:
                block.guarded.append(cell)
            for number in sums_of[cell]:
                if number in taken:
                    continue
                taken.add(number)
                block.sums.append((reduced[number][0], dict(reduced[number][1]), reduced[number][2]))
                for other in reduced[number][1]:
                    if other not in seen:
                        seen.add(other)
                        waiting.append(other)
        blocks.append(block)
    return blocks


def _telling(knowledge: Knowledge) -> list[Relation]:
    """The sums that say something: not those whose total nobody has published, which can be anything.

    A county without a figure is the sum of its municipalities, whatever they are, as long as no other sum holds it.
    """
    telling = list(knowledge.relations)
    uses = Counter(cell for relation in telling for cell, _factor in relation.terms)

    def is_idle(relation: Relation) -> bool:
        for cell, factor in relation.terms:
            if uses[cell] == 1 and cell not in knowledge.known and cell not in knowledge.guards:
                return all(factor * other < 0 for of, other in relation.terms if of != cell)
        return False

    while idle := [relation for relation in telling if is_idle(relation)]:
        for relation in idle:
            uses.subtract(cell for cell, _factor in relation.terms)
        gone = set(map(id, idle))
        telling = [relation for relation in telling if id(relation) not in gone]
    return telling


def _eliminate(block: _Block) -> Iterable[tuple[Cell, Interval]]:
    """Take out the numbers that a sum with one unknown gives, one after another, and say what they are.

    A sum that cannot be right by the bounds of its last unknown gives the nearest value that can.
    """
    sums_of: dict[Cell, list[int]] = defaultdict(list)
    for number, (_relation, unknowns, _rest) in enumerate(block.sums):
        for cell in unknowns:
            sums_of[cell].append(number)
    waiting = deque(number for number, (_r, unknowns, _s) in enumerate(block.sums) if len(unknowns) == 1)
    gone: set[Cell] = set()
    while waiting:
        relation, unknowns, rest = block.sums[waiting.popleft()]
        if len(unknowns) != 1:
            continue  # its last unknown was given by another sum
        [(cell, coefficient)] = unknowns.items()
        lower, upper = block.bounds[cell]
        value = min(max(rest / coefficient, lower), upper)
        gone.add(cell)
        yield cell, Interval(value, value, (relation,))
        for number in sums_of[cell]:
            other, left, target = block.sums[number]
            if cell in left:
                block.sums[number] = (other, left, target - left.pop(cell) * value)
                if len(left) == 1:
                    waiting.append(number)
    if gone:
        block.bounds = {cell: bounds for cell, bounds in block.bounds.items() if cell not in gone}
        block.guarded = [cell for cell in block.guarded if cell not in gone]
        block.sums = [one for one in block.sums if one[1]]


def _solved(blocks: list[_Block]) -> Iterable[tuple[Cell, Interval]]:
    """Both ends of every guarded number of the blocks."""
    batch: list[_Block] = []
    columns = 0
    for block in blocks:
        size = 2 * len(block.guarded) * len(block.bounds)
        if batch and columns + size > COLUMNS:
            yield from _solved_together(batch)
            batch, columns = [], 0
        if size > COLUMNS:
            yield from _solved_in_parts(block)
            continue
        batch.append(block)
        columns += size
    if batch:
        yield from _solved_together(batch)


def _solved_in_parts(block: _Block) -> Iterable[tuple[Cell, Interval]]:
    """A block that is too large for one call: some of its hidden numbers at a time."""
    step = max(1, COLUMNS // (2 * len(block.bounds)))
    for start in range(0, len(block.guarded), step):
        yield from _solved_together([_Block(block.bounds, block.sums, block.guarded[start : start + step])])


@dataclass(frozen=True)
class _Matrix:
    """A block as the solver takes it: the sums as rows, the unknowns as columns."""

    cells: list[Cell]
    rows: Any
    rests: Any
    lower: Any
    upper: Any
    cap: float  # beyond this a number is without limit


def _matrix(block: _Block) -> _Matrix:
    from scipy import sparse

    cells = list(block.bounds)
    place = {cell: at for at, cell in enumerate(cells)}
    entries = [(r, place[c], k) for r, (_, unknowns, _) in enumerate(block.sums) for c, k in unknowns.items()]
    row, column, factor = (np.array(part) for part in zip(*entries, strict=True))
    rests = np.array([rest for _, _, rest in block.sums], dtype=float)
    lower = np.array([block.bounds[cell][0] for cell in cells], dtype=float)
    upper = np.array([block.bounds[cell][1] for cell in cells], dtype=float)
    finite = upper[np.isfinite(upper)]
    cap = 100.0 * (1.0 + float(np.abs(rests).sum()) + float(lower.sum()) + float(finite.sum()))
    rows = sparse.csr_matrix((factor.astype(float), (row, column)), shape=(len(rests), len(cells)))
    return _Matrix(cells, rows, rests, lower, np.minimum(upper, cap), cap)


def _solved_together(blocks: list[_Block]) -> Iterable[tuple[Cell, Interval]]:
    from scipy import sparse

    matrices = [_matrix(block) for block in blocks]
    pieces, rests, lower, upper, wanted = [], [], [], [], []
    for block, matrix in zip(blocks, matrices, strict=True):
        copies = 2 * len(block.guarded)
        pieces.append(sparse.kron(sparse.identity(copies), matrix.rows))
        rests.append(np.tile(matrix.rests, copies))
        lower.append(np.tile(matrix.lower, copies))
        upper.append(np.tile(matrix.upper, copies))
        goal = np.zeros((copies, len(matrix.cells)))
        place = {cell: at for at, cell in enumerate(matrix.cells)}
        for at, cell in enumerate(block.guarded):
            goal[2 * at, place[cell]] = 1.0
            goal[2 * at + 1, place[cell]] = -1.0
        wanted.append(goal.ravel())
    answer = solve(
        np.concatenate(wanted), sparse.block_diag(pieces, format="csr"), np.concatenate(rests),
        np.concatenate(lower), np.concatenate(upper),
    )  # fmt: skip
    if answer is None:  # the figures of some block contradict each other
        if len(blocks) == 1:
            yield from _solved_together([_made_possible(blocks[0], matrices[0])])
            return
        for block in blocks:
            yield from _solved_together([block])
        return
    values, prices = answer
    column = row = 0
    for block, matrix in zip(blocks, matrices, strict=True):
        width, height = len(matrix.cells), len(matrix.rests)
        place = {cell: at for at, cell in enumerate(matrix.cells)}
        for cell in block.guarded:
            ends = [values[column + place[cell]], values[column + width + place[cell]]]
            price = np.abs(prices[row : row + 2 * height]).reshape(2, height).sum(axis=0)
            used = tuple(block.sums[at][0] for at in np.flatnonzero(price > NEAR))
            limitless = ends[1] >= 0.999 * matrix.cap
            yield cell, Interval(float(ends[0]), inf if limitless else float(max(ends)), used)
            column, row = column + 2 * width, row + 2 * height


def solve(goal: Any, rows: Any, rests: Any, lower: Any, upper: Any) -> tuple[Any, Any] | None:
    """The unknowns that make the goal least, and the price of each sum; None when the sums cannot all hold."""
    from scipy.optimize import linprog

    result = linprog(goal, A_eq=rows, b_eq=rests, bounds=np.column_stack([lower, upper]), method="highs")
    if result.status == 2:
        return None
    assert result.status == 0, f"the solver gave up: {result.message}"
    return result.x, result.eqlin.marginals


def _made_possible(block: _Block, matrix: _Matrix) -> _Block:
    """The block with its sums moved by as little as makes them agree.

    Published figures contradict each other where a source has rounded them, or revised some and not the others. Who
    subtracts them makes the same small error, so a number that nearly follows counts as one that follows.
    """
    from scipy import sparse

    height, width = matrix.rows.shape
    slack = sparse.hstack([matrix.rows, sparse.identity(height), -sparse.identity(height)], format="csr")
    goal = np.concatenate([np.zeros(width), np.ones(2 * height)])
    lower = np.concatenate([matrix.lower, np.zeros(2 * height)])
    upper = np.concatenate([matrix.upper, np.full(2 * height, inf)])
    answer = solve(goal, slack, matrix.rests, lower, upper)
    assert answer is not None, "with room in every sum they can all hold"
    agreed = matrix.rows @ answer[0][:width]
    sums = [(relation, unknowns, float(agreed[at])) for at, (relation, unknowns, _rest) in enumerate(block.sums)]
    return _Block(block.bounds, sums, block.guarded)
