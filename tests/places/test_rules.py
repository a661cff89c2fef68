"""Decisions about names, beside a slow twin."""

from hypothesis import given
from hypothesis import strategies as st

from dugnad.places.rules import misspelling_distance
from tests.oracles import words

WORDS = st.text(alphabet="abø ", max_size=9)


@given(WORDS, WORDS, st.integers(0, 3))
def test_a_misspelling_is_as_far_as_the_slow_way_finds_or_past_the_limit(a: str, b: str, limit: int) -> None:
    assert misspelling_distance(a, b, limit) == min(words.misspelling_distance(a, b), limit + 1)
