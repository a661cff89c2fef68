"""`dugnad score VALUES.csv METHOD.yaml -o OUT/`: a method on a file of one's own, without a database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dugnad.shared.console import SpokenCommand
from dugnad.shared.errors import Refusal
from dugnad.status.methods.documents import read_method
from dugnad.status.methods.form import read_groups
from dugnad.status.methods.model import Method
from dugnad.status.methods.outputs import findings, write
from dugnad.status.methods.scoring import DRAWS, SEED, score
from dugnad.status.methods.values import read_values, unreadable
from dugnad.status.scale import score_file


class Command(SpokenCommand):
    help = gettext_noop(
        "Score a file of values (place,indicator,period,value) by a method, and write tables and a report."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("values", type=Path, metavar="VALUES.csv", help=_("or .parquet, for DuckDB or Spark"))
        parser.add_argument("method", type=Path, metavar="METHOD.yaml", help=_("docs/methods.md has the form"))
        parser.add_argument(
            "-o", "--out", type=Path, required=True, metavar="OUT/", help=_("where the files are written")
        )
        parser.add_argument("--groups", type=Path, metavar="GROUPS.csv", help=_("place,group: before the method's own"))
        parser.add_argument(
            "--draws", type=int, default=DRAWS, help=_("draws behind rank intervals (default %(default)s)")
        )
        parser.add_argument(
            "--engine",
            metavar="duckdb|sc://HOST:PORT",
            help=_(
                "for .parquet: DuckDB on this machine (default), or a Spark Connect server (docs/operations/scale.md)"
            ),
        )
        parser.add_argument("--seed", type=int, default=SEED, help=_("the same seed gives the same ranks"))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            method = read_method(options["method"])
            if options["values"].suffix == ".parquet" or options["engine"]:
                return self._score_by_engine(method, options)
            values = read_values(options["values"])
            groups = read_groups(options["groups"]) if options["groups"] else None
            scores = score(values, method, groups=groups, draws=options["draws"], seed=options["seed"])
        except Refusal as refusal:
            raise CommandError(str(refusal)) from None
        for finding in findings(scores):
            self.stderr.write(finding)
        try:
            written = write(scores, options["out"], lang=options["lang"])
        except OSError:
            why = Refusal(_("The folder cannot be written in"), str(options["out"]), _("Name another folder."))
            raise CommandError(str(why)) from None
        told = {
            "method": method.id, "places": len(scores.places), "ranked": int((scores.ranks > 0).sum()),
            "files": ", ".join(map(str, written)),
        }  # fmt: skip
        self.stdout.write(_("%(method)s. Places: %(places)s, with an index: %(ranked)s. Written: %(files)s") % told)

    def _score_by_engine(self, method: Method, options: dict[str, Any]) -> None:
        engine = options["engine"] or "duckdb"
        if options["values"].suffix != ".parquet":
            raise Refusal(
                _("The file is not Parquet"), options["values"].name, _("Leave out --engine, or give a .parquet file.")
            )
        if not options["values"].exists():
            raise unreadable(options["values"], FileNotFoundError())
        groups = read_groups(options["groups"]) if options["groups"] else None
        written = score_file(
            options["values"],
            method,
            options["out"],
            engine="" if engine == "duckdb" else engine,
            groups=groups,
            draws=options["draws"],
            seed=options["seed"],
        )
        told = {"method": method.id, "engine": engine, "files": ", ".join(map(str, written))}
        self.stdout.write(_("%(method)s: computed by %(engine)s. Written: %(files)s") % told)
