import pytest
from hypothesis import given
from hypothesis import strategies as st

from dugnad.standards import rules

CODES = st.from_regex(rules.INDICATOR_CODE, fullmatch=True)
BLANKS = st.text(" \t\n\u00a0\u2009\u202f\u200b\ufeff", max_size=3)


@given(CODES, st.data())
def test_blanks_anywhere_in_a_code_make_no_difference(code: str, data: st.DataObject) -> None:
    spaced = "".join(data.draw(BLANKS) + character for character in code) + data.draw(BLANKS)
    assert rules.normalise_code(spaced) == code
    assert rules.code_key(spaced) == rules.code_key(code.upper()) == rules.code_key(code.lower())


@given(st.text(max_size=40))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = rules.normalise_code(text)
    assert rules.normalise_code(once) == once
    assert not any(character.isspace() for character in once)


@given(CODES)
def test_a_printed_code_is_read_back(code: str) -> None:
    assert rules.normalise_code(rules.printed_code(code)) == code


@given(
    st.from_regex(rules.SET_ID, fullmatch=True),
    st.from_regex(rules.EDITION_CODE, fullmatch=True),
    CODES,
)
def test_an_id_is_taken_apart_as_it_was_put_together(set_id: str, edition: str, code: str) -> None:
    assert rules.parse_version_id(f"{set_id}.{edition}.{code}") == (set_id, edition, code)


@pytest.mark.parametrize(
    "text", ["", "u4ssc", "u4ssc.2017", "u4ssc.2017.", ".2017.A", "U4SSC.2017.A", "a.b c.d", "a.b.ø"]
)
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not the id of an indicator version"):
        rules.parse_version_id(text)


def test_a_final_line_break_is_no_part_of_an_id() -> None:
    with pytest.raises(ValueError, match="not the id"):
        rules.parse_version_id("u4ssc.2017.A\n")


def test_contrast_is_that_of_wcag() -> None:
    assert rules.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert rules.contrast("#777777", "#777777") == pytest.approx(1)
    assert rules.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)  # the lightest grey that passes
