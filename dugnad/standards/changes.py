"""Brings the definitions of a folder into the database: all of them or none."""

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from dugnad.shared.errors import Refusal
from dugnad.shared.models import canonical_json
from dugnad.shared.writing import Actor, Change, change
from dugnad.standards import models
from dugnad.standards.checks import (
    Known,
    check_benchmarks,
    check_edition,
    check_goals,
    refuse_repeated,
    refuse_twins,
    walk_groups,
)
from dugnad.standards.documents import KINDS, Document, definition_files, read_document


@dataclass(frozen=True)
class Loaded:
    """What a loading did: how many files the folder has, and which definitions were new or changed."""

    files: int
    changed: tuple[str, ...]


def load_definitions(folder: Path, *, by: Actor) -> Loaded:
    """Loads every definition file of a folder; one that is wrong is refused with file and line, and nothing changes.

    Files may name units, goals, sets and indicators of the folder or of what is loaded already. Loading the same text
    again does nothing. A published edition is never rewritten.

    >>> load_definitions(settings.DEFINITIONS_DIR, by=Actor.system("definitions")).changed
    ('units common', 'goals', 'set u4ssc', 'edition u4ssc.2017')
    """
    if not folder.is_dir():
        raise Refusal(_("There is no folder of definitions"), str(folder), _("Name a folder that exists."))
    files = list(definition_files(folder))
    loaded = set(models.DefinitionFile.objects.values_list("sha256", flat=True))
    new = [(name, content) for name, content in files if hashlib.sha256(content).hexdigest() not in loaded]
    # Units and goals before sets before editions: each may name what comes before it.
    documents = sorted((read_document(*file) for file in new), key=lambda d: KINDS.index(d.data["kind"]))
    refuse_twins(documents)
    if documents:
        with change("load_definitions", by=by) as c:
            for document in documents:
                _STORE[document.data["kind"]](document)
            for document in documents:
                # Last, when all are stored: an edition may name the indicators of any other.
                if document.data["kind"] == "edition":
                    _link_related(document)
                    _link_denominators(document)
                _remember(document, c)
    return Loaded(len(files), tuple(document.subject for document in documents))


def _remember(document: Document, c: Change) -> None:
    stored = models.DefinitionFile.objects.filter(pk=document.subject).first()
    before = {"sha256": stored.sha256} if stored else None
    stored = models.DefinitionFile(subject=document.subject, sha256=document.sha256, loaded_at=timezone.now())
    stored.save()
    c.record(stored, before=before, after={"sha256": document.sha256, "file": document.name})


def _store_units(document: Document) -> None:
    units = document.data["units"]
    refuse_repeated(document, _("The unit"), ((u["id"], ("units", i, "id")) for i, u in enumerate(units)))
    models.Unit.objects.bulk_create(
        [models.Unit(**unit) for unit in units],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["title", "symbol"],
    )


def _store_goals(document: Document) -> None:
    check_goals(document, models.SdgTarget.objects.values_list("pk", flat=True))
    goals = document.data["goals"]
    models.Goal.objects.bulk_create(
        [models.Goal(number=g["number"], title=g["title"], colour=g["colour"]) for g in goals],
        update_conflicts=True,
        unique_fields=["number"],
        update_fields=["title", "colour"],
    )
    models.SdgTarget.objects.bulk_create(
        [
            models.SdgTarget(goal_id=goal["number"], position=position, **target)
            for goal in goals
            for position, target in enumerate(goal["targets"])
        ],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["position", "title"],
    )


def _store_set(document: Document) -> None:
    fields = {name: value for name, value in document.data.items() if name not in ("kind", "invented")}
    models.IndicatorSet(**fields, is_invented=document.data.get("invented", False)).save()


def _store_edition(document: Document) -> None:
    stored = models.Edition.objects.filter(pk=document.edition_id).first()
    if stored and stored.status != models.Status.DRAFT:
        _refuse_rewriting(document, stored)
        stored.status = document.data["status"]
        stored.cited = document.data.get("cited", {})
        stored.save(update_fields=["status", "cited"])
        _store_said(document)
        return
    check_edition(document, _known())
    if stored:
        stored.delete()  # a draft is written anew
    data = document.data
    edition = models.Edition.objects.create(
        id=document.edition_id,
        set_id=data["set"],
        code=data["edition"],
        valid_from=date.fromisoformat(data["valid_from"]),
        content_hash=_content_hash(document),
        **_given(data, "title", "note", "source", "cited", "status", "levels", "labels", "uncertain"),
    )
    models.IndicatorGroup.objects.bulk_create(
        models.IndicatorGroup(
            id=f"{edition.id}.{branch.group['code']}",
            edition=edition,
            parent_id=branch.parent and f"{edition.id}.{branch.parent}",
            code=branch.group["code"],
            level=branch.level,
            position=position,
            title=branch.group["title"],
        )
        for position, branch in enumerate(walk_groups(data.get("groups", [])))
    )
    _store_indicators(edition, data["indicators"])


def _refuse_rewriting(document: Document, stored: models.Edition) -> None:
    if stored.content_hash != _content_hash(document):
        document.refuse(
            _("The edition %(edition)s is published, and this is not what was published") % {"edition": stored.id},
            _("Put the file back as it was, and write what is new as a new edition in a file of its own."),
        )
    passed = models.Status.values.index
    if passed(document.data["status"]) < passed(stored.status):
        document.refuse(
            _("The edition %(edition)s is %(status)s, and cannot go back to %(wanted)s")
            % {"edition": stored.id, "status": stored.status, "wanted": document.data["status"]},
            _("Put the status back, or write a new edition in a file of its own."),
            "status",
        )


# Of an indicator, but not of its definition: the words it is searched for by, our reading of what is counted, and a
# correction of which way is better, which stands beside what was published and takes nothing away.
OURS: dict[str, Any] = {"words": {}, "chance": "", "corrected": {}}


def _store_said(document: Document) -> None:
    """Gives the indicators of a published edition what is not of their definition."""
    said = {f"{document.edition_id}.{data['code']}": data for data in document.data["indicators"]}
    versions = list(models.IndicatorVersion.objects.filter(pk__in=said))
    for version in versions:
        for name, nothing in OURS.items():
            setattr(version, name, said[version.pk].get(name, nothing))
        version.direction, version.direction_reason = _direction(said[version.pk])
    models.IndicatorVersion.objects.bulk_update(versions, [*OURS, "direction", "direction_reason"])


def _direction(data: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """Which way is better and why: as it was corrected, or as it was published."""
    corrected = data.get("corrected")
    return (corrected or data)["direction"], (corrected or data).get("reason", {})


def _content_hash(document: Document) -> str:
    """The hash of what an edition says. Its status moves on; `cited`, what is in `OURS` and where its denominators are
    may come: they are not of it."""
    content = {name: value for name, value in document.data.items() if name not in ("status", "cited")}
    later = {*OURS, "denominator_series"}
    content["indicators"] = [{k: v for k, v in i.items() if k not in later} for i in content["indicators"]]
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


def _known() -> Known:
    return Known(
        units=frozenset(models.Unit.objects.values_list("pk", flat=True)),
        goals=frozenset(models.Goal.objects.values_list("pk", flat=True)),
        targets=frozenset(models.SdgTarget.objects.values_list("pk", flat=True)),
        sets=frozenset(models.IndicatorSet.objects.values_list("pk", flat=True)),
    )


def _given(data: dict[str, Any], *names: str) -> dict[str, Any]:
    """The fields that are there; the others keep the model's default."""
    return {name: data[name] for name in names if name in data}


def _store_indicators(edition: models.Edition, indicators: list[dict[str, Any]]) -> None:
    """Stores the indicators of an edition and what hangs on each, in a handful of statements."""
    lasting, versions, parts, aliases, goals, targets = [], [], [], [], [], []
    for position, data in enumerate(indicators):
        direction, reason = _direction(data)
        indicator = models.Indicator(id=f"{edition.set_id}:{data['code']}", set_id=edition.set_id, code=data["code"])
        version = models.IndicatorVersion(
            id=f"{edition.id}.{data['code']}",
            indicator=indicator,
            edition=edition,
            group_id=f"{edition.id}.{data['group']}" if "group" in data else None,
            position=position,
            unit_id=data["unit"],
            direction=direction,
            direction_reason=reason,
            **_given(data, "title", "definition", "kind", "decimals", "target_value"),
            **_given(data, "numerator", "denominator", "multiplier", "aggregation"),
            **_given(data, "checks", "note", "source", "labels", "uncertain", *OURS),
        )
        lasting.append(indicator)
        versions.append(version)
        parts += [
            models.DataPoint(
                version=version,
                code=part["code"],
                position=i,
                title=part["title"],
                unit_id=part.get("unit", data["unit"]),
                kind=part.get("kind", data["kind"]),
                direction=part.get("direction", data["direction"]),
            )
            for i, part in enumerate(data.get("parts", []))
        ]
        aliases += [models.Alias(version=version, **alias) for alias in data.get("aliases", [])]
        # In the order of the file, each once; the first is the one the indicator is shown under.
        numbers = dict.fromkeys([*data.get("goals", []), *(int(t.split(".")[0]) for t in data.get("targets", []))])
        goals += [models.GoalLink(version=version, goal_id=n, is_primary=i == 0) for i, n in enumerate(numbers)]
        targets += [models.TargetLink(version=version, target_id=code) for code in data.get("targets", [])]
    models.Indicator.objects.bulk_create(lasting, ignore_conflicts=True)  # an earlier edition may have brought it
    models.IndicatorVersion.objects.bulk_create(versions)
    models.DataPoint.objects.bulk_create(parts)
    models.Alias.objects.bulk_create(aliases)
    models.GoalLink.objects.bulk_create(goals)
    models.TargetLink.objects.bulk_create(targets)


def _link_related(document: Document) -> None:
    """Links the indicators of an edition to their neighbours in other sets, named by code or by alias."""
    named = {
        (i, j): link
        for i, indicator in enumerate(document.data["indicators"])
        for j, link in enumerate(indicator.get("related", []))
    }
    if not named or models.RelatedLink.objects.filter(version__edition_id=document.edition_id).exists():
        return  # a published edition that was read again keeps its links
    found = _indicators_by_any_code()
    links: dict[tuple[int, str], models.RelatedLink] = {}  # two codes may be one indicator
    for (i, j), link in named.items():
        if link["indicator"] not in found:
            document.refuse(
                _("There is no indicator %(id)s") % {"id": link["indicator"]},
                _("Write <set>:<code> of an indicator of this folder or of a set that is loaded."),
                *("indicators", i, "related", j, "indicator"),
            )
        indicator_id = found[link["indicator"]]
        links[i, indicator_id] = models.RelatedLink(
            version_id=f"{document.edition_id}.{document.data['indicators'][i]['code']}",
            indicator_id=indicator_id,
            nearness=link["nearness"],
        )
    models.RelatedLink.objects.bulk_create(links.values())


def _link_denominators(document: Document) -> None:
    """Links means to the indicators that have their denominators, also in an edition that is published already."""
    named = {
        i: indicator["denominator_series"]
        for i, indicator in enumerate(document.data["indicators"])
        if "denominator_series" in indicator
    }
    versions = models.IndicatorVersion.objects.filter(edition=document.edition_id)
    versions.exclude(denominator_series=None).update(denominator_series=None)
    if not named:
        return
    found = _indicators_by_any_code()
    added = set(models.IndicatorVersion.objects.filter(aggregation="sum").values_list("indicator", flat=True))
    for i, name in named.items():
        where = ("indicators", i, "denominator_series")
        indicator = document.data["indicators"][i]
        if name not in found:
            document.refuse(
                _("There is no indicator %(id)s") % {"id": name},
                _("Write <set>:<code> of an indicator of this folder or of a set that is loaded."),
                *where,
            )
        if found[name] not in added:
            document.refuse(
                _("The values of %(id)s are not added, so they are no denominators") % {"id": name},
                _("Name an indicator with aggregation: sum."),
                *where,
            )
        if indicator["aggregation"] != "weighted_mean":
            document.refuse(
                _("Only a weighted mean has a denominator_series"),
                _("Write aggregation: weighted_mean, or take denominator_series away."),
                *where,
            )
        versions.filter(position=i).update(denominator_series=found[name])


def _indicators_by_any_code() -> dict[str, str]:
    """`u4ssc:EC:P:EM:3A` by itself and by its alias `u4ssc:EC:P:EM:3C`; a code of its own goes before an alias."""
    aliases = models.Alias.objects.values_list("version__indicator__set_id", "code", "version__indicator_id")
    found = {f"{set_id}:{code}": indicator_id for set_id, code, indicator_id in aliases}
    return found | {pk: pk for pk in models.Indicator.objects.values_list("pk", flat=True)}


def _store_benchmarks(document: Document) -> None:
    """Stores the benchmarks of a file in place of those it had before; an adopted one never changes its number."""
    data = document.data
    found = models.IndicatorVersion.objects.filter(edition_id=document.edition_id)
    versions = {
        version.code: {"": version.direction, **{part.code: part.direction for part in version.data_points.all()}}
        for version in found.exclude(edition__status=models.Status.DRAFT).prefetch_related("data_points")
    }
    check_benchmarks(document, versions)
    shared = {name: data[name] for name in ("scope", "proposed_by")} | {"collection": document.subject}
    fresh = [
        models.Benchmark(
            version_id=f"{document.edition_id}.{one['indicator']}",
            part=one.get("part", ""),
            value=one["value"],
            worst=one["worst"],
            source=one.get("source", data["source"]),
            status=one.get("status", data.get("status", "proposed")),
            valid_from=date.fromisoformat(one.get("valid_from", data["valid_from"])),
            **shared,
        )
        for one in data["benchmarks"]
    ]
    before = models.Benchmark.objects.filter(collection=document.subject)
    adopted = {(b.version_id, b.part, b.valid_from): b for b in before if b.status == models.Benchmark.Status.ADOPTED}
    for i, one in enumerate(fresh):
        was = adopted.get((one.version_id, one.part, one.valid_from))
        if was and (was.value, was.worst) != (one.value, one.worst):
            document.refuse(
                _("The benchmark of %(code)s from %(day)s is adopted, and has another value")
                % {"code": data["benchmarks"][i]["indicator"], "day": one.valid_from.isoformat()},
                _("Put it back, and write the new value as a benchmark of its own with its own valid_from."),
                *("benchmarks", i, "value"),
            )
    before.delete()
    models.Benchmark.objects.bulk_create(fresh)


_STORE = {
    "units": _store_units,
    "goals": _store_goals,
    "set": _store_set,
    "edition": _store_edition,
    "benchmarks": _store_benchmarks,
}
