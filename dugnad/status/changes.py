"""Every write about numbers: stage an import, publish it as a release, or refuse it."""

import hashlib
import importlib
import mimetypes
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.utils import timezone
from django.utils.translation import gettext as _

import dugnad
from dugnad.places import queries as places
from dugnad.shared.errors import Refusal
from dugnad.shared.writing import Actor, change
from dugnad.standards import queries as standards
from dugnad.status import rules, store
from dugnad.status.disclosure.rounding import CannotRound
from dugnad.status.models import (
    Dataset,
    ExpectedRelease,
    PlannedRelease,
    Provider,
    RawFile,
    Release,
    Snapshot,
    StagedImport,
    Withdrawal,
)
from dugnad.status.observations import Finding, Message, ValueStatus, in_order, validate
from dugnad.status.outbound import Client
from dugnad.status.plans import PlannedImport
from dugnad.status.queries import disclosure
from dugnad.status.reading import read_in_child


def register_dataset(
    *,
    key: str,
    title: dict[str, str],
    provider: str,
    provider_name: dict[str, str],
    provider_url: str,
    reader: str,
    licence: str,
    protection: Mapping[str, Any] | None = None,
    provider_protection: Mapping[str, Any] | None = None,
    by: Actor,
) -> Dataset:
    """The dataset with this key, made or brought up to date with what is said of it.

    Protection of small numbers that is not spoken of stays as it is.
    """
    described: dict[str, Any] = {"title": title, "reader": reader, "licence": licence, **(protection or {})}
    old = Dataset.objects.filter(key=key).values(*described, "provider_id").first()
    of_provider = dict(provider_protection or {})
    known = Provider.objects.filter(key=provider, **of_provider).exists()
    if known and old == {**described, "provider_id": provider}:
        return Dataset.objects.select_related("provider").get(key=key)
    with change("register_dataset", by=by) as c:
        Provider.objects.update_or_create(
            key=provider, defaults={"name": provider_name, "url": provider_url, **of_provider}
        )
        dataset, _made = Dataset.objects.update_or_create(key=key, defaults={**described, "provider_id": provider})
        after = {**described, "provider_id": provider}
        c.record(dataset, before=old and dict(old), after=after | ({"provider": of_provider} if of_provider else {}))
    return dataset


def expect_release(*, dataset: Dataset, day: date, by: Actor) -> None:
    """Keep the day on which the source says that its next figures come."""
    last = dataset.expected.last()
    if last is not None and last.day == day:
        return
    with change("expect_release", by=by) as c:
        said = ExpectedRelease.objects.create(dataset=dataset, day=day, said_at=timezone.now())
        c.record(said, before={"day": last.day} if last else None, after={"dataset": dataset.key, "day": day})


def stage_plan(*, entry: PlannedImport, by: Actor) -> StagedImport | None:
    """Stage one entry of an import plan; None when exactly this file, read and cited this way, has been published.

    Also when something newer has replaced it since: running an old plan once more does not go back in time.
    """
    dataset = register_dataset(
        key=entry.id,
        title=entry.title,
        provider=entry.provider,
        provider_name=entry.provider_name,
        provider_url=entry.provider_url,
        reader=entry.reader,
        licence=entry.licence,
        protection=entry.protection,
        provider_protection=entry.provider_protection,
        by=by,
    )
    if entry.next_release_on is not None:
        expect_release(dataset=dataset, day=entry.next_release_on, by=by)
    assert entry.file is not None, "what is fetched is staged by stage_fetched"
    with entry.file.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    published = dataset.imports.filter(raw=sha256, borders_on=entry.borders_on, release__isnull=False)
    if any(
        staged.mapping == entry.mapping
        and _beside(staged.origin) == _beside(entry.origin)
        and staged.is_protected_as(dataset.protection)
        for staged in published
    ):
        return None
    return stage_import(
        dataset=dataset,
        file=entry.file,
        origin=entry.origin,
        kind=entry.kind,
        borders_on=entry.borders_on,
        mapping=entry.mapping,
        by=by,
    )


def _beside(origin: Mapping[str, Any]) -> list[Any]:
    """What an origin says beside single figures: it is published with them, so another text is another release."""
    return [origin.get(name) for name in ("period_note", "indicators")]


def stage_fetched(*, entry: PlannedImport, client: Client, by: Actor) -> StagedImport | None:
    """Ask the provider for what an entry of a plan names, keep the answer, and stage it; None when nothing is new.

    What was asked for is kept with the origin, so that the dataset can be fetched again by its name alone.
    """
    fetch = getattr(_reader(entry.reader), "fetch", None)
    if fetch is None or entry.source is None:
        raise Refusal(
            _("The reader %(reader)s cannot fetch figures") % {"reader": entry.reader},
            entry.id,
            _("Lay the file in a folder and run dugnad stage."),
        )
    answer = fetch(entry.source, client=client)
    origin = {
        **entry.origin,
        "asked": answer.url,
        "retrieved_on": timezone.localdate(answer.fetched_at).isoformat(),
        "source": entry.source,
    }
    with tempfile.TemporaryDirectory(prefix="dugnad-fetch-") as folder:
        file = Path(folder) / f"{entry.id}{mimetypes.guess_extension(answer.media_type) or ''}"
        file.write_bytes(answer.content)
        staged = stage_plan(entry=replace(entry, file=file, origin=origin), by=by)
    if staged is None or staged.errors:
        return staged
    difference = staged.difference
    if difference["new"] or difference["changed"] or difference["vanished"]:
        return staged
    refuse_import(staged=staged, why="Nothing is new since the current release.", by=by)
    return None


def _reader(name: str) -> ModuleType:
    try:
        return importlib.import_module(f"dugnad.status.providers.{name}")
    except ModuleNotFoundError:
        raise Refusal(
            _("There is no reader %(reader)s") % {"reader": name}, "reader", _("docs/imports.md names them.")
        ) from None


def stage_import(
    *,
    dataset: Dataset,
    file: Path,
    origin: dict[str, Any],
    kind: str,
    borders_on: date | None,
    mapping: Mapping[str, Any],
    by: Actor,
) -> StagedImport:
    """Keep the raw file, read and check it, and lay it ready with its findings and its difference.

    Small numbers are hidden or rounded before anything but the raw file is kept: what a reader could be shown, a
    difference, a finding or a staged file, is made of the protected observations.

    Nothing is published. Raises `Refusal` when the file cannot be read at all; findings of level "error" let a person
    see what is wrong with rows that could be read, and keep the import from being published.
    """
    raw_sha256 = store.keep("raw", lambda path: path.write_bytes(file.read_bytes()))
    reading = read_in_child(dataset.reader, file, {**mapping, "context": places.reading_context(borders_on)})
    table, findings = reading.table, list(reading.findings)
    findings += validate(table)
    if borders_on is not None:
        table, note = _on_own_borders(table, borders_on)
        findings += note
    findings += _unknown_indicators(table)
    findings += _cited_in_vain(origin, table)
    table, protection = _protected(dataset, table, borders_on)
    findings += _implausible(table)
    if len(table) == 0 and reading.errors:
        first = reading.errors[0].translated(_)
        raise Refusal(first.what, ", ".join(filter(None, [file.name, first.where])), first.remedy)
    if len(table) == 0:
        raise Refusal(
            _("No observation could be read"), file.name, _("Check that the mapping names the columns of this file.")
        )
    table = in_order(table)
    staged_sha256 = store.keep_table("staged", table)
    difference = asdict(rules.compare(last_table(dataset), table))
    now = timezone.now()
    with change("stage_import", by=by) as c:
        raw, _new = RawFile.objects.get_or_create(
            sha256=raw_sha256,
            defaults={
                "size": file.stat().st_size,
                "media_type": mimetypes.guess_type(file.name)[0] or "",
                "name": file.name,
                "received_at": now,
            },
        )
        staged = StagedImport.objects.create(
            dataset=dataset,
            raw=raw,
            kind=kind,
            origin={**origin, "read_by": f"{dataset.reader}, Dugnad {dugnad.__version__}"},
            borders_on=borders_on,
            mapping=dict(mapping),
            staged_at=now,
            staged_by=by.name,
            row_count=len(table),
            sha256=staged_sha256,
            findings=[finding.as_dict() for finding in findings],
            difference=difference,
            protection=protection,
        )
        c.record(staged, after={"dataset": dataset.key, "raw": raw_sha256, "rows": len(table)})
    return staged


def publish_release(
    *,
    staged: StagedImport,
    reason: dict[str, str] | None = None,
    cause: str = Release.Kind.REVISED,
    key: str | None = None,
    by: Actor,
) -> Release:
    """Publish a staged import: its files are written first, then one transaction moves readers to a new snapshot.

    `reason` is required when published values change or vanish; `cause` says whether they are revised as planned,
    corrected, or measured by a new method.
    Killed at any moment, readers see the old snapshot or the new one. AlreadyDone, with the number of the release, when
    this actor's `key` has been used.
    """
    if staged.errors:
        first = staged.errors[0].translated(_)
        raise Refusal(_("The import has errors: %(what)s") % {"what": first.what}, first.where, first.remedy)
    table = store.staged_table(staged.sha256)
    files = store.write_release_files(table)
    with change("publish_release", by=by, key=key) as c:
        # One publication after another: two at once would each leave the other's release out of its snapshot.
        list(Dataset.objects.select_for_update().order_by("key"))
        locked = StagedImport.objects.select_for_update().get(pk=staged.pk)
        if locked.state != StagedImport.State.STAGED:
            raise Refusal(
                _("This import is already %(state)s") % {"state": locked.get_state_display()},
                str(locked),
                _("Stage the file again if it should be published anew."),
            )
        previous = Snapshot.objects.first()
        now = _moment_after(previous)
        _keep_promise(locked, now)
        current = last_release(staged.dataset)
        difference = rules.compare(current and store.release_table(current.by_series), table)
        alters = difference.changed > 0 or difference.vanished > 0
        if alters and not reason:
            raise Refusal(
                _("Published values would change: %(changed)d changed, %(vanished)d gone")
                % {"changed": difference.changed, "vanished": difference.vanished},
                staged.dataset.key,
                _("State the reason, and whether it corrects an error."),
            )
        _refuse_if_revealing(locked, table)
        release = Release.objects.create(
            dataset=staged.dataset,
            number=current.number + 1 if current else 1,
            kind=rules.kind_of_release(
                source_kind=staged.kind,
                holds_preliminary=pc.any(pc.equal(table["status"], ValueStatus.PRELIMINARY.value)).as_py(),
                replaces=current is not None,
                changes_values=alters,
                cause=cause,
            ),
            reason=reason or {},
            published_at=now,
            published_by=by.name,
            replaces=current,
            staged=locked,
            by_series=files.by_series,
            by_place=files.by_place,
            wholes=files.wholes,
            distribution=files.distribution,
            row_count=len(table),
            indicators=sorted(table["indicator"].unique().to_pylist()),
            place_sources=places.sources_of(table["place"].unique().to_pylist()),
            first_day=pc.min(table["period_start"]).as_py(),
            last_day=pc.max(table["period_end"]).as_py(),
            changed=difference.changed,
            gone=difference.vanished,
            sizes={indicator: asdict(size) for indicator, size in difference.sizes.items()},
        )
        locked.state = StagedImport.State.PUBLISHED
        locked.save(update_fields=["state"])
        kept = [] if previous is None else list(previous.releases.exclude(dataset=staged.dataset))
        snapshot = Snapshot.objects.create(published_at=now)
        snapshot.releases.set([*kept, release])
        c.record(
            release,
            before=None if current is None else {"release": current.number, "by_series": current.by_series},
            after={"release": release.number, "by_series": files.by_series, "snapshot": snapshot.pk},
        )
        c.send("release.published", {"release": release.pk, "snapshot": snapshot.pk})
        c.result = {"release": release.number}
    return release


def _keep_promise(staged: StagedImport, now: datetime) -> None:
    """What is promised for a moment is not published before it; when it has come, the promise is kept."""
    for planned in staged.plans.select_for_update().filter(state=PlannedRelease.State.PLANNED):
        if planned.publish_at > timezone.now():
            raise Refusal(
                _("This release is planned for %(moment)s, the same for all")
                % {"moment": timezone.localtime(planned.publish_at).strftime("%Y-%m-%d %H:%M")},
                str(staged),
                _("Move or cancel the plan first."),
            )
        planned.state, planned.ended_at = PlannedRelease.State.PUBLISHED, now
        planned.save(update_fields=["state", "ended_at"])


def _moment_after(previous: Snapshot | None) -> datetime:
    """Now, and after the last publication also when the clock was set back: what was published on a day stays so."""
    now = timezone.now()
    return now if previous is None else max(now, previous.published_at + timedelta(microseconds=1))


def withdraw_release(
    *, release: Release, kind: str, reason: dict[str, str], key: str | None = None, by: Actor
) -> Withdrawal:
    """Take a release out of what readers see. Its manifest stays, and says that it is withdrawn and why.

    Withdrawn because its figures were wrong, they can still be seen as published then, with a notice. Withdrawn to
    protect persons, they are given out no more, in any form and as of any day.
    """
    if kind not in Withdrawal.Kind.values or not any(reason.values()):
        raise Refusal(_("A release is withdrawn with a reason"), str(release), _("Write why: readers see it."))
    with change("withdraw_release", by=by, key=key) as c:
        list(Dataset.objects.select_for_update().order_by("key"))
        if Withdrawal.objects.filter(release=release).exists():
            raise Refusal(
                _("This release is withdrawn already"), str(release), _("See its page for when, by whom and why.")
            )
        previous = Snapshot.objects.first()
        assert previous is not None, "what is published is in a snapshot"
        now = _moment_after(previous)
        snapshot = Snapshot.objects.create(published_at=now)
        snapshot.releases.set(previous.releases.exclude(pk=release.pk))
        withdrawal = Withdrawal.objects.create(
            release=release, kind=kind, reason=reason, withdrawn_at=now, withdrawn_by=by.name, snapshot=snapshot
        )
        c.record(withdrawal, after={"release": str(release), "kind": kind, "reason": reason, "snapshot": snapshot.pk})
        c.send("release.withdrawn", {"release": release.pk, "snapshot": snapshot.pk})
    return withdrawal


def refuse_import(*, staged: StagedImport, why: str, key: str | None = None, by: Actor) -> None:
    """Set a staged import aside; its raw file and findings are kept. AlreadyDone when this actor's `key` was used."""
    with change("refuse_import", by=by, key=key) as c:
        locked = StagedImport.objects.select_for_update().get(pk=staged.pk)
        if locked.state != StagedImport.State.STAGED:
            raise Refusal(
                _("This import is already %(state)s") % {"state": locked.get_state_display()},
                str(locked),
                _("Only an import that waits can be refused."),
            )
        if locked.plans.filter(state=PlannedRelease.State.PLANNED).exists():
            raise Refusal(_("This release is planned"), str(locked), _("Move or cancel the plan first."))
        locked.state = StagedImport.State.REFUSED
        locked.save(update_fields=["state"])
        c.record(locked, before={"state": "staged"}, after={"state": "refused", "why": why})


def last_release(dataset: Dataset) -> Release | None:
    """The newest release of a dataset, also when it has been withdrawn: what the next one is compared with."""
    return dataset.releases.order_by("-number").first()


def last_table(dataset: Dataset) -> pa.Table | None:
    release = last_release(dataset)
    return store.release_table(release.by_series) if release else None


def _protected(dataset: Dataset, table: pa.Table, borders_on: date | None) -> tuple[pa.Table, dict[str, Any]]:
    """The table with its small numbers protected, and what was done."""
    threshold, method = dataset.protection
    try:
        table, counts = disclosure.protected(dataset, table, borders_on)
    except CannotRound as problem:
        raise Refusal(
            _("The small numbers cannot be rounded so that totals still add up"),
            ", ".join(filter(None, [problem.cell.indicator, problem.cell.period, problem.cell.breakdown])),
            _("Have them hidden in place: method: suppress in the plan."),
        ) from None
    return table, {"threshold": threshold, "method": method, **counts}


def _refuse_if_revealing(staged: StagedImport, table: pa.Table) -> None:
    """The gate: nothing is published that lets a hidden number be computed, with all that can be reached already."""
    if refusal := disclosure.refusal(disclosure.audit_import(staged, table)):
        raise refusal


def _on_own_borders(table: pa.Table, borders_on: date) -> tuple[pa.Table, list[Finding]]:
    """Take out figures that a source split by guess, and put together again what a split divided.

    A source that publishes old years on today's borders must divide a municipality that was later split; without
    known shares such parts are inventions, and become missing with the reason "border_change". Where all parts of a
    split are there, their sum is the whole as it was, and is kept under the code of the whole.
    """
    partial = places.partial_until(table["place"].unique().to_pylist(), borders_on)
    whole = rules.reunite(table, places.complete_splits(borders_on), standards.additive_versions())
    cleared, count = rules.clear_partial(table, partial)
    if not count:
        return pa.concat_tables([cleared, whole]), []
    taken_out = Finding(
        level="note",
        code="border_change",
        what=Message("The source divides municipalities that were split later by a guess"),
        where=", ".join(sorted(partial)),
        remedy=Message("These values are shown as missing because the border changed."),
        count=count,
    )
    return pa.concat_tables([cleared, whole]), [taken_out]


def _unknown_indicators(table: pa.Table) -> list[Finding]:
    unknown = sorted(set(table["indicator"].unique().to_pylist()) - standards.version_ids())
    return [
        Finding(
            level="error",
            code="unknown_indicator",
            what=Message("{id} is not a published indicator", id=version_id),
            where=Message("column {column}", column="indicator"),
            remedy=Message("Use an id from definitions/, such as norge.2026.population, or add the definition first."),
        )
        for version_id in unknown[:20]
    ]


def _cited_in_vain(origin: Mapping[str, Any], table: pa.Table) -> list[Finding]:
    """A finer source of an indicator that is not in the file is a slip of the pen: its figures would lack it."""
    return [
        Finding(
            level="warning",
            code="cited_in_vain",
            what=Message("A source is named for {id}, and the file has no such figures", id=version_id),
            where=Message("origin, indicators"),
            remedy=Message("Use the id that the mapping gives the figures."),
        )
        for version_id in sorted(set(origin.get("indicators", {})) - set(table["indicator"].unique().to_pylist()))
    ]


def _implausible(table: pa.Table) -> list[Finding]:
    return [
        Finding(
            level="warning",
            code="jump",
            what=Message(
                "{value} is far from the usual {usual} of this series", value=f"{j.value:g}", usual=f"{j.usual:g}"
            ),
            where=f"{j.indicator}, {j.place}, {j.period}",
            remedy=Message("Compare with the source before you publish."),
        )
        for j in rules.implausible(table)[:50]
    ]
