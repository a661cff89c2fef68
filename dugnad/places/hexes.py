"""A map where every municipality is one hexagon of the same size, computed from where they lie.

On a true map Kautokeino covers Oslo twenty times over; here small and populous places are seen as well as large and
empty ones. Three steps, all without chance, so that the same map gives the same cells: first the centres are pushed
apart until each has room (as in Dorling's cartogram), then each gets the cell that makes the sum of squared moves
least, then pairs that gain by it swap or move until neighbours stand as near as they can.
"""

from collections.abc import Iterable

import numpy as np

from dugnad.places.geometry import Topology, centre_of, hex_centres

Cell = tuple[int, int]

_ROUNDS = 600
_SAME_COUNTY = 2.0  # how much more a neighbour of the same county counts: counties stay in one piece


def hex_cells(topology: Topology) -> dict[str, Cell]:
    """A cell (column, row) of its own for each place of a map; the north-westernmost are near column 0, row 0."""
    codes = sorted(topology.polygons)
    centres = np.array([centre_of(topology, code) for code in codes])
    pairs = _pairs(topology, codes)
    points = _with_room(centres, pairs)
    points -= points.min(axis=0)
    width, height = points.max(axis=0)
    cells = [(column, row) for row in range(-1, int(height / 0.866) + 3) for column in range(-1, int(width) + 3)]
    places = hex_centres(cells)
    costs = ((points[:, None, :] - places[None, :, :]) ** 2).sum(axis=2)
    chosen = _improved(cheapest_assignment(costs), points, places, pairs)
    columns, rows = zip(*(cells[c] for c in chosen), strict=True)
    # An even number of rows is taken away: only so do odd rows stay the ones that are moved half a cell.
    left, top = min(columns), min(rows) - min(rows) % 2
    return {code: (column - left, row - top) for code, column, row in zip(codes, columns, rows, strict=True)}


def _pairs(topology: Topology, codes: list[str]) -> list[tuple[int, int, float]]:
    """Pairs of neighbours with their weight; an island counts its two nearest as neighbours."""
    index = {code: n for n, code in enumerate(codes)}
    found = {tuple(sorted(index[c] for c in users)) for users in topology.users.values() if len(users) == 2}
    centres = np.array([centre_of(topology, code) for code in codes])
    joined = {n for pair in found for n in pair}
    for n in sorted(set(range(len(codes))) - joined):
        nearest = np.argsort(((centres - centres[n]) ** 2).sum(axis=1), kind="stable")[1:3]
        found |= {tuple(sorted((n, int(m)))) for m in nearest}
    return [(a, b, _SAME_COUNTY if codes[a][:2] == codes[b][:2] else 1.0) for a, b in sorted(found)]


def _with_room(centres: np.ndarray, pairs: Iterable[tuple[int, int, float]]) -> np.ndarray:
    """The centres moved until no two are nearer than one, neighbours drawn together, the shape of the land kept.

    The unit is the distance between two cells. Each round pushes crowded places apart, pulls neighbours that drifted
    from each other, and pulls a little towards where the place lies.
    """
    spread = centres.max(axis=0) - centres.min(axis=0)
    spread = np.maximum(spread, max(spread.max() / len(centres), 1e-9))  # places on one line still have a breadth
    # Room for everyone several times over in the rectangle around the land: Norway fills about an eighth of its own.
    home = (centres - centres.min(axis=0)) * (3.4 * len(centres) / (spread[0] * spread[1])) ** 0.5
    points = home.copy()
    ends = np.array([(a, b) for a, b, _ in pairs]).reshape(-1, 2)
    for step in range(_ROUNDS):
        calm = 1 - step / _ROUNDS
        move = 0.02 * calm * (home - points)
        between = points[ends[:, 1]] - points[ends[:, 0]]
        apart = np.linalg.norm(between, axis=1, keepdims=True)
        pull = 0.12 * between / np.maximum(apart, 1e-9) * np.maximum(apart - 1, 0) * (0.3 + calm)
        np.add.at(move, ends[:, 0], pull)
        np.add.at(move, ends[:, 1], -pull)
        gaps = points[:, None, :] - points[None, :, :]
        distances = np.linalg.norm(gaps, axis=2)
        np.fill_diagonal(distances, np.inf)
        push = np.maximum(1 - distances, 0) / np.maximum(distances, 1e-9)
        points = points + move + 0.35 * (gaps * push[:, :, None]).sum(axis=1)
    return points


def cheapest_assignment(costs: np.ndarray) -> list[int]:
    """For each row a column of its own, with the least possible sum (the Hungarian method, shortest augmenting paths).

    >>> cheapest_assignment(np.array([[1.0, 2.0, 9.0], [1.0, 5.0, 9.0]]))
    [1, 0]
    """
    rows, columns = costs.shape
    assert rows <= columns, "there must be at least as many columns as rows"
    row_price, column_price = np.zeros(rows + 1), np.zeros(columns + 1)
    taken_by = np.zeros(columns + 1, dtype=int)  # 1-based row of each column, 0 when free; column 0 is the start
    for row in range(1, rows + 1):
        taken_by[0] = row
        column = 0
        least = np.full(columns + 1, np.inf)
        came_from = np.zeros(columns + 1, dtype=int)
        used = np.zeros(columns + 1, dtype=bool)
        while taken_by[column]:
            used[column] = True
            here = taken_by[column]
            reduced = costs[here - 1] - row_price[here] - column_price[1:]
            better = ~used[1:] & (reduced < least[1:])
            least[1:][better], came_from[1:][better] = reduced[better], column
            following = int(np.argmin(np.where(used, np.inf, least)))
            delta = least[following]
            row_price[taken_by[used]] += delta
            column_price[used] -= delta
            least[~used] -= delta
            column = following
        while column:
            taken_by[column] = taken_by[came_from[column]]
            column = int(came_from[column])
    answer = [0] * rows
    for column in range(1, columns + 1):
        if taken_by[column]:
            answer[taken_by[column] - 1] = column - 1
    return answer


def _improved(
    chosen: list[int], points: np.ndarray, places: np.ndarray, pairs: list[tuple[int, int, float]]
) -> list[int]:
    """Swaps two places, or moves one to a free cell, as long as neighbours come nearer and nobody is led far away."""
    at = list(chosen)
    friends: list[list[tuple[int, float]]] = [[] for _ in at]
    for a, b, weight in pairs:
        friends[a].append((b, weight))
        friends[b].append((a, weight))

    def strain(n: int, cell: int) -> float:
        away = places[cell] - points[n]
        total = 0.5 * float(away @ away)
        for m, weight in friends[n]:
            gap = places[cell] - places[at[m]]
            total += weight * max(float(gap @ gap) ** 0.5 - 1, 0.0) ** 2
        return total

    near = [np.flatnonzero(((places - p) ** 2).sum(axis=1) < 3.2**2).tolist() for p in places]
    for _ in range(30):
        holder = {cell: n for n, cell in enumerate(at)}
        moved = False
        for n in range(len(at)):
            here = at[n]
            best, gain = None, 1e-9
            for cell in near[here]:
                other = holder.get(cell)
                if other == n:
                    continue
                before = strain(n, here) + (strain(other, cell) if other is not None else 0.0)
                at[n] = cell
                if other is not None:
                    at[other] = here
                after = strain(n, cell) + (strain(other, here) if other is not None else 0.0)
                at[n] = here
                if other is not None:
                    at[other] = cell
                if before - after > gain:
                    best, gain = cell, before - after
            if best is not None:
                other = holder.get(best)
                at[n], holder[best] = best, n
                if other is None:
                    del holder[here]
                else:
                    at[other], holder[here] = here, other
                moved = True
        if not moved:
            break
    return at
