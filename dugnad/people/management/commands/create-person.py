"""Creates an account: the only way to the first one, since nobody can sign up."""

from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dugnad.people.changes import create_person, invitation_link
from dugnad.people.models import Person
from dugnad.shared.console import SpokenCommand
from dugnad.shared.errors import Refusal
from dugnad.shared.writing import Actor


class Command(SpokenCommand):
    help = gettext_noop(
        "Creates an account and prints a link, good for one use and one day, where the person chooses a password."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True, help=_("the address the person signs in with"))
        parser.add_argument("--name", required=True, help=_("the name of the person"))
        parser.add_argument(
            "--language",
            choices=Person.Language.values,
            default=Person.Language.NB,
            help=_("the language of the person's letters (%(default)s)"),
        )
        parser.add_argument("--operator", action="store_true", help=_("who runs the installation"))
        parser.add_argument("--password", action="store_true", help=_("ask for a password here instead of a link"))

    def handle(self, *, email: str, name: str, language: str, operator: bool, password: bool, **options: Any) -> None:
        try:
            validate_email(email)
        except ValidationError:
            said = _("%(email)s is not an e-mail address. Write it as name@municipality.no.")
            raise CommandError(said % {"email": email}) from None
        try:
            person = create_person(
                email=email,
                name=name,
                language=language,
                password=_ask_for_password(email, name) if password else None,
                operator_from=timezone.localdate() if operator else None,
                by=Actor.system("create-person"),
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(_("Created the account of %(name)s.") % {"name": name})
        if not password:
            self.stdout.write(_("Choose a password within a day: %(link)s") % {"link": invitation_link(person)})


def _ask_for_password(email: str, name: str) -> str:
    password = getpass(_("Password (at least 8 characters, better 15):") + " ")
    validate_password(password, Person(email=email, name=name))
    return password
