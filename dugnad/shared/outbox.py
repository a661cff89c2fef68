"""Delivers what changes have sent.

`OUTBOX_HANDLERS` in the settings names, for each topic, the function that takes the payload:

    OUTBOX_HANDLERS = {"release_published": "dugnad.site.changes.render_pages"}

A message can arrive twice (the worker may be killed between handling and marking): handlers must bear it.
"""

from datetime import timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks import task

from dugnad.shared.models import OutboxMessage

log = structlog.get_logger(__name__)
_LONGEST_WAIT = timedelta(hours=1)


@task
def deliver_outbox() -> int:
    """Delivers waiting messages, oldest first; how many. A message whose handler fails is tried again later.

    Every change that sends something puts this task on the queue, in its own transaction; `dugnad worker` runs it.
    A topic that nobody handles is delivered to nobody.
    """
    delivered, last = 0, 0
    wait: timedelta | None = None
    while True:
        with transaction.atomic():
            waiting = OutboxMessage.objects.select_for_update(skip_locked=True).filter(delivered_at=None, pk__gt=last)
            message = waiting.order_by("pk").first()
            if message is None:
                break
            last = message.pk
            message.attempts += 1
            try:
                with transaction.atomic():
                    if handler := settings.OUTBOX_HANDLERS.get(message.topic):
                        import_string(handler)(message.payload)
            except Exception:
                log.exception("outbox_failed", topic=message.topic, message=message.pk, attempts=message.attempts)
                again = min(timedelta(seconds=2**message.attempts), _LONGEST_WAIT)
                wait = again if wait is None else min(wait, again)
            else:
                message.delivered_at = timezone.now()
                delivered += 1
            message.save()
    if wait is not None:
        deliver_outbox.using(run_after=timezone.now() + wait).enqueue()
    return delivered
