"""What may be wrong with the example network: nothing. And what a planted error leads to."""

import json
from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from dugnad.places.changes import load_places
from dugnad.shared.writing import Actor
from dugnad.standards.changes import load_definitions
from dugnad.status.queries import problems, snapshots
from tests.examples.conftest import NETWORK, installation, stage  # noqa: F401  (a fixture)
from tests.status.conftest import UNEMPLOYMENT, publish_one

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 25)


@pytest.fixture(scope="module", autouse=True)
def example_network(installation: Any) -> Iterator[None]:  # noqa: F811
    with installation():
        by = Actor.system("tests")
        load_places(NETWORK / "places", by=by)
        load_definitions(NETWORK / "definitions", by=by)
        stage(NETWORK / "data")
        stage(NETWORK / "revision")
        yield


@pytest.fixture
def planted(tmp_path: Path) -> None:
    """A dataset with a share of 104 per cent, published beside the network."""
    publish_one(tmp_path, [("4003", "2024", UNEMPLOYMENT, 104.0, "", False)], "planted", "2024-01-01")


def found() -> dict[str, int]:
    return {code: count for code, (count, _h) in problems.look(snapshots.current(), TODAY).items() if count}


def test_the_example_network_has_no_problems() -> None:
    assert found() == {}


def test_nothing_published_has_no_problems() -> None:
    assert all(count == 0 for count, _hits in problems.look(snapshots.NOTHING, TODAY).values())


def test_on_the_command_line(planted: None) -> None:
    out = StringIO()
    with pytest.raises(CommandError, match=r"1 error found\."):
        call_command("problems", lang="en", stdout=out)
    said = out.getvalue()
    assert "error percent_outside [1]: Percentage outside 0–100" in said
    assert "Registered unemployed, Skien (4003), 2024: 104 (held against 100)" in said
    assert "Compare with the source." in said

    out = StringIO()
    call_command("problems", check=["gap"], json=True, stdout=out)
    assert json.loads(out.getvalue()) == []
    with pytest.raises(CommandError, match="There is no check gaps"):
        call_command("problems", check=["gaps"])
