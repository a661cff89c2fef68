"""Round ticks that hold all values, classes that hold all places."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dugnad.shared.charts.scales import class_of, classify, linear, log, quantile, wants_log

NUMBERS = st.floats(-1e15, 1e15, allow_nan=False)
SOME = st.lists(st.one_of(NUMBERS, st.integers(0, 5).map(float)), min_size=1, max_size=60)


@given(SOME, st.booleans(), st.integers(0, 3))
def test_a_linear_scale_holds_all_values_between_few_ticks(values, zero, decimals):
    scale = linear(values, 200, 0, zero=zero, decimals=decimals)
    hair = 1e-8 * (scale.ticks[1] - scale.ticks[0])  # far less than can be drawn
    assert scale.low <= min(values) + hair and max(values) - hair <= scale.high
    assert 2 <= len(scale.ticks) <= 8 and list(scale.ticks) == sorted(set(scale.ticks))
    assert not zero or scale.low <= 0 <= scale.high
    assert scale(scale.low) == 200 and scale(scale.high) == pytest.approx(0, abs=1e-9)


@given(st.lists(st.floats(1e-3, 1e12), min_size=1, max_size=60))
def test_a_logarithmic_scale_holds_all_values(values):
    scale = log(values, 0, 100)
    assert scale.low <= min(values) and max(values) <= scale.high and scale.low < scale.high
    assert all(-1e-6 <= scale(value) <= 100 + 1e-6 for value in values)


def test_half_persons_are_not_counted():
    assert linear([0, 2], 0, 1, decimals=0).ticks == (0, 1, 2)
    assert linear([0.3, 0.3], 0, 1, zero=False, decimals=1).ticks == (0.3, 0.4)


@given(SOME, st.floats(0, 1))
def test_quantiles_are_those_of_numpy(values, share):
    assert quantile(sorted(values), share) == pytest.approx(float(np.quantile(values, share)), rel=1e-9, abs=1e-6)


def test_a_logarithmic_scale_is_for_skewed_positive_values():
    assert wants_log([2.1, 3.0, 4.5, 5.0, 6.2, 10.0, 53.0])  # emissions per inhabitant in Telemark
    assert not wants_log([0.04, 3.0, 4.5, 5.0, 53.0], decimals=1)  # 0.04 is written 0.0
    assert not wants_log([0.0, 3.0, 4.5, 5.0, 53.0])  # zero has no place on it
    assert not wants_log([1.4, 1.6, 2.2, 2.6, 2.8])
    assert not wants_log([1.0, 100.0])  # too few to speak of skew


@given(st.lists(st.one_of(st.none(), NUMBERS, st.integers(0, 3).map(float)), max_size=80), st.integers(1, 5))
def test_classes_are_never_empty_and_equal_values_share_one(values, k):
    limits = classify(values, k)
    known = [value for value in values if value is not None]
    counts = [0] * (len(limits) + 1)
    for value in known:
        counts[class_of(value, limits)] += 1
    assert list(limits) == sorted(set(limits)) and len(limits) < max(k, 1)
    assert not known or all(counts)


def test_classes_of_ties_of_few_and_of_none():
    assert classify([5.0] * 10) == ()
    assert classify([None, None]) == ()
    assert classify([1.0, 2.0], k=5) == (pytest.approx(1.2),)  # two values, two classes
    assert classify([0.0] * 90 + [1.0] * 10, k=5) == ()  # every fifth is 0: the tie is one class with the rest
    assert classify([1.0, 2.0, 3.0, 4.0], k=2, method="equal") == (2.5,)
    assert classify([1.0, 10.0, 100.0], k=2, method="log") == (pytest.approx(10.0),)
    with pytest.raises(ValueError, match="no such method"):
        classify([1.0, 2.0], method="jenks")
    with pytest.raises(ValueError, match="positive"):
        classify([0.0, 2.0], method="log")
