"""What a search means, by value."""

import doctest

import pytest

from dugnad.site import machines, rules, views
from dugnad.site.templatetags import shell


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
    assert rules.words_rank(wanted, titles) == rank


def test_a_short_word_is_not_guessed_at() -> None:
    assert rules.words_rank("vann", ["Land"], forgiving=True) is None
    assert rules.words_rank("avfal", ["Avfall"], forgiving=True) == 2
