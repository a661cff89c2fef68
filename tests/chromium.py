"""The Chromium of the journeys."""

import os
import shutil

import pytest

ARGUMENTS = ["--no-sandbox"] if os.geteuid() == 0 else []


def path() -> str:
    """Where it is; the test is skipped, with what to do, where it is nowhere. `make test` sets CHROMIUM."""
    names = (os.environ.get("CHROMIUM") or "", "chromium-headless-shell", "chromium", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip("Chromium is absent: apt-get install chromium-headless-shell, or set CHROMIUM to its path")
    return found
