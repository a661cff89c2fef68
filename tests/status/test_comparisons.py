"""Places beside each other, and one among the others of a group."""

import pytest

from dugnad.places import queries as places
from dugnad.status.queries import comparisons, orders, snapshots, standing
from dugnad.status.queries.comparisons import Row
from tests.status.conftest import EMISSIONS, POPULATION, TELEMARK, UNEMPLOYMENT, WELFARE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_site")]


def compared(*codes: str) -> dict[str, Row]:
    goals = comparisons.compare(snapshots.current(), [comparisons.place_meant(code) for code in codes])
    return {row.version.id: row for goal in goals for row in goal.rows}


def test_each_indicator_has_a_cell_for_each_place_in_their_order() -> None:
    row = compared("4003", "4001", "1508")[UNEMPLOYMENT]
    assert [s and s.latest.value for s in row.standings] == [2.2, 2.1, None]


def test_nobody_is_best_where_a_place_lacks_a_figure_or_no_error_can_be_stated() -> None:
    assert compared("4003", "4001")[UNEMPLOYMENT].best is None  # 2.1 against 2.2, and nothing says how sure that is
    assert compared("4003", "4001")[UNEMPLOYMENT].is_fair
    assert not compared("4003", "4001", "1508")[UNEMPLOYMENT].is_fair
    assert not compared("4003", "1508")[WELFARE].is_fair


def test_amounts_and_figures_of_different_years_are_not_compared() -> None:
    row = compared("4003", "4001")[EMISSIONS]
    assert not row.same_period and row.best is None
    assert compared("1508", "1580")[POPULATION].best is None  # no direction is better


def test_indicators_stand_under_their_main_goal_and_those_about_the_places_last() -> None:
    goals = comparisons.compare(snapshots.current(), [comparisons.place_meant(c) for c in ("4003", "1508")])
    assert [g.goal and g.goal.number for g in goals] == [1, 4, 8, 13, None]
    assert comparisons.compare(snapshots.current(), []) == []


def test_a_place_is_meant_by_code_name_or_former_code() -> None:
    assert comparisons.place_meant("skien").code == comparisons.place_meant("0806").code == "4003"
    assert comparisons.place_meant("40").name == comparisons.place_meant("Telemark").name == "Telemark"


@pytest.mark.parametrize(("text", "codes"), [("Herøy", {"1515", "1818"}), ("1507", {"1508", "1580"})])
def test_what_may_mean_several_is_refused_with_all_of_them(text: str, codes: set[str]) -> None:
    with pytest.raises(places.PlaceNotFound) as refused:
        comparisons.place_meant(text)
    assert {place.code for place in refused.value.suggestions} == codes


def test_values_of_a_group_are_of_the_period_of_the_latest_value() -> None:
    place = places.resolve("4003").place
    goal = standing.goal_at_place(snapshots.current(), place, 8)
    group = places.Group("own", "", "", (*TELEMARK, "1508"))
    among = orders.among_group(snapshots.current(), goal.standings, place, group)[UNEMPLOYMENT, ""]
    assert among.values == {code: pytest.approx(2.1 + 0.1 * i) for i, code in enumerate(TELEMARK)} | {"1508": None}
    alone = orders.among_group(snapshots.current(), goal.standings, place, places.Group("own", "", "", ()))
    assert alone[UNEMPLOYMENT, ""].values == {"4003": pytest.approx(2.2)}


def test_a_county_may_be_laid_beside_its_own_municipalities() -> None:
    county = places.resolve("40", kind="county").place
    first = comparisons.groups_for(county)[0]
    assert first.key == "municipalities" and set(TELEMARK) < set(first.codes)
    keys = [group.key for group in comparisons.groups_for(places.resolve("4003").place)]
    assert keys[:4] == ["county", "neighbours", "similar_population", "nearest"]
