"""`dugnad explain INDICATOR PLACE [PERIOD]`: how one number came about."""

from argparse import ArgumentParser
from typing import Any

import orjson
from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dugnad.shared.console import SpokenCommand
from dugnad.status import api, explaining
from dugnad.status.queries import explanations, snapshots


class Command(SpokenCommand):
    help = gettext_noop(
        "Explain one published number: source file, import, release, borders, definition, earlier vintages."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "indicator", help=_("norge.2026.unemployment, or u4ssc.EC:ICT:ICT:1C for the edition of today")
        )
        parser.add_argument("place", help=_("a code or a name: 4003, skien"))
        parser.add_argument("period", nargs="?", help=_("2024, 2024-Q1, 2018-01-01/P7Y; the latest when not given"))
        parser.add_argument(
            "--breakdown", metavar="NAME=VALUE", help=_("part=3g, sex=female; the whole when not given")
        )
        parser.add_argument("--json", action="store_true", help=_("the same as data"))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = explanations.explain(
                snapshots.current(),
                options["indicator"],
                options["place"],
                options["period"],
                options["breakdown"],
            )
        except explanations.NothingToExplain as error:
            raise CommandError(f"{explaining.missed(error)} {explaining.remedy(error)}") from None
        if options["json"]:
            self.stdout.write(orjson.dumps(api.explanation(found), option=orjson.OPT_INDENT_2).decode())
        else:
            self.stdout.write(explaining.as_text(found))
