"""How alike places are in structure: distances between standardised features, and what each feature adds.

Each feature is laid on a scale where its middle is 0 and its usual spread 1 (median, and the median distance from it
times 1.4826; where more than half are equal, the mean distance times 1.2533). The distance between two places is the
root of the mean of the squared differences; a feature's share is its square of the sum of squares.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Likeness:
    """One place beside the one asked about: its row, the distance, and for each feature the difference and share."""

    row: int
    distance: float
    differences: tuple[float, ...]
    shares: tuple[float, ...]


def standardised(features: Floats) -> Floats:
    """Places x features on a common scale; a feature that is the same everywhere is 0 throughout.

    >>> standardised(np.array([[1.0, 7.0], [2.0, 7.0], [3.0, 7.0], [94.0, 7.0]])).round(2).tolist()
    [[-1.01, 0.0], [-0.34, 0.0], [0.34, 0.0], [61.72, 0.0]]
    """
    middle = np.median(features, axis=0)
    away = np.abs(features - middle)
    spread = 1.4826 * np.median(away, axis=0)
    spread = np.where(spread > 0, spread, 1.2533 * away.mean(axis=0))
    return (features - middle) / np.where(spread > 0, spread, 1.0)


def nearest(features: Floats, row: int, count: int = 10) -> list[Likeness]:
    """The places most like the one in `row`, the nearest first; of equally near ones the first.

    >>> found = nearest(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 5.0], [9.0, 9.0]]), 0, 2)
    >>> [(one.row, one.shares) for one in found]
    [(1, (1.0, 0.0)), (2, (0.0, 1.0))]
    """
    scaled = standardised(features)
    apart = scaled - scaled[row]
    squares = apart**2
    distance = np.sqrt(squares.mean(axis=1))
    order = [int(i) for i in np.argsort(distance, kind="stable") if i != row][:count]
    total = np.where(squares.sum(axis=1) > 0, squares.sum(axis=1), 1.0)
    return [
        Likeness(i, float(distance[i]), tuple(apart[i].tolist()), tuple((squares[i] / total[i]).tolist()))
        for i in order
    ]
