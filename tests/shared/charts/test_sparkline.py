"""Small, and no less honest for it."""

import re

from dugnad.shared.charts import Point, sparkline
from dugnad.shared.periods import Period
from tests.shared.charts.reading import caption, years


def stretches(svg: str) -> list[str]:
    return re.search(r' d="([^"]*)"', svg)[1].split("M")[1:]


def test_a_gap_and_a_break_end_the_line():
    points = years(4.0, 3.5, None, 3.1, 3.0, 9.0, 9.1)
    points[5] = Point(points[5].period, 9.0, is_break=True)
    assert len(stretches(sparkline(points))) == 3


def test_a_value_alone_between_gaps_is_seen():
    assert stretches(sparkline(years(1.0, 2.0, None, 3.0, None, 2.0, 1.0)))[-1].endswith("h0")


def test_thirty_years_take_less_than_six_hundred_bytes():
    points = years(*[50 + 40 * (-1) ** i * (i % 7) / 7 for i in range(30)], first=1995)
    assert len(sparkline(points, caption()).encode()) <= 600


def test_fifteen_years_of_months_keep_their_peak_and_stay_small():
    months = [Point(Period.parse(f"{y}-{m:02d}"), 3.0 + m / 12) for y in range(2011, 2026) for m in range(1, 13)]
    months[77] = Point(months[77].period, 30.0)
    svg = sparkline(months, caption())
    assert len(svg.encode()) <= 600
    height = lowest = None
    for _dx, dy in re.findall(r"[Ml](-?\d+) ?(-?\d+)", svg):
        height = int(dy) if height is None else height + int(dy)
        lowest = height if lowest is None else min(lowest, height)
    assert lowest == 6, "the peak touches the top"


def test_nothing_to_show_is_an_empty_picture():
    assert "path" not in sparkline([]) and "circle" not in sparkline(years(None, None))


def test_without_words_it_is_hidden_from_those_who_listen():
    assert 'aria-hidden="true"' in sparkline(years(1.0, 2.0))
    assert 'role="img" aria-labelledby="k-t"' in sparkline(years(1.0, 2.0), caption())
