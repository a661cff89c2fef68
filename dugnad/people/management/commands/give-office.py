"""Gives a person an office: adviser of a municipality or county, or the secretariat of a network."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext_noop

from dugnad.people.changes import create_organisation, give_office
from dugnad.people.models import Office, Organisation, Person
from dugnad.shared.writing import Actor


class Command(BaseCommand):
    help = gettext_noop("Gives a person an office at an organisation, which is registered if it is not yet.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--role", required=True, choices=[Office.Role.ADVISER, Office.Role.SECRETARIAT])
        parser.add_argument("--kind", required=True, choices=Organisation.Kind.values)
        parser.add_argument("--organisation", required=True, help="its name")
        parser.add_argument("--place", default="", help="its place code, for a municipality or county")
        parser.add_argument("--from", dest="valid_from", type=date.fromisoformat, default=None)
        parser.add_argument("--to", dest="valid_to", type=date.fromisoformat, default=None, help="the first day after")

    def handle(self, **given: Any) -> None:
        by = Actor.system("give-office")
        try:
            person = Person.objects.get(email=given["email"].lower())
        except Person.DoesNotExist:
            raise CommandError(
                f"Nobody has an account with the address {given['email']}. Run `dugnad create-person` first."
            ) from None
        if (given["kind"] in ("municipality", "county")) != bool(given["place"]):
            raise CommandError("Give --place (as 4003 or 40) for a municipality or county, and only for those.")
        known = Organisation.objects.filter(kind=given["kind"], place_code=given["place"])
        if not given["place"]:
            known = known.filter(name=given["organisation"])
        organisation = known.first() or create_organisation(
            kind=given["kind"], name=given["organisation"], place_code=given["place"], by=by
        )
        give_office(
            person=person,
            organisation=organisation,
            role=given["role"],
            valid_from=given["valid_from"] or timezone.localdate(),
            valid_to=given["valid_to"],
            by=by,
        )
        self.stdout.write(f"{person.name} is now {given['role']} at {organisation.name}.")
