"""The real places, loaded once."""

from pathlib import Path

import pytest
from django.utils import translation

from dugnad.places.changes import load_places
from dugnad.shared.writing import Actor

DEFINITIONS = Path(__file__).resolve().parent.parent.parent / "definitions" / "places"


@pytest.fixture
def definitions() -> Path:
    return DEFINITIONS


@pytest.fixture
def norway(db: None) -> None:
    """All municipalities and counties, as `definitions/places` says."""
    load_places(DEFINITIONS, by=Actor.system("import"))


@pytest.fixture(autouse=True)
def in_english():
    """Refusals and sentences are compared in the language they are written in."""
    with translation.override("en"):
        yield
