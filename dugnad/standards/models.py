"""Goals, targets, units, indicator sets, their editions and what these define.

Keys are the codes people write (`13`, `13.2`, `u4ssc.2017`, `u4ssc.2017.EN:EN:AQ:2C`): readable in an address, in a
release and in a log, and the same in every installation.
"""

from dataclasses import dataclass
from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dugnad.shared.text import TranslatedField
from dugnad.standards import rules


class Goal(models.Model):
    """One of the 17."""

    number = models.PositiveSmallIntegerField(primary_key=True)
    title = TranslatedField()
    colour = models.CharField(max_length=7)

    class Meta:
        ordering = ["number"]
        constraints = [models.CheckConstraint(condition=Q(number__gte=1, number__lte=17), name="goal_is_one_of_17")]

    def __str__(self) -> str:
        return f"{self.number} {self.title['nb']}"

    @property
    def text_colour(self) -> str:
        """The colour of text that reads well on the goal's own."""
        return rules.text_colour(self.colour)


class SdgTarget(models.Model):
    """One of the 169: outcomes are numbered (`13.2`), means of implementation lettered (`13.b`)."""

    code = models.CharField(max_length=6, primary_key=True)
    goal = models.ForeignKey(Goal, models.PROTECT, related_name="targets")
    position = models.PositiveSmallIntegerField()
    title = TranslatedField()

    class Meta:
        ordering = ["goal_id", "position"]

    def __str__(self) -> str:
        return self.code


class Unit(models.Model):
    """What a value counts: "prosent", shown after a number as its `symbol`, "%"; a count has none."""

    id = models.SlugField(primary_key=True, max_length=60)
    title = TranslatedField()
    symbol = TranslatedField(blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.id


class IndicatorSet(models.Model):
    """Indicators that belong together and have an owner: the global framework, U4SSC, a network's own."""

    id = models.SlugField(primary_key=True, max_length=40)
    title = TranslatedField()
    description = TranslatedField()
    owner = models.CharField(max_length=200)
    url = models.URLField(blank=True)
    licence = TranslatedField()
    is_invented = models.BooleanField(default=False)  # an example: never mixed with what is real

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.id


class Status(models.TextChoices):
    """The life of an edition and of the versions in it: it moves down this list, never up."""

    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    RETIRED = "retired", _("retired")


class Edition(models.Model):
    """A set as it stood from a date. Once published its content never changes: `content_hash` holds it to that.

    `levels` names the levels of the groups from the top (Dimension, Sub-dimension, Category). `labels` holds the set's
    own ways to sort its indicators: `{"tier": {"title": {…}, "values": {"core": {…}, "advanced": {…}}}}`.
    `uncertain` explains, for each field an indicator may mark as uncertain, what is not known for sure.
    """

    id = models.CharField(max_length=60, primary_key=True)
    set = models.ForeignKey(IndicatorSet, models.PROTECT, related_name="editions")
    code = models.SlugField(max_length=20)
    title = TranslatedField()
    note = TranslatedField(blank=True)
    source = models.TextField()
    cited = TranslatedField(blank=True)  # the source in the readers' languages; empty where it is a document's title
    valid_from = models.DateField()
    status = models.CharField(max_length=10, choices=Status)
    levels = models.JSONField(default=list)
    labels = models.JSONField(default=dict)
    uncertain = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["set_id", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["set", "code"], name="edition_code_once"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="edition_status_known"),
        ]

    def __str__(self) -> str:
        return self.id


class IndicatorGroup(models.Model):
    """A branch of an edition's tree: `u4ssc.2017.EC:ICT:WS`. The path is the key; the same name may stand twice."""

    id = models.CharField(max_length=120, primary_key=True)
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="groups")
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")
    code = models.CharField(max_length=60)
    level = models.PositiveSmallIntegerField()
    position = models.PositiveSmallIntegerField()
    title = TranslatedField()

    class Meta:
        ordering = ["edition_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "code"], name="indicator_group_code_once"),
            models.UniqueConstraint(fields=["edition", "position"], name="indicator_group_position_once"),
            models.CheckConstraint(
                condition=Q(level=1, parent__isnull=True) | Q(level__gt=1, parent__isnull=False),
                name="indicator_group_only_the_top_has_no_parent",
            ),
        ]

    def __str__(self) -> str:
        return self.id


class Indicator(models.Model):
    """What is measured, with a lasting identity (`u4ssc:EN:EN:AQ:2C`); how it is measured is in its versions."""

    id = models.CharField(max_length=120, primary_key=True)
    set = models.ForeignKey(IndicatorSet, models.PROTECT, related_name="indicators")
    code = models.CharField(max_length=80)

    class Meta:
        ordering = ["set_id", "code"]
        constraints = [models.UniqueConstraint(fields=["set", "code"], name="indicator_code_once")]

    def __str__(self) -> str:
        return self.id


class Direction(models.TextChoices):
    """Which way is better. The indicator says so; it is never guessed from a name."""

    UP = "up", _("higher is better")
    DOWN = "down", _("lower is better")
    TARGET = "target", _("nearest the target is best")
    MIXED = "mixed", _("differs between the parts")
    NONE = "none", _("no direction is better")


class Kind(models.TextChoices):
    """What sort of number a value is: it decides how it may be summed, drawn and checked."""

    AMOUNT = "amount", _("amount")
    COUNT = "count", _("count")
    PERCENT = "percent", _("percent")
    RATE = "rate", _("rate")
    RATIO = "ratio", _("ratio")
    INDEX = "index", _("index")
    DURATION = "duration", _("duration")
    YES_NO = "yes_no", _("yes or no")
    UNSPECIFIED = "unspecified", _("not specified")


# What does not follow from how large a place is, and what does: a large town has more of everything.
SIZE_FREE = frozenset({Kind.PERCENT, Kind.RATE, Kind.RATIO, Kind.INDEX, Kind.DURATION})
SIZES = frozenset({Kind.AMOUNT, Kind.COUNT})


class Aggregation(models.TextChoices):
    """How the values of places become the value of an area that holds them."""

    SUM = "sum", _("the values are added")
    WEIGHTED_MEAN = "weighted_mean", _("the mean, weighted by the denominator")
    NONE = "none", _("cannot be put together from parts")


class Chance(models.TextChoices):
    """What its numerator counts, which decides how much of a difference between places could be chance."""

    BINOMIAL = "binomial", _("how many of those in the denominator are something")
    POISSON = "poisson", _("how many events there were")
    NONE = "none", _("no cases that are independent of each other")


@dataclass(frozen=True, slots=True)
class Quantity:
    """What values are and how they are written: those of an indicator, or of one part of it."""

    unit: Unit
    kind: str
    direction: str
    decimals: int

    @property
    def is_size_free(self) -> bool:
        """Whether places of different size can be laid side by side."""
        return self.kind in SIZE_FREE

    @property
    def follows_size(self) -> bool:
        """Whether a large place has more of it than a small one: an amount has, a share has not."""
        return self.kind in SIZES

    @property
    def is_percent(self) -> bool:
        return self.kind == Kind.PERCENT


class IndicatorVersion(models.Model):
    """An indicator as one edition defines it: `u4ssc.2017.EC:ICT:ICT:1C`. What every number names.

    value = numerator / denominator * multiplier, where the edition gives a formula. `uncertain` lists the fields whose
    content is marked as not read in the standard itself; `edition.uncertain` explains each. `words` are what people
    search for when they mean it, by language: `{"nb": ["ledighet"], "nn": ["arbeidsløyse"]}`; `chance` is our reading
    of what the numerator counts. Neither is of the definition, so both may be said when the edition is published.

    `corrected` says when and why the direction of a published edition was set right; `direction` is the corrected one.
    """

    id = models.CharField(max_length=140, primary_key=True)
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="versions")
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="versions")
    group = models.ForeignKey(IndicatorGroup, models.CASCADE, null=True, related_name="versions")
    position = models.PositiveSmallIntegerField()
    title = TranslatedField()
    definition = TranslatedField(blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind)
    decimals = models.PositiveSmallIntegerField()
    direction = models.CharField(max_length=8, choices=Direction)
    direction_reason = TranslatedField(blank=True)
    target_value = models.FloatField(null=True)
    numerator = TranslatedField(blank=True)
    denominator = TranslatedField(blank=True)
    multiplier = models.FloatField(null=True)
    aggregation = models.CharField(max_length=14, choices=Aggregation)
    chance = models.CharField(max_length=8, choices=Chance, blank=True, default="")
    # The indicator whose values are this one's denominators, where its figures come without their own.
    denominator_series = models.ForeignKey(Indicator, models.PROTECT, null=True, related_name="+")
    checks = TranslatedField(blank=True)
    note = TranslatedField(blank=True)
    source = TranslatedField(blank=True)
    labels = models.JSONField(default=dict)
    uncertain = models.JSONField(default=list)
    words = models.JSONField(default=dict)
    corrected = models.JSONField(default=dict)
    goals: models.ManyToManyField = models.ManyToManyField(Goal, through="GoalLink", related_name="versions")
    targets: models.ManyToManyField = models.ManyToManyField(SdgTarget, through="TargetLink", related_name="versions")

    class Meta:
        ordering = ["edition_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "indicator"], name="indicator_version_once_in_edition"),
            models.UniqueConstraint(fields=["edition", "position"], name="indicator_version_position_once"),
            models.CheckConstraint(condition=Q(direction__in=Direction.values), name="indicator_version_direction"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="indicator_version_kind"),
            models.CheckConstraint(
                condition=Q(aggregation__in=Aggregation.values), name="indicator_version_aggregation"
            ),
            models.CheckConstraint(
                condition=Q(direction="target", target_value__isnull=False)
                | (~Q(direction="target") & Q(target_value__isnull=True)),
                name="indicator_version_target_value_with_direction_target",
            ),
            models.CheckConstraint(condition=Q(chance__in=["", *Chance.values]), name="indicator_version_chance"),
            models.CheckConstraint(condition=Q(decimals__lte=6), name="indicator_version_decimals"),
            models.CheckConstraint(
                condition=Q(denominator_series__isnull=True) | Q(aggregation="weighted_mean"),
                name="indicator_version_denominator_series_of_a_mean",
            ),
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def code(self) -> str:
        return rules.parse_version_id(self.id).code

    @property
    def shown_code(self) -> str:
        """Its code as its set prints it; nothing where it is a word of the data that no reader meets: `ghg_total`."""
        return "" if self.code[:1].islower() else rules.printed_code(self.code)

    @property
    def corrected_on(self) -> date | None:
        """The day its direction was set right."""
        return date.fromisoformat(self.corrected["day"]) if self.corrected else None

    @property
    def found_by(self) -> list[str]:
        """All that a search may find it by: its titles, its codes, and the words people use for it."""
        codes = [self.code, *(alias.code for alias in self.aliases.all())]
        words = [word for language in self.words.values() for word in language]
        return [*filter(None, self.title.values()), *codes, *map(rules.printed_code, codes), *words]

    def part(self, breakdown: str) -> "DataPoint | None":
        """The part that a series of this breakdown is; None where it is the whole, or divided by something else."""
        parts = self.data_points.all() if breakdown else ()
        return next((part for part in parts if f"part={part.code}" == breakdown), None)

    def quantity(self, part: "DataPoint | None" = None) -> Quantity:
        """What its values are, or those of a part. A part that is a count has no decimals, whatever the whole has."""
        if part is None:
            return Quantity(self.unit, self.kind, self.direction, self.decimals)
        return Quantity(part.unit, part.kind, part.direction, 0 if part.kind == Kind.COUNT else self.decimals)

    @property
    def status(self) -> str:
        return self.edition.status

    @property
    def primary_goal(self) -> Goal | None:
        """The goal the indicator is shown under; None when it only tells about the place."""
        return next((link.goal for link in self.goal_links.all() if link.is_primary), None)

    @property
    def data_point_count(self) -> int:
        """A single value is one data point; an indicator in parts has one for each part."""
        return len(self.data_points.all()) or 1

    @property
    def mark_numbers(self) -> list[int]:
        """The notes on uncertainty that hold for this indicator, by their number in the edition."""
        return [sorted(self.edition.uncertain).index(name) + 1 for name in sorted(self.uncertain)]

    @property
    def label_titles(self) -> list[dict[str, str]]:
        """The indicator's place in the set's own sortings, as texts: core, smart."""
        return [self.edition.labels[name]["values"][value] for name, value in self.labels.items()]


class DataPoint(models.Model):
    """One of several values of an indicator, in observations the breakdown `part=<code>`."""

    version = models.ForeignKey(IndicatorVersion, models.CASCADE, related_name="data_points")
    code = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField()
    title = TranslatedField()
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind)
    direction = models.CharField(max_length=8, choices=Direction)

    class Meta:
        ordering = ["version_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "code"], name="data_point_code_once"),
            models.CheckConstraint(
                condition=Q(direction__in=[Direction.UP, Direction.DOWN, Direction.NONE]), name="data_point_direction"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} part={self.code}"


class Alias(models.Model):
    """Another code an indicator goes by: `EC:P:EM:3C` for `EC:P:EM:3A`, `13.1.1` for `1.5.1`."""

    version = models.ForeignKey(IndicatorVersion, models.CASCADE, related_name="aliases")
    code = models.CharField(max_length=80)
    note = TranslatedField(blank=True)

    class Meta:
        ordering = ["version_id", "code"]
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="alias_code_once")]

    def __str__(self) -> str:
        return f"{self.code} -> {self.version_id}"

    @property
    def shown_code(self) -> str:
        return rules.printed_code(self.code)


class GoalLink(models.Model):
    version = models.ForeignKey(IndicatorVersion, models.CASCADE, related_name="goal_links")
    goal = models.ForeignKey(Goal, models.PROTECT, related_name="links")
    is_primary = models.BooleanField()

    class Meta:
        ordering = ["version_id", "-is_primary", "goal_id"]
        constraints = [
            models.UniqueConstraint(fields=["version", "goal"], name="goal_link_once"),
            models.UniqueConstraint(fields=["version"], condition=Q(is_primary=True), name="goal_link_one_primary"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} -> {self.goal_id}"


class TargetLink(models.Model):
    version = models.ForeignKey(IndicatorVersion, models.CASCADE, related_name="target_links")
    target = models.ForeignKey(SdgTarget, models.PROTECT, related_name="links")

    class Meta:
        ordering = ["version_id", "target__goal_id", "target__position"]
        constraints = [models.UniqueConstraint(fields=["version", "target"], name="target_link_once")]

    def __str__(self) -> str:
        return f"{self.version_id} -> {self.target_id}"


class RelatedLink(models.Model):
    """A version's neighbour in another set: `close` measures nearly the same, `related` the same thing otherwise."""

    class Nearness(models.TextChoices):
        CLOSE = "close", _("measures nearly the same")
        RELATED = "related", _("is about the same")

    version = models.ForeignKey(IndicatorVersion, models.CASCADE, related_name="related_links")
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="related_from")
    nearness = models.CharField(max_length=8, choices=Nearness)

    class Meta:
        ordering = ["version_id", "indicator_id"]
        constraints = [
            models.UniqueConstraint(fields=["version", "indicator"], name="related_link_once"),
            models.CheckConstraint(condition=Q(nearness__in=["close", "related"]), name="related_link_nearness"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.nearness} {self.indicator_id}"


class Benchmark(models.Model):
    """What counts as good for an indicator (`value`) and what as worst: said by somebody, for somebody, with a source.

    The worst value is where the way to the benchmark begins; without it no share of the way can be told. `collection`
    is the file it came in; a new value is a new record from its day, never another number in an old one.
    """

    class Scope(models.TextChoices):
        """For whom, from the widest to the narrowest; the narrowest counts."""

        GLOBAL = "global", _("for everyone")
        NATIONAL = "national", _("for the country")
        NETWORK = "network", _("for the network")
        OWN = "own", _("our own")

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        ADOPTED = "adopted", _("adopted")
        RETIRED = "retired", _("retired")

    collection = models.CharField(max_length=120)
    version = models.ForeignKey(IndicatorVersion, models.CASCADE, related_name="benchmarks")
    part = models.CharField(max_length=40, blank=True)
    value = models.FloatField()
    worst = models.FloatField()
    scope = models.CharField(max_length=8, choices=Scope)
    source = TranslatedField()
    proposed_by = models.CharField(max_length=200)
    status = models.CharField(max_length=8, choices=Status)
    valid_from = models.DateField()

    class Meta:
        ordering = ["version_id", "part", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "part", "scope", "proposed_by", "valid_from"], name="benchmark_once_from_a_day"
            ),
            models.CheckConstraint(condition=~Q(value=models.F("worst")), name="benchmark_is_not_the_worst_value"),
            models.CheckConstraint(
                condition=Q(scope__in=["global", "national", "network", "own"]), name="benchmark_scope_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["proposed", "adopted", "retired"]), name="benchmark_status_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.part} {self.value:g}".replace("  ", " ")


class DefinitionFile(models.Model):
    """Which text of each definition is loaded: `edition u4ssc.2017` with the SHA-256 of its file.

    The subject, not the path, is the key: the same definition may be read from another folder or machine.
    """

    subject = models.CharField(max_length=80, primary_key=True)
    sha256 = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()

    class Meta:
        ordering = ["subject"]

    def __str__(self) -> str:
        return self.subject
