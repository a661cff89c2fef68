"""Every change to who people are and which offices they hold."""

from datetime import date

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from dugnad.people.models import Office, Organisation, Person
from dugnad.shared.errors import Refusal
from dugnad.shared.writing import Actor, change


def create_person(
    *,
    email: str,
    name: str,
    language: str = "nb",
    password: str | None = None,
    operator_from: date | None = None,
    by: Actor,
) -> Person:
    """A person who can sign in, with the office of operator from a day if given.

    Whoever creates the account vouches for the address. Without a password, send them `invitation_link(person)`.
    """
    email = email.strip().lower()
    if Person.objects.filter(email=email).exists():
        raise Refusal(_("There is already an account with this address"), email, _("Use another address."))
    with change("create_person", by=by) as c:
        person = Person.objects.create_user(email, password, name=name, language=language)
        EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
        c.record(person, after={"language": language})
        if operator_from is not None:
            office = Office.objects.create(person=person, role=Office.Role.OPERATOR, valid_from=operator_from)
            c.record(office, after=_office(office))
    return person


def update_person(*, person: Person, name: str, language: str, by: Actor) -> None:
    if (person.name, person.language) == (name, language):
        return
    with change("update_person", by=by) as c:
        before = {"language": person.language}
        person.name, person.language = name, language
        person.save(update_fields=["name", "language"])
        c.record(person, before=before, after={"language": language})


def set_password(*, person: Person, password: str, by: Actor) -> None:
    """The person signs in with this password from now on. That it changed is written down, nothing of what it is."""
    with change("set_password", by=by) as c:
        before = {"has_password": person.has_usable_password()}
        person.set_password(password)
        person.save(update_fields=["password"])
        c.record(person, before=before, after={"has_password": True})


def close_account(*, person: Person, by: Actor) -> None:
    """The person can no longer sign in, and every session of theirs ends at once."""
    with change("close_account", by=by) as c:
        person.is_active = False
        person.save(update_fields=["is_active"])
        c.record(person, before={"is_active": True}, after={"is_active": False})


def create_organisation(*, kind: str, name: str, place_code: str = "", number: str = "", by: Actor) -> Organisation:
    with change("create_organisation", by=by) as c:
        organisation = Organisation.objects.create(kind=kind, name=name, place_code=place_code, number=number)
        c.record(organisation, after={"kind": kind, "name": name, "place_code": place_code, "number": number})
    return organisation


def give_office(
    *, person: Person, organisation: Organisation, role: str, valid_from: date, valid_to: date | None = None, by: Actor
) -> Office:
    """The person holds the role from the first day up to, not including, the last; None is until further notice."""
    with change("give_office", by=by) as c:
        office = Office.objects.create(
            person=person, organisation=organisation, role=role, valid_from=valid_from, valid_to=valid_to
        )
        c.record(office, after=_office(office))
    return office


def end_office(*, office: Office, on: date, by: Actor) -> None:
    """From this day the office is no longer held; what followed from it is gone with the next request."""
    with change("end_office", by=by) as c:
        before = _office(office)
        office.valid_to = on
        office.save(update_fields=["valid_to"])
        c.record(office, before=before, after=_office(office))


def invitation_link(person: Person) -> str:
    """The address where the person chooses a password; works once, and for as long as PASSWORD_RESET_TIMEOUT."""
    with override(person.language):
        kwargs = {"uidb36": user_pk_to_url_str(person), "key": default_token_generator.make_token(person)}
        return settings.PUBLIC_URL + reverse("account_reset_password_from_key", kwargs=kwargs)


def _office(office: Office) -> dict[str, object]:
    return {
        "person": office.person_id,
        "organisation": office.organisation_id,
        "role": office.role,
        "valid_from": office.valid_from,
        "valid_to": office.valid_to,
    }
