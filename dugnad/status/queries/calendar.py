"""Which releases are to come, and were the promises of those that came kept?"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils import timezone

from dugnad.status.models import Dataset, PlannedRelease, Release

MOST = 100


@dataclass(frozen=True)
class Entry:
    """A release in the calendar: promised for a moment, or only expected on a day (then `planned` is None)."""

    dataset: Dataset
    day: date
    planned: PlannedRelease | None = None

    @property
    def release(self) -> Release | None:
        return getattr(self.planned.staged, "release", None) if self.planned else None

    @property
    def seconds_late(self) -> float:
        """How long after the promised moment readers saw it."""
        if self.planned is None or self.release is None:
            return 0.0
        return (self.release.published_at - self.planned.publish_at).total_seconds()

    @property
    def is_late(self) -> bool:
        return self.seconds_late > 60

    @property
    def promises(self) -> list[tuple[datetime, dict[str, str]]]:
        """What was promised before, oldest first, and why it was moved."""
        moved = self.planned.moved if self.planned else []
        return [(datetime.fromisoformat(step["from"]), step["why"]) for step in moved]


@dataclass(frozen=True)
class Calendar:
    """What is to come, soonest first, and what has been promised before, newest first."""

    coming: tuple[Entry, ...]
    past: tuple[Entry, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self.coming + self.past


def calendar() -> Calendar:
    """The release calendar. It tells of moments and promises, and nothing of numbers."""
    planned = PlannedRelease.State.PLANNED
    coming = [_entry(plan) for plan in _plans().filter(state=planned)[:MOST]]
    promised = {entry.dataset.key for entry in coming}
    expected = Dataset.objects.filter(next_release_on__gte=timezone.localdate()).exclude(key__in=promised)
    for dataset in expected.select_related("provider").order_by("next_release_on", "key")[:MOST]:
        assert dataset.next_release_on is not None
        coming.append(Entry(dataset, dataset.next_release_on))
    past = _plans().exclude(state=planned).order_by("-publish_at", "-id")[:MOST]
    return Calendar(tuple(sorted(coming, key=lambda entry: entry.day)), tuple(map(_entry, past)))


def _plans() -> QuerySet[PlannedRelease]:
    return PlannedRelease.objects.select_related("staged__dataset__provider", "staged__release")


def _entry(planned: PlannedRelease) -> Entry:
    return Entry(planned.staged.dataset, timezone.localdate(planned.publish_at), planned)
