"""What a search means, by value."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dugnad.site import machines, rules, views
from dugnad.site.templatetags import shell
from tests.oracles import words


@pytest.mark.parametrize("module", [rules, machines, views, shell], ids=lambda module: module.__name__)
def test_examples_in_the_code_are_true(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "titles", "rank"),
    [
        ("ledighet", ["Arbeidsledighet", "Unemployment"], 3),  # the end of a compound
        ("arbeids ledighet", ["Arbeidsledighet"], 3),  # a compound written apart
        ("utslipp 2024", ["Utslipp av klimagasser"], None),  # every word must be met
        ("energi utslipp", ["Energi", "Utslipp"], None),  # by the same title
        ("av", ["Avfall"], 2),
        ("helt ledige", ["Arbeidsledighet", "Helt ledige"], 0),  # a title itself
        ("", ["Avfall"], None),
    ],
)
def test_words_are_met_whole_begun_or_inside(wanted: str, titles: list[str], rank: int | None) -> None:
    assert rules.Titles([titles]).ranks(wanted).get(0) == rank


def test_a_short_word_is_not_guessed_at() -> None:
    titles = rules.Titles([["Land"], ["Avfall"]])
    assert titles.ranks("vann", forgiving=True) == {}
    assert titles.ranks("avfal", forgiving=True) == {1: 2}
    assert titles.ranks("avfell", forgiving=True) == {1: 4}


WORDS = st.lists(
    st.sampled_from(["utslipp", "utslepp", "klima", "klimagass", "gass", "av", "a", "ledighet"]), max_size=3
)
TITLES = st.lists(st.lists(WORDS.map(" ".join), max_size=3), max_size=4)


@given(WORDS.map(" ".join), TITLES, st.booleans())
def test_titles_are_met_as_the_slow_way_meets_them(wanted: str, things: list[list[str]], forgiving: bool) -> None:
    slow = {n: words.words_rank(wanted, titles, forgiving=forgiving) for n, titles in enumerate(things)}
    found = rules.Titles(things).ranks(wanted, forgiving=forgiving)
    assert found == {n: rank for n, rank in slow.items() if rank is not None}


def test_a_text_is_divided_in_every_way_but_not_a_long_one() -> None:
    assert ("skien kommune", "ledighet") in rules.divisions("ledighet Skien kommune")
    assert len(rules.divisions("a b c")) == 4
    assert rules.divisions("ord " * 8) == []
