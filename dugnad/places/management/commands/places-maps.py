"""dugnad places-maps <folder>: makes the maps that pages draw from, out of Kartverket's boundaries."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext_noop

from dugnad.places import geometry, hexes

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


class Command(BaseCommand):
    help = gettext_noop(
        "Makes the simplified maps and the hexagon map in definitions/places from a folder with Kartverket's "
        "municipalities as TopoJSON (kommuner_2024_S.topojson, kommuner_2020_small.topojson)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *, folder: Path, **options: Any) -> None:
        for edition, name in _FILES.items():
            if not (folder / name).exists():
                raise CommandError(f"{name} is not in {folder}. Fetch it, or name the folder it lies in.")
            full = geometry.read_topojson((folder / name).read_bytes())
            small = geometry.derived(full, unit_km=1.0, smallest_km2=6.0, island_km2=8.0)
            about = {key: text.format(edition=edition) for key, text in _ABOUT.items()}
            target = geometry.map_file(edition)
            target.write_bytes(geometry.write_topojson(small, about))
            self.stdout.write(f"{target.name}: {len(small.polygons)} municipalities, {target.stat().st_size} bytes")
            if edition == geometry.EDITIONS[0]:
                cells = hexes.hex_cells(small)
                lines = [f"{code},{column},{row}\n" for code, (column, row) in sorted(cells.items())]
                geometry.hex_file(edition).write_text(_HEX_HEADER + "".join(lines), encoding="utf-8")
                self.stdout.write(f"{geometry.hex_file(edition).name}: {len(cells)} hexagons")
