"""Places in time. Written only by `changes.load_places`."""

from datetime import date

from django.db import models
from django.db.models import F, Q

from dugnad.shared.text import TranslatedField

# "Since before our history begins": older than every date one can ask for. A real date, not NULL, so that a unique
# constraint and a comparison hold without exceptions.
BEGINNING = date(1, 1, 1)


class PlaceKind(models.TextChoices):
    MUNICIPALITY = "municipality"
    COUNTY = "county"
    COUNTRY = "country"


class PlaceSource(models.Model):
    """A folder of place definitions as it was last loaded: what the rows say, and where they come from."""

    key = models.CharField(max_length=50, unique=True)
    title = TranslatedField()
    publisher = TranslatedField()
    licence = models.CharField(max_length=100)
    url = models.CharField(max_length=500, blank=True)
    # The first day from which every change is known; before it, a place is as it was on that day.
    known_from = models.DateField()
    is_invented = models.BooleanField(default=False)  # an example: never mixed with what is real
    sha256 = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


class PlaceQuerySet(models.QuerySet["Place"]):
    def on(self, day: date) -> "PlaceQuerySet":
        """Those valid on a day."""
        return self.filter(valid_from__lte=day).filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day))

    def municipalities(self) -> "PlaceQuerySet":
        return self.filter(kind=PlaceKind.MUNICIPALITY)

    def counties(self) -> "PlaceQuerySet":
        return self.filter(kind=PlaceKind.COUNTY)


class Place(models.Model):
    """One code, one name and one area in a half-open interval of days.

    A code whose area changes by a merger gets a new row: Stavanger before and after Finnøy and Rennesøy joined it are
    two places with the code 1103. The day a merger takes effect belongs to the new place.
    """

    source = models.ForeignKey(PlaceSource, on_delete=models.CASCADE, related_name="places")
    kind = models.CharField(max_length=12, choices=PlaceKind.choices)
    code = models.CharField(max_length=4)
    valid_from = models.DateField(default=BEGINNING)
    valid_to = models.DateField(null=True, blank=True)
    name = models.CharField(max_length=100)
    names = models.JSONField(default=dict, blank=True)
    slug = models.CharField(max_length=120)
    sort_key = models.CharField(max_length=200)
    county_code = models.CharField(max_length=2, blank=True)
    organisation_number = models.CharField(max_length=9, blank=True)
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    area_km2 = models.FloatField(null=True, blank=True)
    population = models.JSONField(default=dict, blank=True)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "sort_key", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "code", "valid_from"], name="place_code_once_from_a_day"),
            models.UniqueConstraint(
                fields=["kind", "code"], condition=Q(valid_to__isnull=True), name="place_code_valid_once_today"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="place_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=Q(kind__in=PlaceKind.values), name="place_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def name_in(self, lang: str) -> str:
        """The name for a reader of nb, nn, en or of se, smj, sma, fkv; the Norwegian form where there is no other.

        Only the country has names that differ between nb, nn and en.
        """
        return str(self.names.get(lang, self.name))

    @property
    def other_names(self) -> list[str]:
        """The Sami and Kven names, Sami first: ["Ivgu", "Yykeä"]."""
        return [self.names[lang] for lang in ("se", "smj", "sma", "fkv") if lang in self.names]

    @property
    def begins_before_history(self) -> bool:
        return self.valid_from == BEGINNING

    @property
    def latest_population(self) -> int | None:
        """Inhabitants on 1 January of the last year we have it for."""
        return self.population[max(self.population)] if self.population else None

    def is_valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


class ChangeKind(models.TextChoices):
    MERGER = "merger"
    SPLIT = "split"
    RENUMBERING = "renumbering"
    TRANSFER = "transfer"
    NAME = "name"


class PlaceChange(models.Model):
    """What happened to a place on a day: the last day of the old is the day before.

    A transfer moves a part of one place to another and ends neither; statistics on today's borders do not follow it.
    """

    source = models.ForeignKey(PlaceSource, on_delete=models.CASCADE, related_name="changes")
    place_kind = models.CharField(max_length=12, choices=PlaceKind.choices)
    on = models.DateField()
    kind = models.CharField(max_length=12, choices=ChangeKind.choices)
    area = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["on", "pk"]
        constraints = [models.CheckConstraint(condition=Q(kind__in=ChangeKind.values), name="place_change_kind_known")]

    def __str__(self) -> str:
        return f"{self.kind} {self.on}"


class PlaceChangePart(models.Model):
    """From code to code. `share` is the part of the old place's inhabitants, null where nobody has published it."""

    change = models.ForeignKey(PlaceChange, on_delete=models.CASCADE, related_name="parts")
    from_code = models.CharField(max_length=4)
    to_code = models.CharField(max_length=4)
    share = models.FloatField(null=True, blank=True)
    share_source = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["change", "from_code", "to_code"], name="place_change_part_once"),
            models.CheckConstraint(
                condition=Q(share__isnull=True) | Q(share__gt=0, share__lte=1), name="place_change_share_is_a_part"
            ),
            models.CheckConstraint(
                condition=Q(share__isnull=True) | Q(share=1) | ~Q(share_source=""),
                name="place_change_share_has_a_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_code} -> {self.to_code}"


class ComparisonGroup(models.Model):
    """A group somebody keeps (KOSTRA's, a network's own). Those that follow from facts are computed in `queries`."""

    source = models.ForeignKey(PlaceSource, null=True, blank=True, on_delete=models.CASCADE, related_name="groups")
    key = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=20)
    title = TranslatedField()
    explanation = TranslatedField(blank=True)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key


class ComparisonGroupMember(models.Model):
    """A place in a group in a half-open interval of days."""

    group = models.ForeignKey(ComparisonGroup, on_delete=models.CASCADE, related_name="members")
    code = models.CharField(max_length=4)
    valid_from = models.DateField(default=BEGINNING)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "code", "valid_from"], name="group_member_once_from_a_day"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="group_member_ends_after"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group_id} {self.code}"
