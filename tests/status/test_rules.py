from datetime import date
from types import SimpleNamespace

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dugnad.shared.periods import Period
from dugnad.status import rules
from dugnad.status.observations import SCHEMA, table_from_rows


def rows(*found: tuple) -> pa.Table:
    """(place, period, value or a missing reason as text)"""
    return table_from_rows(
        {
            "indicator": "norge.2026.population",
            "place": place,
            "period": period,
            "value": None if isinstance(value, str) else value,
            "missing": value if isinstance(value, str) else None,
        }
        for place, period, value in found
    )


class TestCompare:
    def test_a_first_import_is_all_new(self) -> None:
        difference = rules.compare(None, rows(("4003", "2024", 1.0), ("4003", "2025", 2.0)))
        assert (difference.new, difference.is_first, difference.places) == (2, True, 1)

    def test_every_kind_of_difference_is_counted(self) -> None:
        old = rows(
            ("4001", "2024", 10.0),
            ("4003", "2024", 10.0),
            ("4005", "2024", 10.0),
            ("4010", "2024", "suppressed"),
            ("4012", "2024", "suppressed"),
        )
        new = rows(
            ("4001", "2024", 10.0),  # unchanged
            ("4003", "2024", 25.0),  # changed by 15
            # 4005 is gone
            ("4010", "2024", "suppressed"),  # unchanged
            ("4012", "2024", "not_available"),  # changed: another reason
            ("4014", "2024", 3.0),  # new
        )
        difference = rules.compare(old, new)
        assert (difference.unchanged, difference.changed, difference.vanished, difference.new) == (2, 2, 1, 1)
        assert difference.largest == [("norge.2026.population", "4003", "2024", "", 10.0, 25.0)]

    def test_a_value_that_becomes_suppressed_is_a_change(self) -> None:
        difference = rules.compare(rows(("4001", "2024", 1.0)), rows(("4001", "2024", "suppressed")))
        assert (difference.changed, difference.vanished) == (1, 0)

    @given(
        st.dictionaries(st.integers(2000, 2020), st.integers(0, 3)),
        st.dictionaries(st.integers(2000, 2020), st.integers(0, 3)),
    )
    def test_counts_agree_with_plain_dictionaries(self, old: dict[int, int], new: dict[int, int]) -> None:
        if not new:
            return
        difference = rules.compare(
            rows(*(("4003", str(y), float(v)) for y, v in old.items())) if old else None,
            rows(*(("4003", str(y), float(v)) for y, v in new.items())),
        )
        both = old.keys() & new.keys()
        assert difference.new == len(new.keys() - old.keys())
        assert difference.vanished == len(old.keys() - new.keys())
        assert difference.changed == sum(old[y] != new[y] for y in both)
        assert difference.unchanged == sum(old[y] == new[y] for y in both)


class TestImplausible:
    steady = [("4003", str(year), 100.0 + year % 3) for year in range(2010, 2024)]

    def test_a_steady_series_has_none(self) -> None:
        assert rules.implausible(rows(*self.steady)) == []

    @pytest.mark.parametrize("wrong", [100_000.0, 0.1, 10.0])
    def test_a_wrong_scale_is_named_with_its_place_and_period(self, wrong: float) -> None:
        jumps = rules.implausible(rows(*self.steady, ("4003", "2024", wrong)))
        assert [(j.place, j.period, j.value) for j in jumps] == [("4003", "2024", wrong)]

    def test_missing_values_and_short_series_are_left_alone(self) -> None:
        assert (
            rules.implausible(rows(("4003", "2020", 1.0), ("4003", "2021", 900.0), ("4003", "2022", "suppressed")))
            == []
        )
        assert rules.implausible(SCHEMA.empty_table()) == []


class TestBorders:
    def test_figures_from_before_a_place_had_its_area_become_missing_and_are_counted(self) -> None:
        table = rows(
            ("1580", "2022", 33557.0), ("1580", "2023", "suppressed"), ("1580", "2024", 9357.0), ("4003", "2022", 5.0)
        )
        cleared, count = rules.clear_partial(table, {"1580": date(2024, 1, 1)})
        assert count == 1
        found = {(r["place"], r["period"]): (r["value"], r["missing"]) for r in cleared.to_pylist()}
        assert found == {
            ("1580", "2022"): (None, "border_change"),
            ("1580", "2023"): (None, "border_change"),
            ("1580", "2024"): (9357.0, None),
            ("4003", "2022"): (5.0, None),
        }

    def test_parts_of_a_split_are_summed_into_the_whole_before_it(self) -> None:
        table = rows(
            ("1508", "2020", 33128.0), ("1580", "2020", 33128.0), ("1508", "2024", 58509.0), ("1580", "2024", 9357.0)
        )
        whole = rules.reunite(table, [("1507", ("1508", "1580"), date(2024, 1, 1))], {"norge.2026.population"})
        assert [(r["place"], r["period"], r["value"]) for r in whole.to_pylist()] == [("1507", "2020", 66256.0)]

    def test_nothing_is_summed_when_a_part_lacks_or_the_indicator_does_not_add_up(self) -> None:
        splits = [("1507", ("1508", "1580"), date(2024, 1, 1))]
        one = rows(("1508", "2020", 33128.0), ("1580", "2020", "suppressed"))
        assert len(rules.reunite(one, splits, {"norge.2026.population"})) == 0
        both = rows(("1508", "2020", 3.1), ("1580", "2020", 4.2))
        assert len(rules.reunite(both, splits, {"norge.2026.something_else"})) == 0


def point(
    year: int,
    value: float | None,
    *,
    is_break: bool = False,
    missing: str | None = None,
    status: str = "normal",
    span: int = 1,
) -> SimpleNamespace:
    return SimpleNamespace(
        period=Period.years(year - span + 1, year), value=value, is_break=is_break, missing=missing, status=status
    )


class TestComparableBefore:
    def test_the_first_and_the_last_of_ten_years(self) -> None:
        points = [point(year, 1.0) for year in range(2005, 2025)]
        assert rules.comparable_before(points) == (9, 19)  # 2014 and 2024

    def test_never_across_a_break_or_a_changed_border(self) -> None:
        broken = [point(2020, 1.0), point(2021, 1.0), point(2022, 2.0, is_break=True), point(2023, 3.0)]
        assert rules.comparable_before(broken) == (2, 3)
        border = [point(2022, 1.0), point(2023, None, missing="border_change"), point(2024, 2.0)]
        assert rules.comparable_before(border) is None

    def test_an_ordinary_gap_may_be_crossed(self) -> None:
        points = [point(2020, 1.0), point(2021, None, missing="suppressed"), point(2022, 2.0)]
        assert rules.comparable_before(points) == (0, 2)

    def test_overlapping_windows_are_not_compared(self) -> None:
        windows = [point(2022, 1.0, span=7), point(2023, 2.0, span=7), point(2024, 3.0, span=7)]
        assert rules.comparable_before(windows) is None
        assert rules.comparable_before([point(2017, 1.0, span=7), *windows]) == (0, 3)

    def test_forecasts_are_not_what_has_happened(self) -> None:
        points = [point(2023, 1.0), point(2024, 2.0), point(2030, 9.0, status="forecast")]
        assert rules.comparable_before(points) == (0, 1)

    def test_one_value_or_none(self) -> None:
        assert rules.comparable_before([point(2024, 1.0)]) is None
        assert rules.comparable_before([]) is None


@pytest.mark.parametrize(
    ("direction", "before", "after", "expected"),
    [
        ("up", 3.0, 4.0, "better"),
        ("up", 4.0, 3.0, "worse"),
        ("down", 4.0, 3.0, "better"),
        ("down", 3.0, 4.0, "worse"),
        ("none", 3.0, 4.0, "changed"),
        ("mixed", 3.0, 4.0, "changed"),
        ("target", 0.5, 0.6, "changed"),
        ("up", 3.04, 3.01, "same"),  # the shown digits are equal
        ("up", -1.0, 0.0, "better"),
    ],
)
def test_judge_change(direction: str, before: float, after: float, expected: str) -> None:
    assert rules.judge_change(direction, before, after, 1) == expected


@pytest.mark.parametrize(
    ("source_kind", "holds", "replaces", "changes_values", "cause", "expected"),
    [
        ("preliminary", False, False, False, "revised", "preliminary"),
        ("preliminary", False, True, False, "corrected", "preliminary"),  # only adds
        ("final", False, False, False, "revised", "final"),
        ("final", True, False, False, "revised", "preliminary"),  # one value that the source marks is enough
        ("final", True, True, True, "revised", "revised"),
        ("final", False, True, True, "corrected", "corrected"),
        ("preliminary", True, True, True, "method", "method"),
    ],
)
def test_kind_of_release(
    source_kind: str, holds: bool, replaces: bool, changes_values: bool, cause: str, expected: str
) -> None:
    found = rules.kind_of_release(
        source_kind=source_kind,
        holds_preliminary=holds,
        replaces=replaces,
        changes_values=changes_values,
        cause=cause,
    )
    assert found == expected
