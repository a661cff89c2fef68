"""Rounding: once, at the end, halves as the method says."""

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Literal

import numpy as np
from numpy.typing import NDArray

_DIGITS = 12  # what two roads to the same number may differ by lies beyond these


def round_once(values: NDArray[np.floating], decimals: int, half: Literal["even", "up"]) -> NDArray[np.float64]:
    """Each value with so many decimals. A half is a half as people write it: 2.675 is one, whatever its bits say.

    `up` is away from zero.

    >>> round_once(np.array([2.675, 0.125, -0.5]), 2, "even"), round_once(np.array([2.675, 0.125]), 2, "up")
    (array([ 2.68,  0.12, -0.5 ]), array([2.68, 0.13]))
    """
    scale = 10.0**decimals
    scaled = np.asarray(values, dtype=np.float64) * scale
    rounded = np.rint(scaled) / scale
    is_near = np.abs(np.abs(scaled - np.trunc(scaled)) - 0.5) < 1e-6 * np.maximum(1.0, np.abs(scaled))
    near = np.flatnonzero(is_near & (np.abs(scaled) < 10.0 ** (_DIGITS - 1)))
    mode = ROUND_HALF_EVEN if half == "even" else ROUND_HALF_UP
    exponent = Decimal(1).scaleb(-decimals)
    for i in near:  # few: only here can the last bit decide
        exact = Decimal(f"{float(values.flat[i]):.{_DIGITS}g}")
        rounded.flat[i] = float(exact.quantize(exponent, rounding=mode))
    return rounded + 0.0  # no minus zero
