"""Tables the slow, obvious way: the csv module, row by row, `Decimal` for numbers. Plain long tables only."""

import csv
import io
from decimal import Decimal

from dugnad.shared.periods import Period


def read_long(text: str, *, delimiter: str, decimal: str, symbols: dict[str, str]) -> list[dict]:
    """Rows of the columns place, period, indicator, part, value, as observations (only what differs between rows)."""
    rows = []
    for record in csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter):
        cell = record["value"].strip()
        reason = symbols.get(cell)
        value = None
        if reason is None:
            plain = "".join(sign for sign in cell if not sign.isspace() and sign != "'")
            value = float(Decimal(plain.replace("−", "-").replace(decimal, ".")))
        rows.append(
            {
                "indicator": record["indicator"],
                "place": record["place"],
                "period": Period.parse(record["period"]).text,
                "breakdown": f"part={record['part']}" if record["part"] else "",
                "value": value,
                "missing": reason,
            }
        )
    return rows
