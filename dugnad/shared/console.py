"""Console commands that speak the language of whoever runs them: `--lang nb`, `nn` or `en`, also in their help."""

import argparse
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, ProgrammingError
from django.utils.translation import gettext, gettext_lazy, override

# What argparse says itself, in helps and in faults; it looks each up when it says it.
ARGPARSE = (
    gettext_lazy("usage: "),
    gettext_lazy("positional arguments"),
    gettext_lazy("options"),
    gettext_lazy("show this help message and exit"),
    gettext_lazy("%(prog)s: error: %(message)s\n"),
    gettext_lazy("argument %(argument_name)s: %(message)s"),
    gettext_lazy("the following arguments are required: %s"),
    gettext_lazy("unrecognized arguments: %s"),
    gettext_lazy("expected one argument"),
    gettext_lazy("ignored explicit argument %r"),
    gettext_lazy("ambiguous option: %(option)s could match %(matches)s"),
    gettext_lazy("invalid choice: %(value)r (choose from %(choices)s)"),
    gettext_lazy("invalid %(type)s value: %(value)r"),
)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """A language for us and for argparse, which otherwise asks the catalogues of the system and speaks English."""
    words = vars(argparse)
    usual = words["_"]
    words["_"] = gettext
    try:
        with override(language):
            yield
    finally:
        words["_"] = usual


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


def no_such_command(program: str, name: str, names: Iterable[str]) -> str:
    """That there is no command of a name, which one may be meant, and where they are listed."""
    said = gettext("There is no command “%(command)s”.") % {"command": name}
    if close := get_close_matches(name, names, 1):
        said += " " + gettext("Did you mean “%(command)s”?") % {"command": close[0]}
    return said + " " + gettext("“%(program)s help” lists all.") % {"program": program}


def between(lowest: int, highest: int) -> Callable[[str], int]:
    """A type for an option: a whole number within limits."""

    def number(text: str) -> int:
        if text.isdecimal() and lowest <= int(text) <= highest:
            return int(text)
        said = gettext("%(text)s is not a whole number from %(lowest)s to %(highest)s")
        raise argparse.ArgumentTypeError(said % {"text": text, "lowest": lowest, "highest": highest})

    return number


class SpokenCommand(BaseCommand):
    """A command with `--lang`. `help` is marked with `gettext_noop`; all it writes is translated when it is written."""

    # Ours are checked before they are released (scripts/check); it would take most of a second of each run.
    requires_system_checks: list[str] = []
    # They work, as in every command of Django; the help has what this one adds.
    suppressed_base_arguments: set[str] = {
        *("--version", "--verbosity", "--settings", "--pythonpath", "--traceback", "--no-color", "--force-color")
    }

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
        with speaking(language_of(sys.argv)[0]):
            super().print_help(prog_name, subcommand)

    def run_from_argv(self, argv: list[str]) -> None:
        with speaking(language_of(argv)[0]):
            super().run_from_argv(argv)

    def execute(self, *args: Any, **options: Any) -> str | None:
        with override(options["lang"]):
            try:
                return super().execute(*args, **options)
            except (OperationalError, ProgrammingError) as error:
                told = {"why": str(error).strip().partition("\n")[0]}
                said = gettext(
                    "The database cannot be used: %(why)s. Start it or correct DATABASE_URL; `dugnad doctor` says more."
                )
                raise CommandError(said % told) from error
