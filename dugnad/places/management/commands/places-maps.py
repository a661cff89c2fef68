"""dugnad places-maps <folder>: makes the maps that pages draw from, out of Kartverket's boundaries."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dugnad.places import geometry, hexes
from dugnad.shared.console import SpokenCommand

_FILES = {"2024": "kommuner_2024_S.topojson", "2020": "kommuner_2020_small.topojson"}
_ABOUT = {
    "title": "Municipalities of Norway, borders of 1 January {edition}, simplified",
    "origin": "Kartverket (the Norwegian Mapping Authority), administrative units; projected and simplified",
    "licence": "CC BY 4.0",
    "units": "kilometres from the north-western corner, y downwards, transverse Mercator around 15 degrees east",
}
_HEX_HEADER = """\
# One hexagon for each municipality, computed from where they lie by `dugnad places-maps`; odd rows are moved half a
# hexagon to the right. Derived from Kartverket's administrative units, CC BY 4.0.
code,column,row
"""


class Command(SpokenCommand):
    help = gettext_noop(
        "Makes the simplified maps and the hexagon map in definitions/places from a folder with Kartverket's "
        "municipalities as TopoJSON (kommuner_2024_S.topojson, kommuner_2020_small.topojson)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help=_("where Kartverket's files lie"))

    def handle(self, *, folder: Path, **options: Any) -> None:
        for edition, name in _FILES.items():
            if not (folder / name).exists():
                said = _("%(file)s is not in %(folder)s. Fetch it, or name the folder it lies in.")
                raise CommandError(said % {"file": name, "folder": folder})
            full = geometry.read_topojson((folder / name).read_bytes())
            small = geometry.derived(full, unit_km=1.0, smallest_km2=6.0, island_km2=8.0)
            about = {key: text.format(edition=edition) for key, text in _ABOUT.items()}
            target = geometry.map_file(edition)
            target.write_bytes(geometry.write_topojson(small, about))
            told = {"file": target.name, "count": len(small.polygons), "size": target.stat().st_size}
            self.stdout.write(_("%(file)s: %(count)s municipalities, %(size)s bytes") % told)
            if edition == geometry.EDITIONS[0]:
                cells = hexes.hex_cells(small)
                lines = [f"{code},{column},{row}\n" for code, (column, row) in sorted(cells.items())]
                geometry.hex_file(edition).write_text(_HEX_HEADER + "".join(lines), encoding="utf-8")
                told = {"file": geometry.hex_file(edition).name, "count": len(cells)}
                self.stdout.write(_("%(file)s: %(count)s hexagons") % told)
