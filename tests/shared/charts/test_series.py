"""No line where nothing was measured, every value where the axis says."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dugnad.shared.charts import Band, Line, Point, Projection, Target, series_chart
from dugnad.shared.periods import Period
from tests.shared.charts.reading import caption, dots, height_of, of_class, read, series, strokes, years

DRAWN = ("series", "provisional", "bridge", "trail")


def test_a_missing_year_is_a_gap_with_its_sign_and_its_words():
    picture = series_chart(years(4.0, 3.5, None, 3.1, 3.0), caption())
    root = read(picture.svg)
    points = dots(root)
    assert strokes(root, *DRAWN) == [(points[0], points[1]), (points[2], points[3])]
    gap = of_class(root, "missing")[0]
    assert points[1][0] < float(gap.get("x")) < float(gap.get("x")) + float(gap.get("width")) < points[2][0]
    assert ":" in [e.text for e in root.iter("text")]
    assert "No value for 2022: hidden to protect persons." in picture.description


def test_a_break_is_a_tick_that_no_line_crosses():
    points = years(4.0, 3.5, 9.0, 9.5)
    points[2] = Point(points[2].period, 9.0, is_break=True, note="new method")
    root = read(series_chart(points, caption()).svg)
    (tick,) = of_class(root, "break")
    x = float(tick.get("x1"))
    assert all(not a[0] < x < b[0] for a, b in strokes(root, *DRAWN))
    assert len(strokes(root, *DRAWN)) == 2
    assert "new method" in [e.text for e in root.iter("text")]


def test_comparison_lines_keep_their_gaps_too_and_a_value_alone_is_seen():
    # Haram has no figures while it was part of another municipality, and one alone before that.
    other = Line("Haram", years(5.0, None, 5.2, 5.1))
    root = read(series_chart(years(1.0, 2.0, 3.0, 4.0), caption(), lines=[other]).svg)
    assert len(strokes(root, "series-2")) == 1
    assert len(of_class(root, "dot-2")) == 1


def test_what_is_not_final_is_hollow_and_dashed():
    points = [*years(4.0, 3.5), Point(Period.year(2022), 3.0, "preliminary"), Point(Period.year(2023), 2.8, "forecast")]
    root = read(series_chart(points, caption()).svg)
    assert len(of_class(root, "dot-provisional")) == 2
    assert len(strokes(root, "provisional")) == 2 and len(strokes(root, "series")) == 1


def test_years_that_were_never_asked_for_are_bridged_not_joined():
    # Emissions were made for 2009, 2011, 2013 and every year from 2015.
    measured = (2009, 2011, 2013, 2015, 2016, 2017, 2018, 2019)
    root = read(series_chart([Point(Period.year(y), 10.0) for y in measured], caption()).svg)
    assert len(strokes(root, "bridge")) == 3 and len(strokes(root, "series")) == 4


def test_long_periods_are_bars_as_wide_as_the_period():
    points = [Point(Period.years(y - 6, y), 80.0 + y % 5) for y in range(2018, 2025)]
    picture = series_chart(points, caption(), baseline="data")
    root = read(picture.svg)
    bars = [(float(e.get("x1")), float(e.get("x2"))) for e in of_class(root, "window")]
    assert len(bars) == 7 and all(a[0] < b[0] < a[1] for a, b in pairwise(bars)), "neighbouring windows overlap"
    assert "overlap" in picture.description


def test_the_axis_begins_at_zero_unless_it_says_otherwise():
    assert height_of(read(series_chart(years(80.0, 82.0), caption()).svg))(0) == pytest.approx(232)
    picture = series_chart(years(80.0, 82.0), caption(), baseline="data")
    assert "The axis begins at 80.0, not at zero." in picture.description
    assert "the axis begins at 80" in picture.svg


def test_the_target_and_the_band_lie_where_the_axis_says():
    rows = [(Period.year(y), 2.0, 4.0) for y in (2020, 2021)]
    root = read(series_chart(years(4.0, 3.0), caption(), target=Target(1.5, "Goal"), band=Band("county", rows)).svg)
    y = height_of(root)
    assert float(of_class(root, "target")[0].get("y1")) == pytest.approx(y(1.5), abs=0.1)
    corners = {round(place[1]) for line in strokes(root, "band") for place in line}
    assert corners == {round(y(2.0)), round(y(4.0))}
    assert "Goal" in [e.text for e in root.iter("text")]


def test_where_a_series_leads_begins_at_its_last_value_and_is_said_in_words():
    points = years(4.0, 3.5, None, 3.1, 3.0)  # until 2024
    ahead = Projection(Period.year(2024), 2.9, Period.year(2030), 2.0, 0.5, 3.5)
    picture = series_chart(points, caption(), projection=ahead)
    root, y = read(picture.svg), height_of(read(picture.svg))
    last = dots(root)[-1]
    [dashed] = of_class(root, "ahead-line")
    assert float(dashed.get("x1")) == last[0] and float(dashed.get("y1")) == pytest.approx(y(2.9), abs=0.1)
    assert float(dashed.get("y2")) == pytest.approx(y(2.0), abs=0.1)
    wedge = next(e for e in root.iter("path") if e.get("class") == "ahead").get("d")
    assert wedge.startswith(f"M{last[0]:g} ") and all(
        f"{round(y(limit), 1):g}" in wedge for limit in (ahead.low, ahead.high)
    )
    assert strokes(root, *DRAWN)[-1][1] == last, "nothing that was measured is drawn beyond the last value"
    said = [e.text for e in root.iter("text")]
    assert "2030:" in said and "2030" in said and "going on as before (80% interval)" in said
    assert "If it goes on as before: 2.0" in picture.description and "(80% interval)" in picture.description


def test_where_nobody_can_tell_the_way_there_is_a_room_and_no_line():
    ahead = Projection(Period.year(2024), 2.9, Period.year(2030), None, 0.5, 3.5)
    picture = series_chart(years(4.0, 3.5, None, 3.1, 3.0), caption(), projection=ahead)
    root = read(picture.svg)
    assert not of_class(root, "ahead-line") and picture.svg.count('class="ahead" d=') == 1
    said = [e.text for e in root.iter("text")]
    assert "2030:" in said and any(word.startswith("0.5–3.5") for word in said if word)
    assert "what it may lie between (80% interval)" in said and "going on as before" not in picture.svg
    assert "In 2030 it may lie between 0.5" in picture.description and "Led on" not in picture.description


def test_a_series_that_has_its_own_forecast_is_led_on_from_what_has_happened():
    points = [*years(4.0, 3.5, 3.0), Point(Period.year(2026), 9.0, "forecast")]
    ahead = Projection(points[2].period, 3.0, Period.year(2030), 2.0, 0.5, 3.5)
    said = [e.text for e in read(series_chart(points, caption(), projection=ahead).svg).iter("text")]
    assert "3.0" in said and "9.0" not in said


def test_one_value_and_none_at_all():
    assert len(dots(read(series_chart(years(3.0), caption()).svg))) == 1
    for nothing in ([], years(None, None)):
        picture = series_chart(nothing, caption())
        assert "No figures" in picture.svg and picture.description.startswith("No figures.")


def test_more_lines_than_can_be_told_apart_are_refused():
    with pytest.raises(ValueError, match="at most 5 lines"):
        series_chart(years(1.0), caption(), lines=[Line(str(i), years(1.0)) for i in range(6)])


def test_a_value_and_a_reason_exclude_each_other():
    for value, missing in ((None, None), (1.0, "suppressed"), (float("nan"), None), (float("inf"), None), (None, "x")):
        with pytest.raises(ValueError, match="2024"):
            Point(Period.year(2024), value, missing=missing)


@settings(max_examples=150, deadline=None)
@given(series(), st.sampled_from(["zero", "data"]))
def test_lines_join_neighbours_and_nothing_else(points, baseline):
    root = read(series_chart(points, caption(), baseline=baseline).svg)
    drawn = iter(dots(root))
    places = [next(drawn) if point.value is not None else None for point in points]
    wanted = [
        (places[i], places[i + 1])
        for i in range(len(points) - 1)
        if places[i] and places[i + 1] and not points[i + 1].is_break
    ]
    assert strokes(root, *DRAWN) == wanted


@settings(max_examples=150, deadline=None)
@given(series(values=st.floats(-1e5, 1e5, allow_nan=False)), st.sampled_from(["zero", "data"]))
def test_every_value_is_where_the_axis_says(points, baseline):
    known = [point.value for point in points if point.value is not None]
    root = read(series_chart(points, caption(), baseline=baseline).svg)
    if known:
        y = height_of(root)
        assert [place[1] for place in dots(root)] == pytest.approx([y(value) for value in known], abs=0.11)


@settings(max_examples=100, deadline=None)
@given(series(), st.lists(series(largest=8), max_size=5), st.none() | st.floats(-1e6, 1e6))
def test_everything_stays_inside_the_picture(points, others, value):
    lines = [Line(f"A rather long name, number {i}", other) for i, other in enumerate(others)]
    known = [point for point in points if point.value is not None]
    ahead = value is not None and known and Projection(known[-1].period, 0, Period.year(2050), value, value - 9, 1e6)
    root = read(series_chart(points, caption(unit="persons"), name="Skien", lines=lines, projection=ahead or None).svg)
    _x, _y, width, height = map(float, root.get("viewBox").split())
    for circle in root.iter("circle"):
        assert circle.get("cx") == "12" or 0 <= float(circle.get("cx")) <= width
        assert -8 <= float(circle.get("cy")) <= height
    for words in root.iter("text"):
        assert -1 <= float(words.get("x")) <= width and 0 <= float(words.get("y")) <= height
