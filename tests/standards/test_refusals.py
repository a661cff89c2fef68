"""Wrong files: each is refused with its file, its line and what to do, and nothing is stored."""

from pathlib import Path

import pytest

from dugnad.shared.errors import Refusal
from dugnad.shared.models import AuditEvent
from dugnad.standards.models import DefinitionFile, IndicatorVersion, Unit
from tests.standards.conftest import EDITION, rewrite, write


def refused(folder: Path, load) -> Refusal:
    with pytest.raises(Refusal) as caught:
        load(folder)
    assert not DefinitionFile.objects.exists() and not Unit.objects.exists() and not IndicatorVersion.objects.exists()
    assert not AuditEvent.objects.exists()
    return caught.value


# What is written in place of what, and what the refusal says. The line is the one where the old text stood.
CHANGES = {
    "unknown unit": ("unit: persons", "unit: person", "no unit person", "There are: percent, persons."),
    "unknown goal": ("goals: [6]", "goals: [18]", "no goal 18", "There are: 1, 10"),
    "unknown target": ('["3.4", "6.3"]', '["3.14", "6.3"]', "no target 3.14", "There are"),
    "unknown group": ("group: A:B", "group: A:C", "no group A:C", "There are: A, A:B."),
    "unknown set": ("set: bygd", "set: byen", "no indicator set byen", "There are: bygd."),
    "unknown label": ("{tier: core}", "{tier: basic}", "no tier basic", "There are: advanced, core."),
    "unexplained mark": ("uncertain: [unit]", "uncertain: [formula]", "uncertain of formula", "There are: unit."),
    "alias taken": ("{code: A:B:9}", "{code: A:B:1}", "The code a:b:1 stands twice, first in line", "Remove one"),
    "part twice": ("{code: moved,", "{code: born,", "The part born stands twice", "Remove one"),
    "missing nb": ("{nb: Folketall}", "{nn: Folketal}", "nb is missing in title", "Add it."),
    "empty nb": ("{nb: Folketall}", '{nb: ""}', "nb is empty", "Fill it in"),
    "misspelt field": ("kind: count", "kinds: count", "kinds is not a field here", "Did you mean kind?"),
    "unknown direction": ("direction: up", "direction: high", '"high" is not accepted as direction', "up, down"),
    "number for text": ('edition: "2024"', "edition: 2024", "2024 is not a text", 'Put it in quotes: "2024".'),
    "impossible date": ("valid_from: 2024-01-01", "valid_from: 2024-02-30", "not accepted", "like 2017-06-01."),
    "half a target": ("direction: up", "direction: target", "target_value belong together", "both or neither"),
    "mixed without parts": ("direction: up", "direction: mixed", "mixed has no reason", "Write reason"),
    "none without reason": ("direction: up", "direction: none", "none has no reason", "Write reason"),
    "nameless level": (", {nb: Undertema}]", "]", "A:B is on level 2", "Name the level"),
    "strayed group": ('code: "A:B", title', 'code: "C:B", title', "C:B stands under A", "Begin its code with A:."),
    "duplicate field": ("decimals: 0", "decimals: 0\n    decimals: 1", "decimals stands twice", "Remove one"),
    "wrong count": ("source: Invented", "source: X\nexpects: {indicators: 3}", "2 indicators, and expects 3", "Add"),
    "a tab": ("    unit: persons", "\tunit: persons", "The line has a tab", "Indent with spaces."),
    "unclosed bracket": ("goals: [6]", "goals: [6", "it cannot be read on from line", "Mend the line"),
    "word for number": ("decimals: 0", "decimals: none", '"none" is not accepted', "It must be a whole number."),
    "negative": ("decimals: 0", "decimals: -1", "-1 is not accepted as decimals", "It must not be less than 0."),
    "a tag": ("unit: persons", "unit: !!python/name:os.system persons", "uses the tag", "Remove the tag."),
    "an anchor": ("{nb: Enheten er ikke lest}", "&a {nb: *a}", "The file", ""),
    "unknown neighbour": (
        "goals: [6]", "related: [{indicator: u4ssc:X, nearness: close}]", "no indicator u4ssc:X", "Write <set>:<code>",
    ),
}  # fmt: skip
# The refusal points at the nearest thing that is there.
ELSEWHERE = {"nameless level", "duplicate field", "wrong count", "unclosed bracket", "an anchor", "half a target"}


@pytest.mark.parametrize("case", CHANGES)
def test_a_wrong_edition_is_refused(folder, load, case: str) -> None:
    old, new, what, remedy = CHANGES[case]
    line = rewrite(folder, "2024.yaml", old, new)
    refusal = refused(folder, load)
    assert what in refusal.what and remedy in refusal.remedy
    assert refusal.where.startswith("2024.yaml, line ")
    if case not in ELSEWHERE:
        assert refusal.where == f"2024.yaml, line {line}"


def test_two_indicators_of_one_code(folder, load) -> None:
    first = rewrite(folder, "2024.yaml", "code: A:B:1", "code: A:B:1 ")
    line = rewrite(folder, "2024.yaml", "code: folk", "code: a:b:1")  # another case is the same code
    assert str(refused(folder, load)) == (
        f"The code a:b:1 stands twice, first in line {first} (2024.yaml, line {line}). "
        "Remove one, or give it a code of its own."
    )


def test_two_files_of_one_edition(folder, load) -> None:
    write(folder, "copy.yaml", EDITION)
    assert "edition bygd.2024 is defined in 2024.yaml too" in str(refused(folder, load))


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("words.yaml", b"hello", "not a mapping"),
        ("empty.yaml", b"", "not a mapping"),
        ("list.yaml", b"- a\n- b\n", "not a mapping"),
        ("kind.yaml", b"units: []\n", "what kind of definition"),
        ("kind.yaml", b"kind: recipe\n", "what kind of definition"),
        ("latin.yaml", "kind: set\nowner: Bærum\n".encode("latin-1"), "not UTF-8"),
        ("large.yaml", b"kind: units\n#" + b"x" * 2_000_000, "larger than"),
        ("deep.yaml", b"kind: " + b"[" * 100_000, "nested too deeply"),
        ("key.yaml", b"kind: set\n? [a, b]\n: c\n", "field name is not a text"),
        ("python.yaml", b"kind: !!python/object/apply:os.system ['true']\n", "uses the tag"),
        ("two.yaml", b"kind: set\n---\nkind: set\n", "two documents"),
        ("control.yaml", b"kind: \x00set\n", "not YAML"),
    ],
)
def test_what_is_no_definition_at_all(folder, load, name: str, content: bytes, what: str) -> None:
    (folder / name).write_bytes(content)
    refusal = refused(folder, load)
    assert what in refusal.what and refusal.where.startswith(f"{name}, line ")


def test_a_bomb_of_anchors_is_refused_before_it_grows(folder, load) -> None:
    """Nine levels of nine would be 387 million texts."""
    lines = ["kind: units", "a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]
    write(folder, "bomb.yaml", "\n".join(lines))
    assert str(refused(folder, load)) == (
        "The file uses an anchor (&, *) (bomb.yaml, line 2). Write the content out where it is needed."
    )


def test_goals_must_be_the_seventeen_with_their_own_targets(folder, load) -> None:
    line = rewrite(folder, "goals.yaml", 'code: "13.3"', 'code: "12.3"')
    assert f"goals.yaml, line {line}" in str(refused(folder, load))
    rewrite(folder, "goals.yaml", 'code: "12.3", title: {nb: Kunnskap', 'code: "13.7", title: {nb: Kunnskap')
    line = rewrite(folder, "goals.yaml", 'code: "14.1"', 'code: "13.8"')
    assert "The target 13.8 stands under goal 14" in str(refused(folder, load))


def test_a_target_that_is_loaded_cannot_go(folder, load) -> None:
    load(folder)
    text = (folder / "goals.yaml").read_text()
    kept = [line for line in text.splitlines() if '"17.19"' not in line]
    (folder / "goals.yaml").write_text("\n".join(kept))
    with pytest.raises(Refusal, match=r"17\.19 are loaded, and missing here"):
        load(folder)


def test_words_yaml_would_twist_stay_as_they_are_written(folder, load) -> None:
    """In YAML 1.1 `no` is false, 0301 is 193 and 1:30 is 90."""
    rewrite(folder, "set.yaml", "owner: Bygda", "owner: no")
    rewrite(folder, "2024.yaml", "source: Invented", "source: 0301")
    load(folder)
    edition = IndicatorVersion.objects.first().edition
    assert (edition.set.owner, edition.source) == ("no", "0301")


def test_there_must_be_a_folder(load, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="no folder of definitions"):
        load(tmp_path / "nowhere")
