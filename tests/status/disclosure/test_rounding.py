"""Rounding small numbers to 0 or 3 with totals that add up."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dugnad.status.disclosure.model import Relation
from dugnad.status.disclosure.rounding import CannotRound, rounded
from tests.oracles.disclosure import Sum, Table, grid
from tests.status.disclosure.tables import cell, relations

tables = st.integers(1, 4).flatmap(
    lambda width: st.lists(
        st.lists(st.sampled_from([0, 1, 1, 2, 2, 3, 4, 9, 25]), min_size=width, max_size=width), min_size=1, max_size=4
    )
)


def of(table: Table, sums: list[Sum]) -> dict[str, int]:
    return {one.area: value for one, value in rounded({cell(n): v for n, v in table.items()}, relations(sums)).items()}


@settings(max_examples=30, deadline=None)
@given(tables)
def test_every_sum_still_holds_and_no_number_moves_by_three(rows: list[list[int]]) -> None:
    table, sums = grid(rows)
    found = of(table, sums)
    for whole, parts in sums:
        assert found[whole] == sum(found[part] for part in parts)
    for name, value in table.items():
        assert abs(found[name] - value) <= 2
        if value < 3:
            assert found[name] in ((0, 3) if value else (0,))
        else:
            assert found[name] >= 3


def test_large_parts_are_left_alone_and_the_total_follows() -> None:
    assert of({"all": 52, "a": 2, "b": 50}, [("all", ("a", "b"))])["b"] == 50


def test_a_rounded_number_does_not_tell_a_one_from_a_two() -> None:
    """Where no total decides, 1 and 2 of the same name become the same."""
    for name in "abcdefgh":
        assert rounded({cell(name): 1}, []) == rounded({cell(name): 2}, [])
    assert {rounded({cell(name): 1}, [])[cell(name)] for name in "abcdefgh"} == {0, 3}


def test_numbers_that_cannot_be_rounded_together_are_refused() -> None:
    """b is twice or four times a: 3 and 6 are near enough to 2 and 4, but neither 0 nor 12 is near enough to 4."""
    a, b = cell("a"), cell("b")
    assert rounded({a: 2, b: 4}, [Relation(("twice",), ((b, 1.0), (a, -2.0)))]) == {a: 3, b: 6}
    with pytest.raises(CannotRound):
        rounded({a: 1, b: 4}, [Relation(("four times",), ((b, 1.0), (a, -4.0)))])
