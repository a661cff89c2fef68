"""`dugnad doctor` finds what is wrong, names it and says what to do; and finds nothing in a healthy installation."""

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone, translation

from dugnad.shared.models import OutboxMessage
from dugnad.shared.writing import Actor
from dugnad.site.management.commands.doctor import Answer, examine
from dugnad.status import store
from dugnad.status.models import Release
from dugnad.status.queries import snapshots
from tests.status.test_publishing import installation, published  # noqa: F401  (a fixture)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("in_english")]
BY = Actor.system("test")


@pytest.fixture
def release(installation: None, tmp_path: Path) -> Iterator[Release]:  # noqa: F811
    made = published(tmp_path, "4003,2024,10\n4001,2024,12")
    OutboxMessage.objects.update(delivered_at=timezone.now())
    yield made
    snapshots.forget()


def faults(*, deep: bool = False) -> dict[str, Answer]:
    return {answer.about: answer for answer in examine(deep=deep) if answer.remedy}


def test_a_healthy_installation_has_no_fault(release: Release, capsys: Any) -> None:
    assert faults(deep=True) == {}
    call_command("doctor", deep=True, lang="en")
    assert "FAULT" not in capsys.readouterr().out


def test_a_lost_file_is_named(release: Release, capsys: Any) -> None:
    path = store.path_of("releases", release.by_series)
    path.unlink()
    assert release.by_series in faults()["releases"].said
    with pytest.raises(CommandError, match="1 fault"):
        call_command("doctor", lang="en")
    assert "Put these files back" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["releases", "staged", "raw"])
def test_every_flipped_bit_is_found(release: Release, kind: str) -> None:
    name = {"releases": release.by_place, "staged": release.staged.sha256, "raw": release.staged.raw_id}[kind]
    path = store.path_of(kind, name)
    whole = path.read_bytes()
    chance = random.Random(kind)
    path.chmod(0o644)
    for _ in range(20):
        at, bit = chance.randrange(len(whole)), 1 << chance.randrange(8)
        path.write_bytes(whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :])
        assert name in faults(deep=True)[kind].said
    path.write_bytes(whole)
    assert faults(deep=True) == {}


def test_a_file_that_nothing_refers_to_is_told_but_is_no_fault(release: Release) -> None:
    store.keep("releases", lambda path: path.write_bytes(b"left behind by a kill"))
    told = {answer.about: answer for answer in examine(deep=False)}["releases"]
    assert "1 that nothing refers to" in told.said
    assert told.remedy == ""


def test_an_edited_audit_event_is_found(release: Release) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'shared_auditevent'")
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
        else:
            cursor.execute("ALTER TABLE shared_auditevent DISABLE TRIGGER USER")
        cursor.execute("UPDATE shared_auditevent SET actor_name = 'another' WHERE sequence = 2")
    for lang, said in (
        ("nb", "hendelse 2: hendelsen er endret etter at den ble skrevet"),
        ("nn", "hending 2: hendinga er endra etter at ho vart skriven"),
        ("en", "event 2: the event was changed after it was written"),
    ):
        with translation.override(lang):
            assert faults()["audit chain"].said == said


def test_messages_that_nobody_delivers_are_told(release: Release) -> None:
    OutboxMessage.objects.update(delivered_at=None, at=timezone.now() - timedelta(hours=1))
    assert "dugnad worker" in faults()["worker"].remedy
