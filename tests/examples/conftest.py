"""Installations with published data, made once for each file of tests and rolled back after it."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import pytest_django
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings

from dugnad.places.changes import load_places
from dugnad.standards.changes import load_definitions
from dugnad.status.queries import snapshots
from tests import once

ROOT = Path(__file__).resolve().parent.parent.parent
DEFINITIONS = ROOT / "definitions"
NETWORK = ROOT / "examples" / "network"
REAL_PLAN = ROOT / "examples" / "real" / "import-plan.yaml"


def stage(folder: Path, plan: Path | None = None) -> None:
    """Reads a folder by its plan and publishes it, as `make start` does; CommandError when anything is refused."""
    with open(os.devnull, "w") as nowhere:
        call_command("stage", str(folder), plan=plan, publish=True, stdout=nowhere, stderr=nowhere)
    snapshots.forget()


def stage_network(*parts: str) -> None:
    """The places and definitions of the example network, and these parts of its data."""
    load_places(NETWORK / "places", by=once.BY)
    load_definitions(NETWORK / "definitions", by=once.BY)
    for part in parts:
        stage(NETWORK / part)


@pytest.fixture(scope="module")
def installation(
    django_db_setup: None,
    django_db_blocker: pytest_django.DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[], AbstractContextManager[None]]:
    """An empty installation with the definitions loaded, as a context; nothing of it is left afterwards."""

    @contextmanager
    def opened() -> Iterator[None]:
        data = tmp_path_factory.mktemp("data")
        around = transaction.atomic()
        around._from_testcase = True  # as Django's TestCase does: a durable transaction may begin inside
        with django_db_blocker.unblock(), override_settings(DATA_DIR=data), around:
            once.places()
            once.definitions()
            snapshots.forget()
            yield
            transaction.set_rollback(True)
        snapshots.forget()

    return opened
