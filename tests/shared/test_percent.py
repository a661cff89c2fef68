"""A percent sign is written one way in each language, in numbers and in sentences."""

import re
from pathlib import Path

import pytest

from dugnad.shared.messages import catalogue, texts_in
from dugnad.shared.numbers import format_share, with_unit

PARTS = sorted(path.parent for path in Path("dugnad").glob("*/locale"))
SPACED = re.compile(r"(\d|\)s)[ \xa0]%(?!\()")
PLAIN = re.compile(r"(\d|\)s) ?%(?![(\ds])")


def test_a_number_and_its_sign_never_part() -> None:
    assert with_unit("3,1", "%", "nb") == with_unit("3,1", "%", "nn") == "3,1\xa0%"
    assert with_unit("1.51", "% of GDP", "en") == "1.51% of GDP"
    assert (with_unit("3.1", "t", "en"), with_unit("3", "", "en")) == ("3.1\xa0t", "3")
    assert (format_share(0.9624, 1, "en"), format_share(0.9624, 1, "nn")) == ("96.2%", "96,2\xa0%")


@pytest.mark.parametrize("part", PARTS, ids=lambda path: path.name)
def test_sentences_write_it_so_too(part: Path) -> None:
    assert [text for _context, text in texts_in(part) if SPACED.search(text)] == []
    for lang in ("nb", "nn"):
        for message in catalogue(part, lang):
            strings = message.string if isinstance(message.string, tuple) else (message.string,)
            assert [text for text in strings if PLAIN.search(text)] == []
