"""What a schema cannot see in a definition: what it names exists, nothing stands twice, the counts are right."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from dugnad.standards import rules
from dugnad.standards.documents import Document, Where


@dataclass(frozen=True)
class Known:
    """What definitions may name: it is in the database by the time they are checked."""

    units: frozenset[str]
    goals: frozenset[int]
    targets: frozenset[str]
    sets: frozenset[str]


def refuse_repeated(document: Document, what: str, at: Iterable[tuple[Any, Where]]) -> None:
    """Refuses the second of two equal values; `at` gives each value with its place in the file."""
    seen: dict[Any, int] = {}
    for value, where in at:
        if value in seen:
            document.refuse(
                _("%(what)s %(value)s stands twice, first in line %(line)d")
                % {"what": what, "value": value, "line": seen[value]},
                _("Remove one, or give it a code of its own."),
                *where,
            )
        seen[value] = document.line(*where)


def refuse_twins(documents: Iterable[Document]) -> None:
    """Refuses two files that define the same thing."""
    seen: dict[str, str] = {}
    for document in documents:
        if document.subject in seen:
            document.refuse(
                _("%(subject)s is defined in %(file)s too")
                % {"subject": document.subject, "file": seen[document.subject]},
                _("Keep one of the two files."),
            )
        seen[document.subject] = document.name


def _refuse_unknown(document: Document, what: str, name: object, known: Iterable[object], *where: str | int) -> None:
    if name not in known:
        some = ", ".join(sorted(map(str, known))[:20]) or _("nothing yet")
        document.refuse(
            _("There is no %(what)s %(name)s") % {"what": what, "name": name},
            _("There are: %(some)s.") % {"some": some},
            *where,
        )


def check_goals(document: Document, loaded_targets: Iterable[str]) -> None:
    """The goals are 1 to 17, each target stands once and under its own goal, none that is loaded is gone."""
    goals = document.data["goals"]
    refuse_repeated(document, _("The goal"), ((g["number"], ("goals", i, "number")) for i, g in enumerate(goals)))
    targets = [
        (t["code"], g["number"], ("goals", i, "targets", j, "code"))
        for i, g in enumerate(goals)
        for j, t in enumerate(g["targets"])
    ]
    refuse_repeated(document, _("The target"), ((code, where) for code, _goal, where in targets))
    for code, goal, where in targets:
        if code.split(".")[0] != str(goal):
            document.refuse(
                _("The target %(code)s stands under goal %(goal)d") % {"code": code, "goal": goal},
                _("Move it to its own goal."),
                *where,
            )
    if gone := set(loaded_targets) - {code for code, _goal, _where in targets}:
        document.refuse(
            _("The targets %(codes)s are loaded, and missing here") % {"codes": ", ".join(sorted(gone))},
            _("Put them back: indicators point to targets."),
            "goals",
        )


@dataclass(frozen=True)
class Branch:
    """A group with its place in the tree and in the file."""

    group: dict[str, Any]
    parent: str | None
    level: int
    where: Where


def walk_groups(
    groups: list[dict[str, Any]], parent: Branch | None = None, where: Where = ("groups",)
) -> Iterator[Branch]:
    """Every group, parents before children, in the order of the file."""
    for i, group in enumerate(groups):
        branch = Branch(group, parent.group["code"] if parent else None, parent.level + 1 if parent else 1, (*where, i))
        yield branch
        yield from walk_groups(group.get("groups", []), branch, (*branch.where, "groups"))


def check_edition(document: Document, known: Known) -> None:
    """Refuses an edition that names what does not exist, says something twice, or has another count than it expects."""
    data = document.data
    _refuse_unknown(document, _("indicator set"), data["set"], known.sets, "set")
    _check_groups(document)
    refuse_repeated(document, _("The code"), _codes(document))
    groups = {branch.group["code"] for branch in walk_groups(data.get("groups", []))}
    for i, indicator in enumerate(data["indicators"]):
        _check_indicator(document, indicator, ("indicators", i), known, groups)
    _check_counts(document)


def _check_groups(document: Document) -> None:
    branches = list(walk_groups(document.data.get("groups", [])))
    refuse_repeated(document, _("The group"), ((b.group["code"], (*b.where, "code")) for b in branches))
    levels = document.data.get("levels", [])
    for branch in branches:
        code = branch.group["code"]
        if branch.level > len(levels):
            document.refuse(
                _("The group %(code)s is on level %(level)d, and levels names %(named)d")
                % {"code": code, "level": branch.level, "named": len(levels)},
                _("Name the level under levels."),
                *branch.where,
            )
        if branch.parent and not code.startswith(f"{branch.parent}:"):
            document.refuse(
                _("The group %(code)s stands under %(parent)s") % {"code": code, "parent": branch.parent},
                _("Begin its code with %(parent)s:.") % {"parent": branch.parent},
                *branch.where,
                "code",
            )


def _codes(document: Document) -> Iterator[tuple[str, Where]]:
    """Every code an indicator goes by, as they are matched, with its place."""
    for i, indicator in enumerate(document.data["indicators"]):
        yield rules.code_key(indicator["code"]), ("indicators", i, "code")
        for j, alias in enumerate(indicator.get("aliases", [])):
            yield rules.code_key(alias["code"]), ("indicators", i, "aliases", j, "code")


def _check_indicator(
    document: Document, indicator: dict[str, Any], where: Where, known: Known, groups: set[str]
) -> None:
    parts = indicator.get("parts", [])
    _refuse_unknown(document, _("unit"), indicator["unit"], known.units, *where, "unit")
    if "group" in indicator:
        _refuse_unknown(document, _("group"), indicator["group"], groups, *where, "group")
    for j, goal in enumerate(indicator.get("goals", [])):
        _refuse_unknown(document, _("goal"), goal, known.goals, *where, "goals", j)
    for j, target in enumerate(indicator.get("targets", [])):
        _refuse_unknown(document, _("target"), target, known.targets, *where, "targets", j)
    for name, value in indicator.get("labels", {}).items():
        labels = document.data.get("labels", {})
        _refuse_unknown(document, _("label"), name, labels, *where, "labels", name)
        _refuse_unknown(document, name, value, labels[name]["values"], *where, "labels", name)
    for j, field in enumerate(indicator.get("uncertain", [])):
        marks = document.data.get("uncertain", {})
        _refuse_unknown(document, _("explanation under uncertain of"), field, marks, *where, "uncertain", j)
    for j, part in enumerate(parts):
        if "unit" in part:
            _refuse_unknown(document, _("unit"), part["unit"], known.units, *where, "parts", j, "unit")
    refuse_repeated(document, _("The part"), ((p["code"], (*where, "parts", j)) for j, p in enumerate(parts)))
    _check_direction(document, indicator, where)


def _check_direction(document: Document, indicator: dict[str, Any], where: Where) -> None:
    direction, parts = indicator["direction"], indicator.get("parts", [])
    if (direction == "target") != ("target_value" in indicator):
        document.refuse(
            _("The direction target and target_value belong together"), _("Give both or neither."), *where, "direction"
        )
    if direction in ("target", "none", "mixed") and "reason" not in indicator:
        document.refuse(
            _("The direction %(direction)s has no reason") % {"direction": direction},
            _("Write reason: what a reader needs to understand it."),
            *where,
            "direction",
        )
    if direction in ("mixed", "target") and not all("direction" in part for part in parts):
        document.refuse(
            _("The direction is %(direction)s, and not every part has its own") % {"direction": direction},
            _("Give every part a direction: up, down or none."),
            *where,
            "direction",
        )
    if direction == "mixed" and not parts:
        document.refuse(_("The direction is mixed, and there are no parts"), _("Write parts."), *where, "direction")
    if ("numerator" in indicator, "denominator" in indicator) == (False, True):
        document.refuse(
            _("There is a denominator without a numerator"), _("Write numerator too."), *where, "denominator"
        )


def counts(indicators: list[dict[str, Any]]) -> dict[str, int]:
    """How many there are: indicators, data points (parts counted), and listings (once under each target)."""
    return {
        "indicators": len(indicators),
        "data_points": sum(len(i.get("parts", [])) or 1 for i in indicators),
        "listed": sum(len(i.get("targets", [])) for i in indicators),
    }


def _check_counts(document: Document) -> None:
    found = counts(document.data["indicators"])
    for name, expected in document.data.get("expects", {}).items():
        if found[name] != expected:
            document.refuse(
                _("The file has %(found)d %(name)s, and expects %(expected)d")
                % {"found": found[name], "name": name, "expected": expected},
                _("Add what is missing, remove what is too much, or mend the number."),
                "expects",
                name,
            )


def check_benchmarks(document: Document, versions: Mapping[str, Mapping[str, str]]) -> None:
    """Refuses a benchmark that names nothing, stands twice, or lies on the wrong side of its worst value.

    `versions` are the directions of the edition's indicators and of their parts: `{code: {"": "up", part: "down"}}`.
    """
    _refuse_unknown_edition(document, versions)
    listed = document.data["benchmarks"]
    keys = [
        ((b["indicator"], b.get("part", ""), b.get("valid_from", document.data["valid_from"])), ("benchmarks", i))
        for i, b in enumerate(listed)
    ]
    refuse_repeated(document, _("The benchmark"), ((" ".join(filter(None, key)), where) for key, where in keys))
    for i, benchmark in enumerate(listed):
        where = ("benchmarks", i)
        _refuse_unknown(document, _("indicator"), benchmark["indicator"], versions, *where, "indicator")
        directions = versions[benchmark["indicator"]]
        if "part" in benchmark:
            _refuse_unknown(document, _("part"), benchmark["part"], set(directions) - {""}, *where, "part")
        direction = directions[benchmark.get("part", "")]
        if direction not in ("up", "down"):
            document.refuse(
                _("%(code)s has no direction, so no value of it is a benchmark") % {"code": benchmark["indicator"]},
                _("Name a part that has one, or leave it out."),
                *where, "indicator",
            )  # fmt: skip
        difference = benchmark["value"] - benchmark["worst"]
        if difference == 0 or (difference > 0) != (direction == "up"):
            document.refuse(
                _("The benchmark %(value)g of %(code)s is not better than its worst value, %(worst)g")
                % {"value": benchmark["value"], "code": benchmark["indicator"], "worst": benchmark["worst"]},
                _("Correct one of them: the direction of the indicator is %(direction)s.") % {"direction": direction},
                *where, "value",
            )  # fmt: skip


def _refuse_unknown_edition(document: Document, versions: Mapping[str, Mapping[str, str]]) -> None:
    if not versions:
        document.refuse(
            _("There is no published edition %(edition)s") % {"edition": document.edition_id},
            _("Load the edition first, or correct set and edition."),
            "edition",
        )
