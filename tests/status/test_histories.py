"""Random histories of publishing, revising, correcting, planning and withdrawing: each day is answered as it was.

What readers were given is kept, byte for byte, after each step; in the end every step is asked for again with `?per=`.
The county is invented and small, and the pages and files of numbers take turns, some each day, so that a thousand
histories ask for each of them hundreds of times: `DUGNAD_HISTORIES=1000`, a quarter of an hour. A few histories are run
otherwise, and a thousand through the snapshots alone.
"""

import json
import os
import random
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import count
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
import pytest_django
import time_machine
from django.http import HttpRequest
from django.test import Client, override_settings
from django.utils import timezone

from dugnad.places.changes import load_places
from dugnad.shared.writing import Actor
from dugnad.standards.changes import load_definitions
from dugnad.status import changes, explain_views, planned_changes, store, vintage_views
from dugnad.status.models import Dataset, Provider, RawFile, Release, Snapshot, StagedImport, Withdrawal
from dugnad.status.observations import in_order, table_from_rows
from dugnad.status.queries import snapshots
from tests.examples.conftest import DEFINITIONS, NETWORK
from tests.status.publishing import rolled_back
from tests.status.test_as_of import addresses

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("two_datasets")]
HISTORIES = int(os.environ.get("DUGNAD_HISTORIES", "4"))
DRAWN = 4  # pages or files a day
BY = Actor.system("test")
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
UNEMPLOYMENT, EMISSIONS = "eksempel.2024.ledighet", "eksempel.2024.utslipp"
INDICATORS = {"a": UNEMPLOYMENT, "b": EMISSIONS}
MISSING = {"a": "suppressed", "b": "not_available"}  # a sum that is hidden after it was published could be computed
# Every page of numbers, by the name of its view, and as which files it is given.
DATA = ("", ".json", ".csv")
PAGES = {
    "status:place": ("kommune/{place}", DATA), "status:county": ("fylke/X1", DATA),
    "status:place_goal": ("kommune/{place}/mal/8", DATA), "status:county_goal": ("fylke/X1/mal/8", DATA),
    "status:indicator": ("indikator/{indicator}", DATA), "status:method": ("indikator/{indicator}/metode", DATA),
    "status:place_vintages": ("kommune/{place}/historikk/{indicator}", DATA),
    "status:county_vintages": ("fylke/X1/historikk/{indicator}", DATA), "status:compare": ("sammenlign", DATA),
    "status:alike": ("kommune/{place}/lignende", DATA), "status:releases": ("publisering/", DATA),
    "status:release": ("publisering/{release}", (*DATA, ".parquet")), "site:front": ("", ("",)),
    "status:explain": ("forklar/{indicator}/{place}/{year}", DATA),
    "status:place_set": ("kommune/{place}/sett/eksempel", DATA), "status:county_set": ("fylke/X1/sett/eksempel", DATA),
}  # fmt: skip
OBSERVATIONS = {"status:place", "status:county", "status:place_goal", "status:county_goal", "status:indicator",
                "status:compare"}  # fmt: skip
CELLS = [(route, form) for route, (_address, forms) in PAGES.items() for form in forms]
PLACES, YEARS = ("X101", "X102", "X1"), ("2019", "2024", "2025")
Rows = tuple[tuple[str, str, float | None, str], ...]  # place, year, value (None: missing), status


@pytest.fixture(scope="module")
def two_datasets(
    django_db_setup: None,
    django_db_blocker: pytest_django.DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """The invented county and its indicators, and two datasets with nothing published."""
    text = {"nb": "Prøve"}
    folder = tmp_path_factory.mktemp("definitions")
    shutil.copytree(NETWORK / "definitions" / "eksempel", folder / "eksempel")
    shutil.copytree(DEFINITIONS / "units", folder / "units")
    (folder / "sdg").mkdir()
    shutil.copy(DEFINITIONS / "sdg" / "goals.yaml", folder / "sdg")
    with django_db_blocker.unblock(), override_settings(DATA_DIR=tmp_path_factory.mktemp("data")), rolled_back():
        load_places(NETWORK / "places", by=BY)
        load_definitions(folder, by=BY)
        provider = Provider.objects.create(key="prove", name=text)
        for key in INDICATORS:
            Dataset.objects.create(key=key, title=text, provider=provider, reader="tabular", licence="CC0-1.0")
        RawFile.objects.create(sha256="0" * 64, size=1, media_type="", name="rows.csv", received_at=START)
        yield


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
                "missing": MISSING[dataset] if value is None else None,
            }
            for place, year, value, status in rows
        )
    )
    return store.keep_table("staged", table), len(table)


def stage(dataset: str, rows: Rows) -> StagedImport:
    """An import as `stage_import` lays it ready, without the child process that reads a file."""
    sha256, rows_in_it = staged_file(dataset, rows)
    return StagedImport.objects.create(
        dataset=Dataset.objects.get(key=dataset), raw_id="0" * 64, kind="final", origin={"title": "x"}, mapping={},
        staged_at=START, staged_by="test", row_count=rows_in_it, sha256=sha256,
    )  # fmt: skip


class Given(NamedTuple):
    """What a reader was given at an address on a day, when these releases had been published and not withdrawn."""

    cell: tuple[str, str]
    address: str
    day: str
    status: int
    content: bytes
    releases: frozenset[int]


@dataclass
class History:
    """A history as it is made: the clock, what each dataset holds now, and what readers were given after each step."""

    chance: random.Random
    clock: Any
    turn: Iterator[int]
    held: dict[str, Rows] = field(default_factory=dict)
    given: list[Given] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)

    def rows(self, dataset: str) -> Rows:
        """The rows held, with one value changed, one added or one gone."""
        values = {(place, year): (value, status) for place, year, value, status in self.held.get(dataset, ())}
        for _ in range(self.chance.randint(1, 3)):
            key = self.chance.choice(PLACES), self.chance.choice(YEARS)
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

    def ask(self) -> None:
        """What readers are given now, at the addresses whose turn it is."""
        snapshots.look_again()
        if not snapshots.current().snapshot:
            return
        releases = frozenset(Release.objects.filter(withdrawal=None).values_list("pk", flat=True))
        for _ in range(DRAWN):
            cell = CELLS[next(self.turn) % len(CELLS)]
            address = self.address(*cell)
            status, content = answer(address)
            self.given.append(Given(cell, address, f"{timezone.localdate()}", status, content, releases))

    def address(self, route: str, form: str) -> str:
        one = self.chance.choice(list(Release.objects.all()))
        path = PAGES[route][0].format(
            place=self.chance.choice(("X101", "X102", "X104")),
            indicator=self.chance.choice((UNEMPLOYMENT, UNEMPLOYMENT, EMISSIONS)),
            year=self.chance.choice(YEARS),
            release=f"{one.dataset_id}/{one.number}",
        )
        return f"/nb/{path}{form}{'?sted=X101&sted=X102' if route == 'status:compare' else ''}"


def answer(address: str) -> tuple[int, bytes]:
    found = Client().get(address)
    return found.status_code, b"".join(found.streaming_content) if found.streaming else found.content  # type: ignore[attr-defined]


def as_of(address: str, day: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}per={day}"


# What a page as of a day has besides: it says so, its links and forms stay on the day, machines are told to go.
_OF_THE_DAY = re.compile(
    r'<div class="ds-alert as-of".*?</div>\n?|<meta name="robots" content="noindex">\n?'
    r"|(?<=\?)per=[\d-]+&amp;|\?per=[\d-]+(?!&amp;|[\d-])|(?:&amp;|%3F|%26)per(?:=|%3D)[\d-]+"
    r'|<input type="hidden" name="per" value="[\d-]*">|(?<=name="per" value=")[\d-]*',
    re.S,
)


def read(content: bytes) -> bytes:
    """What is the same on a day and as of that day: data to the last byte, of a page all but what tells of the day."""
    if not content.startswith(b"<!doctype"):
        return content
    return _OF_THE_DAY.sub("", content.decode()).encode()


def without(content: bytes, hidden: list[Release]) -> list[Any]:
    """The rows of an answer that are of no release which was withdrawn to protect persons."""
    names = {f"{release.dataset_id}/{release.number}" for release in hidden}
    if content.startswith(b"{"):
        found = json.loads(content)
        return [row for row in found.get("observations", found.get("rows")) if row.get("release") not in names]
    return [line for line in content.splitlines() if not any(f",{name},".encode() in line for name in names)]


COMPARED: Counter[tuple[str, str]] = Counter()


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_every_day_of_a_history_is_answered_as_it_was(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _fd: None)  # what a power cut takes is tested in tests/faults
    with rolled_back(), time_machine.travel(START, tick=False) as clock:
        history = History(random.Random(seed), clock, count(17 * seed))
        for _ in range(history.chance.randint(3, 6)):
            history.step()
            history.ask()
            clock.shift(timedelta(days=history.chance.randint(1, 3)))
        withdrawn = {w.release_id: w for w in Withdrawal.objects.select_related("release")}
        for given in history.given:
            compare(given, withdrawn, f"{seed} {history.steps} {given.day} {given.address}")


def compare(given: Given, withdrawn: dict[int, Withdrawal], where: str) -> None:
    """What was withdrawn since has a notice on pages, and is in no answer at all if it was to protect persons."""
    status, content = answer(as_of(given.address, given.day))
    route, form = given.cell
    since = [withdrawn[pk] for pk in given.releases if pk in withdrawn]
    hidden = [w.release for w in since if w.is_hidden]
    assert status in (given.status, *([404, 410] if hidden else ())), where
    if not since or (form and not hidden):
        assert read(content) == read(given.content), where  # byte for byte
        COMPARED[given.cell] += status == 200
    elif form and route in OBSERVATIONS:
        assert without(content, []) == without(given.content, hidden), where


def test_every_page_and_file_of_numbers_has_been_asked_for() -> None:
    """Those of `test_as_of`, which holds every view that is marked; asked for again above, and compared."""
    assert set(PAGES) == set(addresses())
    if HISTORIES >= 100:  # a few do not come round to all of them
        assert {cell: COMPARED[cell] for cell in CELLS if COMPARED[cell] < HISTORIES // 20 + 1} == {}
    print(dict(COMPARED))


def newest(request: HttpRequest) -> snapshots.Published:
    """A fault: the page says that it is of the day, and shows what is published now."""
    snapshots.asked_for(request)
    return snapshots.current()


def only_as_csv(request: HttpRequest) -> snapshots.Published:
    return newest(request) if request.path.endswith(".csv") else snapshots.asked_for(request)


@pytest.mark.parametrize(
    ("place", "name", "fault"),
    [
        (snapshots, "as_of", lambda _moment: snapshots.current()),
        (explain_views, "snapshots", SimpleNamespace(asked_for=newest)),  # one page of fourteen
        (vintage_views, "snapshots", SimpleNamespace(asked_for=only_as_csv)),  # one file of one
    ],
    ids=["every page", "one page", "one file"],
)
def test_a_change_of_what_was_published_is_found(
    place: Any, name: str, fault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: with a fault planted, some history of the first few is not answered as it was."""
    monkeypatch.setattr(place, name, fault)
    with pytest.raises(AssertionError):
        for seed in range(20):
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


@pytest.mark.any_database
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
