"""The real places, loaded once."""

from pathlib import Path

import pytest

from tests import once

DEFINITIONS = Path(__file__).resolve().parent.parent.parent / "definitions" / "places"


@pytest.fixture
def definitions() -> Path:
    return DEFINITIONS


@pytest.fixture
def norway(db: None) -> None:
    """All municipalities and counties, as `definitions/places` says."""
    once.places()


@pytest.fixture(autouse=True)
def in_english(in_english: None) -> None:
    """Refusals and sentences are compared in the language they are written in."""
