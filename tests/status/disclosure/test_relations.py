"""Which sums an attentive reader supposes, and which the published figures refute."""

from dugnad.status.disclosure.model import Cell, Knowledge, Relation
from dugnad.status.disclosure.relations import AreaSum, relations
from dugnad.status.disclosure.statements import Meaning

COUNT = {"x": Meaning("count", True, True)}


def cells(*breakdowns: str, period: str = "2024") -> list[Cell]:
    return [Cell("x", "a", period, breakdown) for breakdown in breakdowns]


def known(values: dict[Cell, float]) -> Knowledge:
    return Knowledge({cell: (value, value) for cell, value in values.items()}, {}, ())


def rules(found: tuple[Relation, ...]) -> list[tuple[str, ...]]:
    return [relation.rule for relation in found]


def test_two_dimensions_add_up_each_way_also_where_a_whole_is_not_published() -> None:
    inner = cells("age=0;sex=f", "age=0;sex=m", "age=1;sex=f", "age=1;sex=m")
    found = relations(inner, known({}), COUNT, [])
    assert {relation.terms[0][0].breakdown for relation in found} == {"age=0", "age=1", "sex=f", "sex=m"}
    assert all(len(relation.terms) == 3 for relation in found)


def test_a_part_without_a_row_is_an_unknown_of_the_sum() -> None:
    """The men of 2025 are not published, but there are men: the women are not the whole."""
    held = [*cells("", "sex=f", "sex=m"), *cells("", "sex=f", period="2025")]
    found = relations(held, known({}), COUNT, [])
    assert [len(relation.terms) for relation in found] == [3, 3]


def test_what_most_published_sums_refute_is_no_rule() -> None:
    """Parts that overlap are not parts of a whole: 60 and 70 of 100, year after year."""
    values = {}
    for year in ("2021", "2022", "2023"):
        values |= dict(zip(cells("", "kind=a", "kind=b", period=year), (100.0, 60.0, 70.0), strict=True))
    assert relations(list(values), known(values), COUNT, []) == ()


def test_sums_that_nearly_hold_are_a_rule_all_the_same() -> None:
    """Rounded by the source, and some without a known place: who subtracts comes near enough."""
    sums = [AreaSum("county", ("county",), ("a", "b"))]
    values = {}
    for year, total in (("2021", 101.0), ("2022", 99.0), ("2023", 100.0)):
        parts = {"county": total, "a": 60.0, "b": 40.0}
        values |= {Cell("x", area, year): value for area, value in parts.items()}
    assert rules(relations(list(values), known(values), COUNT, sums)) == [("county",)] * 3


def test_shares_do_not_add_up() -> None:
    percent = {"x": Meaning("percent", False, False)}
    assert relations(cells("", "sex=f", "sex=m"), known({}), percent, []) == ()
