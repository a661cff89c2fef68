"""Errors of measurement in rank intervals: they follow the values, whichever scale scores are made on."""

import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from dugnad.status.methods import score
from dugnad.status.methods.model import Band, GoalRule, Indicator, Method, Uncertainty
from tests.oracles import order as slowly

TEXT = {"nb": "x"}
VALUES, ERRORS = [10.0, 11.0, 12.0, 12.5, 16.0, 30.0], [1.0, 0.5, 1.0, 2.0, 0.2, 1.0]


def one(**changes: object) -> Method:
    plain = Method(
        name="test", version="1", title=TEXT, description={}, source="", goals=(GoalRule("1", TEXT),),
        indicators=(Indicator("a", TEXT, "1", 1, 0.0, 1000.0),),
        uncertainty=Uncertainty(aggregation=("arithmetic",), normalise=("goalposts",)),
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def intervals(method: Method, unit: float = 1.0, errors: list[float] = ERRORS) -> list[tuple[int, int]]:
    places = [f"p{n}" for n in range(len(VALUES))]
    table = pa.table({
        "place": places, "indicator": ["a"] * len(places), "period": ["2024"] * len(places),
        "value": [v * unit for v in VALUES], "error": [e * unit for e in errors],
    })  # fmt: skip
    found = score(table, method, draws=4000).index.to_pylist()
    return [(row["rank_from"], row["rank_to"]) for row in found]


PLAINLY = slowly.rank_interval(VALUES, ERRORS, 4000, 3)


@pytest.mark.parametrize("way", ["goalposts", "none", "minmax", "percentiles", "zscore"])
def test_the_interval_of_one_figure_does_not_depend_on_the_scale(way: str) -> None:
    percentiles = (0.0, 100.0)
    found = intervals(
        one(normaliser=way, percentiles=percentiles, uncertainty=Uncertainty(aggregation=("arithmetic",)))
    )
    for (low, high), (slow_low, slow_high) in zip(found, PLAINLY, strict=True):
        assert abs(low - slow_low) <= 1 and abs(high - slow_high) <= 1
    assert found[0] != (6, 6) and found[5] == (1, 1)  # 10 ± 1 may be above 11 ± 0.5


@pytest.mark.parametrize("other", ["minmax", "zscore", "percentiles"])
def test_nor_does_the_other_way_that_is_drawn(other: str) -> None:
    alone = intervals(one())
    both = intervals(one(uncertainty=Uncertainty(aggregation=("arithmetic",), normalise=("goalposts", other))))
    assert max(abs(a - b) for x, y in zip(alone, both, strict=True) for a, b in zip(x, y, strict=True)) <= 1
    assert [high > low for low, high in alone] == [high > low for low, high in both]


def test_a_unit_changes_nothing() -> None:
    wide = one(normaliser="minmax", uncertainty=Uncertainty(aggregation=("arithmetic",)))
    assert intervals(wide) == intervals(wide, 1000.0)


def test_points_of_bands_are_uncertain_by_points_not_by_per_cent() -> None:
    """10 to 30 of 0 to 1000 is one band: no error of this size makes a point of it."""
    bands = (Band(95, 4, TEXT), Band(66, 3, TEXT), Band(33, 2, TEXT), Band(-math.inf, 1, TEXT))
    assert intervals(one(bands=bands, clip=False, index_of="indicators")) == [(1, 1)] * 6


def test_without_errors_there_is_no_interval_of_one_figure() -> None:
    assert intervals(one(normaliser="zscore"), errors=[0.0] * 6) == [(n, n) for n in (6, 5, 4, 3, 2, 1)]
    assert np.array(intervals(one())).shape == (6, 2)
