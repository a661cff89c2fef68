"""Every write about checks: what a run found, and why a hit is no fault."""

from collections.abc import Mapping

from django.utils import timezone

from dugnad.shared.writing import Actor, change
from dugnad.status.checks.model import Hit
from dugnad.status.checks.running import COLUMNS
from dugnad.status.models import CheckRun, Problem, ProblemNote

ABOUT = ("code", "dataset", "indicator", "place", "period", "breakdown")


def record_run(*, found: Mapping[str, tuple[int, list[Hit]]], snapshot: int, by: Actor) -> CheckRun:
    """Keep what a run found in place of what the one before it did."""
    with change("record_check_run", by=by) as c:
        counts = {code: count for code, (count, _hits) in found.items() if count}
        run = CheckRun.objects.create(snapshot_id=snapshot, at=timezone.now(), counts=counts)
        CheckRun.objects.exclude(pk=run.pk).delete()
        Problem.objects.bulk_create(
            (
                Problem(run=run, code=hit.check, **{name: getattr(hit, name) for name in (*COLUMNS, "status")})
                for _count, hits in found.values()
                for hit in hits
            ),
            batch_size=500,
        )
        c.record(run, after={"snapshot": snapshot, "counts": counts})
    return run


def explain_problem(*, problem: Problem, reason: str, by: Actor) -> ProblemNote:
    """Write why a hit is no fault. It stays listed, as explained, until its value changes; a new reason replaces the
    old one, which the audit log keeps."""
    about = {name: getattr(problem, name) for name in ABOUT}
    with change("explain_problem", by=by) as c:
        before = ProblemNote.objects.select_for_update().filter(**about).first()
        note, _made = ProblemNote.objects.update_or_create(
            **about, defaults={"value": problem.value, "reason": reason, "by": by.name, "at": timezone.now()}
        )
        c.record(
            note,
            before=None if before is None else {"reason": before.reason, "value": before.value},
            after={**about, "reason": reason, "value": problem.value},
        )
    return note
