"""How a place stands, asked of published files and checked against plain lists."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from django.utils.translation import override

from dugnad.places import queries as places
from dugnad.shared.periods import Period
from dugnad.status import api, rules, wording
from dugnad.status.queries import comparisons, orders, snapshots, standing, whose
from dugnad.status.queries.standing import PlaceOverview, Standing
from tests.status.conftest import (
    BULLYING,
    EMISSIONS,
    POPULATION,
    TELEMARK,
    UNEMPLOYMENT,
    WELFARE,
    made_rows,
    publish_one,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_site")]


def overview(code: str) -> PlaceOverview:
    kind = "county" if len(code) == 2 else "municipality"
    return standing.place_overview(snapshots.current(), places.resolve(code, kind=kind).place)


def of(found: PlaceOverview, version_id: str) -> Standing:
    return next(s for s in (*found.standings, *found.about) if s.version.id == version_id)


def test_codes_of_one_area_are_one_series_and_the_newest_code_is_believed() -> None:
    series = of(overview("4003"), UNEMPLOYMENT).points
    assert [(p.place, p.period.text, p.value) for p in series] == [
        ("0806", "2015", 4.0),
        ("0806", "2019", 3.4),
        ("3807", "2021", 3.6),
        ("4003", "2023", 2.4),  # not 9.9, which the older code says of the same year
        ("4003", "2025", 2.2),
        ("4003", "2026", 1.0),
    ]


def test_the_latest_is_no_forecast_and_is_compared_with_ten_years_before() -> None:
    found = of(overview("4003"), UNEMPLOYMENT)
    assert (found.latest.period.text, found.latest.status) == ("2025", "preliminary")
    assert found.earlier is not None and found.earlier.period.text == "2015"
    assert found.change == "better"


def test_nothing_is_compared_across_a_break_and_a_hidden_value_keeps_its_reason() -> None:
    found = of(overview("4003"), WELFARE)
    assert found.earlier is not None and found.earlier.period.text == "2021"
    assert found.change == "worse"  # 3.0 to 3.8; across the break, 5.0 to 3.8 would have looked better
    assert [(gap.period.text, gap.missing) for gap in found.gaps] == [("2022", "suppressed")]


def test_windows_that_share_years_are_not_compared() -> None:
    found = of(overview("4003"), BULLYING)
    assert found.earlier is not None and found.earlier.period == Period(date(2016, 8, 1), date(2019, 8, 1))
    assert found.clearness == 0.0  # two windows without common years tell no usual step


def test_what_stands_out_is_judged_as_its_course_is() -> None:
    found = overview("4003")
    unsure = replace(of(found, UNEMPLOYMENT), clearness=9.0)
    assert (unsure.change, unsure.trend.status, unsure.verdict) == ("better", "uncertain", "")
    for status, verdict in (
        ("on_course", "better"),
        ("too_slow", "better"),
        ("worse", ""),
        ("still", ""),
        ("unknown", ""),
    ):
        sure = replace(unsure, trend=replace(unsure.trend, status=status))
        goal = replace(found.goals[7], standings=(unsure, sure))
        assert sure.verdict == verdict
        assert replace(found, goals=(replace(goal, standings=(unsure,)),)).improved == ()
        assert replace(found, goals=(replace(goal, standings=(sure,)),)).improved == ((sure,) if verdict else ())


def test_position_is_told_of_the_middle_half_and_never_of_amounts() -> None:
    found = overview("4003")
    unemployment, emissions = of(found, UNEMPLOYMENT), of(found, EMISSIONS)
    assert unemployment.spread is not None and unemployment.spread.n == 10
    assert unemployment.position == "below"  # 2.2, and the middle half is 2.325 to 2.775
    assert found.outside == (unemployment,)
    assert emissions.position == "" and emissions.distance == 0.0


def test_an_indicator_counts_under_each_goal_it_reaches_and_stands_under_one() -> None:
    found = overview("4003")
    one, ten = found.goals[0], found.goals[9]
    assert [s.version.id for s in one.own] == [WELFARE] and not one.guests
    assert [s.version.id for s in ten.guests] == [WELFARE] and not ten.own
    assert (one.known, one.worse, ten.known) == (1, 1, 1)
    assert found.known == 4  # unemployment, child welfare, bullying, emissions
    assert found.changes == {"better": 1, "worse": 2, "": 1}


def test_what_is_lacking_is_counted_for_each_goal() -> None:
    goal = overview("4003").goals[7]
    assert goal.total == goal.known + len(goal.lacking) > goal.known
    assert UNEMPLOYMENT not in {lack.version.id for lack in goal.lacking}


def test_figures_of_a_place_that_was_split_are_shown_beside_and_never_joined() -> None:
    for code in ("1508", "1580"):
        found = overview(code)
        points = of(found, POPULATION).points
        assert [p.period.text for p in points if p.value is not None] == ["2024", "2025"]
        assert {p.period.text: p.missing for p in points if p.value is None} == dict.fromkeys(
            ["2020", "2021", "2022", "2023"], "border_change"
        )
        (before,) = found.predecessors
        assert (before.place.code, before.place.name) == ("1507", "Ålesund")
        assert [p.period.text for p in before.about[0].points] == ["2020", "2021", "2022", "2023"]
    assert overview("4003").predecessors == ()  # a new number is the same place


def test_a_county_says_how_its_own_lie_and_is_not_judged_by_them(tmp_path: Path, seen_anew: None) -> None:
    # Far above all ten of its own: most people of a county may live in a few of them.
    crowded = "norge.2026.crowded_housing"
    rows = [(code, "2024", crowded, 2.1 + 0.1 * i, "", False) for i, code in enumerate(TELEMARK)]
    publish_one(tmp_path / "county", [("40", "2024", crowded, 9.5, "", False), *rows], "county", "2024-01-01")
    snapshots.forget()
    told = overview("40")
    found = of(told, crowded)
    assert found.latest.value == 9.5 and found.spread is not None and found.spread.n == 10
    assert (found.position, found.distance, told.outside) == ("", 0.0, ())
    with override("en"):
        assert wording.position(found) == "half of 10 municipalities in Telemark lie between 2.3 and 2.8%"
    county = places.resolve("40", kind="county").place
    own, *_others = comparisons.groups_for(county)
    among = orders.among_group(snapshots.current(), [found], county, own)[found.key]
    assert "40" not in among.values and among.placing is None and among.n == 10
    rows_of = [row.standings for goal in comparisons.compare(snapshots.current(), [county]) for row in goal.rows]
    beside = orders.among_rows(snapshots.current(), rows_of, [county], own)[found.key]
    assert "40" not in beside.values and beside.n == 10


def test_a_goal_on_course_because_nothing_can_be_better_says_so(tmp_path: Path, seen_anew: None) -> None:
    water = "norge.2026.drinking_water_hygiene"
    rows = [("4003", str(year), water, 100.0, "", False) for year in range(2015, 2025)]
    publish_one(tmp_path / "water", rows, "water", "2024-01-01")
    snapshots.forget()
    found = standing.goal_at_place(snapshots.current(), places.resolve("4003").place, 6)
    [one] = found.standings
    assert (found.status, wording.GOAL_COURSES[found.status], one.trend.meaning) == ("on_course", "i rute", "at_limit")
    assert api.trend_row(one)["trend_status"] == "at_limit"
    assert wording.goal_sentences(found, "Skien")[-1] == "Utvikling mot 2030: i rute (1 kan ikke bli bedre)."
    meanings = dict(wording.course_meanings())
    assert any("i rute" in badge and "ikke kan bli bedre" in said for badge, said in meanings.items())


def test_a_set_without_figures_for_such_places_is_not_counted() -> None:
    assert {part.set.id for part in overview("4003").coverage} == {"norge"}


def test_one_goal_says_the_same_as_the_whole_page() -> None:
    place = places.resolve("4003").place
    one = standing.goal_at_place(snapshots.current(), place, 8)
    same = overview("4003").goals[7]
    assert [(s.key, s.latest, s.earlier, s.change) for s in one.standings] == [
        (s.key, s.latest, s.earlier, s.change) for s in same.standings
    ]
    assert [lack.version.id for lack in one.lacking] == [lack.version.id for lack in same.lacking]


def test_several_places_in_one_question_are_as_each_alone() -> None:
    chosen = [places.resolve(code).place for code in ("4003", "4001", "1580")]
    together = standing.overviews_beside(snapshots.current(), chosen)
    for found in together:
        alone = standing.place_overview(snapshots.current(), found.place)
        assert [(s.key, s.points, s.change) for s in found.standings] == [
            (s.key, s.points, s.change) for s in alone.standings
        ]


class TestRules:
    def test_a_change_is_judged_as_it_is_written(self) -> None:
        assert rules.judge_change("down", 8.3, 8.25, 1) == "same"  # both are written 8,3
        assert rules.position(2.25, 1.0, 2.3, 1) == "within"

    def test_parts_must_agree(self) -> None:
        assert rules.common_change(["better", "worse"]) == "changed"
        assert rules.common_change(["worse"]) == "worse"
        assert rules.common_change([]) == ""

    def test_a_level_series_has_no_clear_change(self) -> None:
        points = [_Point(Period.year(y), 2.0) for y in range(2015, 2025)]
        assert rules.clearness(points, 0, 9) == 0.0

    def test_a_steady_course_is_clearer_than_a_restless_one(self) -> None:
        steady = [_Point(Period.year(2015 + i), float(i)) for i in range(10)]
        restless = [_Point(Period.year(2015 + i), float(i + 5 * (i % 2))) for i in range(10)]
        assert rules.clearness(steady, 0, 9) == 9.0 > rules.clearness(restless, 0, 9)


class _Point:
    status, is_break, missing = "normal", False, None

    def __init__(self, period: Period, value: float) -> None:
        self.period, self.value = period, value


# Whose figures they are


@pytest.fixture
def seen_anew() -> Iterator[None]:
    yield
    snapshots.forget()


def test_a_spread_names_the_county_when_all_its_municipalities_lie_in_one(tmp_path: Path, seen_anew: None) -> None:
    spread = of(overview("4003"), UNEMPLOYMENT).spread
    assert spread is not None and spread.county is not None
    assert (spread.n, spread.county.code) == (10, "40")
    of_county = of(overview("40"), UNEMPLOYMENT).spread
    assert of_county is not None and of_county.county is not None and of_county.county.code == "40"
    publish_one(tmp_path / "more", [("0301", "2025", UNEMPLOYMENT, 2.2, "", False)], "more", "2024-01-01")
    snapshots.forget()
    wider = of(overview("4003"), UNEMPLOYMENT).spread
    assert wider is not None and wider.county is None


def test_the_counties_with_figures_are_those_of_the_rows() -> None:
    rows = [row for row in made_rows() if len(row[0]) == 4 and not isinstance(row[3], str)]
    slow: dict[str, dict[str, set[str]]] = {}
    for code, _period, indicator, *_rest in rows:
        slow.setdefault(indicator, {}).setdefault(code[:2], set()).add(code)
    counted = {indicator: {code: len(held) for code, held in by.items()} for indicator, by in slow.items()}
    assert whose.counties_by_indicator(snapshots.current()) == counted
    of_cell: dict[tuple[str, str, str], set[str]] = {}
    for code, period, indicator, *_rest in rows:
        of_cell.setdefault((indicator, "", Period.parse(period).text), set()).add(code[:2])
    today = {county.code for county in places.places_on(kind="county")}
    alone = {cell: next(iter(codes)) for cell, codes in of_cell.items() if len(codes) == 1}
    found = whose.only_counties(snapshots.current())
    assert {cell: county.code for cell, county in found.items()} == {c: k for c, k in alone.items() if k in today}


def test_a_page_is_thin_when_most_of_a_county_has_what_it_lacks(tmp_path: Path, seen_anew: None) -> None:
    few = overview("1103")  # Stavanger, far from Telemark: only single municipalities there have what it lacks
    assert (few.thin, few.coverage[0].elsewhere, few.coverage[0].county) == (None, 0, None)
    jobs = [(code, "2025", "norge.2026.jobs", 100.0, "", False) for code in TELEMARK]
    publish_one(tmp_path / "jobs", jobs, "jobs", "2024-01-01")  # ten of Telemark's seventeen
    snapshots.forget()
    (part,) = overview("1103").coverage
    assert part.county is not None and (part.known, part.elsewhere, part.county.code) == (0, 1, "40")
    assert overview("1103").thin == part
    assert overview("4003").thin is None  # its own county
