"""Which releases are to come, and were the promises of those that came kept?"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils import timezone

from dugnad.status.models import Dataset, ExpectedRelease, PlannedRelease, Release

MOST = 100


@dataclass(frozen=True, slots=True)
class Coming:
    """The next release of a dataset, as it was known at a moment: promised here, or only expected by the source."""

    dataset: str
    day: date
    is_promised: bool


def coming_at(moment: datetime) -> tuple[Coming, ...]:
    """What was known at a moment of the releases to come, by dataset: of promises the first, else the source's word.

    >>> coming_at(datetime(2026, 3, 9, 12, tzinfo=UTC))
    (Coming("unemployment", date(2026, 4, 1), is_promised=True),)
    """
    found = {said.dataset_id: Coming(said.dataset_id, said.day, False) for said in _said_by(moment)}
    promised = PlannedRelease.objects.filter(announced_at__lte=moment).exclude(ended_at__lte=moment)
    days = [(promise.promised_at(moment), promise.staged.dataset_id) for promise in promised.select_related("staged")]
    for at, dataset in sorted(days, reverse=True):
        found[dataset] = Coming(dataset, timezone.localdate(at), True)
    return tuple(found[dataset] for dataset in sorted(found))


def _said_by(moment: datetime) -> QuerySet[ExpectedRelease]:
    """What sources have said of their next figures, the last word last."""
    return ExpectedRelease.objects.filter(said_at__lte=moment)


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
    last_words = {said.dataset_id: said for said in _said_by(timezone.now()).select_related("dataset__provider")}
    expected = [said for said in last_words.values() if said.dataset_id not in promised]
    for said in sorted(expected, key=lambda said: (said.day, said.dataset_id))[:MOST]:
        if said.day >= timezone.localdate():
            coming.append(Entry(said.dataset, said.day))
    past = _plans().exclude(state=planned).order_by("-publish_at", "-id")[:MOST]
    return Calendar(tuple(sorted(coming, key=lambda entry: entry.day)), tuple(map(_entry, past)))


def _plans() -> QuerySet[PlannedRelease]:
    return PlannedRelease.objects.select_related("staged__dataset__provider", "staged__release")


def _entry(planned: PlannedRelease) -> Entry:
    return Entry(planned.staged.dataset, timezone.localdate(planned.publish_at), planned)
