"""The release calendar: promised, moved, cancelled, kept or late; by page, data, iCalendar and forms."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django_tasks_db.models import DBTaskResult

from dugnad.shared.errors import Refusal
from dugnad.shared.models import AuditEvent
from dugnad.shared.writing import Actor, verify_chain
from dugnad.site.ready import page_key
from dugnad.status import api, changes, planned_changes
from dugnad.status.models import Dataset, PlannedRelease, Release
from dugnad.status.queries import snapshots
from tests.clients import person_with, signed_in
from tests.status.conftest import TELEMARK, UNEMPLOYMENT, NewRow, publish_again, publish_one, stage_again

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("one_release")]
BY = Actor.system("test")
NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
MOMENT = datetime(2026, 4, 1, 6, tzinfo=UTC)  # eight in the morning in summer time


def rows(skien: float = 2.1) -> list[NewRow]:
    values = {code: 2.0 + i / 10 for i, code in enumerate(TELEMARK)} | {"4003": skien}
    return [(code, "2025", UNEMPLOYMENT, value, "", False) for code, value in values.items()]


@pytest.fixture(scope="module")
def one_release(installation: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with installation():
        with time_machine.travel(datetime(2026, 3, 3, 7, tzinfo=UTC), tick=False):
            publish_one(tmp_path_factory.mktemp("rows"), rows(), "now", "2024-01-01")
        yield
    snapshots.forget()


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as clock:
        snapshots.forget()
        yield clock
    snapshots.forget()


@pytest.fixture
def planned(clock: Any, tmp_path: Path) -> PlannedRelease:
    staged = stage_again(tmp_path, "now", [*rows(), ("4003", "2026", UNEMPLOYMENT, 3.3, "", False)])
    return planned_changes.schedule_release(
        staged=staged, publish_at=MOMENT, note={"nb": "Tall for 2026, med ny kilde."}, by=BY
    )


def publish(planned: PlannedRelease) -> str:
    state = planned_changes.publish_planned.func(planned.pk)
    planned.refresh_from_db()
    snapshots.forget()
    return state


def queued() -> list[datetime]:
    found = DBTaskResult.objects.filter(task_path__endswith="publish_planned")
    return sorted(task.run_after for task in found if task.run_after)


def page(client: Client, address: str = "/nb/kalender", status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def test_a_planned_release_waits_on_the_queue_and_comes_at_its_moment(planned: PlannedRelease, clock: Any) -> None:
    assert queued() == [MOMENT] and publish(planned) == "planned"
    clock.move_to(MOMENT)
    assert publish(planned) == "published"
    release = Release.objects.get(number=2)
    assert (release.published_at, release.published_by) == (MOMENT, "release calendar")
    assert publish(planned) == "published" and Release.objects.count() == 2  # a second task does nothing
    assert AuditEvent.objects.filter(action="schedule_release").count() == 1 and verify_chain() is None


@pytest.mark.parametrize(
    ("words", "address"),
    [
        (["1. april 2026 kl. 08:00", "Tall for 2026, med ny kilde."], "/nb/kalender"),
        (["1. april 2026 kl. 08:00", "Publiseringskalender", "likt for alle"], "/nn/kalender"),
        (["1 April 2026 at 08:00", "Release calendar"], "/en/kalender"),
    ],
)
def test_the_calendar_tells_when_and_nothing_of_numbers(
    client: Client, planned: PlannedRelease, words: list[str], address: str
) -> None:
    shown = page(client, address)
    assert all(expected in shown for expected in words) and "3.3" not in shown and "3,3" not in shown
    rows = json.loads(page(client, f"{address}.json"))["rows"]
    assert [(row["dataset"], row["publish_at"], row["state"]) for row in rows] == [
        ("now", MOMENT.isoformat(), "planned")
    ]
    assert page(client, f"{address}.csv").splitlines()[0] == ",".join(api.CALENDAR_COLUMNS)


def test_a_moved_promise_shows_what_was_promised_and_comes_at_the_new_moment(
    client: Client, planned: PlannedRelease, clock: Any
) -> None:
    later = MOMENT + timedelta(days=7)
    planned_changes.move_release(planned=planned, publish_at=later, why={"nb": "Kilden er forsinket."}, by=BY)
    shown = page(client)
    assert "8. april 2026 kl. 08:00" in shown and "Flyttet fra 1. april 2026 kl. 08:00:" in shown
    assert "Kilden er forsinket." in shown and queued() == [MOMENT, later]
    clock.move_to(MOMENT)
    assert publish(planned) == "planned"
    clock.move_to(later)
    assert publish(planned) == "published" and "publisert som lovet" in page(client)
    [row] = json.loads(page(client, "/nb/kalender.json"))["rows"]
    assert (row["first_promised"], row["publish_at"]) == (MOMENT.isoformat(), later.isoformat())


def test_a_cancelled_promise_stays_in_the_calendar_and_the_import_waits(
    client: Client, planned: PlannedRelease, clock: Any
) -> None:
    planned_changes.cancel_release(planned=planned, why={"nb": "Kilden har trukket filen."}, by=BY)
    assert "avlyst: <span" in page(client) and "Kilden har trukket filen." in page(client)
    clock.move_to(MOMENT)
    assert publish(planned) == "cancelled" and planned.staged.state == "staged"
    with pytest.raises(Refusal):
        planned_changes.move_release(planned=planned, publish_at=MOMENT + timedelta(days=1), why={"nb": "x"}, by=BY)
    with pytest.raises(Refusal):
        planned_changes.cancel_release(planned=planned, why={"nb": "x"}, by=BY)
    again = planned_changes.schedule_release(staged=planned.staged, publish_at=MOMENT + timedelta(hours=1), by=BY)
    assert again.pk != planned.pk


def test_a_worker_that_was_down_publishes_when_it_is_up_and_the_calendar_says_late(
    client: Client, planned: PlannedRelease, clock: Any
) -> None:
    DBTaskResult.objects.all().delete()  # whatever happened to the queue
    clock.move_to(MOMENT + timedelta(hours=2))
    planned_changes.take_up_planned()
    assert queued() == [MOMENT]
    assert publish(planned) == "published"
    assert "publisert for sent, 1. april 2026 kl. 10:00" in page(client)


def test_what_can_no_longer_be_published_is_stopped_and_said(
    client: Client, planned: PlannedRelease, clock: Any, tmp_path: Path
) -> None:
    """Another release came first, so that the planned one would change values without a reason."""
    publish_again(tmp_path, "now", rows(9.9), {"nb": "Feil."}, cause="corrected")
    clock.move_to(MOMENT)
    assert publish(planned) == "stopped"
    planned.refresh_from_db()
    assert list(planned.why) == ["nb"] and "grunn" in planned.why["nb"]  # in the language it is written in
    assert "stoppet" in page(client) and Release.objects.count() == 2
    assert AuditEvent.objects.latest("sequence").action == "stop_release"


def test_a_fault_that_may_pass_is_tried_again(
    planned: PlannedRelease, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.move_to(MOMENT)
    with monkeypatch.context() as patch:
        patch.setattr(changes, "publish_release", lambda **_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            publish(planned)
    assert queued() == [MOMENT, MOMENT + planned_changes.AGAIN]
    assert publish(planned) == "published"


def test_a_clock_that_was_set_back_does_not_change_what_was_published_when(planned: PlannedRelease, clock: Any) -> None:
    clock.move_to(MOMENT)
    publish(planned)
    shown = snapshots.as_of(MOMENT)
    clock.move_to(MOMENT - timedelta(days=1))
    changes.withdraw_release(release=Release.objects.get(number=2), kind="error", reason={"nb": "x"}, by=BY)
    assert snapshots.as_of(MOMENT).snapshot == shown.snapshot
    assert snapshots.as_of(MOMENT + timedelta(seconds=1)).releases == ()


def test_refusals_change_nothing(clock: Any, tmp_path: Path) -> None:
    staged = stage_again(tmp_path, "now", rows(5.0))
    for said in ({"publish_at": NOW}, {"publish_at": NOW - timedelta(days=1)}, {"publish_at": MOMENT}):
        with pytest.raises(Refusal):  # the last has no reason, and values change
            planned_changes.schedule_release(staged=staged, by=BY, **said)
    planned_changes.schedule_release(staged=staged, publish_at=MOMENT, reason={"nb": "Feil."}, by=BY)
    with pytest.raises(Refusal):
        planned_changes.schedule_release(staged=staged, publish_at=MOMENT, reason={"nb": "Feil."}, by=BY)
    assert PlannedRelease.objects.count() == len(queued()) == 1


def test_what_the_source_expects_stands_there_as_expected(client: Client, clock: Any) -> None:
    assert "Ingenting er planlagt" in page(client)
    changes.expect_release(dataset=Dataset.objects.get(key="now"), day=date(2027, 4, 1), by=BY)
    assert "1. april 2027" in page(client) and "ventet av kilden; ikke lovet her" in page(client)
    assert "DTSTART;VALUE=DATE:20270401" in page(client, "/nb/kalender.ics")


# Beside preliminary figures stands the day of the next release, as far as it was known.


@pytest.fixture
def preliminary(clock: Any, tmp_path: Path) -> Path:
    """Unemployment of 2026 is preliminary in Skien, that of 2025 is not."""
    publish_again(tmp_path, "now", [*rows(), ("4003", "2026", UNEMPLOYMENT, 3.3, "p", False)])
    return tmp_path


def days(client: Client, query: str = "") -> set[tuple[str, str | None]]:
    """(period, next_release_on) of what the file of the goal has."""
    snapshots.look_again()
    found = json.loads(page(client, f"/nb/kommune/4003/mal/8.json{query}"))["observations"]
    assert {row["place"] for row in found} == {"4003"}
    return {(row["period"], row["next_release_on"]) for row in found}


def test_where_nobody_has_said_when_nothing_is_said(client: Client, preliminary: Path) -> None:
    assert days(client) == {("2025", None), ("2026", None)}
    assert "kan bli revidert" not in page(client, "/nb/kommune/4003/mal/8")


@pytest.mark.parametrize(
    ("lang", "promised", "expected"),
    [
        ("nb", "kan bli revidert i neste publisering, 1. april 2026", "neste publisering, ventet 2. mai 2026"),
        ("nn", "kan bli revidert i neste publisering, 1. april 2026", "neste publisering, venta 2. mai 2026"),
        ("en", "may be revised in the next release, 1 April 2026", "the next release, expected 2 May 2026"),
    ],
)
def test_a_preliminary_figure_says_when_it_may_become_another(
    client: Client, preliminary: Path, lang: str, promised: str, expected: str
) -> None:
    pages = [f"/{lang}/{path}" for path in (
        "kommune/4003", "kommune/4003/mal/8", f"indikator/{UNEMPLOYMENT}?periode=2026",
        "sammenlign?sted=4003&sted=4001", f"forklar/{UNEMPLOYMENT}/4003/2026",
    )]  # fmt: skip
    changes.expect_release(dataset=Dataset.objects.get(key="now"), day=date(2026, 5, 2), by=BY)
    snapshots.look_again()
    assert [address for address in pages if expected not in page(client, address)] == []
    planned_changes.schedule_release(
        staged=stage_again(preliminary, "now", rows()), publish_at=MOMENT, reason={"nb": "Endelige tall."}, by=BY
    )
    snapshots.look_again()
    assert [address for address in pages if promised not in page(client, address)] == []
    assert "kan bli revidert" not in page(client, f"/nb/forklar/{UNEMPLOYMENT}/4003/2025")  # that one is final
    assert days(client) == {("2025", None), ("2026", "2026-04-01")}
    assert ",2026-04-01" in page(client, "/nb/kommune/4003.csv")


def test_a_day_of_the_past_has_the_promises_of_that_day(client: Client, preliminary: Path, clock: Any) -> None:
    dataset = Dataset.objects.get(key="now")
    known = []

    def then() -> None:
        known.append((f"?per={NOW.date() + timedelta(days=len(known))}", days(client)))
        clock.shift(timedelta(days=1))

    then()
    changes.expect_release(dataset=dataset, day=date(2026, 5, 2), by=BY)
    changes.expect_release(dataset=dataset, day=date(2026, 5, 2), by=BY)  # said again: nothing new
    then()
    staged = stage_again(preliminary, "now", [*rows(), ("4003", "2026", UNEMPLOYMENT, 3.4, "p", False)])
    one = planned_changes.schedule_release(staged=staged, publish_at=MOMENT, reason={"nb": "x"}, by=BY)
    then()
    planned_changes.move_release(planned=one, publish_at=MOMENT + timedelta(days=7), why={"nb": "x"}, by=BY)
    then()
    planned_changes.cancel_release(planned=one, why={"nb": "x"}, by=BY)
    then()
    again = planned_changes.schedule_release(
        staged=staged, publish_at=MOMENT - timedelta(days=7), reason={"nb": "x"}, by=BY
    )
    then()
    clock.move_to(MOMENT - timedelta(days=7))
    assert publish(again) == "published"
    assert [dict(found)["2026"] for _query, found in known] == [
        None, "2026-05-02", "2026-04-01", "2026-04-08", "2026-05-02", "2026-03-25",
    ]  # fmt: skip
    clock.shift(timedelta(days=1))
    assert [days(client, query) for query, _found in known] == [found for _query, found in known]
    assert dataset.expected.count() == 1


def test_what_was_expected_before_a_release_is_not_expected_after_it(client: Client, preliminary: Path) -> None:
    changes.expect_release(dataset=Dataset.objects.get(key="now"), day=NOW.date(), by=BY)
    assert days(client) == {("2025", None), ("2026", None)}  # published that day


def test_a_ready_page_is_made_anew_when_something_is_promised(preliminary: Path) -> None:
    before = page_key()
    changes.expect_release(dataset=Dataset.objects.get(key="now"), day=date(2026, 5, 2), by=BY)
    assert page_key() != before


def test_the_icalendar_says_the_moment_in_utc_and_what_was_cancelled(client: Client, planned: PlannedRelease) -> None:
    answer = client.get("/nb/kalender.ics")
    lines = answer.content.decode().split("\r\n")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8" and lines[0] == "BEGIN:VCALENDAR"
    assert "DTSTART:20260401T060000Z" in lines and "STATUS:CONFIRMED" in lines and "SEQUENCE:0" in lines
    assert r"DESCRIPTION:Tall for 2026\, med ny kilde." in lines
    assert all(len(line.encode()) <= 75 for line in lines)
    planned_changes.cancel_release(planned=planned, why={"nb": "x"}, by=BY)
    assert "STATUS:CANCELLED" in page(client, "/nb/kalender.ics") and "SEQUENCE:1" in page(client, "/nb/kalender.ics")


@pytest.mark.parametrize("text", ["", "x" * 75, "ø" * 200, "a" + "日" * 100])
def test_folded_lines_unfold_to_what_was_written(text: str) -> None:
    folded = api._folded(text)
    assert folded.replace("\r\n ", "") == text and all(len(line.encode()) <= 75 for line in folded.split("\r\n"))


# The forms of the secretariat.


def test_the_secretariat_plans_moves_and_cancels_without_javascript(clock: Any, tmp_path: Path) -> None:
    client = signed_in(person_with("secretariat"))
    staged = stage_again(tmp_path, "now", rows(5.0))
    at = f"/nb/arbeid/import/{staged.pk}"
    shown = page(client, at)
    assert "Publiser senere" in shown and 'value="08:00"' in shown and "csrfmiddlewaretoken" in shown
    said = {
        "day": "2026-04-01",
        "clock": "08:00",
        "reason_nb": "Feil.",
        "cause": "corrected",
        "note_nb": "x",
        "key": "k",
    }
    for wrong in ({"day": ""}, {"day": "2026-03-01"}, {"reason_nb": ""}, {"clock": "x"}, {"day": "2026-03-29", "clock": "02:30"}):  # fmt: skip  # noqa: E501
        answer = client.post(f"{at}/planlegg", said | wrong)
        assert answer.status_code == 422 and 'id="error-summary"' in answer.content.decode(), wrong
    assert not PlannedRelease.objects.exists()
    for _ in range(2):  # pressed twice
        assert client.post(f"{at}/planlegg", said).status_code == 302
    one = PlannedRelease.objects.get()
    assert (one.publish_at, one.planned_by, one.cause) == (MOMENT, "Kari Prøve", "corrected")
    shown = page(client, at)
    assert "1. april 2026 kl. 08:00" in shown and "Publiser senere" not in shown and '/publiser"' not in shown
    assert client.post(f"{at}/publiser", said).status_code == 422 and Release.objects.count() == 1
    assert client.post(f"{at}/flytt", said | {"day": "2026-04-02", "reason_nb": ""}).status_code == 422
    assert client.post(f"{at}/flytt", said | {"day": "2026-04-02"}).status_code == 302
    assert client.post(f"{at}/avlys", {"reason_nb": "Kilden.", "key": "k"}).status_code == 302
    one.refresh_from_db()
    assert (one.state, len(one.moved), one.why) == ("cancelled", 1, {"nb": "Kilden."})
    for path in ("flytt", "avlys"):
        assert client.post(f"{at}/{path}", said | {"day": "2026-04-02"}).status_code == 422
    actions = AuditEvent.objects.order_by("sequence").values_list("action", flat=True)
    assert [action for action in actions if action in ("schedule_release", "move_release", "cancel_release")] == [
        "schedule_release",
        "move_release",
        "cancel_release",
    ]


def test_winter_and_summer_have_their_own_eight_o_clock(clock: Any, tmp_path: Path) -> None:
    from dugnad.status.forms import MoveForm

    for day, hour in (("2026-10-24", 6), ("2026-10-26", 7)):
        form = MoveForm({"day": day, "clock": "08:00", "reason_nb": "x", "key": "k"})
        assert form.is_valid() and form.cleaned_data["publish_at"].astimezone(UTC).hour == hour
