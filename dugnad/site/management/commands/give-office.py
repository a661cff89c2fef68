"""Gives a person an office: adviser of a municipality or county, or the secretariat of a network."""

import re
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from dugnad.people.changes import create_organisation, give_office
from dugnad.people.models import Office, Organisation, Person
from dugnad.places import queries as places
from dugnad.shared.console import SpokenCommand
from dugnad.shared.numbers import format_date
from dugnad.shared.writing import Actor


class Command(SpokenCommand):
    help = gettext_noop("Gives a person an office at an organisation, which is registered if it is not yet.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True, help=_("the address the person signs in with"))
        parser.add_argument(
            "--role",
            required=True,
            choices=[Office.Role.ADVISER.value, Office.Role.SECRETARIAT.value],
            help=_("adviser of a municipality or county, or secretariat of a network"),
        )
        parser.add_argument(
            "--kind", required=True, choices=Organisation.Kind.values, help=_("what kind of organisation it is")
        )
        parser.add_argument("--organisation", required=True, help=_("its name"))
        parser.add_argument("--place", default="", help=_("its place code, for a municipality or county"))
        parser.add_argument("--from", dest="valid_from", metavar="DAY", type=_day, help=_("the first day; today"))
        parser.add_argument("--to", dest="valid_to", metavar="DAY", type=_day, help=_("the first day after"))

    def handle(self, **given: Any) -> None:
        by = Actor.system("give-office")
        first, after = given["valid_from"] or timezone.localdate(), given["valid_to"]
        try:
            person = Person.objects.get(email=given["email"].lower())
        except Person.DoesNotExist:
            said = _("Nobody has an account with the address %(email)s. Run `dugnad create-person` first.")
            raise CommandError(said % {"email": given["email"]}) from None
        digits = {"municipality": 4, "county": 2}.get(given["kind"], 0)
        if not re.fullmatch(rf"[0-9]{{{digits}}}", given["place"]):
            raise CommandError(_("Give --place (as 4003 or 40) for a municipality or county, and only for those."))
        if given["place"]:
            try:
                places.place(given["place"], first)
            except places.PlaceNotFound as refusal:
                raise CommandError(str(refusal)) from None
        if after and after <= first:
            said = _("The first day after, %(after)s, is not later than the first day, %(first)s. Correct --to.")
            raise CommandError(said % {"first": first, "after": after})
        known = Organisation.objects.filter(kind=given["kind"], place_code=given["place"])
        if not given["place"]:
            known = known.filter(name=given["organisation"])
        organisation = known.first()
        told = {"person": person, "role": Office.Role(given["role"]).label}
        if organisation and person.offices.filter(organisation=organisation, role=given["role"]).held_on(first):
            said = _("%(person)s is %(role)s at %(organisation)s already; nothing is changed.")
            raise CommandError(said % {**told, "organisation": organisation})
        organisation = organisation or create_organisation(
            kind=given["kind"], name=given["organisation"], place_code=given["place"], by=by
        )
        give_office(
            person=person, organisation=organisation, role=given["role"], valid_from=first, valid_to=after, by=by
        )
        said = _("%(person)s is %(role)s at %(organisation)s from %(day)s.")
        day = format_date(first, get_language() or "nb")
        self.stdout.write(said % {**told, "organisation": organisation, "day": day})


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(_("%(text)s is not a day; write it as 2026-11-01") % {"text": text}) from None
