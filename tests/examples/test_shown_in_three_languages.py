"""What readers are shown of a source is written in each of their languages, in all that comes with the product."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PLANS = [*sorted((ROOT / "examples").rglob("*-plan.yaml")), *sorted((ROOT / "definitions").rglob("*-plan.yaml"))]


def cited(value: Any) -> Iterator[Any]:
    """Every title of an origin, and every title and publisher of a finer source."""
    if isinstance(value, list):
        for one in value:
            yield from cited(one)
    if isinstance(value, dict):
        if isinstance(origin := value.get("origin"), dict):
            yield origin["title"]
            for finer in origin.get("indicators", {}).values():
                yield from (finer[name] for name in ("title", "publisher") if name in finer)
        for one in value.values():
            yield from cited(one)


@pytest.mark.parametrize("path", PLANS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_sources_of_an_import_plan(path: Path) -> None:
    found = list(cited(yaml.safe_load(path.read_text("utf-8"))))
    assert found
    for text in found:
        assert isinstance(text, dict) and set(text) == {"nb", "nn", "en"}, text


@pytest.mark.parametrize(
    "path",
    [p for p in (*ROOT.glob("definitions/*/20*.yaml"), *ROOT.glob("examples/network/definitions/*/20*.yaml"))],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_the_source_of_an_edition_is_said_to_readers_or_is_a_document(path: Path) -> None:
    edition = yaml.safe_load(path.read_text("utf-8"))
    assert set(edition.get("cited", {})) == {"nb", "nn", "en"} or edition["set"] in ("u4ssc", "sdg")
