"""The import workspace: what waits to be published, what is wrong with it, what it would change, and two buttons."""

import secrets
import tempfile
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
from dugnad.status import changes
from dugnad.status.forms import PublishForm, RefuseForm, UploadForm, WithdrawForm
from dugnad.status.models import Release, StagedImport
from dugnad.status.queries import releases, snapshots

ON_A_PAGE = 50


def imports(request: HttpRequest) -> HttpResponse:
    """Every import, those that wait first."""
    page = Paginator(releases.all_imports(), ON_A_PAGE).get_page(request.GET.get("side"))
    return render(request, "status/imports.html", {"page": page})


def import_(request: HttpRequest, pk: int) -> HttpResponse:
    """One import: what is wrong, what it changes, and the buttons that publish it or set it aside."""
    return _shown(request, _import(pk))


def publish_import(request: HttpRequest, pk: int) -> HttpResponse:
    staged = _import(pk)
    alters = releases.import_overview(staged).difference.alters
    form = PublishForm(request.POST, alters=alters)
    if form.is_valid():
        try:
            changes.publish_release(
                staged=staged,
                reason=form.reason,
                cause=form.cleaned_data["cause"] or Release.Kind.REVISED,
                key=form.cleaned_data["key"],
                by=_actor(request),
            )
        except AlreadyDone:
            return redirect("status:import", pk=pk)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            snapshots.forget()
            messages.success(request, _("Published. Readers see the new figures now."))
            return redirect("status:import", pk=pk)
    return _shown(request, _import(pk), publish=form)


def refuse_import(request: HttpRequest, pk: int) -> HttpResponse:
    form = RefuseForm(request.POST)
    if form.is_valid():
        try:
            changes.refuse_import(
                staged=_import(pk), why=form.cleaned_data["why"], key=form.cleaned_data["key"], by=_actor(request)
            )
        except AlreadyDone:
            return redirect("status:import", pk=pk)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Set aside. Nothing was published."))
            return redirect("status:import", pk=pk)
    return _shown(request, _import(pk), refuse=form)


def withdraw_release(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the release that an import became out of what readers see."""
    staged = _import(pk)
    form = WithdrawForm(request.POST)
    if not hasattr(staged, "release"):
        form.add_error(None, _("This import has not been published, so there is nothing to withdraw."))
    if form.is_valid():
        try:
            changes.withdraw_release(
                release=staged.release,
                kind=form.cleaned_data["why"],
                reason=form.reason,
                key=form.cleaned_data["key"],
                by=_actor(request),
            )
        except AlreadyDone:
            return redirect("status:import", pk=pk)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            snapshots.forget()
            messages.success(request, _("Withdrawn. Readers are told why."))
            return redirect("status:import", pk=pk)
    return _shown(request, _import(pk), withdraw=form)


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
            mapping=last.mapping,
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
        "publish": PublishForm(alters=overview.difference.alters, initial={"key": key}),
        "refuse": RefuseForm(initial={"key": key}),
        "withdraw": WithdrawForm(initial={"key": key}),
        "refused": next(iter(refused.values()), None),
        **refused,
    }
    return render(request, "status/import.html", context, status=422 if refused else 200)


def _actor(request: HttpRequest) -> Actor:
    assert isinstance(request.user, Person), "the policy lets in only who has signed in"
    return Actor.person(request.user)
