"""Questions about persons and their offices."""

from collections.abc import Iterable
from datetime import date

from dugnad.people.models import Office, Organisation, Person


def offices_of(person: Person, on: date) -> Iterable[Office]:
    """The offices a person holds on a day, the longest held first."""
    return Office.objects.held_on(on).filter(person=person).select_related("organisation").order_by("valid_from", "pk")


def offices_at(place_code: str, on: date) -> list[tuple[Organisation, list[Office]]]:
    """The municipality or county with this code, and who holds office for it on a day; empty when it has no account.

    [(Skien kommune, [<Office: adviser>, …])]
    """
    return [
        (organisation, list(organisation.offices.held_on(on).select_related("person").order_by("role", "person__name")))
        for organisation in Organisation.objects.filter(place_code=place_code)
    ]
