"""Random histories of publishing, revising, correcting, planning and withdrawing: each day is answered as it was.

What readers were given is kept, byte for byte, after each step; in the end every step is asked for again with `?per=`.
`DUGNAD_HISTORIES=1000` runs a thousand histories through whole answers; a few are run otherwise, and a thousand through
the snapshots alone.
"""

import json
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.utils import timezone

from dugnad.shared.writing import Actor
from dugnad.status import changes, planned_changes, store
from dugnad.status.models import Dataset, Provider, RawFile, Release, Snapshot, StagedImport, Withdrawal
from dugnad.status.observations import in_order, table_from_rows
from dugnad.status.queries import snapshots
from tests.status.conftest import POPULATION, UNEMPLOYMENT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("two_datasets")]
HISTORIES = int(os.environ.get("DUGNAD_HISTORIES", "3"))
BY = Actor.system("test")
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
INDICATORS = {"a": UNEMPLOYMENT, "b": POPULATION}
ADDRESSES = (
    "kommune/4003.json",
    f"indikator/{UNEMPLOYMENT}.csv",
    f"indikator/{UNEMPLOYMENT}.json",
    "kommune/4003/mal/8.csv",
)
Rows = tuple[tuple[str, str, float | None, str], ...]  # place, year, value (None: hidden), status


@pytest.fixture(scope="module")
def two_datasets(installation: Any) -> Iterator[None]:
    text = {"nb": "Prøve"}
    with installation():
        provider = Provider.objects.create(key="prove", name=text)
        for key in INDICATORS:
            Dataset.objects.create(key=key, title=text, provider=provider, reader="tabular", licence="CC0-1.0")
        RawFile.objects.create(sha256="0" * 64, size=1, media_type="", name="rows.csv", received_at=START)
        yield


@contextmanager
def rolled_back() -> Iterator[None]:
    """What is done inside leaves nothing behind; durable transactions may begin, as in a test of their own."""
    around = transaction.atomic()
    around._from_testcase = True
    with around:
        snapshots.forget()
        yield
        transaction.set_rollback(True)
    snapshots.forget()


@lru_cache(maxsize=4096)
def staged_file(dataset: str, rows: Rows) -> tuple[str, int]:
    table = in_order(
        table_from_rows(
            {
                "indicator": INDICATORS[dataset],
                "place": place,
                "period": year,
                "value": value,
                "status": status,
                "missing": None if value is not None else "suppressed",
            }
            for place, year, value, status in rows
        )
    )
    return store.keep_table("staged", table), len(table)


def stage(dataset: str, rows: Rows) -> StagedImport:
    """An import as `stage_import` lays it ready, without the child process that reads a file."""
    sha256, count = staged_file(dataset, rows)
    return StagedImport.objects.create(
        dataset=Dataset.objects.get(key=dataset), raw_id="0" * 64, kind="final", origin={"title": "x"}, mapping={},
        borders_on=date(2024, 1, 1), staged_at=START, staged_by="test", row_count=count, sha256=sha256,
    )  # fmt: skip


@dataclass
class History:
    """A history as it is made: the clock, what each dataset holds now, and what readers were given after each step."""

    chance: random.Random
    clock: Any
    held: dict[str, Rows] = field(default_factory=dict)
    given: list[tuple[date, dict[str, bytes]]] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)

    def rows(self, dataset: str) -> Rows:
        """The rows held, with one value changed, one added or one gone."""
        values = {(place, year): (value, status) for place, year, value, status in self.held.get(dataset, ())}
        for _ in range(self.chance.randint(1, 3)):
            key = self.chance.choice(("4003", "4001", "40")), self.chance.choice(("2024", "2025"))
            if len(values) > 1 and self.chance.random() < 0.2:
                values.pop(key, None)
            else:
                value = None if self.chance.random() < 0.15 else self.chance.randint(1, 99) / 10
                values[key] = value, self.chance.choice(("normal", "normal", "preliminary"))
        return tuple(sorted((*key, *value) for key, value in values.items()))

    def step(self) -> None:
        dataset = self.chance.choice("aab")
        published = [r for r in Release.objects.all() if not Withdrawal.objects.filter(release=r).exists()]
        what = self.chance.choice(("revised", "corrected", "method", "planned", "cancelled", "error", "protection"))
        if what in Withdrawal.Kind.values:
            if published:
                changes.withdraw_release(
                    release=self.chance.choice(published), kind=what, reason={"nb": "Feil."}, by=BY
                )
        else:
            rows = self.rows(dataset)
            staged, why = stage(dataset, rows), {"nb": f"Grunn {len(self.steps)}."}
            if what in ("planned", "cancelled"):
                at = timezone.now() + timedelta(seconds=self.chance.randint(3600, 40_000))
                planned = planned_changes.schedule_release(staged=staged, publish_at=at, reason=why, by=BY)
                if what == "cancelled":
                    planned_changes.cancel_release(planned=planned, why=why, by=BY)
                self.clock.move_to(at + timedelta(seconds=self.chance.random()))
                planned_changes.publish_planned.func(planned.pk)
            else:
                changes.publish_release(staged=staged, reason=why, cause=what, by=BY)
            if what != "cancelled":
                self.held[dataset] = rows
        self.steps.append(f"{what} {dataset}")


def answers(query: str = "") -> dict[str, bytes]:
    """What a reader is given: pages of a place, a goal and an indicator as data, and the files of releases."""
    snapshots.forget()
    client = Client()
    found = {}
    for address in (*ADDRESSES, *map(file_of, Release.objects.all())):
        answer = client.get(f"/nb/{address}{query}")
        if answer.status_code == 200:
            found[address] = answer.content
    return found


def file_of(release: Release) -> str:
    return f"publisering/{release.dataset_id}/{release.number}.csv"


def without(content: bytes, hidden: list[Release]) -> list[Any]:
    """The rows of an answer that are of no release which was withdrawn to protect persons."""
    names = {f"{release.dataset_id}/{release.number}" for release in hidden}
    if content.startswith(b"{"):
        return [row for row in json.loads(content)["observations"] if row["release"] not in names]
    return [line for line in content.splitlines() if not any(f",{name},".encode() in line for name in names)]


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_every_day_of_a_history_is_answered_as_it_was(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _fd: None)  # what a power cut takes is tested in tests/faults
    with rolled_back(), time_machine.travel(START, tick=False) as clock:
        history = History(random.Random(seed), clock)
        for _ in range(history.chance.randint(3, 6)):
            history.step()
            history.given.append((timezone.localdate(), answers() if Snapshot.objects.exists() else {}))
            clock.shift(timedelta(days=history.chance.randint(1, 3)))
        hidden = [w.release for w in Withdrawal.objects.filter(kind="protection").select_related("release")]
        for day, given in history.given:
            again, where = answers(f"?per={day}"), (seed, history.steps, day)
            assert again.keys() == given.keys() - set(map(file_of, hidden)), where
            for address, content in again.items():
                if without(given[address], hidden) == without(given[address], []):
                    assert content == given[address], (*where, address)  # byte for byte
                else:
                    assert without(content, []) == without(given[address], hidden), (*where, address)


def test_a_change_of_what_was_published_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: were releases taken as of now, the comparison above would fail."""
    monkeypatch.setattr(snapshots, "as_of", lambda _moment: snapshots.current())
    with pytest.raises(AssertionError):
        for seed in range(10):
            test_every_day_of_a_history_is_answered_as_it_was(seed, monkeypatch)


# A thousand histories through the snapshots alone.

Shown = dict[str, int]  # which release of each dataset


def made(number: int, dataset: str, moment: datetime) -> tuple[StagedImport, Release]:
    staged = StagedImport(
        dataset_id=dataset, raw_id="0" * 64, kind="final", origin={}, mapping={}, staged_at=moment, staged_by="test",
        row_count=1, sha256="1" * 64, state="published",
    )  # fmt: skip
    release = Release(
        dataset_id=dataset, number=number, kind="final", published_at=moment, published_by="test",
        by_series=f"{number}", by_place=f"{number}", distribution=f"{number}", row_count=1,
        indicators=[INDICATORS[dataset]], place_sources=[],
        first_day=date(2025, 1, 1), last_day=date(2026, 1, 1),
    )  # fmt: skip
    return staged, release


def test_a_thousand_histories_of_snapshots_agree_with_a_list_of_days() -> None:
    """Releases, snapshots and withdrawals as rows, a thousand times one after another, beside a plain list of them."""
    chance = random.Random(7)
    moment, shown, last = START, Shown(), {"a": 0, "b": 0}
    days: list[tuple[datetime, Shown]] = []
    withdrawn: dict[tuple[str, int], tuple[int, str]] = {}  # by which day, and of which kind
    rows: list[tuple[StagedImport, Release]] = []
    ends = []
    for _history in range(1000):
        for _step in range(chance.randint(2, 4)):
            dataset, number = chance.choice(list(shown.items())) if shown and chance.random() < 0.1 else ("", 0)
            if dataset and (dataset, number) not in withdrawn:
                withdrawn[dataset, number] = len(days), chance.choice(("error", "protection"))
                shown = {key: n for key, n in shown.items() if key != dataset}
            else:
                dataset = chance.choice("aab")
                last[dataset] += 1
                rows.append(made(last[dataset], dataset, moment))
                shown = shown | {dataset: last[dataset]}
            days.append((moment, shown))
            moment += timedelta(hours=chance.randint(1, 60))
        ends.append(len(days))
    with rolled_back():
        StagedImport.objects.bulk_create([staged for staged, _release in rows], batch_size=500)
        for staged, release in rows:
            release.staged = staged
        Release.objects.bulk_create([release for _staged, release in rows], batch_size=500)
        known = {(release.dataset_id, release.number): release for _staged, release in rows}
        made_snapshots = Snapshot.objects.bulk_create([Snapshot(published_at=at) for at, _ in days], batch_size=500)
        through = Snapshot.releases.through
        through.objects.bulk_create(
            [
                through(snapshot_id=snapshot.pk, release_id=known[held].pk)
                for snapshot, (_at, then) in zip(made_snapshots, days, strict=True)
                for held in then.items()
            ],
            batch_size=500,
        )
        Withdrawal.objects.bulk_create(
            Withdrawal(
                release=known[what], kind=kind, reason={"nb": "x"}, withdrawn_at=days[day][0], withdrawn_by="test",
                snapshot=made_snapshots[day],
            )
            for what, (day, kind) in withdrawn.items()
        )  # fmt: skip
        hidden = {what for what, (_day, kind) in withdrawn.items() if kind == "protection"}
        for begin, end in zip([0, *ends], ends, strict=False):
            day = chance.randrange(begin, end)
            then = snapshots.as_of(days[day][0] + timedelta(minutes=chance.randint(0, 59)))
            found = {release.dataset_id: release.number for release in then.releases}
            assert found == {key: n for key, n in days[day][1].items() if (key, n) not in hidden}, day
    assert len(hidden) > 50 and len(ends) == 1000
