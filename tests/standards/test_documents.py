"""Reading: every definition that comes with the product, as the oracle reads it and in all three languages."""

from typing import Any

import pytest
import yaml
from django.conf import settings

from dugnad.standards.documents import definition_files, read_document


def _texts(value: object, where: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Every translated text, or list of words, in a definition, with its place."""
    if isinstance(value, dict):
        if "nb" in value:
            return [(where, value)]
        return [found for key, below in value.items() for found in _texts(below, f"{where}/{key}")]
    if isinstance(value, list):
        return [found for i, below in enumerate(value) for found in _texts(below, f"{where}/{i}")]
    return []


@pytest.mark.parametrize("name", sorted(name for name, _content in definition_files(settings.DEFINITIONS_DIR)))
def test_every_text_is_in_all_three_languages(name: str) -> None:
    content = (settings.DEFINITIONS_DIR / name).read_bytes()
    for where, text in _texts(read_document(name, content).data):
        assert set(text) == {"nb", "nn", "en"}, f"{name}{where}"
        # Words of bokmål that are no nynorsk, seen where a text was copied and not translated.
        wrong = {"ikke", "fra", "hvor", "noen", "husholdninger", "innbyggere", "andelen", "kommunens"}
        said = " ".join(text["nn"]) if isinstance(text["nn"], list) else text["nn"]
        assert not wrong & set(said.casefold().split()), f"{name}{where}: {text['nn']}"


@pytest.mark.parametrize("name", sorted(name for name, _content in definition_files(settings.DEFINITIONS_DIR)))
def test_our_small_yaml_reads_as_yaml_does(name: str) -> None:
    """The oracle is PyYAML's own loader; only dates, which we keep as text, differ."""
    content = (settings.DEFINITIONS_DIR / name).read_bytes()
    expected = yaml.safe_load(content)
    defaults = expected.get("defaults", {})
    if "indicators" in expected:
        expected["indicators"] = [{**defaults, **indicator} for indicator in expected["indicators"]]
        expected["valid_from"] = expected["valid_from"].isoformat()
    assert read_document(name, content).data == expected
