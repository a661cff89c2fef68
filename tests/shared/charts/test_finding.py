"""A sentence never says more than the figures do."""

import pytest

from dugnad.shared.charts import Point, range_finding, series_finding, spread_finding
from dugnad.shared.periods import Period
from tests.shared.charts.reading import years


def said(points, lang="en", **more):
    return series_finding("Skien", points, lang=lang, **{"symbol": "%", "decimals": 1, **more})


def test_in_three_languages():
    points = years(4.0, 3.8, 3.1, first=2023)
    assert said(points, direction="down") == "Skien: 3.1% in 2025, down from 4.0% in 2023, which is better."
    assert said(points, "nb", direction="down") == (
        "Skien: 3,1\u00a0% i 2025, ned fra 4,0\u00a0% i 2023, og det er bedre."
    )
    assert said(points, "nn", direction="up") == "Skien: 3,1\u00a0% i 2025, ned frå 4,0\u00a0% i 2023, og det er verre."


@pytest.mark.parametrize("direction", ["none", "mixed", "target"])
def test_better_and_worse_are_only_said_where_the_indicator_has_a_direction(direction):
    assert said(years(4.0, 3.8, 3.1), direction=direction).endswith("in 2020.")


def test_what_is_written_alike_has_not_changed():
    assert said(years(3.14, 9.0, 3.06), direction="down") == "Skien: 3.1% in 2022, the same as in 2020."


def test_nothing_is_compared_across_a_break_or_a_change_of_borders():
    points = years(4.0, 3.8, 9.0, first=2023)
    broken = [*points[:2], Point(points[2].period, 9.0, is_break=True)]
    assert said(broken) == "Skien: 9.0% in 2025. Earlier figures cannot be compared with it."
    assert said(years(4.0, None, 9.0, missing="border_change")).endswith("Earlier figures cannot be compared with it.")
    # A suppressed year is a gap in the line; the figures on each side mean the same.
    assert "down from" in said(years(4.0, 3.9, None, 3.0))


def test_overlapping_periods_are_not_compared():
    windows = [Point(Period.years(y - 6, y), float(y)) for y in range(2015, 2025)]
    assert "2018–2024, up from 2,015.0% in 2009–2015" in said(windows)
    assert said(windows[-3:]).endswith("The earlier periods overlap this one and share its data.")


def test_two_figures_are_no_trend_and_a_forecast_is_no_figure():
    assert said(years(4.0, 3.0)).endswith("Two figures show no trend.")
    assert "2021" in said([*years(4.0, 3.0), Point(Period.year(2022), 1.0, "forecast")])
    assert "3.0% (preliminary) in 2021" in said([*years(4.0), Point(Period.year(2021), 3.0, "preliminary")])


def test_what_is_missing_is_said():
    assert said(years(4.0, 3.5, 3.0, None)).endswith("No figure for 2023: hidden to protect persons.")
    assert said(years(None, None)) == "Skien: no figures (hidden to protect persons)."
    assert said([]) == "Skien: no figures."


def test_a_place_in_its_group_and_the_group_itself():
    assert range_finding("Vinje", None, [1.0], lang="en") == "Vinje has no figure."
    assert range_finding("Vinje", 1.0, [1.0], lang="en") == "Vinje: 1. There is no group to compare with."
    assert range_finding("Vinje", 1.04, [1.0, 1.0, 9.0], lang="en", decimals=1).startswith("Vinje: 1.0, the same as")
    assert (
        spread_finding([100.0] * 5 + [94.0], lang="en") == "From 94 to 100 in 6 places; 100 in at least half of them."
    )
    assert spread_finding([7.0, 7.0], lang="en") == "7 in all 2 places."
    assert spread_finding([], lang="en") == "No figures."
