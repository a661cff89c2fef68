"""What is measured: answered from memory, since definitions change only when they are loaded.

Everything is read in a few statements and kept until another text is loaded; what is kept is shared between requests
and never changed. Ask one of the functions; they hand out models with everything around them already fetched.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

from django.utils.translation import gettext

from dugnad.shared.once import once
from dugnad.shared.text import TranslatedText
from dugnad.standards import rules
from dugnad.standards.models import (
    Benchmark,
    DefinitionFile,
    Edition,
    Goal,
    IndicatorGroup,
    IndicatorSet,
    IndicatorVersion,
    SdgTarget,
    Status,
    Unit,
)


class IndicatorNotFound(LookupError):
    """There is no indicator, set or goal of this code or id: in one sentence for the reader."""


class EditionNotFound(IndicatorNotFound):
    """There is no such edition of a set that there is."""


def no_indicator(written: str) -> IndicatorNotFound:
    return IndicatorNotFound(gettext("There is no indicator %(written)s.") % {"written": written})


def no_goal(number: object) -> IndicatorNotFound:
    return IndicatorNotFound(gettext("There is no goal %(number)s. The goals are 1 to 17.") % {"number": number})


@dataclass(frozen=True)
class Branch:
    """A group with its indicators and the groups below it; the group is None for indicators in no group."""

    group: IndicatorGroup | None
    branches: tuple["Branch", ...]
    versions: tuple[IndicatorVersion, ...]


@dataclass(frozen=True)
class Mark:
    """A note about what is not known for sure, and how many indicators carry it."""

    number: int
    text: TranslatedText
    count: int


@dataclass(frozen=True)
class SetOverview:
    """One edition of a set, by group, with its counts and the other editions to choose."""

    edition: Edition
    editions: tuple[Edition, ...]
    branches: tuple[Branch, ...]
    versions: tuple[IndicatorVersion, ...]
    goals: tuple[Goal, ...]

    @cached_property
    def data_point_count(self) -> int:
        """U4SSC: 112 on 91 indicators, since seven are in parts."""
        return sum(version.data_point_count for version in self.versions)

    @cached_property
    def listed_count(self) -> int:
        """Counted once under each target it stands under: 251 for the 234 of the global framework."""
        return sum(len(version.targets.all()) for version in self.versions)

    @cached_property
    def goal_counts(self) -> dict[Goal, int]:
        """How many indicators reach each of the 17; an indicator may reach several."""
        counts = dict.fromkeys(self.goals, 0)
        for version in self.versions:
            for goal in version.goals.all():
                counts[goal] += 1
        return counts

    @cached_property
    def marks(self) -> list["Mark"]:
        """What is uncertain in this edition, numbered as `IndicatorVersion.mark_numbers` numbers it."""
        explained = sorted(self.edition.uncertain.items())
        return [
            Mark(number, text, sum(name in version.uncertain for version in self.versions))
            for number, (name, text) in enumerate(explained, start=1)
        ]


@dataclass(frozen=True)
class _Catalogue:
    goals: tuple[Goal, ...]
    sets: tuple[IndicatorSet, ...]
    editions: dict[str, list[Edition]]  # of a set, newest first, drafts last
    groups: dict[str, list[IndicatorGroup]]  # of an edition
    versions: dict[str, IndicatorVersion]
    of_edition: dict[str, list[IndicatorVersion]]
    by_code: dict[tuple[str, str], list[IndicatorVersion]]  # set and code or alias, in the order of the editions

    @cached_property
    def current(self) -> tuple[IndicatorVersion, ...]:
        """The indicators of the newest published edition of each set."""
        newest = [self.editions[s.id][0] for s in self.sets if self.editions[s.id]]
        return tuple(v for e in newest if e.status == Status.PUBLISHED for v in self.of_edition[e.id])

    @cached_property
    def earlier(self) -> Mapping[str, tuple[str, ...]]:
        """See `earlier_versions`."""
        found: dict[str, tuple[str, ...]] = {}
        for version in self.current:
            others = [v for v in self.by_code[version.edition.set_id, rules.code_key(version.code)] if v != version]
            before = sorted((v.edition.valid_from, v.id) for v in others if v.status != Status.DRAFT)
            if before:
                found[version.id] = tuple(version_id for _from, version_id in before)
        return found


@once
def loaded_key() -> str:
    """Names what is loaded: it changes when, and only when, another text of a definition is loaded."""
    return " ".join(DefinitionFile.objects.order_by("subject").values_list("sha256", flat=True))


def _catalogue() -> _Catalogue:
    return _read(loaded_key())


@lru_cache(maxsize=2)
def _read(_loaded_key: str) -> _Catalogue:
    sets = tuple(IndicatorSet.objects.all())
    editions = list(Edition.objects.select_related("set"))
    # Published before retired ones and drafts, and of these the newest first.
    editions.sort(key=lambda e: (e.status == Status.PUBLISHED, e.status == Status.RETIRED, e.valid_from), reverse=True)
    goals_read = Goal.objects.prefetch_related("targets").in_bulk()
    versions = list(
        IndicatorVersion.objects.select_related("indicator").prefetch_related(
            "aliases", "data_points__unit", "related_links__indicator__set", "goal_links", "goals", "targets"
        )
    )
    # One edition, unit, group and goal each, shared: reading them anew for every version takes twice the time.
    edition_of, units, groups = {e.id: e for e in editions}, Unit.objects.in_bulk(), IndicatorGroup.objects.in_bulk()
    for version in versions:
        version.edition, version.unit = edition_of[version.edition_id], units[version.unit_id]
        version.group = groups[version.group_id] if version.group_id else None
        for link in version.goal_links.all():
            link.goal = goals_read[link.goal_id]
    catalogue = _Catalogue(
        goals=tuple(goals_read[number] for number in sorted(goals_read)),
        sets=sets,
        editions={s.id: [e for e in editions if e.set_id == s.id] for s in sets},
        groups=defaultdict(list),
        versions={version.id: version for version in versions},
        of_edition=defaultdict(list),
        by_code=defaultdict(list),
    )
    for group in sorted(groups.values(), key=lambda g: g.position):
        catalogue.groups[group.edition_id].append(group)
    for version in versions:
        catalogue.of_edition[version.edition_id].append(version)
    for edition in editions:  # codes before aliases: a code of its own goes before another's alias
        for version in catalogue.of_edition[edition.id]:
            catalogue.by_code[edition.set_id, rules.code_key(version.code)].append(version)
    for edition in editions:
        for version in catalogue.of_edition[edition.id]:
            for alias in version.aliases.all():
                catalogue.by_code[edition.set_id, rules.code_key(alias.code)].append(version)
    return catalogue


def goals() -> tuple[Goal, ...]:
    """The 17, each with its targets."""
    return _catalogue().goals


def sets() -> tuple[IndicatorSet, ...]:
    return _catalogue().sets


def set_overviews() -> list[SetOverview]:
    """Every set as its current edition has it."""
    catalogue = _catalogue()
    return [_overview(catalogue, s.id, None) for s in catalogue.sets if catalogue.editions[s.id]]


def set_overview(set_id: str, edition: str | None = None) -> SetOverview:
    """A set by group, as its current edition has it or the edition of a code; IndicatorNotFound when there is none."""
    return _overview(_catalogue(), set_id, edition)


def _overview(catalogue: _Catalogue, set_id: str, edition: str | None) -> SetOverview:
    editions = catalogue.editions.get(set_id, [])
    chosen = next((e for e in editions if edition in (None, e.code)), None)
    if chosen is None:
        told = {"written": edition if editions else set_id}
        if editions:
            known = ", ".join(e.code for e in editions)
            said = gettext("There is no edition %(written)s of this set. Its editions are: %(known)s.")
            raise EditionNotFound(said % {**told, "known": known})
        known = ", ".join(s.id for s in catalogue.sets if catalogue.editions[s.id])
        raise IndicatorNotFound(
            gettext("There is no indicator set %(written)s. The sets are: %(known)s.") % {**told, "known": known}
        )
    versions = catalogue.of_edition[chosen.id]
    below: dict[str | None, list[IndicatorGroup]] = defaultdict(list)
    for group in catalogue.groups[chosen.id]:
        below[group.parent_id].append(group)
    within: dict[str | None, list[IndicatorVersion]] = defaultdict(list)
    for version in versions:
        within[version.group_id].append(version)

    def branches(parent: str | None) -> Iterator[Branch]:
        for group in below[parent]:
            yield Branch(group, tuple(branches(group.id)), tuple(within[group.id]))

    loose = [Branch(None, (), tuple(within[None]))] if within[None] else []
    return SetOverview(chosen, tuple(editions), (*branches(None), *loose), tuple(versions), catalogue.goals)


def indicator_version(version_id: str) -> IndicatorVersion:
    """The version of an id, of any edition; IndicatorNotFound when there is none."""
    try:
        return _catalogue().versions[version_id]
    except KeyError:
        raise no_indicator(version_id) from None


def indicator_by_code(set_id: str, code: str) -> IndicatorVersion:
    """The newest version an indicator has under a code or an alias, however it is spaced.

    >>> indicator_by_code("u4ssc", "EC: P: EM: 3C").id
    'u4ssc.2017.EC:P:EM:3A'
    """
    found = _catalogue().by_code.get((set_id, rules.code_key(code)))
    if not found:
        raise no_indicator(f"{set_id}.{code}")
    return found[0]


latest_version = indicator_by_code


def version_meant(written: str) -> IndicatorVersion:
    """The version of an id, or the one of today that a lasting id or an alias means.

    >>> version_meant("u4ssc.EC:ICT:ICT:1C").id
    'u4ssc.2017.EC:ICT:ICT:1C'
    """
    with suppress(IndicatorNotFound):
        return indicator_version(written)
    set_id, _, code = re.sub("[.:]", " ", written, count=1).partition(" ")
    for candidate in (code, code.partition(".")[2]):  # alone, or after an edition
        with suppress(IndicatorNotFound):
            return indicator_by_code(set_id, candidate)
    raise no_indicator(written)


def current_versions() -> tuple[IndicatorVersion, ...]:
    """The indicators of the newest published edition of every set."""
    return _catalogue().current


def earlier_versions() -> Mapping[str, tuple[str, ...]]:
    """For each current version the ids of the same indicator in other editions that are no drafts, oldest first.

    {"eksempel.2024.water": ("eksempel.2020.water",)}
    """
    return _catalogue().earlier


def version_ids() -> frozenset[str]:
    """Every id a number may name: of editions that are published or were."""
    return frozenset(v.id for v in _catalogue().versions.values() if v.status != Status.DRAFT)


def additive_versions() -> frozenset[str]:
    """The ids whose values may be added across places."""
    return frozenset(v.id for v in _catalogue().versions.values() if v.aggregation == "sum")


def versions_of(version_ids: Iterable[str]) -> dict[str, IndicatorVersion]:
    """Several versions in one question, by their ids; IndicatorNotFound when one does not exist."""
    versions = _catalogue().versions
    try:
        return {version_id: versions[version_id] for version_id in version_ids}
    except KeyError as error:
        raise no_indicator(error.args[0]) from None


def denominators_of(version_ids: Iterable[str]) -> dict[str, str]:
    """For each mean whose definition names the indicator with its denominators, the version of that: of the same
    edition where that has it, else the newest.

    >>> denominators_of(["norge.2026.ghg_per_capita", "norge.2026.unemployment"])
    {'norge.2026.ghg_per_capita': 'norge.2026.population'}
    """
    catalogue = _catalogue()
    found = {}
    for version_id in version_ids:
        version = catalogue.versions[version_id]
        if version.denominator_series_id:
            set_id, _colon, code = version.denominator_series_id.partition(":")
            beside = f"{version.edition_id}.{code}"
            newest = catalogue.by_code[set_id, rules.code_key(code)][0].id
            found[version_id] = beside if beside in catalogue.versions else newest
    return found


def versions_for_goal(number: int) -> list[IndicatorVersion]:
    """The current indicators that reach a goal, those shown under it first."""
    return _reaching(_catalogue(), number)


def _reaching(catalogue: _Catalogue, number: int) -> list[IndicatorVersion]:
    reaching = [v for v in catalogue.current if any(goal.number == number for goal in v.goals.all())]
    return sorted(reaching, key=lambda v: v.primary_goal is None or v.primary_goal.number != number)


@dataclass(frozen=True)
class TargetOverview:
    """A target with the indicators that measure it, by set."""

    target: SdgTarget
    versions: tuple[IndicatorVersion, ...]


@dataclass(frozen=True)
class GoalOverview:
    """A goal with its targets and the current indicators that reach it; `loose` do so without naming a target."""

    goal: Goal
    targets: tuple[TargetOverview, ...]
    loose: tuple[IndicatorVersion, ...]
    versions: tuple[IndicatorVersion, ...]

    @cached_property
    def counts(self) -> dict[IndicatorSet, int]:
        """How many indicators of each set reach the goal."""
        return dict(Counter(version.edition.set for version in self.versions))


def goal_overview(number: int) -> GoalOverview:
    """A goal, its targets and the indicators of every set under each; IndicatorNotFound when there is no such goal."""
    catalogue = _catalogue()
    goal = next((goal for goal in catalogue.goals if goal.number == number), None)
    if goal is None:
        raise no_goal(number)
    under: dict[str, list[IndicatorVersion]] = defaultdict(list)
    loose = []
    versions = _reaching(catalogue, number)
    for version in versions:
        own = [target.code for target in version.targets.all() if target.goal_id == number]
        for code in own:
            under[code].append(version)
        if not own:
            loose.append(version)
    targets = tuple(TargetOverview(target, tuple(under[target.code])) for target in goal.targets.all())
    return GoalOverview(goal, targets, tuple(loose), tuple(versions))


def benchmarks(versions: Iterable[str], day: date) -> dict[tuple[str, str], Benchmark]:
    """The adopted benchmark that counts on a day, by version and part ("" for the whole): the narrowest, the newest.

    >>> benchmarks(["eksempel.2024.lavinntekt"], date(2026, 1, 1))["eksempel.2024.lavinntekt", ""].value
    5.0
    """
    wanted = set(versions)
    return {(b.version_id, b.part): b for b in _adopted() if b.version_id in wanted and b.valid_from <= day}


@once
def _adopted() -> tuple[Benchmark, ...]:
    """Every adopted benchmark, the wider and older first: a narrower or newer one goes before it."""
    narrow = Benchmark.Scope.values.index
    return tuple(
        sorted(Benchmark.objects.filter(status="adopted"), key=lambda b: (narrow(b.scope), b.valid_from, b.pk))
    )
