"""The import workspace: what waits to be published, what is wrong with it, what it would change, and two buttons."""

import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from dugnad.people.models import Person
from dugnad.shared.errors import Refusal
from dugnad.shared.writing import Actor, AlreadyDone
from dugnad.status import changes, planned_changes
from dugnad.status.forms import CancelForm, MoveForm, PublishForm, RefuseForm, ScheduleForm, UploadForm, WithdrawForm
from dugnad.status.models import PlannedRelease, Release, StagedImport
from dugnad.status.queries import disclosure, releases, snapshots

ON_A_PAGE = 50


def imports(request: HttpRequest) -> HttpResponse:
    """Every import, those that wait first."""
    page = Paginator(releases.all_imports(), ON_A_PAGE).get_page(request.GET.get("side"))
    return render(request, "status/imports.html", {"page": page})


def import_(request: HttpRequest, pk: int) -> HttpResponse:
    """One import: what is wrong, what it changes, and the buttons that publish it now or later, or set it aside.

    Whoever looks at what is planned before its moment is written down.
    """
    staged = _import(pk)
    if planned := _planned(staged):
        planned_changes.note_early_access(planned=planned, by=_actor(request))
    return _shown(request, staged)


def publish_import(request: HttpRequest, pk: int) -> HttpResponse:
    staged = _import(pk)
    form = PublishForm(request.POST, alters=releases.import_overview(staged).difference.alters)

    def publish() -> None:
        changes.publish_release(
            staged=staged,
            reason=form.reason,
            cause=form.cleaned_data["cause"] or Release.Kind.REVISED,
            key=form.cleaned_data["key"],
            by=_actor(request),
        )
        snapshots.forget()

    return _done(request, pk, form, "publish", publish, _("Published. Readers see the new figures now."))


def refuse_import(request: HttpRequest, pk: int) -> HttpResponse:
    form = RefuseForm(request.POST)

    def refuse() -> None:
        changes.refuse_import(
            staged=_import(pk), why=form.cleaned_data["why"], key=form.cleaned_data["key"], by=_actor(request)
        )

    return _done(request, pk, form, "refuse", refuse, _("Set aside. Nothing was published."))


def withdraw_release(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the release that an import became out of what readers see."""
    staged = _import(pk)
    form = WithdrawForm(request.POST)
    if not hasattr(staged, "release"):
        form.add_error(None, _("This import has not been published, so there is nothing to withdraw."))

    def withdraw() -> None:
        changes.withdraw_release(
            release=staged.release,
            kind=form.cleaned_data["why"],
            reason=form.reason,
            key=form.cleaned_data["key"],
            by=_actor(request),
        )
        snapshots.forget()

    return _done(request, pk, form, "withdraw", withdraw, _("Withdrawn. Readers are told why."))


def schedule_import(request: HttpRequest, pk: int) -> HttpResponse:
    """Promise an import for a moment: the calendar tells of it at once."""
    staged = _import(pk)
    form = ScheduleForm(request.POST, alters=releases.import_overview(staged).difference.alters)

    def schedule() -> None:
        planned_changes.schedule_release(
            staged=staged,
            publish_at=form.cleaned_data["publish_at"],
            reason=form.reason,
            cause=form.cleaned_data["cause"] or Release.Kind.REVISED,
            note=form.note,
            key=form.cleaned_data["key"],
            by=_actor(request),
        )

    return _done(
        request, pk, form, "schedule", schedule, _("Planned. The calendar says when; nobody sees the figures before.")
    )


def move_import(request: HttpRequest, pk: int) -> HttpResponse:
    """Promise another moment for a planned release."""
    planned, form = _planned(_import(pk)), MoveForm(request.POST)
    if planned is None:
        form.add_error(None, _("This import is not planned."))

    def move() -> None:
        assert planned is not None
        planned_changes.move_release(
            planned=planned,
            publish_at=form.cleaned_data["publish_at"],
            why=form.reason,
            key=form.cleaned_data["key"],
            by=_actor(request),
        )

    return _done(request, pk, form, "move", move, _("Moved. The calendar says from when, and why."))


def cancel_import(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the promise of a release back."""
    planned, form = _planned(_import(pk)), CancelForm(request.POST)
    if planned is None:
        form.add_error(None, _("This import is not planned."))

    def cancel() -> None:
        assert planned is not None
        planned_changes.cancel_release(
            planned=planned, why=form.reason, key=form.cleaned_data["key"], by=_actor(request)
        )

    return _done(request, pk, form, "cancel", cancel, _("Cancelled. The calendar says so, and why."))


def _planned(staged: StagedImport) -> PlannedRelease | None:
    """The promise of an import that is not kept yet."""
    return staged.plans.filter(state=PlannedRelease.State.PLANNED).first()


def _done(
    request: HttpRequest, pk: int, form: forms.Form, name: str, act: Callable[[], None], words: str
) -> HttpResponse:
    """Back to the page of the import when a form is accepted and `act` done, else the page with the form as it was."""
    if form.is_valid():
        try:
            act()
        except AlreadyDone:
            return redirect("status:import", pk=pk)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, words)
            return redirect("status:import", pk=pk)
    return _shown(request, _import(pk), **{name: form})


def new_import(request: HttpRequest) -> HttpResponse:
    """A file for a dataset that has been imported before, read and checked but not published."""
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = UploadForm(*sent, initial={"retrieved_on": timezone.localdate()})
    if sent and form.is_valid():
        try:
            staged = _stage(form, _actor(request))
        except Refusal as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect("status:import", pk=staged.pk)
    return render(request, "status/import_new.html", {"form": form}, status=422 if form.errors else 200)


def _stage(form: UploadForm, by: Actor) -> StagedImport:
    """Stage the file with the mapping, the borders and the origin of the dataset's last import."""
    dataset = form.cleaned_data["dataset"]
    last = dataset.imports.latest("pk")
    with tempfile.TemporaryDirectory(prefix="dugnad-upload-") as folder:
        path = Path(folder) / form.file_name
        with path.open("wb") as file:
            for part in form.cleaned_data["file"].chunks():
                file.write(part)
        return changes.stage_import(
            dataset=dataset,
            file=path,
            origin={**last.origin, "retrieved_on": form.cleaned_data["retrieved_on"].isoformat()},
            kind=form.cleaned_data["kind"],
            borders_on=last.borders_on,
            mapping=form.mapping(last.mapping),
            by=by,
        )


def _import(pk: int) -> StagedImport:
    return get_object_or_404(
        StagedImport.objects.select_related("dataset__provider", "raw", "release__withdrawal"), pk=pk
    )


def _shown(request: HttpRequest, staged: StagedImport, **refused: forms.Form) -> HttpResponse:
    """The page of an import; with a form that was not accepted as it was filled in, by its name."""
    overview = releases.import_overview(staged)
    key = secrets.token_urlsafe(16)
    context: dict[str, Any] = {
        "overview": overview,
        "staged": staged,
        "findings": [finding.translated(_) for finding in staged.all_findings],
        "errors": staged.errors,
        "revealing": overview.audited and disclosure.refusal(overview.audited),
        "publish": PublishForm(alters=overview.difference.alters, initial={"key": key}),
        "refuse": RefuseForm(initial={"key": key}),
        "withdraw": WithdrawForm(initial={"key": key}),
        "schedule": ScheduleForm(alters=overview.difference.alters, initial={"key": key}),
        "move": MoveForm(initial={"key": key}),
        "cancel": CancelForm(initial={"key": key}),
        "planned": _planned(staged),
        "refused": next(iter(refused.values()), None),
        **refused,
    }
    return render(request, "status/import.html", context, status=422 if refused else 200)


def _actor(request: HttpRequest) -> Actor:
    assert isinstance(request.user, Person), "the policy lets in only who has signed in"
    return Actor.person(request.user)
