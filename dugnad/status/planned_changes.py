"""Every write of the release calendar: promise a release for a moment, move or cancel it, publish it when it comes.

    schedule_release -> a task on the queue for the moment -> publish_planned -> changes.publish_release

The task is in the database, so a worker that was down at the moment publishes when it is up again. Nothing of a planned
release is in a snapshot before its moment, and readers see snapshots only.
"""

from datetime import datetime, timedelta

import structlog
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django_tasks import task

from dugnad.shared.errors import Refusal
from dugnad.shared.text import translate
from dugnad.shared.writing import Actor, change
from dugnad.status import changes, rules, store
from dugnad.status.models import EarlyAccess, PlannedRelease, Release, StagedImport

log = structlog.get_logger(__name__)
BY = "release calendar"
AGAIN = timedelta(seconds=5)  # after a fault that may pass


def schedule_release(
    *,
    staged: StagedImport,
    publish_at: datetime,
    reason: dict[str, str] | None = None,
    cause: str = Release.Kind.REVISED,
    note: dict[str, str] | None = None,
    key: str | None = None,
    by: Actor,
) -> PlannedRelease:
    """Promise a staged import for a moment. The calendar shows the promise and the `note`, nothing of the numbers.

    The files are written now; when the moment comes, one transaction is left to do.
    """
    _refuse_past(publish_at)
    if staged.errors:
        first = staged.errors[0].translated(_)
        raise Refusal(_("The import has errors: %(what)s") % {"what": first.what}, first.where, first.remedy)
    table = store.staged_table(staged.sha256)
    difference = rules.compare(changes.last_table(staged.dataset), table)
    if (difference.changed or difference.vanished) and not reason:
        raise Refusal(
            _("Published values would change: %(changed)d changed, %(vanished)d gone")
            % {"changed": difference.changed, "vanished": difference.vanished},
            staged.dataset_id,
            _("State the reason, and whether it corrects an error."),
        )
    store.write_release_files(table)
    with change("schedule_release", by=by, key=key) as c:
        locked = StagedImport.objects.select_for_update().get(pk=staged.pk)
        if locked.state != StagedImport.State.STAGED or locked.plans.filter(state="planned").exists():
            raise Refusal(
                _("This import is planned or published already"), str(locked), _("See its page for what you can do.")
            )
        planned = PlannedRelease.objects.create(
            staged=locked,
            publish_at=publish_at,
            reason=reason or {},
            cause=cause,
            note=note or {},
            announced_at=timezone.now(),
            planned_by=by.name,
        )
        c.record(planned, after={"import": locked.pk, "publish_at": publish_at, "note": note or {}})
        _put_on_queue(planned)
    return planned


def move_release(
    *, planned: PlannedRelease, publish_at: datetime, why: dict[str, str], key: str | None = None, by: Actor
) -> None:
    """Promise another moment. What was promised before stays in the calendar, with why."""
    _refuse_past(publish_at)
    with change("move_release", by=by, key=key) as c:
        locked = _still_planned(planned)
        before = locked.publish_at
        locked.moved = [*locked.moved, {"from": before.isoformat(), "why": why, "at": timezone.now().isoformat()}]
        locked.publish_at = publish_at
        locked.save(update_fields=["moved", "publish_at"])
        c.record(locked, before={"publish_at": before}, after={"publish_at": publish_at, "why": why})
        _put_on_queue(locked)


def cancel_release(*, planned: PlannedRelease, why: dict[str, str], key: str | None = None, by: Actor) -> None:
    """Take a promise back, with why. The import waits as before."""
    with change("cancel_release", by=by, key=key) as c:
        locked = _still_planned(planned)
        _end(locked, PlannedRelease.State.CANCELLED, why)
        c.record(locked, before={"state": "planned"}, after={"state": "cancelled", "why": why})


def note_early_access(*, planned: PlannedRelease, by: Actor) -> None:
    """Log that somebody looks at the numbers of a planned release before its moment; once for each."""
    if planned.seen_by.filter(person=str(by)).exists():
        return
    with change("see_planned_release", by=by) as c:
        EarlyAccess.objects.get_or_create(
            planned=planned, person=str(by), defaults={"name": by.name, "at": timezone.now()}
        )
        c.record(planned, after={"seen_by": by.name})


@task(priority=50)
def publish_planned(pk: int) -> str:
    """Publish a planned release whose moment has come: what became of it. A promise that was moved has another task."""
    planned = PlannedRelease.objects.select_related("staged__dataset").get(pk=pk)
    if planned.state != PlannedRelease.State.PLANNED or planned.publish_at > timezone.now():
        return planned.state
    by = Actor.system(BY)
    try:
        changes.publish_release(staged=planned.staged, reason=planned.reason or None, cause=planned.cause, by=by)
    except Refusal as refusal:
        log.error("planned_release_stopped", planned=pk, why=str(refusal))
        with change("stop_release", by=by) as c:
            locked = _still_planned(planned)
            _end(locked, PlannedRelease.State.STOPPED, {get_language() or "nb": str(refusal)})
            c.record(locked, before={"state": "planned"}, after={"state": "stopped", "why": str(refusal)})
    except Exception:
        log.exception("planned_release_failed", planned=pk)
        publish_planned.using(run_after=timezone.now() + AGAIN).enqueue(pk)
        raise
    planned.refresh_from_db()
    return planned.state


def take_up_planned() -> None:
    """Put every promise on the queue again: for a worker that begins, whatever happened to the one before."""
    for planned in PlannedRelease.objects.filter(state=PlannedRelease.State.PLANNED):
        _put_on_queue(planned)


def _put_on_queue(planned: PlannedRelease) -> None:
    publish_planned.using(run_after=planned.publish_at).enqueue(planned.pk)


def _still_planned(planned: PlannedRelease) -> PlannedRelease:
    locked = PlannedRelease.objects.select_for_update().get(pk=planned.pk)
    if locked.state != PlannedRelease.State.PLANNED:
        raise Refusal(
            _("This release is %(state)s") % {"state": locked.get_state_display()},
            translate(locked.staged.dataset.title),
            _("Only a planned release can be moved or cancelled."),
        )
    return locked


def _end(planned: PlannedRelease, state: str, why: dict[str, str]) -> None:
    planned.state, planned.why, planned.ended_at = state, why, timezone.now()
    planned.save(update_fields=["state", "why", "ended_at"])


def _refuse_past(moment: datetime) -> None:
    if moment <= timezone.now():
        raise Refusal(
            _("The moment has passed"), timezone.localtime(moment).strftime("%Y-%m-%d %H:%M"), _("Choose a later one.")
        )
