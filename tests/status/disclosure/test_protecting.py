"""Hiding others with the small numbers: afterwards none can be computed, and as little as possible is lost."""

from hypothesis import given, settings
from hypothesis import strategies as st

from dugnad.status.disclosure.auditing import audit, recoverable
from dugnad.status.disclosure.model import Guard, Knowledge, Relation
from dugnad.status.disclosure.protecting import companions, hide
from tests.oracles.disclosure import grid
from tests.status.disclosure.tables import cell, protected


def test_the_smallest_others_are_hidden_not_the_totals() -> None:
    """With one small number in three by three, three more must go; the cheapest rectangle is taken: 3, 4 and 5."""
    told, added = protected([[2, 80, 4], [90, 70, 60], [3, 40, 5]])
    assert added == {"0,2", "2,0", "2,2"}
    assert not recoverable(told)


def test_a_county_hides_one_more_municipality() -> None:
    parts = {"a": 2.0, "b": 40.0, "c": 9.0}
    truth = {cell(name): value for name, value in parts.items()}
    told = Knowledge(
        {cell("county"): (51.0, 51.0), cell("b"): (40.0, 40.0), cell("c"): (9.0, 9.0)},
        {cell("a"): Guard()},
        (Relation.total(("county",), [cell("county")], list(truth)),),
    )
    guards = {one: Guard() for one in truth}
    assert companions(told, truth, guards) == {cell("c")}
    # What was hidden before is hidden again, though it is larger: the two releases together give nothing away.
    assert companions(told, truth, guards, hidden_before={cell("b")}) == {cell("b")}


def test_zeros_are_hidden_only_where_nothing_else_helps() -> None:
    truth = {cell("a"): 2.0, cell("b"): 0.0, cell("c"): 50.0}
    told = Knowledge(
        {cell("all"): (52.0, 52.0), cell("b"): (0.0, 0.0), cell("c"): (50.0, 50.0)},
        {cell("a"): Guard()},
        (Relation.total(("sum",), [cell("all")], list(truth)),),
    )
    assert companions(told, truth, {one: Guard() for one in truth}) == {cell("c")}


def test_what_cannot_be_hidden_here_is_left_for_the_audit_to_name() -> None:
    """The total and the other part are published elsewhere."""
    told = Knowledge(
        {cell("all"): (10.0, 10.0), cell("b"): (8.0, 8.0)},
        {cell("a"): Guard()},
        (Relation.total(("sum",), [cell("all")], [cell("a"), cell("b")]),),
    )
    assert companions(told, {cell("a"): 2.0}, {}) == set()
    assert list(recoverable(told)) == [cell("a")]


def test_a_number_the_source_has_hidden_from_us_is_protected_too() -> None:
    told = Knowledge(
        {cell("all"): (60.0, 60.0), cell("b"): (8.0, 8.0), cell("c"): (50.0, 50.0)},
        {cell("a"): Guard()},
        (Relation.total(("sum",), [cell("all")], [cell("a"), cell("b"), cell("c")]),),
    )
    truth = {cell("b"): 8.0, cell("c"): 50.0}
    added = companions(told, truth, {one: Guard() for one in truth})
    assert added == {cell("b")}
    assert not recoverable(hide(told, {one: Guard() for one in added}))


def test_a_part_that_nobody_publishes_does_not_hide_another() -> None:
    """The total is the two parts we see: the third may be nothing, so one that is published must be hidden."""
    truth = {cell("all"): 52.0, cell("a"): 2.0, cell("b"): 50.0}
    told = Knowledge(
        {cell("all"): (52.0, 52.0), cell("b"): (50.0, 50.0)},
        {cell("a"): Guard()},
        (Relation.total(("sum",), [cell("all")], [cell("a"), cell("b"), cell("nobody's")]),),
    )
    added = companions(told, truth, {one: Guard() for one in truth})
    assert added == {cell("b")}
    assert not recoverable(hide(told, {one: Guard() for one in added}))


rows = st.integers(2, 5).flatmap(
    lambda width: st.lists(
        st.lists(st.sampled_from([0, 0, 1, 2, 3, 4, 7, 12, 40]), min_size=width, max_size=width), min_size=2, max_size=5
    )
)


@settings(max_examples=25, deadline=None)
@given(rows)
def test_of_any_table_nothing_hidden_is_recoverable_and_all_that_is_shown_is_true(rows: list[list[int]]) -> None:
    told, _added = protected(rows)
    table, _sums = grid(rows)
    for one, (lower, upper) in told.known.items():
        assert lower == upper == table[one.area]
    assert all(not 0 < table[one.area] < 3 for one in told.known)  # every small number is hidden
    for one, interval in audit(told).items():
        assert interval.lower <= table[one.area] <= interval.upper
        if max(map(max, rows)) >= 3:
            assert interval.width >= 3, (one, interval)
