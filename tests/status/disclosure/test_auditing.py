"""The audit of hidden numbers: hand tables, tables of every kind, and the slow way beside it."""

from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dugnad.status.disclosure.auditing import audit, recoverable
from dugnad.status.disclosure.model import Cell, Guard, Interval, Knowledge, Relation
from tests.oracles import disclosure as oracle
from tests.status.disclosure.tables import cell, knowledge, small


def ends(found: dict[Cell, Interval]) -> dict[str, tuple[float, float]]:
    return {one.area: (interval.lower, interval.upper) for one, interval in found.items()}


TWO = [[2, 8], [9, 7]]
THREE = [[2, 8, 10], [9, 7, 6], [5, 4, 1]]


def test_one_hidden_number_in_a_row_is_the_total_less_the_others() -> None:
    table, sums = oracle.grid(TWO)
    assert ends(audit(knowledge(table, sums, ["0,0"]))) == {"0,0": (2, 2)}


def test_two_in_each_row_and_column_hide_each_other() -> None:
    """With 2 + 8 = 10 and 9 + 7 = 16 over 11 and 15: the corner is anything from 0 to 10."""
    table, sums = oracle.grid(TWO)
    found = audit(knowledge(table, sums, ["0,0", "0,1", "1,0", "1,1"]))
    assert ends(found) == {"0,0": (0, 10), "0,1": (0, 10), "1,0": (1, 11), "1,1": (5, 15)}


def test_a_chain_of_sums_is_followed_to_its_end() -> None:
    """Of three by three, "0,0" and "0,1" share a row, but "0,1" is alone in its column: both follow."""
    table, sums = oracle.grid(THREE)
    assert ends(audit(knowledge(table, sums, ["0,0", "0,1"]))) == {"0,0": (2, 2), "0,1": (8, 8)}


def test_a_hidden_total_hides_its_parts_only_as_far_as_no_other_sum_gives_it() -> None:
    table, sums = oracle.grid(TWO)
    # The total of the first row is the whole less the other row.
    assert ends(audit(knowledge(table, sums, ["0,0", "0,+"])))["0,0"] == (2, 2)


def test_nothing_published_around_it_leaves_a_number_without_a_largest_value() -> None:
    found = audit(Knowledge({}, {cell("a"): Guard()}, ()))
    assert ends(found) == {"a": (0, inf)}
    assert not recoverable(Knowledge({}, {cell("a"): Guard()}, ()))


def test_what_an_earlier_release_shows_is_known() -> None:
    told = Knowledge({cell("a"): (2, 2)}, {cell("a"): Guard()}, ())
    assert list(recoverable(told)) == [cell("a")]


def test_an_interval_narrower_than_the_threshold_counts_as_recoverable() -> None:
    """Two hidden numbers that are 2 together: each is from 0 to 2, which is narrower than 3."""
    told = Knowledge(
        {cell("all"): (2, 2)},
        {cell("a"): Guard(), cell("b"): Guard()},
        (Relation.total(("sum",), [cell("all")], [cell("a"), cell("b")]),),
    )
    assert ends(recoverable(told)) == {"a": (0, 2), "b": (0, 2)}


def test_rounded_figures_that_contradict_each_other_do_not_hide_anything() -> None:
    """The total is 10, the other part 11: who subtracts gets -1, and takes it for nearly nothing."""
    told = Knowledge(
        {cell("all"): (10, 10), cell("b"): (11, 11)},
        {cell("a"): Guard()},
        (Relation.total(("sum",), [cell("all")], [cell("a"), cell("b")]),),
    )
    assert ends(audit(told)) == {"a": (0, 0)}


def test_contradictions_among_several_unknowns_are_moved_by_as_little_as_can_be() -> None:
    parts = [cell("a"), cell("b"), cell("c")]
    told = Knowledge(
        {cell("first"): (4, 4), cell("second"): (5, 5), cell("third"): (20, 20)},
        {part: Guard() for part in parts},
        (
            Relation.total(("sum",), [cell("first")], parts[:2]),
            Relation.total(("sum",), [cell("second")], parts[1:]),
            Relation.total(("sum",), [cell("third")], parts),  # cannot be: 4 + 5 is less
        ),
    )
    found = audit(told)
    assert all(0 <= interval.lower <= interval.upper < inf for interval in found.values())


def test_a_range_that_is_known_narrows_what_follows() -> None:
    """A rounded rate says that the other part is from 6 to 7: what is left of 10 is 3 or 4."""
    told = Knowledge(
        {cell("all"): (10, 10), cell("b"): (5.6, 7.4)},
        {cell("a"): Guard()},
        (Relation.total(("sum",), [cell("all")], [cell("a"), cell("b")]),),
    )
    assert ends(audit(told)) == {"a": (3, 4)}


def test_many_blocks_in_one_call_are_as_each_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    from dugnad.status.disclosure import auditing

    table, sums = oracle.grid(THREE)
    hidden = ["0,0", "0,2", "2,0", "2,2", "1,1", "1,2", "2,1"]
    together = audit(knowledge(table, sums, hidden))
    monkeypatch.setattr(auditing, "COLUMNS", 1)
    assert audit(knowledge(table, sums, hidden)) == together


tables = st.lists(st.lists(st.integers(0, 5), min_size=3, max_size=3), min_size=2, max_size=3)


@settings(max_examples=40, deadline=None)
@given(tables, st.sets(st.integers(0, 8), max_size=5))
def test_the_audit_is_what_all_possible_tables_say(rows: list[list[int]], chosen: set[int]) -> None:
    """In tables with rows and columns the ends of the intervals are whole by themselves, so both ways agree exactly."""
    table, sums = oracle.grid(rows)
    inner = [name for name in table if "+" not in name]
    hidden = [inner[number] for number in sorted(chosen) if number < len(inner)]
    slow = oracle.intervals(table, hidden, sums, most=table["+,+"] if len(hidden) < 4 else min(10, table["+,+"]))
    fast = ends(audit(knowledge(table, sums, hidden)))
    for name in hidden:
        lower, upper = slow[name]
        assert fast[name][0] <= lower and fast[name][1] >= upper  # never narrower than the truth
        if table["+,+"] <= 10 or len(hidden) < 4:
            assert fast[name] == (lower, upper)


def test_control_hiding_only_the_small_numbers_leaves_a_quarter_open() -> None:
    """Without hiding others with them, small numbers of random tables are exactly recoverable again and again."""
    generator = np.random.default_rng(1)
    hidden = open_ = 0
    for _ in range(12):
        table, sums = oracle.grid(generator.poisson(3.5 * generator.gamma(1, 1, (6, 8))).tolist())
        found = audit(knowledge(table, sums, small(table)))
        hidden += len(found)
        open_ += sum(interval.width == 0 for interval in found.values())
    assert 0.15 < open_ / hidden < 0.45
