"""One's own page, and who holds office for a municipality. Signing in is the library's (see `urls.py`)."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from dugnad.people import changes, queries
from dugnad.people.forms import PersonForm
from dugnad.people.models import Office, Person
from dugnad.people.policy import can
from dugnad.shared.writing import Actor


def me(request: HttpRequest) -> HttpResponse:
    """Who I am here, my offices, and how I sign in."""
    person = request.user
    assert isinstance(person, Person), "the policy lets in only who has signed in"
    form = PersonForm(request.POST or None, initial={"name": person.name, "language": person.language})
    if request.method == "POST" and form.is_valid():
        changes.update_person(
            person=person,
            name=form.cleaned_data["name"],
            language=form.cleaned_data["language"],
            by=Actor.person(person),
        )
        messages.success(request, _("Saved."))
        return redirect("people:me")
    offices = queries.offices_of(person, timezone.localdate())
    context = {
        "form": form,
        "offices": offices,
        "only_advises": {office.role for office in offices} == {Office.Role.ADVISER},
        "publishes": can(person, "GET status:imports"),
    }
    return render(request, "people/me.html", context, status=422 if form.errors else 200)


def organisation(request: HttpRequest, place_code: str) -> HttpResponse:
    """Who holds office for a municipality or county today."""
    found = queries.offices_at(place_code, timezone.localdate())
    if not found:
        raise Http404(_("No organisation with this code is registered here."))
    return render(request, "people/organisation.html", {"found": found})
