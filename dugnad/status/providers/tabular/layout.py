"""Which column is what: the names in the mapping, found in the header of the sheet."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dugnad.shared.errors import Refusal
from dugnad.status.observations import Message
from dugnad.status.providers.tabular.opening import Sheet, normal

_ = Message


@dataclass(frozen=True)
class Cells:
    """A column whose cells are values: its place in the sheet, and what its name says of them."""

    at: int
    indicator: str | None = None
    period: str | None = None
    parts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """Columns by their role: `keys` (place, period, part sex, leave out Nivå ...), values, and what is beside them."""

    keys: dict[str, int]
    cells: list[Cells]
    beside: dict[str, int]  # numerator, denominator


def layout_of(sheet: Sheet, mapping: Mapping[str, Any]) -> Layout:
    """Every column the mapping names, found in the header; `Refusal` says which is not there, and what is."""
    named: dict[str, Any] = dict(mapping.get("columns", {}))
    named |= {f"part {name}": column for name, column in named.pop("breakdown", {}).items()}
    named |= {f"leave out {rule['column']}": rule["column"] for rule in mapping.get("leave_out", [])}
    found = {role: _column(sheet, column) for role, column in named.items()}
    beside = {str(role): found.pop(role) for role in ("numerator", "denominator") if role in found}
    cells = [Cells(found.pop("value"))] if "value" in found else []
    cells += [Cells(_column(sheet, name), indicator=name) for name in mapping.get("indicator_columns", {})]
    if pattern := mapping.get("period_columns"):
        cells += _period_columns(sheet, pattern, {*found.values(), *beside.values()})
    if not cells:
        raise Refusal(
            _("The mapping does not say which column holds the values"),
            "",
            _("State value under columns, or period_columns, or indicator_columns."),
        )
    for role in ("place", "period", "indicator"):
        in_names = role != "place" and all(getattr(one, role) for one in cells)
        if not (role in found or role in mapping.get("constants", {}) or in_names):
            raise Refusal(
                _("The mapping does not say where the {role} is", role=role),
                "",
                _("State {role} under columns, or under constants when it is the same for all rows.", role=role),
            )
    return Layout(found, cells, beside)


def _column(sheet: Sheet, name: str) -> int:
    places = [at for at, title in enumerate(sheet.header) if title == normal(name)]
    if len(places) == 1:
        return places[0]
    if places:
        raise Refusal(
            _("Several columns are called {name}", name=name), "", _("Give each column a name of its own in the file.")
        )
    for row, record in enumerate(sheet.top, start=1):
        if normal(name) in record:
            raise Refusal(
                _("The file has no column {name} in its header", name=name),
                "",
                _("It stands in row {row}: state header: {row} in the mapping.", row=row),
            )
    near = difflib.get_close_matches(name, sheet.header, n=1)
    raise Refusal(
        _("The file has no column {name}", name=name),
        "",
        _("Use one of the columns it has: {names}.", names=shown(near or sheet.header)),
    )


def shown(names: Sequence[str]) -> str:
    text = ", ".join(name for name in names if name)
    return text if len(text) <= 200 else f"{text[:200]}…"


def _period_columns(sheet: Sheet, pattern: str, taken: set[int]) -> list[Cells]:
    """Columns whose names say the period, and perhaps the indicator and parts, by groups of a regular expression."""
    try:
        compiled = re.compile(pattern)
    except re.error:
        example = "^([0-9]{4})$"
        remedy = _("Write it as in this example: {example}", example=example)
        raise Refusal(_("period_columns is not a regular expression"), "", remedy) from None
    cells = []
    for at, title in enumerate(sheet.header):
        if at in taken or not (match := compiled.search(title)):
            continue
        named = {name: text for name, text in match.groupdict().items() if text is not None}
        if not compiled.groupindex:
            named["period"] = match[1] if compiled.groups else match[0]
        cells.append(Cells(at, named.pop("indicator", None), named.pop("period", None), named))
    if not cells:
        raise Refusal(
            _("No column is named as a period: {pattern}", pattern=pattern),
            "",
            _("Use one of the columns it has: {names}.", names=shown(sheet.header)),
        )
    return cells
