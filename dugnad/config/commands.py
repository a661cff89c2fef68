"""The console command `dugnad`: Django's management commands under one name."""

import os
import sys
from collections import defaultdict
from importlib.metadata import version
from textwrap import fill
from typing import Any, TextIO

from django.core.management import ManagementUtility, get_commands, load_command_class
from django.core.management.base import BaseCommand, OutputWrapper
from django.utils.translation import gettext, override

from dugnad.shared.console import around_help, language_of, no_such_command


class _Plain(OutputWrapper):
    """Faults in the words of the command alone, without the name of a class before them."""

    def __init__(self, out: TextIO, style_func: Any) -> None:
        super().__init__(out)
        self.style_func = style_func

    def write(self, msg: str = "", style_func: Any = None, ending: str | None = None) -> None:  # type: ignore[override]
        super().write(msg.removeprefix("CommandError: "), style_func, ending)


class _Commands(ManagementUtility):
    """`dugnad help --lang nn` speaks a language, as the commands do."""

    def __init__(self, argv: list[str]) -> None:
        self.language, without = language_of(argv)
        super().__init__(without if argv[1:2] == ["help"] else argv)

    def execute(self) -> None:
        if self.argv[1:] in (["version"], ["--version"]):
            sys.stdout.write(version("dugnad") + "\n")  # ours, not Django's
        else:
            super().execute()

    def main_help_text(self, commands_only: bool = False) -> str:
        """Our own commands with a line each; then those of Django and of libraries by name."""
        if commands_only:
            return str(super().main_help_text(commands_only=True))
        with override(self.language):
            return self._help_text()

    def _help_text(self) -> str:
        ours: list[str] = []
        others: defaultdict[str, list[str]] = defaultdict(list)
        for name, app in sorted(get_commands().items()):
            if str(app).startswith("dugnad."):
                command = load_command_class(str(app), name)
                ours.append(f"  {name:<14}" + fill(gettext(command.help), 100, subsequent_indent=" " * 16))
            else:
                others[str(app).rpartition(".")[-1].replace("core", "django")].append(name)
        rest = [fill(f"{app}: {', '.join(names)}", 100, subsequent_indent="  ") for app, names in others.items()]
        usage, others_too = around_help(self.prog_name)
        return "\n".join([usage, "", *ours, "", others_too, *rest])

    def fetch_command(self, subcommand: str) -> BaseCommand:
        if subcommand not in get_commands():
            with override(self.language):
                sys.exit(no_such_command(self.prog_name, subcommand, get_commands()))
        command: BaseCommand = super().fetch_command(subcommand)
        command.stderr = _Plain(sys.stderr, command.style.ERROR)
        return command


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dugnad.config.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    try:
        assert settings.SECRET_KEY  # the settings are read now
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"The data folder cannot be used: {error}. Name another with DUGNAD_DATA_DIR, or mend its rights.")
    _Commands(sys.argv).execute()


if __name__ == "__main__":
    main()
