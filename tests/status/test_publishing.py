"""From a file to a snapshot, through the database."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection, connections

from dugnad.shared.errors import Refusal
from dugnad.shared.models import AuditEvent, OutboxMessage
from dugnad.shared.writing import Actor, verify_chain
from dugnad.status import store
from dugnad.status.changes import publish_release, refuse_import, stage_plan
from dugnad.status.models import Dataset, Release, Snapshot, StagedImport
from dugnad.status.plans import PlannedImport
from dugnad.status.queries import snapshots
from dugnad.status.queries.series import series_at, series_of, spreads
from tests import once

BY = Actor.system("test")
JOBS = "norge.2026.jobs"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def installation(tmp_path: Path, settings: Any) -> Iterator[None]:
    """A data folder of its own, with places and definitions."""
    settings.DATA_DIR = tmp_path
    snapshots.forget()
    once.places()
    once.definitions()
    yield
    snapshots.forget()


def planned(folder: Path, lines: str, *, dataset: str = "jobs", **said: Any) -> PlannedImport:
    """An import of lines `place,year,value`."""
    file = folder / f"{dataset}.csv"
    file.write_text(f"place,year,value\n{lines.strip()}\n".replace(" ", ""))
    return PlannedImport(
        **{
            "id": dataset,
            "title": {"nb": dataset, "nn": dataset, "en": dataset},
            "provider": "test",
            "provider_name": {"nb": "Test"},
            "provider_url": "",
            "reader": "tabular",
            "file": file,
            "origin": {"title": "Test"},
            "licence": "CC0-1.0",
            "kind": "final",
            "borders_on": None,
            "mapping": {
                "columns": {"place": "place", "period": "year", "value": "value"},
                "constants": {"indicator": JOBS},
                "symbols": {"": "not_available"},
            },
            "reason": None,
            "cause": "revised",
        }
        | said
    )


def staged(folder: Path, lines: str, **said: Any) -> StagedImport:
    found = stage_plan(entry=planned(folder, lines, **said), by=BY)
    assert found is not None
    return found


def published(folder: Path, lines: str, **said: Any) -> Release:
    reason = said.pop("reason", None)
    cause = said.pop("cause", "revised")
    release = publish_release(staged=staged(folder, lines, **said), reason=reason, cause=cause, by=BY)
    snapshots.forget()
    return release


def shown(code: str) -> dict[str, float | None]:
    found = series_of(snapshots.current(), JOBS).get(code, [])
    return {point.period.text: point.value for point in found}


def test_what_is_said_beside_figures_is_published_with_them(tmp_path: Path) -> None:
    rows = "4003,2024,10"
    first = published(tmp_path, rows)
    assert (first.period_note, first.cited(JOBS)) == ("", ("Test", "Test", ""))
    assert stage_plan(entry=planned(tmp_path, rows), by=BY) is None
    finer = {"publisher": {"nb": "Test og prøve"}, "url": "https://example.org/"}
    noted = {"title": "Test", "period_note": {"nb": "rapportens år"}, "indicators": {JOBS: finer}}
    second = published(tmp_path, rows, origin=noted)
    assert (second.number, second.kind, second.reason) == (2, "final", {})  # no value has changed
    assert (second.period_note, second.cited(JOBS)) == (
        "rapportens år",
        ("Test og prøve", "Test", "https://example.org/"),
    )
    assert second.cited("norge.2026.population") == ("Test", "Test", "")
    assert Release.objects.get(pk=first.pk).period_note == ""  # what was published stays as it was
    assert stage_plan(entry=planned(tmp_path, rows, origin=noted), by=BY) is None


def test_a_source_named_for_an_indicator_that_is_not_there_is_a_warning(tmp_path: Path) -> None:
    found = staged(tmp_path, "4003,2024,10", origin={"title": "Test", "indicators": {"norge.2026.dwelings": {}}})
    assert [(f.level, f.code) for f in found.all_findings] == [("warning", "cited_in_vain")]
    assert "norge.2026.dwelings" in found.all_findings[0].what


def test_what_is_staged_is_not_shown(tmp_path: Path) -> None:
    waiting = staged(tmp_path, "4003,2024,10")
    assert (waiting.state, waiting.row_count, waiting.difference["new"]) == ("staged", 1, 1)
    assert snapshots.current().releases == ()
    assert store.path_of("raw", waiting.raw_id).read_bytes() == (tmp_path / "jobs.csv").read_bytes()


def test_what_is_published_is_shown_with_its_release(tmp_path: Path) -> None:
    release = published(tmp_path, "4003,2024,10\n4003,2025,12\n4001,2025,")
    now = snapshots.current()
    assert (release.number, release.kind, now.releases) == (1, "final", (release,))
    points = series_at(now, ["4003"])[JOBS, ""]
    assert [(p.period.text, p.value, p.release) for p in points] == [("2024", 10.0, release), ("2025", 12.0, release)]
    assert series_of(now, JOBS)["4001"][0].missing == "not_available"
    spread = spreads(now, [JOBS])[JOBS, ""]
    assert [(s.n, s.missing, s.median) for s in spread.values()] == [(1, 0, 10.0), (1, 1, 12.0)]
    assert {"stage_import", "publish_release"} <= set(AuditEvent.objects.values_list("action", flat=True))
    assert OutboxMessage.objects.filter(topic="release.published").count() == 1
    assert verify_chain() is None


def test_more_of_the_same_needs_no_reason_and_keeps_its_kind(tmp_path: Path) -> None:
    first = published(tmp_path, "4003,2024,10")
    second = published(tmp_path, "4003,2024,10\n4003,2025,12")
    assert (second.number, second.kind, second.replaces) == (2, "final", first)


def test_a_changed_value_needs_a_reason_and_changes_nothing_without_one(tmp_path: Path) -> None:
    published(tmp_path, "4003,2024,10\n4003,2025,12")
    waiting = staged(tmp_path, "4003,2024,11\n4003,2025,12")
    events = AuditEvent.objects.count()
    with pytest.raises(Refusal, match="1"):
        publish_release(staged=waiting, by=BY)
    snapshots.forget()
    assert shown("4003") == {"2024": 10.0, "2025": 12.0}
    assert AuditEvent.objects.count() == events
    assert (Release.objects.count(), Snapshot.objects.count()) == (1, 1)


@pytest.mark.parametrize("kind", ["revised", "corrected", "method"])
def test_a_vanished_value_is_a_revision_a_correction_or_a_new_method(tmp_path: Path, kind: str) -> None:
    first = published(tmp_path, "4003,2024,10\n4003,2025,12")
    second = published(tmp_path, "4003,2025,12", reason={"nb": "feil"}, cause=kind)
    assert (second.kind, second.replaces, second.reason) == (kind, first, {"nb": "feil"})
    assert shown("4003") == {"2025": 12.0}


def test_an_import_with_errors_cannot_be_published(tmp_path: Path) -> None:
    waiting = staged(tmp_path, "4003,2024,10\n9876,2024,5")
    assert [finding.level for finding in waiting.errors] == ["error"]
    with pytest.raises(Refusal, match="9876"):
        publish_release(staged=waiting, by=BY)
    assert Snapshot.objects.count() == 0


def test_a_file_without_one_good_row_is_refused_with_its_first_fault(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="4003"):
        stage_plan(entry=planned(tmp_path, "4003,2020,10"), by=BY)  # Skien was 3807 then
    assert StagedImport.objects.count() == 0


def test_an_import_is_published_once(tmp_path: Path) -> None:
    waiting = staged(tmp_path, "4003,2024,10")
    publish_release(staged=waiting, by=BY)
    with pytest.raises(Refusal):
        publish_release(staged=waiting, by=BY)
    assert Release.objects.count() == 1


def test_a_refused_import_stays_refused_with_its_file(tmp_path: Path) -> None:
    waiting = staged(tmp_path, "4003,2024,10")
    refuse_import(staged=waiting, why="feil fil", by=BY)
    with pytest.raises(Refusal):
        publish_release(staged=waiting, by=BY)
    waiting.refresh_from_db()
    assert waiting.state == "refused"
    assert store.path_of("raw", waiting.raw_id).exists()


def test_the_same_file_read_the_same_way_is_not_staged_again(tmp_path: Path) -> None:
    published(tmp_path, "4003,2024,10")
    assert stage_plan(entry=planned(tmp_path, "4003,2024,10"), by=BY) is None
    assert stage_plan(entry=planned(tmp_path, "4003,2024,11"), by=BY) is not None


def test_other_datasets_stay_in_the_snapshot(tmp_path: Path) -> None:
    published(tmp_path, "4003,2024,10")
    other = {
        "columns": {"place": "place", "period": "year", "value": "value"},
        "constants": {"indicator": "norge.2026.dwellings"},
    }
    published(tmp_path, "4003,2024,99", dataset="dwellings", mapping=other)
    published(tmp_path, "4003,2024,10\n4003,2025,11")
    held = {(release.dataset_id, release.number) for release in snapshots.current().releases}
    assert held == {("jobs", 2), ("dwellings", 1)}


def test_as_of_a_moment_gives_what_was_shown_then(tmp_path: Path) -> None:
    days = [datetime(2026, 1, day, 8, tzinfo=UTC) for day in (5, 15, 25)]
    for number, day in enumerate(days):
        with time_machine.travel(day, tick=False):
            published(tmp_path, f"4003,2024,{number + 10}", reason={"nb": "ny"} if number else None)

    def on(day: int) -> list[float | None]:
        then = snapshots.as_of(datetime(2026, 1, day, 12, tzinfo=UTC))
        return [p.value for p in series_of(then, JOBS).get("4003", [])]

    assert (on(1), on(5), on(14), on(15), on(30)) == ([], [10.0], [10.0], [11.0], [12.0])


def test_figures_of_a_split_place_on_todays_borders(tmp_path: Path) -> None:
    """The source has halved Ålesund of 2023 between its parts: the halves go, their sum is the whole as it was."""
    from datetime import date

    published(
        tmp_path, "1508,2023,33762\n1580,2023,33762\n1508,2024,58509\n1580,2024,9357", borders_on=date(2024, 1, 1)
    )
    assert shown("1508") == {"2023": None, "2024": 58509.0}
    assert shown("1580") == {"2023": None, "2024": 9357.0}
    assert shown("1507") == {"2023": 67524.0}


def test_two_publications_at_once_both_stand(tmp_path: Path) -> None:
    """On both databases: neither leaves the other's release out of the snapshot."""
    imports = []
    for number in range(4):
        mapping = {"columns": {"place": "place", "period": "year", "value": "value"}, "constants": {"indicator": JOBS}}
        imports.append(staged(tmp_path, f"4003,{2024 + number},1", dataset=f"jobs-{number}", mapping=mapping))
    failures: list[BaseException] = []
    together = threading.Barrier(len(imports))

    def publish(waiting: StagedImport) -> None:
        try:
            together.wait()
            publish_release(staged=waiting, by=BY)
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=publish, args=(waiting,)) for waiting in imports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    snapshots.forget()
    assert failures == []
    assert {release.dataset_id for release in snapshots.current().releases} == {f"jobs-{n}" for n in range(4)}
    assert Snapshot.objects.count() == 4
    assert connection.vendor in ("sqlite", "postgresql")
    assert Dataset.objects.count() == 4
