"""What is stored about published numbers. The numbers themselves lie in Parquet files that these rows name."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dugnad.shared.text import translate
from dugnad.status.disclosure.model import THRESHOLD
from dugnad.status.observations import Finding


class Method(models.TextChoices):
    """How small numbers are protected."""

    SUPPRESS = "suppress", _("hidden")
    ROUND = "round", _("rounded")


class Protection(NamedTuple):
    """Counts below the threshold are protected; with 0 only what the source itself has hidden."""

    threshold: int
    method: str


class Provider(models.Model):
    """Who delivers data: Statistics Norway, the Norwegian Environment Agency, a municipality."""

    key = models.SlugField(primary_key=True)
    name = models.JSONField()  # translated text
    url = models.URLField(blank=True)
    threshold = models.PositiveSmallIntegerField(default=THRESHOLD)  # smaller counts are protected; 0: none
    method = models.CharField(max_length=8, choices=Method.choices, default=Method.SUPPRESS)

    def __str__(self) -> str:
        return self.key


# What the sources say of use where they state no licence by name.
LICENCES = {
    "open-data": _("open data, no licence stated"),
    "cited-figures": _("published figures, cited with source"),
}


class Dataset(models.Model):
    """A collection of numbers that is published again and again, each time as a new `Release`."""

    key = models.SlugField(primary_key=True)
    title = models.JSONField()  # translated text
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="datasets")
    reader = models.SlugField()  # the module in status/providers that reads the raw answer
    licence = models.CharField(max_length=60)  # as SPDX writes it (CC-BY-4.0, NLOD-2.0), or a key of LICENCES
    threshold = models.PositiveSmallIntegerField(null=True, blank=True)  # null: as the provider's
    method = models.CharField(max_length=8, choices=Method.choices, blank=True)  # empty: as the provider's
    rates = models.JSONField(default=dict, blank=True)  # of a rate the published counts it is the quotient of

    def __str__(self) -> str:
        return self.key

    @property
    def protection(self) -> Protection:
        """How its small numbers are protected: as it says itself, or else its provider."""
        threshold = self.provider.threshold if self.threshold is None else self.threshold
        return Protection(threshold, self.method or self.provider.method)

    @property
    def licence_name(self) -> str:
        """The licence in the reader's language, or as SPDX writes it."""
        return str(LICENCES.get(self.licence, self.licence))


class ExpectedRelease(models.Model):
    """The day on which a source has said that its next figures come; no promise of ours. The last word counts."""

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="expected")
    day = models.DateField()
    said_at = models.DateTimeField()

    class Meta:
        ordering = ["said_at", "id"]

    def __str__(self) -> str:
        return f"{self.dataset_id} {self.day}"


class Cited(NamedTuple):
    """Where a figure comes from, in the reader's language."""

    publisher: str
    title: str
    url: str


class RawFile(models.Model):
    """A raw answer exactly as received, kept under its SHA-256, with where and when it was got."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=100)
    name = models.CharField(max_length=300)
    received_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


def _told(text: str | dict[str, str]) -> str:
    """A text as the publisher writes it, or in the reader's language where it is said in several."""
    return text if isinstance(text, str) else translate(text)


class StagedImport(models.Model):
    """A raw file read and checked, waiting for a person to publish or refuse it."""

    class State(models.TextChoices):
        STAGED = "staged", _("waiting")
        PUBLISHED = "published", _("published")
        REFUSED = "refused", _("refused")

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="imports")
    raw = models.ForeignKey(RawFile, on_delete=models.PROTECT, related_name="imports")
    kind = models.CharField(max_length=12)  # preliminary or final, as the source says
    origin = models.JSONField()  # publisher, title, url, retrieved_on, period_note, finer sources by indicator
    borders_on = models.DateField(null=True, blank=True)  # whose borders the codes follow; null: those of the period
    mapping = models.JSONField()
    staged_at = models.DateTimeField()
    staged_by = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.STAGED)
    row_count = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)  # of the staged observations
    findings = models.JSONField(default=list)
    difference = models.JSONField(default=dict)
    protection = models.JSONField(default=dict)  # threshold, method, and how many numbers were hidden or rounded

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.dataset_id} {self.staged_at:%Y-%m-%d}"

    @property
    def source_title(self) -> str:
        """What the source is called, in the reader's language where the plan says it in several."""
        return _told(self.origin.get("title", ""))

    @property
    def all_findings(self) -> list[Finding]:
        """Errors first, then warnings, then notes."""
        levels = ["error", "warning", "note"]
        return sorted(map(Finding.from_dict, self.findings), key=lambda finding: levels.index(finding.level))

    def is_protected_as(self, protection: Protection) -> bool:
        """Whether its small numbers were protected in this way."""
        return (self.protection.get("threshold"), self.protection.get("method")) == tuple(protection)

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.all_findings if finding.level == "error"]

    @property
    def warnings(self) -> list[Finding]:
        return [finding for finding in self.all_findings if finding.level == "warning"]


class Release(models.Model):
    """One publication of a dataset: immutable files named by their SHA-256, and this manifest."""

    class Kind(models.TextChoices):
        PRELIMINARY = "preliminary", _("preliminary")
        FINAL = "final", _("not marked as preliminary")
        REVISED = "revised", _("revised")
        CORRECTED = "corrected", _("corrected")
        METHOD = "method", _("new method")

    CHANGING = (Kind.REVISED, Kind.CORRECTED, Kind.METHOD)  # those that say why published values became others

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="releases")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    reason = models.JSONField(default=dict, blank=True)  # translated text; why an earlier release was replaced
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=200)
    replaces = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by")
    staged = models.OneToOneField(StagedImport, on_delete=models.PROTECT, related_name="release")
    by_series = models.CharField(max_length=64)  # SHA-256 of the file sorted by indicator, breakdown, place, period
    by_place = models.CharField(max_length=64)  # the same rows sorted by place, indicator, breakdown, period
    wholes = models.CharField(max_length=64)  # of those, wholes and parts only: what pages of places ask for
    distribution = models.CharField(max_length=64)  # spread over municipalities per indicator, breakdown, period
    row_count = models.PositiveBigIntegerField()
    indicators = models.JSONField()  # version ids
    place_sources = models.JSONField()  # keys of the place definitions its places come from
    first_day = models.DateField()
    last_day = models.DateField()  # excluded
    changed = models.PositiveIntegerField(default=0)  # observations of the release it replaces that became others
    gone = models.PositiveIntegerField(default=0)  # ... that are in it no more
    sizes = models.JSONField(default=dict, blank=True)  # {version id: rules.Size as a dict}: how large the changes are

    class Meta:
        ordering = ["-published_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="release_number_once"),
            models.CheckConstraint(condition=Q(first_day__lt=F("last_day")), name="release_spans_days"),
            models.CheckConstraint(
                condition=~Q(kind__in=["revised", "corrected", "method"]) | Q(replaces__isnull=False),
                name="release_revision_replaces",
            ),
            # No published value becomes another in silence: its release says that it does, and why.
            models.CheckConstraint(
                condition=Q(changed=0, gone=0) | (Q(kind__in=["revised", "corrected", "method"]) & ~Q(reason={})),
                name="release_change_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id} {self.number}"

    def cited(self, version_id: str) -> Cited:
        """Who the figures come from; of an indicator, the finer source where the plan names one.

        >>> release.cited("norge.2026.low_income_others").publisher
        'Statistics Norway and Directorate of Integration and Diversity'
        """
        finer: dict[str, Any] = self.staged.origin.get("indicators", {}).get(version_id, {})
        return Cited(
            _told(finer.get("publisher") or self.dataset.provider.name),
            _told(finer.get("title", "")) or self.staged.source_title,
            finer.get("url") or self.staged.origin.get("url", ""),
        )

    @property
    def period_note(self) -> str:
        """What one must know of the periods beside every figure: "the report's year"; "" when they are just that."""
        return _told(self.staged.origin.get("period_note", ""))


class Snapshot(models.Model):
    """The set of releases that are current from `published_at` on. The newest snapshot is what readers see.

    Publishing adds one row and its links in the same transaction: that is the switch of the pointer.
    """

    published_at = models.DateTimeField(db_index=True)
    releases = models.ManyToManyField(Release, related_name="snapshots")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.pk} {self.published_at:%Y-%m-%d %H:%M}"


class Withdrawal(models.Model):
    """A release that readers are shown no more, and why. Its manifest stays; so do its numbers, unless they hurt."""

    class Kind(models.TextChoices):
        ERROR = "error", _("the figures were wrong")
        PROTECTION = "protection", _("to protect persons")

    release = models.OneToOneField(Release, on_delete=models.PROTECT, related_name="withdrawal")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    reason = models.JSONField()  # translated text
    withdrawn_at = models.DateTimeField()
    withdrawn_by = models.CharField(max_length=200)
    snapshot = models.OneToOneField(Snapshot, on_delete=models.PROTECT, related_name="withdrawal")  # the first without

    class Meta:
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=~Q(reason={}), name="withdrawal_has_reason")]

    def __str__(self) -> str:
        return f"{self.release} {self.kind}"

    @property
    def is_hidden(self) -> bool:
        """Whether its numbers may not be seen either as they were published then."""
        return self.kind == self.Kind.PROTECTION


class PlannedRelease(models.Model):
    """A release promised for a moment, the same for all. Before it, nothing of its numbers is shown to readers."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        PUBLISHED = "published", _("published")
        CANCELLED = "cancelled", _("cancelled")
        STOPPED = "stopped", _("stopped")  # it could not be published when its moment came

    staged = models.ForeignKey(StagedImport, on_delete=models.PROTECT, related_name="plans")
    publish_at = models.DateTimeField(db_index=True)
    moved = models.JSONField(default=list, blank=True)  # [{"from": moment, "why": text, "at": moment}], oldest first
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    why = models.JSONField(default=dict, blank=True)  # translated text: why it was cancelled or stopped
    note = models.JSONField(default=dict, blank=True)  # translated text: what readers are told beforehand
    reason = models.JSONField(default=dict, blank=True)  # as of the release that it will be
    cause = models.CharField(max_length=12)
    announced_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)  # when it was published, cancelled or stopped
    planned_by = models.CharField(max_length=200)

    class Meta:
        ordering = ["publish_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["staged"], condition=Q(state="planned"), name="planned_once"),
            models.CheckConstraint(
                condition=Q(state="planned", ended_at__isnull=True) | ~Q(state="planned") & Q(ended_at__isnull=False),
                name="planned_or_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staged.dataset_id} {self.publish_at:%Y-%m-%d %H:%M}"

    def promised_at(self, moment: datetime) -> datetime:
        """For when it was promised at a moment: what was moved later stood then as it was before."""
        for step in self.moved:
            if datetime.fromisoformat(step["at"]) > moment:
                return datetime.fromisoformat(step["from"])
        return self.publish_at


class EarlyAccess(models.Model):
    """Who has looked at the numbers of a planned release before its moment, the first time they did."""

    planned = models.ForeignKey(PlannedRelease, on_delete=models.PROTECT, related_name="seen_by")
    person = models.CharField(max_length=200)  # as `shared.writing.Actor` writes one
    name = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
        constraints = [models.UniqueConstraint(fields=["planned", "person"], name="early_access_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M}"


class CheckRun(models.Model):
    """One look at everything readers see, by every check: when, at which snapshot, and how much each found."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="check_runs")
    at = models.DateTimeField()
    counts = models.JSONField()  # hits by the code of the check; of the rows below at most `running.MOST` of each

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.pk} {self.at:%Y-%m-%d %H:%M}"


class ProblemPlace(models.Model):
    """What a problem is about: the same in every run that finds it. Empty where it is about all of them."""

    code = models.CharField(max_length=40)  # of the check
    dataset = models.CharField(max_length=60, blank=True)
    indicator = models.CharField(max_length=140, blank=True)
    place = models.CharField(max_length=4, blank=True)
    period = models.CharField(max_length=40, blank=True)
    breakdown = models.CharField(max_length=400, blank=True)
    value = models.FloatField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return " ".join(filter(None, (self.code, self.dataset, self.indicator, self.place, self.period)))


class Problem(ProblemPlace):
    """A hit of the latest run; those of former runs are not kept, since the releases are."""

    run = models.ForeignKey(CheckRun, on_delete=models.CASCADE, related_name="problems")
    expected = models.FloatField(null=True)
    detail = models.TextField(blank=True)
    status = models.CharField(max_length=12, blank=True)  # of a value that is not final

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["run", "code"], name="problem_of_check")]


class ProblemNote(ProblemPlace):
    """Why a hit is no fault, as a person has written it. It holds as long as the value stays what it was."""

    reason = models.TextField()
    by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "dataset", "indicator", "place", "period", "breakdown"], name="problem_note_once"
            )
        ]
