"""Long tables often leave out rows that have no figure. The mapping may say what that means: `absent: suppressed`."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pyarrow as pa

from dugnad.shared.errors import Refusal
from dugnad.status.observations import SCHEMA, Finding, Message, MissingReason, Reading
from dugnad.status.providers.tabular.cleaning import Places

_ = Message

_SAID = ("indicator", "breakdown", "period", "period_start", "period_end")


def with_absent(reading: Reading, mapping: Mapping[str, Any]) -> Reading:
    """The reading with a row for each municipality of the table that lacks one where others have it, and its reason.

    With 4001 in 2023 and 2024, 4003 in 2024, and `absent: suppressed`, 4003 is suppressed in 2023. Counties and the
    country are left as they are: that they lack figures has other causes.
    """
    reason = mapping.get("absent")
    if reason is None:
        return reading
    if reason not in list(MissingReason):
        raise Refusal(
            _("{word} is not a reason for a missing value", word=str(reason)[:60]),
            "",
            _("Use one of {names}.", names=", ".join(MissingReason)),
        )
    table, places = reading.table, Places.of(mapping)
    codes = sorted(code for code in table["place"].unique().to_pylist() if places.kind(code) == "municipality")
    there = {tuple(row.values()) for row in table.select(["indicator", "breakdown", "period", "place"]).to_pylist()}
    rows = [
        {**said, "place": code, "status": "normal", "is_break": False, "missing": str(reason)}
        for said in table.select(_SAID).group_by(list(_SAID)).aggregate([]).to_pylist()
        for code in codes
        if (said["indicator"], said["breakdown"], said["period"], code) not in there
        and places.code(code, "", said["period_end"] - timedelta(days=1)) == code
    ]
    if not rows:
        return reading
    note = Finding(
        "note",
        "absent",
        _("Municipalities without a row were given the reason {reason}, as the mapping says", reason=str(reason)),
        "absent",
        _("Nothing needs to be done."),
        len(rows),
    )
    return Reading(pa.concat_tables([table, pa.Table.from_pylist(rows, SCHEMA)]), [*reading.findings, note])
