"""Which numbers to hide with the small ones, so that none of them can be computed.

A number is protected when what is published allows it to be another one, far enough away. For each number that could be
computed, a linear program finds the cheapest way to move it by the threshold without moving a published sum: the
numbers that must move with it are hidden too. The cost of a number is how many it counts, so small ones are hidden
before large ones, a municipality before its county; a zero only where nothing else helps. What is already hidden, or
was in the release before, costs nothing.
"""

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from math import inf

import numpy as np

from dugnad.status.disclosure.auditing import audit, solve
from dugnad.status.disclosure.model import Cell, Guard, Interval, Knowledge, Relation

FREE = 1e-3  # next to nothing, so that no more is moved than must be
ROUNDS = 25


def companions(
    knowledge: Knowledge,
    truth: Mapping[Cell, float],
    guards: Mapping[Cell, Guard],
    hidden_before: Collection[Cell] = (),
) -> set[Cell]:
    """The numbers to hide beside those that `knowledge` guards, so that none is recoverable.

    `truth` are the numbers one may hide, with their values, and those of the guarded numbers that are known; `guards`
    says how each of them would be guarded. What cannot be protected at all is left as it is: the audit names it.

    With 8 + 2 = 10 in a row, the 2 guarded: the 8 is hidden with it, not the total.
    """
    added: set[Cell] = set()
    hopeless: set[Cell] = set()
    for _round in range(ROUNDS):
        found = audit(knowledge)
        failing = [c for c, i in found.items() if i.is_recoverable(knowledge.guards[c]) and c not in hopeless]
        if not failing:
            break
        base = {**_guessed(found), **truth}
        covered: dict[Cell, float] = defaultdict(float)
        for cell in sorted(failing, key=lambda cell: (-knowledge.guards[cell].width, cell)):
            guard = knowledge.guards[cell]
            if covered[cell] >= guard.width:
                continue
            moves = _cheapest_move(cell, knowledge, base, truth, hidden_before)
            if moves is None:
                hopeless.add(cell)
                continue
            for moved, size in moves.items():
                covered[moved] = max(covered[moved], abs(size))
            new = {moved for moved in moves if moved not in knowledge.guards and moved in truth}
            added |= new
            knowledge = hide(knowledge, {moved: guards[moved] for moved in new})
    return added


def hide(knowledge: Knowledge, guards: Mapping[Cell, Guard]) -> Knowledge:
    """The same, with these numbers hidden."""
    known = {cell: told for cell, told in knowledge.known.items() if cell not in guards}
    return replace(knowledge, known=known, guards={**knowledge.guards, **guards})


def _guessed(found: Mapping[Cell, Interval]) -> dict[Cell, float]:
    """For numbers the source has hidden from us too: what they may be."""
    return {cell: i.lower if i.upper == inf else (i.lower + i.upper) / 2 for cell, i in found.items()}


def _cheapest_move(
    cell: Cell,
    knowledge: Knowledge,
    base: Mapping[Cell, float],
    truth: Mapping[Cell, float],
    hidden_before: Collection[Cell],
) -> dict[Cell, float] | None:
    """How the numbers can move so that this one moves by its width and every sum still holds; None when they cannot."""
    movable, sums = _around(cell, knowledge, truth)
    dearest = 1.0 + max((truth[one] for one in movable if one in truth), default=0.0)
    cost = np.array([_cost(one, knowledge, truth, hidden_before, dearest) for one in movable])
    at = {one: number for number, one in enumerate(movable)}
    width = knowledge.guards[cell].width
    # How far down each can move: to zero.
    base = {**base, **_at_least(movable, sums, knowledge, base)}
    room = np.array([max(0.0, base[one]) for one in movable])
    best: tuple[float, dict[Cell, float]] | None = None
    for sign in (1.0, -1.0):
        if sign < 0 and room[at[cell]] < width:
            continue
        found = _move(at, sums, cost, room, at[cell], sign * width)
        if found is not None and (best is None or found[0] < best[0]):
            best = (
                found[0],
                {one: float(found[1][number]) for one, number in at.items() if abs(found[1][number]) > 1e-7},
            )
    return best and best[1]


def _at_least(
    movable: Collection[Cell], sums: Iterable[Relation], knowledge: Knowledge, base: Mapping[Cell, float]
) -> dict[Cell, float]:
    """What the numbers nobody publishes must be at least: a whole is its parts, a part beside them may be nothing."""
    from scipy import sparse

    at = {cell: number for number, cell in enumerate(cell for cell in movable if cell not in base)}
    if not at:
        return {}
    entries: list[tuple[int, int, float]] = []
    rests: list[float] = []
    for relation in sums:
        rest = 0.0
        for cell, factor in relation.terms:
            if cell in at:
                entries.append((len(rests), at[cell], factor))
            else:
                rest -= factor * base.get(cell, knowledge.bounds(cell)[0])
        rests.append(rest)
    rows = sparse.csr_matrix(
        ([e[2] for e in entries], ([e[0] for e in entries], [e[1] for e in entries])), shape=(len(rests), len(at))
    )
    room = sparse.identity(len(rests))  # what does not add up is not their doing
    goal = np.concatenate([np.ones(len(at)), np.full(2 * len(rests), 1e3)])
    answer = solve(goal, sparse.hstack([rows, room, -room], format="csr"), np.array(rests), 0 * goal, goal + inf)
    assert answer is not None, "with room in every sum they can all hold"
    return {cell: float(answer[0][number]) for cell, number in at.items()}


def _cost(
    cell: Cell, knowledge: Knowledge, truth: Mapping[Cell, float], hidden_before: Collection[Cell], dearest: float
) -> float:
    if cell in knowledge.guards or cell in hidden_before or cell not in truth:
        return FREE
    return truth[cell] or 10 * dearest


def _around(cell: Cell, knowledge: Knowledge, truth: Mapping[Cell, float]) -> tuple[list[Cell], list[Relation]]:
    """The numbers that may move, and the sums that tie them together, beginning with one of them."""
    sums_of: dict[Cell, list[Relation]] = defaultdict(list)
    for relation in knowledge.relations:
        for one, _factor in relation.terms:
            sums_of[one].append(relation)
    movable: dict[Cell, None] = {cell: None}
    sums: dict[int, Relation] = {}
    waiting = deque([cell])
    while waiting:
        for relation in sums_of[waiting.popleft()]:
            sums[id(relation)] = relation
            for other, _factor in relation.terms:
                lower, upper = knowledge.bounds(other)
                fixed = other not in knowledge.guards and other not in truth and lower == upper
                if other not in movable and not fixed:
                    movable[other] = None
                    waiting.append(other)
    return list(movable), list(sums.values())


def _move(
    at: Mapping[Cell, int], sums: Iterable[Relation], cost: np.ndarray, room: np.ndarray, which: int, by: float
) -> tuple[float, np.ndarray] | None:
    """The cheapest move of all numbers that moves one of them `by` so much: each is a step up less a step down."""
    from scipy import sparse

    entries = [
        (row, at[cell], factor)
        for row, relation in enumerate(sums)
        for cell, factor in relation.terms
        if cell in at
    ]  # fmt: skip
    height = 1 + max((row for row, _column, _factor in entries), default=-1)
    rows = sparse.csr_matrix(
        ([e[2] for e in entries], ([e[0] for e in entries], [e[1] for e in entries])), shape=(height, len(at))
    )
    up, down = np.full(len(at), inf), room.copy()
    low_up, low_down = np.zeros(len(at)), np.zeros(len(at))
    if by > 0:
        low_up[which] = up[which] = by
        down[which] = 0.0
    else:
        low_down[which] = down[which] = -by
        up[which] = 0.0
    answer = solve(
        np.concatenate([cost, cost]),
        sparse.hstack([rows, -rows], format="csr"),
        np.zeros(height),
        np.concatenate([low_up, low_down]),
        np.concatenate([up, down]),
    )
    if answer is None:
        return None
    steps = answer[0][: len(at)] - answer[0][len(at) :]
    return float(cost @ np.abs(steps)), steps
