"""Tables with totals as the audit takes them."""

from collections.abc import Collection

from dugnad.status.disclosure.model import Cell, Guard, Knowledge, Relation
from dugnad.status.disclosure.protecting import companions, hide
from tests.oracles.disclosure import Sum, Table, grid


def cell(name: str) -> Cell:
    return Cell("x", name, "2024")


def relations(sums: list[Sum]) -> tuple[Relation, ...]:
    return tuple(Relation.total(("sum",), [cell(whole)], map(cell, parts)) for whole, parts in sums)


def knowledge(table: Table, sums: list[Sum], hidden: Collection[str], width: float = 3) -> Knowledge:
    """What is known of a table of which some numbers are hidden."""
    known = {cell(name): (float(value), float(value)) for name, value in table.items() if name not in hidden}
    return Knowledge(known, {cell(name): Guard(width) for name in sorted(hidden)}, relations(sums))


def small(table: Table, threshold: int = 3) -> list[str]:
    return [name for name, value in table.items() if 0 < value < threshold]


def protected(rows: list[list[int]], threshold: int = 3) -> tuple[Knowledge, set[str]]:
    """A table with its small numbers hidden, and the names of those hidden with them."""
    table, sums = grid(rows)
    told = knowledge(table, sums, small(table, threshold), threshold)
    truth = {cell(name): float(value) for name, value in table.items()}
    guards = {one: Guard(threshold) for one in truth}
    added = companions(told, truth, guards)
    return hide(told, {one: guards[one] for one in added}), {one.area for one in added}
