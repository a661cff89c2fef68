"""The one write path.

Every change is one transaction that holds the change itself, the audit event that tells of it, the messages to send
afterwards, and the key that makes a repeated request harmless:

    with change("adopt_plan", by=Actor.person(user), key=form_key) as c:
        plan.status = "adopted"
        plan.save()
        c.record(plan, before={"status": "draft"}, after={"status": "adopted"})
        c.send("plan_adopted", {"plan": plan.pk})

When the block ends without an exception, all of it is on the disk; otherwise none of it.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext

from dugnad.shared.models import AuditEvent, AuditHead, IdempotencyKey, OutboxMessage, canonical_json
from dugnad.shared.outbox import deliver_outbox


@dataclass(frozen=True)
class Actor:
    """Who acts, and on whose behalf (an organisation's name, empty for oneself)."""

    kind: str
    id: str
    name: str
    on_behalf_of: str = ""

    @classmethod
    def person(cls, person: Any, on_behalf_of: str = "") -> "Actor":
        assert person.pk is not None, "an anonymous visitor cannot change anything"
        return cls("person", str(person.pk), person.name, on_behalf_of)

    @classmethod
    def system(cls, name: str) -> "Actor":
        """The platform itself, named by what it does: `Actor.system("import")`."""
        return cls("system", name, name)

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


class AlreadyDone(Exception):
    """The same request was carried out before; `result` is what it answered then."""

    def __init__(self, result: Any) -> None:
        super().__init__("already done")
        self.result = result


@dataclass
class Change:
    """One change under way: what has been recorded and sent so far, and the `result` to keep under its key."""

    action: str
    by: Actor
    result: Any = None
    events: list[dict[str, Any]] = field(default_factory=list)
    messages: list[OutboxMessage] = field(default_factory=list)

    def record(
        self, thing: models.Model, *, before: dict[str, Any] | None = None, after: dict[str, Any] | None = None
    ) -> None:
        """One audit event about a stored thing: `before` is None when it is new, `after` when it is gone."""
        assert thing.pk is not None, f"store the {thing._meta.verbose_name} before recording it"
        # As it will be read back (dates as text, keys as text), so that the hash of what was stored is the same.
        before, after = (json.loads(canonical_json(value)) for value in (before, after))
        self.events.append(
            {"thing_type": thing._meta.label_lower, "thing_id": str(thing.pk), "before": before, "after": after}
        )

    def send(self, topic: str, payload: dict[str, Any]) -> None:
        """A message to deliver after the change, by the handler of its topic (see `dugnad.shared.outbox`)."""
        self.messages.append(OutboxMessage(topic=topic, payload=payload))


@contextmanager
def change(action: str, *, by: Actor, key: str | None = None) -> Iterator[Change]:
    """Opens the one transaction of a change; raises AlreadyDone when this actor's `key` has been used for the action.

    A change inside another, or inside any other transaction, is refused: only an outermost transaction is on the disk
    when it ends.
    """
    with transaction.atomic(durable=True):
        now = timezone.now()
        done = None
        if key is not None:
            # A second writer with the same key waits here until the first has committed, then finds its row.
            done, is_new = IdempotencyKey.objects.get_or_create(
                action=action, actor=str(by), key=key, defaults={"at": now}
            )
            if not is_new:
                raise AlreadyDone(done.result)
        open_change = Change(action, by)
        yield open_change
        assert open_change.events, f"{action} recorded no audit event: call c.record(thing, before=…, after=…)"
        if done is not None:
            done.result = open_change.result
            done.save(update_fields=["result"])
        if open_change.messages:
            for message in open_change.messages:
                message.at = now
            OutboxMessage.objects.bulk_create(open_change.messages)
            deliver_outbox.enqueue()
        _append(open_change, now)


def _append(done: Change, at: datetime) -> None:
    """Adds the events to the chain. Last in the transaction: the lock on the head is held as briefly as can be."""
    head, _ = AuditHead.objects.select_for_update().get_or_create(pk=1)
    events = []
    for recorded in done.events:
        event = AuditEvent(
            sequence=head.sequence + 1,
            at=at,
            actor_kind=done.by.kind,
            actor_id=done.by.id,
            actor_name=done.by.name,
            on_behalf_of=done.by.on_behalf_of,
            action=done.action,
            previous=head.hash,
            **recorded,
        )
        event.hash = _hash(event)
        events.append(event)
        head.sequence, head.hash = event.sequence, event.hash
    AuditEvent.objects.bulk_create(events, batch_size=1000)
    head.save()


def _hash(event: AuditEvent) -> str:
    """SHA-256 of everything the event says, the hash of the event before it included."""
    content = {f.attname: getattr(event, f.attname) for f in event._meta.concrete_fields if f.attname != "hash"}
    content["at"] = event.at.astimezone(UTC).isoformat()
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


@dataclass(frozen=True)
class BrokenLink:
    """The first place where the chain of audit events does not hold, and why in the reader's language."""

    sequence: int
    why: str


def verify_chain() -> BrokenLink | None:
    """Reads the whole chain: None when every event is as it was written, otherwise the first that is not."""
    sequence, previous = 0, ""
    for event in AuditEvent.objects.order_by("sequence").iterator():
        sequence += 1
        if event.sequence != sequence:
            return BrokenLink(sequence, gettext("the event is missing"))
        if event.previous != previous:
            return BrokenLink(sequence, gettext("the event does not follow from the one before it"))
        if event.hash != _hash(event):
            return BrokenLink(sequence, gettext("the event was changed after it was written"))
        previous = event.hash
    head = AuditHead.objects.filter(pk=1).first() or AuditHead()
    if (head.sequence, head.hash) != (sequence, previous):
        return BrokenLink(sequence + 1, gettext("the events after this one are missing, or the head was changed"))
    return None


class Versioned(models.Model):
    """A thing several people may edit: saved with `save_version`, never over somebody else's edit."""

    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True


class EditConflict(Exception):
    """Somebody else saved first. `yours` and `theirs` hold the fields that differ, for the reader to choose from."""

    def __init__(self, yours: dict[str, Any], theirs: dict[str, Any] | None) -> None:
        super().__init__("somebody else has changed this since you began")
        self.yours, self.theirs = yours, theirs


def save_version(thing: Versioned, *, expected: int) -> None:
    """Stores the thing if its version is still the `expected` one (the one its editor was shown), else EditConflict.

    `theirs` is None when the thing was deleted meanwhile.
    """
    fields = [f for f in thing._meta.concrete_fields if not f.primary_key and f.name != "version"]
    yours = {f.attname: f.pre_save(thing, add=False) for f in fields}
    stored = type(thing)._base_manager.filter(pk=thing.pk)
    if stored.filter(version=expected).update(**yours, version=expected + 1):
        thing.version = expected + 1
        return
    theirs = stored.values().first()
    if theirs is None:
        raise EditConflict(yours, None)
    differ = [name for name in yours if yours[name] != theirs[name]]
    raise EditConflict({name: yours[name] for name in differ}, {name: theirs[name] for name in differ})
