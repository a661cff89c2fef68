"""Check documents: complete in three languages, told of in the documentation, refused with file, line and remedy."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils.translation import override

from dugnad.shared.errors import Refusal
from dugnad.status.checks.documents import read_checks, shipped
from dugnad.status.checks.model import Check
from dugnad.status.checks.named import is_identity_number
from dugnad.status.checks.wording import parameters

DOCS = Path(__file__).resolve().parents[3] / "docs" / "checks.md"


def row(check: Check) -> str:
    seen = "" if check.is_public else " (secretariat)"
    return f"| `{check.code}` | {check.severity}{seen} | {check.title['en']} | {parameters(check)} |"


def test_the_documentation_has_a_row_for_every_check() -> None:
    written = [line for line in DOCS.read_text().splitlines() if line.startswith("| `")]
    assert written == [row(check) for check in shipped().values()]


@pytest.mark.parametrize("check", shipped().values(), ids=shipped())
def test_every_check_is_told_in_three_languages_and_written_as_sql_is_here(check: Check) -> None:
    for text in (check.title, check.meaning, check.remedy):
        assert set(text) == {"nb", "nn", "en"}
        assert text["nb"] != text["en"]
    assert check.meaning["nb"] != check.meaning["nn"]
    assert not re.search(r"\b(?:ikkje|eit|frå|korleis)\b", " ".join(t["nb"] for t in (check.title, check.meaning)))
    assert not re.search(r"\b(?:ikke|fra|hvor|hvordan)\b", " ".join(t["nn"] for t in (check.title, check.meaning)))
    assert not re.search(r"\b(?:select|from|where|group by|join)\b", check.sql)
    for name in check.parameters:
        assert f"${name}" in check.sql, f"{check.code}: {name} is stated and not used"


COMPLETE = """
kind: checks
checks:
  - code: any_check
    severity: note
    title: {nb: a, nn: b, en: c}
    meaning: {nb: a, nn: b, en: c}
    remedy: {nb: a, nn: b, en: c}
    sql: SELECT dataset FROM releases
"""


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda t: t.replace("severity: note", "severity: grave"), "line 5"),
        (lambda t: t.replace("remedy: {nb: a, nn: b, en: c}", "remedy: nothing"), "There is no remedy nothing"),
        (lambda t: t.replace("sql: SELECT dataset FROM releases", "named: nobody"), "There is no named rule nobody"),
        (lambda t: t.replace("SELECT dataset", "DELETE"), "line 9"),
        (lambda t: t + t.partition("checks:\n")[2], "used twice"),
        (lambda t: t.replace("nn: b, ", "", 1), "line 6"),
    ],
)
def test_what_cannot_be_followed_is_refused(tmp_path: Path, spoil: Callable[[str], str], what: str) -> None:
    (tmp_path / "own.yaml").write_text(spoil(COMPLETE))
    with override("en"), pytest.raises(Refusal, match=what) as refused:
        read_checks(tmp_path)
    assert "own.yaml" in str(refused.value)


def test_identity_numbers_are_told_from_other_eleven_digits() -> None:
    assert is_identity_number("13097248022") and is_identity_number("53097248016")  # the second is a D number
    assert not is_identity_number("13097248023") and not is_identity_number("00000000000")
    assert not is_identity_number("99999999999")
