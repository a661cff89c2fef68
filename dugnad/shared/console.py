"""Console commands that speak the language of whoever runs them: `--lang nb`, `nn` or `en`, also in their help."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext, override


def languages() -> list[str]:
    """The codes of the languages that commands speak."""
    return [code for code, _name in settings.LANGUAGES]


def language_of(argv: Sequence[str]) -> tuple[str, list[str]]:
    """The language that a command line asks for, and the line without it. A wrong one is refused by the command.

    >>> language_of(["dugnad", "help", "--lang", "en"]), language_of(["dugnad", "doctor"])
    (('en', ['dugnad', 'help']), ('nb', ['dugnad', 'doctor']))
    """
    parser = ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--lang", nargs="?")
    asked, rest = parser.parse_known_args(argv)
    return (asked.lang if asked.lang in languages() else settings.LANGUAGE_CODE), rest


def around_help(program: str) -> tuple[str, str]:
    """What stands above the list of commands, and between Dugnad's own and the others."""
    usage = gettext("Type “%(name)s help COMMAND” for the options of a command.") % {"name": program}
    return usage, gettext("Also there, from what Dugnad is built with:")


class SpokenCommand(BaseCommand):
    """A command with `--lang`. `help` is marked with `gettext_noop`; all it writes is translated when it is written."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        self.help = gettext(type(self).help)
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.add_argument(
            "--lang",
            choices=languages(),
            default=settings.LANGUAGE_CODE,
            help=gettext("the language of what it writes"),
        )
        return parser

    def print_help(self, prog_name: str, subcommand: str) -> None:
        with override(language_of(sys.argv)[0]):
            super().print_help(prog_name, subcommand)

    def run_from_argv(self, argv: list[str]) -> None:
        with override(language_of(argv)[0]):
            super().run_from_argv(argv)

    def execute(self, *args: Any, **options: Any) -> str | None:
        with override(options["lang"]):
            return super().execute(*args, **options)
