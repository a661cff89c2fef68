"""The form of a mapping, its documentation and the reader know the same words."""

import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from dugnad.status.observations import MissingReason, ValueStatus
from dugnad.status.providers import tabular
from tests.status.test_tabular import LONG

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "definitions" / "schema" / "tabular-mapping.schema.json").read_text())
VALID = Draft202012Validator(SCHEMA)
PLANS = sorted([*ROOT.glob("examples/**/import-plan.yaml"), *ROOT.glob("definitions/**/import-plan.yaml")])


def mappings_in(text: str) -> list[dict]:
    return [entry["mapping"] for entry in yaml.safe_load(text)["datasets"] if entry.get("reader") == "tabular"]


def test_the_form_is_itself_right_and_the_reader_knows_exactly_its_words() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert set(SCHEMA["properties"]) == tabular.WORDS - {"context"}
    assert set(SCHEMA["$defs"]["reason"]["enum"]) == set(MissingReason)
    assert set(SCHEMA["$defs"]["status"]["enum"]) == set(ValueStatus)


def test_every_word_is_explained() -> None:
    page = (ROOT / "docs" / "imports.md").read_text()
    explained = set(re.findall(r"^\| `(\w+)` \|", page, flags=re.MULTILINE))
    assert set(SCHEMA["properties"]) <= explained
    assert all(f"`{reason}`" in page for reason in MissingReason)


def test_the_examples_in_the_documentation_are_right() -> None:
    page = (ROOT / "docs" / "imports.md").read_text()
    examples = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(mapping:\n.*?)```", page, flags=re.DOTALL)]
    assert len(examples) >= 4
    for example in examples:
        # the example of places alone has no values: only its place is looked at
        mapping = {**LONG, **example["mapping"]} if set(example["mapping"]) == {"place"} else example["mapping"]
        mapping.pop("context", None)
        assert [error.message for error in VALID.iter_errors(mapping)] == []


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: str(plan.relative_to(ROOT)))
def test_the_plans_of_this_repository_have_the_form(plan: Path) -> None:
    for mapping in mappings_in(plan.read_text()):
        assert [error.message for error in VALID.iter_errors(mapping)] == []


@pytest.mark.parametrize(
    "change",
    [
        {"decimal": "·"},
        {"symbols": {"-": 0}},
        {"leave_out": [{"column": "a"}]},
        {"leave_out": [{"column": "a", "values": ["x"], "except": ["y"]}]},
        {"place": {"levels": ["region"]}},
        {"columns": {"place": "a"}},  # no values anywhere
        {"colums": {}},
    ],
)
def test_a_mapping_of_another_form_is_found(change: dict) -> None:
    mapping = {key: value for key, value in LONG.items() if key != "context"}
    assert list(VALID.iter_errors(mapping)) == []
    assert list(VALID.iter_errors({**mapping, **change}))
