"""Killed at any moment of an import or a publication: readers see the old or the new, never a mixture."""

import json
import os
import random
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


@pytest.fixture
def installation(tmp_path: Path) -> dict[str, str]:
    """The environment of an installation of its own, with places and definitions."""
    environment = {**os.environ, "DUGNAD_DATA_DIR": str(tmp_path), "DUGNAD_LOG_LEVEL": "ERROR"}
    environment.pop("DATABASE_URL", None)
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
        env=environment, cwd=ROOT, check=True,
    )  # fmt: skip
    return environment


def after_kills(
    environment: dict[str, str], waits: list[tuple[str, float]], *options: str
) -> Iterator[tuple[dict[str, Any], set[int]]]:
    """After each kill: what the next process finds, and every publication acknowledged so far.

    `waits` says for each round when the process is killed: what it must have said, and at most how many seconds later.
    """
    chance = random.Random(20240101)
    acknowledged: set[int] = set()
    for number, (word, longest) in enumerate([*waits, ("found", 0)]):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.publisher", *options],
            env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        assert process.stdout
        said = []
        for line in process.stdout:
            said.append(json.loads(line))
            if word in said[-1]:
                break
        time.sleep(chance.uniform(0, longest))
        os.killpg(process.pid, signal.SIGKILL)
        rest = process.stdout.read()
        process.wait()
        said += map(
            json.loads, rest.splitlines() if rest.endswith("\n") else rest.splitlines()[:-1]
        )  # whole lines only
        if number:
            yield said[0]["found"], set(acknowledged)
        acknowledged |= {told["published"] for told in said if "published" in told}


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
