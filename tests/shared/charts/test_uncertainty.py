"""Pictures of what chance can do: lines that overlap, and the funnel."""

import re

import pytest

from dugnad.shared.charts import Caption, Counted, Limits, Span, funnel_chart, interval_chart, interval_finding
from dugnad.shared.charts.svg import LOOKS

CAPTION = Caption("key", "Title", lang="en", unit="per cent", symbol="%", decimals=1)
SKIEN, NOME = Span("Skien", 3.0, 2.5, 3.5, is_here=True), Span("Nome", 5.0, 4.0, 6.0)


def test_each_place_has_a_line_with_its_name_and_the_one_pointed_out_a_diamond() -> None:
    picture = interval_chart([SKIEN, NOME, Span("Bamble <b>", 3.4, 3.0, 3.8)], CAPTION)
    assert picture.svg.count('class="window"') == 3  # two places and the legend
    assert picture.svg.count('class="here"') == 1 and "Bamble &lt;b&gt;" in picture.svg
    assert picture.svg.index(">Nome<") < picture.svg.index(">Bamble") < picture.svg.index(">Skien<")
    assert picture.description.startswith("Skien: 3.0%, may be 2.5%–3.5%; cannot be told apart from one")


def test_of_hundreds_only_those_pointed_out_have_names() -> None:
    many = [Span(f"place {i}", i / 10, i / 10 - 1, i / 10 + 1, i == 7) for i in range(200)]
    picture = interval_chart(many, CAPTION)
    assert ">place 7<" in picture.svg and ">place 8<" not in picture.svg
    assert len(picture.svg) < 60_000


def test_ends_that_touch_overlap_and_nothing_is_drawn_of_nobody() -> None:
    assert SKIEN.overlaps(Span("other", 4.0, 3.5, 4.5)) and not SKIEN.overlaps(NOME)
    assert interval_finding(SKIEN, [NOME], lang="en") == "Skien can be told apart from all the others"
    assert "No figures" in interval_chart([], CAPTION).svg
    with pytest.raises(ValueError, match="not a number that can be drawn"):
        interval_chart([Span("x", float("nan"), 0, 1)], CAPTION)


def test_the_funnel_tells_inside_from_outside_by_shape_and_in_words() -> None:
    limits = [Limits(n, 3 - 30 / n**0.5, 3 + 30 / n**0.5, 3 - 50 / n**0.5, 3 + 50 / n**0.5) for n in (80, 900, 20_000)]
    places = [
        Counted("Skien", 20_000, 3.5, True, True, True),
        Counted("Nissedal", 80, 3.8),
        Counted("Tinn", 900, 4.2, True),
    ]
    picture = funnel_chart(places, limits, 3.0, CAPTION, of="pupils")
    assert picture.svg.count('<rect class="dot"') == 2  # one outside and the legend
    assert picture.svg.count('<circle class="others"') == 3 and ">pupils<" in picture.svg
    assert "Outside the 95% limits: 2 of 3 places; outside the 99.8% limits: 1. All" in picture.description
    for css in ("limit", "far-limit"):  # two curves and the legend, told apart by their dashes, not by colour alone
        assert picture.svg.count(f'<path class="{css}"') == 3
    dashes = [re.search(r'stroke-dasharray="(.*?)"', LOOKS[css]) for css in ("limit", "far-limit")]
    assert all(dashes) and len({found[1] for found in dashes if found}) == 2
    calm = funnel_chart(places[1:2], limits, 3.0, CAPTION)
    assert "0 of 1 places; outside the 99.8% limits: 0." in calm.description
    with pytest.raises(ValueError, match="needs places"):
        funnel_chart([], limits, 3.0, CAPTION)


@pytest.mark.parametrize("lang", ["nb", "nn", "en"])
def test_every_language_and_alone(lang: str) -> None:
    caption = Caption("key", "Title", lang=lang, decimals=1, standalone=True, source="Source")
    assert interval_chart([SKIEN, NOME], caption).svg.count("<svg") == 1
    assert "Source" in funnel_chart([Counted("a", 10, 1.0)], [Limits(10, 0, 2, 0, 3)], 1.0, caption).svg
