"""Trends to 2030: values by hand, a name where there is no number, and how often the intervals are right."""

import csv
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dugnad.shared.periods import Period
from dugnad.status.methods import published_methods
from dugnad.status.methods.model import ProjectionRules
from dugnad.status.trends import Asked, Trend, common_status, goal_status, judge, stretch, trends


@dataclass(frozen=True)
class P:
    period: Period
    value: float | None
    status: str = "normal"
    is_break: bool = False
    missing: str | None = None


def years(*values: float | None, last: int = 2025) -> list[P]:
    first = last + 1 - len(values)
    return [P(Period.year(first + i), v, missing="suppressed" if v is None else None) for i, v in enumerate(values)]


def trend(points: list[P], direction: str = "up", kind: str = "amount", decimals: int = 1, target: Any = None) -> Trend:
    methods = published_methods()
    [found] = trends(
        [Asked(points, direction, kind, decimals, target)], methods["trend-2030"], methods["progress-statcan"]
    )
    return found


RULES = ProjectionRules()


def test_the_document_says_what_the_rules_are() -> None:
    assert published_methods()["trend-2030"].projection == RULES


# The slope and its interval, by hand


def test_the_slope_is_the_median_of_all_pairs() -> None:
    # Pairs: -1 -1/2 -1 -1 | 0 -1 -1 | -2 -3/2 | -1. In order: -2 -3/2 -1 (six times) -1/2 0: the median is -1.
    found = trend(years(10, 9, 9, 7, 6), "down")
    assert found.slope == pytest.approx(-1)
    # One of ten slopes is dropped at each end (-3/2 and -1/2), and what is left is stretched about the median.
    assert found.slope_low + found.slope_high == pytest.approx(-2)  # type: ignore[operator]
    assert -2.5 < found.slope_low < -1.5 and -0.5 < found.slope_high < 0.5  # type: ignore[operator]
    # The line through the medians: 8 at 2023 and 6 at 2025, so 1 in 2030.
    assert (found.at_end, found.projection) == (pytest.approx(6), pytest.approx(1))
    assert (found.n, found.first, found.last) == (5, Period.year(2021), Period.year(2025))
    assert (found.method, found.method_version, found.level) == ("trend-2030", "2", 0.8)


def test_one_odd_year_means_little() -> None:
    steady, odd = [v / 2 for v in range(10, 21)], [v / 2 for v in range(10, 21)]
    odd[7] = 40
    assert trend(years(*odd)).slope == pytest.approx(trend(years(*steady)).slope)


def test_irregular_years_count_by_their_distance() -> None:
    points = [P(Period.year(y), float(y - 2000)) for y in (2009, 2011, 2013, 2015, 2016, 2019, 2024)]
    found = trend(points)
    assert (found.slope, found.n, found.projection) == (pytest.approx(1), 7, pytest.approx(30))


def test_a_share_is_led_towards_all_and_never_past_it() -> None:
    found = trend(years(80, 84, 87, 90, 92, 94, 95, 96), kind="percent")
    assert 97 < found.projection < 100 and found.projection_high < 100  # type: ignore[operator]
    falling = trend(years(9, 8, 6, 5, 4, 3, 2, 1), "down", "rate")
    assert (falling.projection, falling.projection_low) == (0, 0)  # a rate that was never below zero


# Which values


def test_ten_years_and_further_back_until_there_are_eight() -> None:
    assert len(stretch(years(*range(25)), RULES)[0]) == 11
    sparse = [P(Period.year(y), 1.0) for y in range(1990, 2026, 3)]
    used, _why = stretch(sparse, RULES)
    assert [p.period.start.year for p in used] == [2005, 2008, 2011, 2014, 2017, 2020, 2023][-len(used) :]


def test_windows_that_overlap_count_once() -> None:
    windows = [P(Period.years(y - 2, y), 70.0 + y % 2) for y in range(2004, 2026)]
    used, _why = stretch(windows, RULES)
    assert [p.period.label("nb") for p in used][-3:] == ["2017–2019", "2020–2022", "2023–2025"]
    assert all(a.period.end <= b.period.start for a, b in pairwise(used))


def test_months_are_taken_of_the_same_time_of_the_year() -> None:
    months = [
        P(Period.parse(f"{year}-{month:02}"), 10.0 * month + year - 2018)  # the season is louder than the years
        for year in range(2018, 2026)
        for month in range(1, 13)
        if (year, month) < (2025, 10)
    ]
    used, _why = stretch(months, RULES)
    assert {p.period.start.month for p in used} == {9}
    assert trend(months).slope == pytest.approx(1, abs=0.01)


# A name where there is no number


@pytest.mark.parametrize(
    ("points", "why"),
    [
        ([], "no_values"),
        (years(None, None), "no_values"),
        ([replace(p, status="forecast") for p in years(1, 2, 3, 4, 5, 6)], "no_values"),
        (years(4, 5), "few_values"),
        (years(4, 5, 6, 7), "few_values"),
        ([P(Period.years(y - 6, y), 80.0) for y in range(2019, 2026)], "overlapping"),
        ([replace(p, is_break=i == 5) for i, p in enumerate(years(1, 2, 3, 4, 5, 6, 7, 8))], "break"),
        ([*years(1, 2, 3, 4, 5, 6, last=2024), P(Period.year(2025), None, missing="border_change")], "break"),
        ([P(Period.year(y), 1.0) for y in (2010, 2011, 2012, 2013, 2014)], "too_far"),
        (years(1, 2, 3, 4, 5, last=2019), "too_far"),
    ],
)
def test_too_little_is_said_with_its_reason(points: list[P], why: str) -> None:
    found = trend(points)
    assert (found.status, found.why_none, found.slope, found.projection) == ("unknown", why, None, None)


def test_yes_and_no_have_no_slope_and_days_close_together_no_length() -> None:
    assert trend(years(0, 0, 1, 1, 1, 1), kind="yes_no").why_none == "no_quantity"
    rules = replace(RULES, fewest=4)
    assert stretch(years(1, 2, 3, 4), rules) == ([], "too_short")


def test_a_break_is_never_crossed_and_a_hidden_value_is_no_zero() -> None:
    before = [replace(p, value=100.0) for p in years(*range(6), last=2017)]
    after = [replace(p, is_break=i == 0) for i, p in enumerate(years(5, 6, None, 8, 9, 10, 11, 12))]
    found = trend(before + after)
    assert (found.n, found.slope) == (7, pytest.approx(1))


def test_what_is_provisional_takes_part_and_is_named() -> None:
    points = years(1, 2, 3, 4, 5, 6)
    assert not trend(points).has_provisional
    assert trend([*points[:-1], replace(points[-1], status="preliminary")]).has_provisional
    forecast = replace(points[-1], period=Period.year(2026), status="forecast", value=99.0)
    assert trend([*points, forecast]) == trend(points)


# What it means


@pytest.mark.parametrize(
    ("values", "ask", "status"),
    [
        ((8, 7.5, 7, 6.5, 6, 5.5, 5, 4.5), {"direction": "down", "kind": "rate"}, "on_course"),
        ((8, 7.5, 7, 6.5, 6, 5.5, 5, 4.5), {"direction": "up", "kind": "rate"}, "worse"),
        ((8, 7.5, 7, 6.5, 6, 5.5, 5, 4.5), {"direction": "none"}, ""),
        ((50, 50.4, 50.8, 51.2, 51.6, 52, 52.4, 52.8), {}, "too_slow"),  # 0.8 % a year
        ((50, 50.4, 50.8, 51.2, 51.6, 52, 52.4, 52.8), {"target": 54}, "on_course"),
        ((50, 50.4, 50.8, 51.2, 51.6, 52, 52.4, 52.8), {"target": 60}, "too_slow"),
        ((50, 50.4, 50.8, 51.2, 51.6, 52, 52.4, 52.8), {"target": 52}, "reached"),
        ((50, 50.4, 50.8, 51.2, 51.6, 52, 52.4, 52.8), {"target": 45}, "reached"),  # it was so all along
        ((58, 57, 56, 55, 54, 53, 52, 51), {"target": 50.5}, "worse"),  # reached now, and it will not last
        ((58, 57, 56, 55, 54, 53, 52, 51), {"target": 40}, "reached"),
        ((5, 9, 4, 8, 6, 9, 4, 7), {}, "uncertain"),
        ((40,) * 8, {}, "still"),
        ((40,) * 8, {"target": 40}, "reached"),
        ((40,) * 8, {"target": 50}, "still"),
        ((0,) * 8, {}, "still"),  # there is no share of zero; but nothing moved
        ((-3, -2, -1, 0, 1, 2, 3, 4), {}, "on_course"),  # through zero, where growth by shares has no meaning
        ((0, 1, 2, 3, 4, 5, 6, 7), {}, "uncertain"),  # surely up from nothing: no share can be taken of it
        ((97, 98, 98.5, 99, 99.5, 99.8, 99.9, 100), {"kind": "percent"}, "reached"),  # it cannot be more
        ((0.8, 0.9, 1.1, 1.2, 1.0, 0.9, 1.1, 1.0), {"direction": "target", "target": 1}, "reached"),
        ((0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9), {"direction": "target", "target": 1}, "on_course"),
        ((1.8, 1.9, 2.0, 2.1, 2.2, 2.3, 2.4, 2.5), {"direction": "target", "target": 1}, "worse"),
    ],
)
def test_a_status_for_each_course(values: tuple[float, ...], ask: dict[str, Any], status: str) -> None:
    assert trend(years(*values), **ask).status == status


@pytest.mark.parametrize(
    ("values", "ask", "meaning", "verdict", "leads_on"),
    [
        ((8, 7.5, 7, 6.5, 6, 5.5, 5, 4.5), {"direction": "down", "kind": "rate"}, "on_course", "better", True),
        ((8, 7.5, 7, 6.5, 6, 5.5, 5, 4.5), {"direction": "up", "kind": "rate"}, "worse", "worse", True),
        ((50, 50.4, 50.8, 51.2, 51.6, 52, 52.4, 52.8), {}, "too_slow", "better", True),
        ((50, 50.4, 50.8, 51.2, 51.6, 52, 52.4, 52.8), {"target": 52}, "reached", "", True),
        ((97, 98, 98.5, 99, 99.5, 99.8, 99.9, 100), {"kind": "percent"}, "at_limit", "", False),
        ((5, 9, 4, 8, 6, 9, 4, 7), {}, "uncertain", "", True),
        ((5, 9), {}, "unknown", "", False),
        ((8, 7.5, 7, 6.5, 6, 5.5, 5, 4.5), {"direction": "none"}, "", "", True),
    ],
)
def test_words_judge_no_more_than_the_status(
    values: tuple[float, ...], ask: dict[str, Any], meaning: str, verdict: str, leads_on: bool
) -> None:
    found = trend(years(*values), **ask)
    assert (found.meaning, found.verdict, found.leads_on) == (meaning, verdict, leads_on)


def test_a_place_that_has_ended_leads_nowhere() -> None:
    methods = published_methods()
    asked = [Asked(years(8, 7, 6, 5, 4, 3), "down", has_ended=ended) for ended in (False, True)]
    lasting, ended = trends(asked, methods["trend-2030"], methods["progress-statcan"])
    assert (lasting.is_known, ended.is_known, ended.why_none, ended.status) == (True, False, "ended", "unknown")
    assert ended.projection is None and not ended.leads_on


def test_the_probability_follows_the_target_and_is_half_where_the_line_ends() -> None:
    values = years(50, 51, 51, 53, 53, 55, 55, 56)
    end = trend(values).projection
    assert end is not None
    at = trend(values, decimals=6, target=end).probability
    easy, hard = (trend(values, target=end + by).probability for by in (-3, 3))
    assert at == pytest.approx(0.5, abs=1e-4)
    assert easy > 0.8 > 0.2 > hard  # type: ignore[operator]
    assert trend(values, "down", target=end).probability == pytest.approx(0.5, abs=0.05)


def test_without_a_target_the_number_says_by_which_method() -> None:
    found = trend(years(50, 50.4, 50.8, 51.2, 51.6, 52, 52.4, 52.8))
    assert found.rate == pytest.approx((52.8 / 50) ** (1 / 7) - 1, rel=1e-3)
    assert found.rate_method == published_methods()["progress-statcan"].id
    assert trend(years(1, 2, 3, 4, 5), target=9).rate is None
    assert trend(years(0, 1, 2, 3, 4, 5, 6, 7)).rate is None


def test_near_its_limit_a_share_needs_less() -> None:
    """From 96.0 to 98.1 is half of what was left, and 0.3 % a year of what there was."""
    near = (96.0, 96.3, 96.6, 96.9, 97.2, 97.5, 97.8, 98.1)
    assert trend(years(*near), kind="percent").status == "on_course"
    assert trend(years(*near), kind="rate").status == "too_slow"


def test_a_judgement_needs_both_the_direction_and_the_target() -> None:
    sure, unsure = (0.1, 0.4, 0.7), (-0.1, 0.4, 0.9)
    assert judge(sure, 1, 0.05, False, 0.5, "", RULES) == "uncertain"
    assert judge(unsure, 1, 0.05, False, 0.7, "", RULES) == "on_course"
    assert judge(unsure, 1, 0.05, False, 0.1, "", RULES) == "uncertain"
    assert judge((-0.04, 0, 0.04), -1, 0.05, False, 0.1, "", RULES) == "still"


def test_a_goal_says_what_most_of_its_indicators_say() -> None:
    def goal(*statuses: str) -> str:
        return goal_status(statuses, RULES)

    assert goal("on_course", "reached", "uncertain", "unknown", "") == "on_course"
    assert goal("at_limit", "at_limit", "worse") == "on_course"
    assert goal("worse", "worse", "on_course") == "worse"
    assert goal("worse", "too_slow", "still", "on_course") == "behind"
    assert goal("uncertain", "uncertain", "worse") == "uncertain"
    assert goal("on_course", "worse") == "mixed"
    assert goal("unknown", "") == goal() == "unknown"
    assert common_status(["still", "still"]) == "still" and common_status(["", ""]) == ""
    assert goal("mixed", "on_course") == goal("uncertain", "on_course") == "uncertain"


# How often the intervals are right


def simulated(kept: float, n: int, many: int, slope: float = 0.0) -> tuple[list[Trend], np.ndarray[Any, Any]]:
    """Series of n years whose deviations last into the next year by `kept`, and what came in 2030."""
    dice = np.random.default_rng(2030)
    length = n + 5
    noise = dice.normal(size=(many, length))
    for year in range(1, length):
        noise[:, year] = kept * noise[:, year - 1] + (1 - kept**2) ** 0.5 * noise[:, year]
    values = 100 + slope * np.arange(length) + noise
    methods = published_methods()
    asked = [Asked(years(*row[:n].tolist()), "up", "amount", 3) for row in values]
    return trends(asked, methods["trend-2030"], methods["progress-statcan"]), values[:, -1]


@pytest.mark.parametrize(
    ("kept", "n", "least", "most"),
    # As docs/trends.md has it: too wide where years stand on their own, right where they last.
    [(0.0, 6, 0.93, 1.0), (0.0, 11, 0.95, 1.0), (0.5, 6, 0.86, 0.95), (0.5, 11, 0.89, 0.98), (0.8, 6, 0.78, 0.88),
     (0.8, 11, 0.78, 0.88), (0.9, 6, 0.75, 0.86), (0.9, 11, 0.74, 0.85)],
)  # fmt: skip
def test_projections_cover_what_comes(kept: float, n: int, least: float, most: float) -> None:
    found, later = simulated(kept, n, 600, slope=0.2)
    low, high = np.array([[t.projection_low, t.projection_high] for t in found]).T
    assert least <= float(((low <= later) & (later <= high)).mean()) <= most


@pytest.mark.parametrize(("kept", "most"), [(0.0, 0.04), (0.5, 0.08), (0.8, 0.17), (0.9, 0.22)])
def test_noise_is_seldom_called_better_or_worse(kept: float, most: float) -> None:
    """About one in five at most with an interval of 80 %: one in ten each way."""
    found, _later = simulated(kept, 9, 600)
    called = [t for t in found if t.slope_low > 0 or t.slope_high < 0]  # type: ignore[operator]
    assert 0 < len(called) / len(found) <= most
    assert sum(t.slope_high < 0 for t in called) / len(found) <= most / 2 + 0.02  # type: ignore[operator]


def test_a_clear_course_is_called() -> None:
    found, _later = simulated(0.5, 11, 200, slope=0.8)
    assert sum(t.slope_low > 0 for t in found) / len(found) > 0.88  # type: ignore[operator]


def test_real_series_came_where_they_were_said_to(shared_data: Path) -> None:
    """17 municipalities in Telemark and 14 indicators: what a trend up to a year said of the fourth year after it."""
    series: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    with (shared_data / "telemark" / "observations.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["period"].isdecimal() and row["indicator"] != "refugees_settled":
                series[row["indicator"], row["code"]][int(row["year"])] = float(row["value"])
    shares = {r["indicator"] for r in csv.DictReader((shared_data / "telemark" / "indicators.csv").open("r"))
              if r["unit"].startswith("prosent")}  # fmt: skip
    methods = published_methods()
    inside = held = called = many = 0
    for last in range(2012, 2022):
        method = replace(methods["trend-2030"], projection=replace(RULES, target_year=last + 4, most_years=10))
        asked, then = [], []
        for (indicator, _code), values in series.items():
            if last in values and last + 4 in values:
                points = [P(Period.year(y), v) for y, v in sorted(values.items()) if y <= last]
                asked.append(Asked(points, "up", "percent" if indicator in shares else "amount", 2))
                then.append((values[last], values[last + 4]))
        for found, (now, later) in zip(trends(asked, method, methods["progress-statcan"]), then, strict=True):
            if found.is_known:
                many += 1
                inside += found.projection_low <= later <= found.projection_high  # type: ignore[operator]
                if found.slope_low > 0 or found.slope_high < 0:  # type: ignore[operator]
                    called += 1
                    held += (later - now) * found.slope > 0  # type: ignore[operator]
    assert many > 1000
    assert 0.77 < inside / many < 0.83
    assert held / called > 0.78
