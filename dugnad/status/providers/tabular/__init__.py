"""Tables: CSV, TSV (also packed with gzip) and XLSX, read by a mapping that says what the columns are.

    {
      "columns": {"place": "code", "period": "period", "indicator": "indicator", "value": "value"},
      "indicators": {"ghg_total": "norge.2026.ghg_total"},
      "decimal": ".",
      "symbols": {"": "not_available", "-": "zero"}
    }

`docs/imports.md` explains every word of a mapping with examples; `definitions/schema/tabular-mapping.schema.json` is
its exact form. The caller adds `context`: the places it knows, `{"places": [[code, name, valid_from, valid_to, kind]],
"kinds": [...], "borders": "2024-01-01"}`, because reading is a pure function and asks no database.

What cannot be understood with certainty is not guessed: it becomes a finding with the row, the cause and the remedy.

Begin here; then `opening` (bytes to a sheet), `cleaning` (what one text means), `values` (columns of values),
`arranging` (a sheet to observations), `checking` (duplicates and totals), `absent` (rows that are not there).
"""

from collections.abc import Mapping
from typing import Any

from dugnad.shared.errors import Refusal
from dugnad.status.observations import Message, Reading
from dugnad.status.providers.tabular.absent import with_absent
from dugnad.status.providers.tabular.arranging import arrange
from dugnad.status.providers.tabular.opening import open_sheet

_ = Message

WORDS = frozenset(
    "format encoding delimiter decimal thousands sheet header fill_down leave_out columns period_columns "  # noqa: SIM905
    "indicator_columns constants place period indicators values statuses symbols missing absent unit context".split()
)


def read(content: bytes, mapping: Mapping[str, Any]) -> Reading:
    """The observations in a table, with its findings. `Refusal` when the bytes or the mapping cannot be a table.

    >>> mapping = {
    ...     "columns": {"place": "kommune", "period": "år", "value": "andel"},
    ...     "constants": {"indicator": "eksempel.2026.a"},
    ... }
    >>> reading = read("kommune;år;andel\\n4003;2024;5,7\\n4001;2024;:\\n".encode(), mapping)
    >>> reading.table.select(["place", "value", "missing"]).to_pylist()[1]
    {'place': '4001', 'value': None, 'missing': 'suppressed'}
    """
    if unknown := sorted(set(mapping) - WORDS):
        raise Refusal(
            _("The mapping has a word that is not known: {word}", word=unknown[0]),
            "",
            _("Use only these: {names}.", names=", ".join(sorted(WORDS - {"context"}))),
        )
    return with_absent(arrange(open_sheet(content, mapping), mapping), mapping)
