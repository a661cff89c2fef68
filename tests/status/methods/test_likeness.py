"""Distances of structure: hand values, a slow twin, and what must not matter."""

from statistics import mean, median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dugnad.status.methods.likeness import nearest, standardised


def slowly(rows: list[list[float]], asked: int) -> list[tuple[float, int]]:
    """(distance, row), by lists."""
    columns = list(zip(*rows, strict=True))
    scaled = []
    for column in columns:
        middle = median(column)
        away = [abs(value - middle) for value in column]
        spread = 1.4826 * median(away) or 1.2533 * mean(away) or 1.0
        scaled.append([(value - middle) / spread for value in column])
    found = []
    for i in range(len(rows)):
        if i != asked:
            found.append((mean((one[i] - one[asked]) ** 2 for one in scaled) ** 0.5, i))
    return sorted(found)


TABLE = st.integers(2, 4).flatmap(
    lambda width: st.lists(
        st.lists(st.integers(-50, 50).map(float), min_size=width, max_size=width), min_size=2, max_size=12
    )
)


@given(TABLE, st.integers(0, 11))
@settings(max_examples=60)
def test_distances_agree_with_plain_lists(rows: list[list[float]], asked: int) -> None:
    asked %= len(rows)
    found = nearest(np.array(rows), asked, 5)
    assert [one.distance for one in found] == pytest.approx([d for d, _row in slowly(rows, asked)[:5]])
    for one in found:
        assert sum(one.shares) == pytest.approx(1.0 if one.distance > 0 else 0.0)
        assert asked != one.row


@given(TABLE, st.sampled_from([0.001, 1000.0]), st.floats(-100, 100))
@settings(max_examples=30)
def test_neither_unit_nor_origin_of_a_feature_matters(rows: list[list[float]], factor: float, start: float) -> None:
    plain = np.array(rows)
    other = plain.copy()
    other[:, 0] = other[:, 0] * factor + start
    assert standardised(other) == pytest.approx(standardised(plain), abs=1e-6)


def test_a_feature_that_is_the_same_everywhere_counts_nothing() -> None:
    [one] = nearest(np.array([[1.0, 5.0], [3.0, 5.0]]), 0)
    assert one.shares == (1.0, 0.0)
    assert nearest(np.array([[1.0, 5.0], [1.0, 5.0]]), 0)[0].distance == 0


def test_one_giant_does_not_decide_the_scale() -> None:
    """Oslo is a hundred spreads away; the others keep their distances."""
    sizes = [[1.0], [2.0], [3.0], [4.0], [5.0]]
    scaled = standardised(np.array([*sizes, [900.0]]))[:, 0]
    assert scaled[4] - scaled[0] > 1.5
