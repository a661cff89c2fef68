"""What the write path stores: the chain of audit events, the outbox, the keys of requests already done.

Written only by `dugnad.shared.writing`.
"""

import json
from typing import Any, NoReturn

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models


def canonical_json(value: object) -> str:
    """The one writing of a value: sorted keys, no blanks, ASCII only, so that its hash is the same on every database.

    >>> canonical_json({"b": 1, "a": "Å"})
    '{"a":"\\\\u00c5","b":1}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, cls=DjangoJSONEncoder)


class CanonicalJSONField(models.TextField):
    """JSON kept letter for letter: a database's own JSON type rewrites numbers, and the hash would no longer hold."""

    def from_db_value(self, value: str | None, *_: object) -> Any:
        if value is None:
            return None
        try:
            return json.loads(value)
        except json.JSONDecodeError:  # tampered with: it must still load for the check of the chain to name it
            return value

    def get_prep_value(self, value: object) -> str | None:
        return None if value is None else canonical_json(value)


class AppendOnly(Exception):
    """Somebody tried to change or delete what may only be added to."""


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def update(self, **_: object) -> NoReturn:
        raise AppendOnly("Audit events are never changed; record a new one.")

    def delete(self) -> NoReturn:
        raise AppendOnly("Audit events are never deleted.")

    def for_thing(self, thing: models.Model) -> "AuditEventQuerySet":
        """What happened to one thing, oldest first."""
        return self.filter(thing_type=thing._meta.label_lower, thing_id=str(thing.pk)).order_by("sequence")


class AuditEvent(models.Model):
    """Who did what to which thing, and when; each event carries the hash of the one before it.

    Ordered by `sequence`, not by the clock, which may be set back. Triggers in the database refuse changes too.
    """

    sequence = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=20)
    actor_id = models.CharField(max_length=100)
    actor_name = models.CharField(max_length=200)
    on_behalf_of = models.CharField(max_length=200, blank=True)
    action = models.CharField(max_length=100)
    thing_type = models.CharField(max_length=100)
    thing_id = models.CharField(max_length=200)
    before = CanonicalJSONField(null=True)
    after = CanonicalJSONField(null=True)
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, unique=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ["sequence"]
        indexes = [models.Index(fields=["thing_type", "thing_id"], name="audit_event_thing")]
        constraints = [models.CheckConstraint(condition=models.Q(sequence__gte=1), name="audit_event_sequence")]

    def __str__(self) -> str:
        return f"{self.sequence} {self.action} {self.thing_type} {self.thing_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("Audit events are never changed; record a new one.")
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *_: object, **__: object) -> NoReturn:
        raise AppendOnly("Audit events are never deleted.")


class AuditHead(models.Model):
    """The last event of the chain: one row, locked by the writer who appends, so that all writers make one chain."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    sequence = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="audit_head_is_one_row")]

    def __str__(self) -> str:
        return f"{self.sequence} {self.hash}"


class OutboxMessage(models.Model):
    """What must happen after a change, stored with it: sent if and only if the change was."""

    at = models.DateTimeField()
    topic = models.CharField(max_length=100)
    payload = models.JSONField(encoder=DjangoJSONEncoder)
    attempts = models.PositiveIntegerField(default=0)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(delivered_at__isnull=True), name="outbox_message_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.pk}"


class IdempotencyKey(models.Model):
    """A request that was carried out, and what it answered: the same key again gets the same answer."""

    action = models.CharField(max_length=100)
    actor = models.CharField(max_length=121)
    key = models.CharField(max_length=200)
    at = models.DateTimeField()
    result = models.JSONField(null=True, encoder=DjangoJSONEncoder)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["action", "actor", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return f"{self.action} {self.key}"
