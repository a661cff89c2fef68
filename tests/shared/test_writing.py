"""The one write path: what holds when all goes well, when it does not, and when somebody tampers with the log."""

import datetime
import importlib
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, models, transaction
from django.test.utils import isolate_apps
from django_tasks_db.models import DBTaskResult
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dugnad.people.models import Organisation
from dugnad.shared.models import AppendOnly, AuditEvent, AuditHead, IdempotencyKey, OutboxMessage
from dugnad.shared.outbox import deliver_outbox
from dugnad.shared.writing import (
    Actor,
    AlreadyDone,
    EditConflict,
    Versioned,
    change,
    save_version,
    verify_chain,
)

ROBOT = Actor.system("test")


def rename(organisation: Organisation, name: str, **options: Any) -> None:
    with change("rename", by=ROBOT, **options) as c:
        before = {"name": organisation.name}
        organisation.name = name
        organisation.save()
        c.record(organisation, before=before, after={"name": name})
        c.send("renamed", {"name": name})
        c.result = {"name": name}


@pytest.fixture
def network(db: None) -> Organisation:
    return Organisation.objects.create(kind="network", name="first name")


def test_a_change_is_stored_with_its_event_its_message_and_its_key(network: Organisation) -> None:
    rename(network, "second name", key="a")

    event = AuditEvent.objects.get()
    assert (event.sequence, event.action, event.actor_kind, event.actor_id) == (1, "rename", "system", "test")
    assert (event.thing_type, event.thing_id) == ("people.organisation", str(network.pk))
    assert (event.before, event.after) == ({"name": "first name"}, {"name": "second name"})
    assert OutboxMessage.objects.get().payload == {"name": "second name"}
    assert DBTaskResult.objects.filter(task_path="dugnad.shared.outbox.deliver_outbox").count() == 1
    assert verify_chain() is None


def test_an_exception_leaves_nothing(network: Organisation) -> None:
    with pytest.raises(ZeroDivisionError), change("rename", by=ROBOT, key="a") as c:
        Organisation.objects.update(name="never")
        c.record(network, after={"name": "never"})
        c.send("renamed", {})
        1 / 0  # noqa: B018

    network.refresh_from_db()
    assert network.name == "first name"
    for model in (AuditEvent, OutboxMessage, IdempotencyKey, DBTaskResult):
        assert not model._default_manager.exists()


def test_a_change_without_an_event_fails(network: Organisation) -> None:
    with pytest.raises(AssertionError, match="recorded no audit event"), change("rename", by=ROBOT):
        Organisation.objects.update(name="unseen")
    network.refresh_from_db()
    assert network.name == "first name"


def test_a_change_inside_another_is_refused(network: Organisation) -> None:
    with pytest.raises(RuntimeError, match="durable"), change("outer", by=ROBOT) as c:
        c.record(network)
        rename(network, "inner")


def test_events_keep_what_they_were_told_when_the_values_change_later(network: Organisation) -> None:
    after = {"names": ["one"]}
    with change("rename", by=ROBOT) as c:
        c.record(network, after=after)
        after["names"].append("two")
    assert AuditEvent.objects.get().after == {"names": ["one"]}


class TestKeys:
    def test_the_same_key_answers_what_was_answered_then(self, network: Organisation) -> None:
        rename(network, "second name", key="a")
        with pytest.raises(AlreadyDone) as done:
            rename(network, "third name", key="a")
        assert done.value.result == {"name": "second name"}
        assert AuditEvent.objects.count() == 1

    def test_another_actor_cannot_read_the_answer_by_guessing_the_key(self, network: Organisation) -> None:
        rename(network, "second name", key="a")
        with change("rename", by=Actor("person", "7", "Somebody else"), key="a") as c:
            c.record(network)
        assert IdempotencyKey.objects.count() == 2

    @pytest.mark.django_db(transaction=True)
    def test_of_many_at_once_exactly_one_is_carried_out(self) -> None:
        network = Organisation.objects.create(kind="network", name="first name")
        ready = threading.Barrier(8)

        def press_the_button(_: int) -> str:
            try:
                ready.wait()
                rename(network, "second name", key="double click")
                return "done"
            except AlreadyDone as done:
                return f"already {done.result['name']}"
            finally:
                connections.close_all()

        with ThreadPoolExecutor(8) as threads:
            answers = sorted(threads.map(press_the_button, range(8)))
        assert answers == ["already second name"] * 7 + ["done"]
        assert (AuditEvent.objects.count(), OutboxMessage.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_make_one_chain() -> None:
    network = Organisation.objects.create(kind="network", name="0")

    def write(number: int) -> None:
        try:
            for turn in range(10):
                with change("count", by=ROBOT) as c:
                    c.record(network, after={"number": number, "turn": turn})
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(4)))
    assert AuditEvent.objects.count() == 40
    assert verify_chain() is None


class TestTampering:
    """The database's own triggers are set aside here: whoever can edit the file can do that too."""

    @pytest.fixture
    def chain(self, network: Organisation) -> Iterator[list[int]]:
        for number in range(12):
            with change("count", by=ROBOT) as c:
                c.record(network, before={"n": number}, after={"n": number + 1})
                c.record(network, after={"text": f"event {number}"})
        assert verify_chain() is None
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("ALTER TABLE shared_auditevent DISABLE TRIGGER USER")
            else:
                cursor.execute("DROP TRIGGER audit_event_no_update")
        yield list(AuditEvent.objects.values_list("sequence", flat=True))

    def test_every_edit_deletion_and_exchange_is_found(self, chain: list[int]) -> None:
        dice = random.Random(2030)
        text_columns = [
            f.column for f in AuditEvent._meta.concrete_fields if isinstance(f, models.CharField | models.TextField)
        ]

        def edit(sequence: int) -> None:
            # The new text is not the old one, whichever column it is: a mark no event has.
            column, value = dice.choice(text_columns), f'"{dice.random()}"'
            run(f"UPDATE shared_auditevent SET {column} = %s WHERE sequence = %s", [value[:20], sequence])

        def edit_time(sequence: int) -> None:
            later = datetime.datetime(2031, 1, 1, dice.randrange(24), tzinfo=datetime.UTC)
            run("UPDATE shared_auditevent SET at = %s WHERE sequence = %s", [later, sequence])

        def delete(sequence: int) -> None:
            run("DELETE FROM shared_auditevent WHERE sequence = %s", [sequence])

        def exchange(sequence: int) -> None:
            other = dice.choice([s for s in chain if s != sequence])
            for old, new in ((sequence, 1000), (other, sequence), (1000, other)):
                run("UPDATE shared_auditevent SET sequence = %s WHERE sequence = %s", [new, old])

        def cut_off_the_end(sequence: int) -> None:
            run("DELETE FROM shared_auditevent WHERE sequence >= %s", [sequence])

        found = 0
        for number in range(200):
            tamper = (edit, delete, exchange, edit_time, cut_off_the_end)[number % 5]
            mark = transaction.savepoint()
            tamper(dice.choice(chain))
            found += verify_chain() is not None
            transaction.savepoint_rollback(mark)
        assert found == 200
        assert verify_chain() is None  # and the untouched chain still holds

    def test_the_first_broken_event_is_named(self, chain: list[int]) -> None:
        run("UPDATE shared_auditevent SET actor_name = 'nobody' WHERE sequence IN (7, 9)")
        broken = verify_chain()
        assert broken is not None and broken.sequence == 7

    def test_a_head_that_was_set_back_is_found(self, chain: list[int]) -> None:
        AuditHead.objects.update(sequence=3)
        assert verify_chain() is not None


def run(sql: str, values: list[object] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or [])


class TestAppendOnly:
    def test_the_orm_refuses(self, network: Organisation) -> None:
        rename(network, "second name")
        event = AuditEvent.objects.get()
        for attempt in (
            event.save,
            event.delete,
            AuditEvent.objects.all().delete,
            lambda: AuditEvent.objects.update(action="other"),
            lambda: AuditEvent.objects.bulk_update([event], ["action"]),
        ):
            with pytest.raises(AppendOnly):
                attempt()

    def test_the_database_refuses(self, network: Organisation) -> None:
        if connection.vendor == "sqlite":  # the tests do without one of the triggers; here it is again
            migration = importlib.import_module("dugnad.shared.migrations.0001_initial")
            run(migration.TRIGGERS["sqlite"][1])
        rename(network, "second name")
        for sql in ("UPDATE shared_auditevent SET action = 'other'", "DELETE FROM shared_auditevent"):
            with pytest.raises(DatabaseError, match="never"), transaction.atomic():
                run(sql)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(after=st.dictionaries(st.text(max_size=5), json_values, max_size=4))
def test_any_content_is_read_back_as_it_was_written(network: Organisation, after: dict[str, Any]) -> None:
    """Letters that databases refuse (NUL, half a surrogate) and numbers that they rewrite (1e22) included."""
    with change("any", by=ROBOT) as c:
        c.record(network, after=after)
    assert AuditEvent.objects.order_by("sequence").last().after == after
    assert verify_chain() is None


class TestOutbox:
    def test_messages_reach_the_handler_of_their_topic_in_order_and_once(
        self, network: Organisation, settings: Any
    ) -> None:
        settings.OUTBOX_HANDLERS = {"renamed": f"{__name__}.remember"}
        received.clear()
        rename(network, "second name")
        rename(network, "third name")
        assert deliver_outbox.call() == 2
        assert deliver_outbox.call() == 0
        assert received == [{"name": "second name"}, {"name": "third name"}]

    def test_a_failing_handler_is_tried_again_later_and_holds_up_nobody(
        self, network: Organisation, settings: Any
    ) -> None:
        settings.OUTBOX_HANDLERS = {"renamed": f"{__name__}.refuse_second"}
        received.clear()
        rename(network, "second name")
        rename(network, "third name")
        tasks = DBTaskResult.objects.count()
        assert deliver_outbox.call() == 1
        waiting = OutboxMessage.objects.get(delivered_at=None)
        assert (waiting.payload, waiting.attempts) == ({"name": "second name"}, 1)
        assert DBTaskResult.objects.count() == tasks + 1  # the next attempt is on the queue


received: list[dict[str, Any]] = []


def remember(payload: dict[str, Any]) -> None:
    received.append(payload)


def refuse_second(payload: dict[str, Any]) -> None:
    if payload["name"] == "second name":
        raise RuntimeError("not now")
    remember(payload)


@pytest.fixture
def note(db: None) -> Any:
    """A thing two people edit: a table for one test."""
    with isolate_apps("dugnad.shared"):

        class Note(Versioned):
            title = models.CharField(max_length=50)
            text = models.TextField()

            class Meta:
                app_label = "shared"
                db_table = "test_note"

    run(
        "CREATE TABLE test_note (id bigint PRIMARY KEY, version integer NOT NULL,"
        " title varchar(50) NOT NULL, text text NOT NULL)"
    )
    Note.objects.create(pk=1, title="Plan", text="first")
    return Note


class TestEditConflict:
    def test_the_second_editor_is_refused_and_sees_both_texts(self, note: Any) -> None:
        mine, theirs = note.objects.get(), note.objects.get()
        theirs.text = "theirs"
        save_version(theirs, expected=1)
        mine.text = "mine"
        with pytest.raises(EditConflict) as conflict:
            save_version(mine, expected=1)
        assert (conflict.value.yours, conflict.value.theirs) == ({"text": "mine"}, {"text": "theirs"})
        assert (note.objects.get().text, note.objects.get().version) == ("theirs", 2)

    def test_a_thing_that_is_gone_is_not_made_again(self, note: Any) -> None:
        mine = note.objects.get()
        note.objects.all().delete()
        with pytest.raises(EditConflict) as conflict:
            save_version(mine, expected=1)
        assert conflict.value.theirs is None
