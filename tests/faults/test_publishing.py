"""Killed at any moment of an import or a publication: readers see the old or the new, never a mixture."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.publisher import SMALLEST

ROOT = Path(__file__).resolve().parents[2]
# 25 rounds: somewhere in an import; somewhere in a publication; just after one was acknowledged.
KILLS = [("found", 1.0), ("staged", 0.15), ("staged", 0.15), ("published", 0.02), ("staged", 0.05)] * 5


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an installation with places and definitions."""
    folder = tmp_path_factory.mktemp("loaded")
    program = """
from django.conf import settings
from django.core.management import call_command
from dugnad.places.changes import load_places
from dugnad.shared.writing import Actor
from dugnad.standards.changes import load_definitions
call_command("migrate", verbosity=0)
load_places(settings.DEFINITIONS_DIR / "places", by=Actor.system("test"))
load_definitions(settings.DEFINITIONS_DIR, by=Actor.system("test"))
"""
    subprocess.run(
        [sys.executable, "-m", "dugnad.config.commands", "shell", "--no-imports", "-v0", "-c", program],
        env=environment(folder), cwd=ROOT, check=True,
    )  # fmt: skip
    return folder


def environment(folder: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return {**clean, "DUGNAD_DATA_DIR": str(folder), "DUGNAD_LOG_LEVEL": "ERROR"}


@pytest.fixture
def installation(loaded: Path, tmp_path: Path) -> dict[str, str]:
    """The environment of one of its own."""
    return environment(Path(shutil.copytree(loaded, tmp_path / "data")))


def after_kills(
    environment: dict[str, str], waits: list[tuple[str, float]], *options: str
) -> Iterator[tuple[dict[str, Any], set[int]]]:
    """After each kill: what the next process finds, and every publication acknowledged so far.

    `waits` says for each round when the process is killed: what it must have said, and at most how many seconds later.
    """
    chance = random.Random(20240101)
    acknowledged: set[int] = set()
    publisher = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.publisher", *options],
        env=environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert publisher.stdin and publisher.stdout

    def heard(word: str) -> list[dict[str, Any]]:
        """What is said until this is, or until the process has ended by itself."""
        said: list[dict[str, Any]] = []
        while not (said and {word, "ended"} & said[-1].keys()):
            said.append(json.loads(publisher.stdout.readline()))  # type: ignore[union-attr]
        return said

    try:
        for number, (word, longest) in enumerate([*waits, ("found", 0)]):
            print("another", file=publisher.stdin, flush=True)
            process = heard("process")[0]["process"]
            said = heard(word)
            time.sleep(chance.uniform(0, longest))
            if "ended" not in said[-1]:
                os.kill(process, signal.SIGKILL)
                said += heard("ended")
            if number:
                yield said[0]["found"], set(acknowledged)
            acknowledged |= {told["published"] for told in said if "published" in told}
    finally:
        os.killpg(publisher.pid, signal.SIGKILL)
        publisher.communicate()


@pytest.mark.faults
def test_a_kill_leaves_the_old_or_the_new(installation: dict[str, str]) -> None:
    published = 0
    for found, acknowledged in after_kills(installation, KILLS):
        assert found["faults"] == []
        assert found["chain"]
        assert len(found["values"]) <= 1, "a mixture of two publications"
        assert found["snapshots"] == len(found["releases"])
        assert acknowledged <= set(found["releases"]), "an acknowledged publication is lost"
        assert (
            found["values"] == [float(SMALLEST + max(found["releases"]))]
            if found["releases"]
            else found["values"] == []
        )
        published = len(found["releases"])
    assert published >= 5, "each round that waits for a publication leaves one"


@pytest.mark.faults
def test_the_check_finds_a_publication_whose_row_comes_before_its_files(installation: dict[str, str]) -> None:
    """Negative control: a test that cannot fail proves nothing."""
    assert any(
        found["faults"] for found, _acknowledged in after_kills(installation, [("committed", 0.5)] * 3, "--rows-first")
    )
