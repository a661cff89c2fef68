"""A method's document in its one form: the other names of fields made one, tables beside it read in.

Read liberally, so that a codebook needs little rewriting, but nothing is taken that could mean two things.
"""

import csv
import io
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from dugnad.shared.errors import Refusal
from dugnad.standards.documents import Document, Where

# Each field, and the other names it is known by. None of them could mean something else.
NAMES: dict[str, tuple[str, ...]] = {
    "normalise": ("normalize", "normalisation", "normalization"),
    "colours": ("colors",),
    "aggregation": ("aggregate",),
    "eligibility": ("eligible",),
}
INDICATOR_NAMES: dict[str, tuple[str, ...]] = {
    "code": ("id", "indicator", "key", "variable"),
    "title": ("name", "label"),
    "goal": ("sdg",),
    "lower": ("worst", "start", "lower_bound"),
    "upper": ("best", "optimum", "upper_bound", "target"),
    "score": ("scored", "is_scored"),
}
GOAL_NAMES: dict[str, tuple[str, ...]] = {"goal": ("id", "code", "number"), "title": ("name", "label")}
DIRECTIONS = {
    **dict.fromkeys(("higher", "ascending", "positive", "1", "+1"), "up"),
    **dict.fromkeys(("lower", "descending", "negative", "-1"), "down"),
}
MEANS = {"mean": "arithmetic", "average": "arithmetic"}
TRUTHS = {"yes": True, "true": True, "no": False, "false": False}


def one_form(document: Document, path: Path) -> None:
    data = document.data
    for field, short in (("normalise", "by"), ("missing", "index"), ("eligibility", "max_missing")):
        if field in data and not isinstance(data[field], dict | list):
            data[field] = {short: data[field]}
    if isinstance(means := data.get("aggregation"), str):
        data["aggregation"] = means = {"goals": means, "index": means}
    if isinstance(means, dict):
        for level in {"goals", "index"} & means.keys():
            means[level] = MEANS.get(str(means[level]), means[level])
    if isinstance(rounding := data.get("rounding"), int):
        data["rounding"] = rounding = {"decimals": rounding}
    if isinstance(rounding, dict) and "decimals" in rounding:
        decimals = rounding.pop("decimals")
        for level in ("indicators", "goals", "index"):
            rounding.setdefault(level, decimals)
    if isinstance(missing := data.get("missing"), dict) and isinstance(missing.get("goals"), list):
        missing["goals"] = [str(goal) for goal in missing["goals"]]
    if isinstance(eligibility := data.get("eligibility"), dict) and "max_missing" in eligibility:
        eligibility["max_missing"] = _share(eligibility["max_missing"])
    if isinstance(normalise := data.get("normalise"), dict) and "clip" in normalise:
        normalise["clip"] = TRUTHS.get(str(normalise["clip"]).lower(), normalise["clip"])
    if isinstance(normalise, dict) and normalise.get("by") is None:
        normalise["by"] = "goalposts"
    if "periods" in data:
        data["periods"] = str(data["periods"])
    for text in ("title", "description"):
        if isinstance(data.get(text), str):
            data[text] = {"nb": data[text]}
    _list_form(document, "goals", "goal")
    _list_form(document, "indicators", "code", path)
    for i, goal in enumerate(_dicts(data.get("goals"))):
        rename(document, ("goals", i), goal, GOAL_NAMES)
        if "goal" in goal:
            goal["goal"] = str(goal["goal"])
        if isinstance(goal.get("title"), str):
            goal["title"] = {"nb": goal["title"]}
    for i, indicator in enumerate(_dicts(data.get("indicators"))):
        _indicator_form(document, ("indicators", i), indicator)
    if isinstance(groups := data.get("groups"), dict) and all(isinstance(v, list) for v in groups.values()):
        data["groups"] = {str(place): str(group) for group, places in groups.items() for place in places}
    elif isinstance(groups, dict):
        data["groups"] = {place: str(group) for place, group in groups.items()}
    elif isinstance(groups, str):
        data["groups"] = read_groups(path.parent / groups)


def _dicts(items: Any) -> Iterator[dict[str, Any]]:
    return (item for item in items or () if isinstance(item, dict)) if isinstance(items, list) else iter(())


def _list_form(document: Document, field: str, key: str, path: Path | None = None) -> None:
    """`{code: {...}}` as a list of fields with their code, and a name of a table beside the file as its rows."""
    things = document.data.get(field)
    if isinstance(things, str) and path is not None:
        document.data[field] = _table(path.parent / things)
        return
    if not isinstance(things, dict):
        return
    listed = []
    for i, (code, fields) in enumerate(things.items()):
        for where, line in list(document.lines.items()):
            if where[:2] == (field, code):
                document.lines[field, i, *where[2:]] = line
        listed.append({key: code, **fields} if isinstance(fields, dict) else {key: code, "title": fields})
    document.data[field] = listed


def _table(path: Path) -> list[dict[str, Any]]:
    """The rows of a CSV file beside the method, empty cells left out."""
    return [{name: cell for name, cell in row.items() if cell} for row in read_rows(path)]


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a small CSV file with a line of names; comma or semicolon."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise Refusal(
            _("The file cannot be read as UTF-8 text"), path.name, _("Check its name, its place and its encoding.")
        ) from None
    header = text.partition("\n")[0]
    rows = list(csv.reader(io.StringIO(text), delimiter=";" if header.count(";") > header.count(",") else ","))
    if not rows:
        raise Refusal(_("The file is empty"), path.name, _("Write a line of column names and then the rows."))
    names = [name.strip() for name in rows[0]]
    found = []
    for line, row in enumerate(rows[1:], 2):
        if len(row) != len(names) and row:
            raise Refusal(
                _("The row has %(found)d cells, and the line of names %(wanted)d")
                % {"found": len(row), "wanted": len(names)},
                _("%(file)s, line %(line)d") % {"file": path.name, "line": line},
                _("Write one cell for each column."),
            )
        if row:
            found.append({name: cell.strip() for name, cell in zip(names, row, strict=True)})
    return found


def read_groups(path: Path) -> dict[str, str]:
    """Which group each place is in, from a CSV file with the columns place and group."""
    rows = read_rows(path)
    if rows and not {"place", "group"} <= rows[0].keys():
        raise Refusal(
            _("The columns are %(found)s") % {"found": ", ".join(rows[0])},
            path.name,
            _("Name them place and group."),
        )
    return {row["place"]: row["group"] for row in rows if row["group"]}


def _indicator_form(document: Document, where: Where, indicator: dict[str, Any]) -> None:
    rename(document, where, indicator, INDICATOR_NAMES, also={"code": ("title",)})
    if isinstance(indicator.get("title"), str):
        indicator["title"] = {"nb": indicator["title"]}
    for field in ("code", "goal"):
        if field in indicator and indicator[field] is not None:
            indicator[field] = str(indicator[field])
    if "score" in indicator:
        indicator["score"] = TRUTHS.get(str(indicator["score"]).lower(), indicator["score"])
    thresholds = indicator.pop("thresholds", None) or {}
    if not isinstance(thresholds, dict):
        document.refuse(
            _("The thresholds of %(code)s do not say which is which") % {"code": indicator.get("code", "")},
            _("Write them as thresholds: {red: ..., yellow: ..., green: ...}; yellow may be left out."),
            *where, "thresholds",
        )  # fmt: skip
    for colour, value in thresholds.items():
        if colour not in ("red", "yellow", "green"):
            document.refuse(
                _("%(name)s is not a field here") % {"name": colour},
                _("Write one of: %(names)s.") % {"names": "red, yellow, green"},
                *where, "thresholds", colour,
            )  # fmt: skip
        if colour in indicator:
            document.refuse(
                _("The field %(field)s stands twice") % {"field": colour}, _("Remove one of them."), *where, colour
            )
        indicator[colour] = value
        document.lines[*where, colour] = document.line(*where, "thresholds", colour)
    for field in ("lower", "upper", "red", "yellow", "green", "weight"):
        if field in indicator:
            indicator[field] = _number(document, indicator[field], *where, field)
            if indicator[field] is None:
                del indicator[field]
    if (direction := indicator.get("direction")) is not None:
        indicator["direction"] = DIRECTIONS.get(str(direction).strip().lower(), direction)


def rename(
    document: Document,
    where: Where,
    fields: dict[str, Any],
    names: dict[str, tuple[str, ...]],
    also: dict[str, tuple[str, ...]] | None = None,
) -> None:
    """Gives each field its one name; `also` are last resorts, tried when nothing else gave the field."""
    for name, others in names.items():
        for other in others:
            if other in fields:
                if name in fields:
                    document.refuse(
                        _("%(one)s and %(other)s say the same thing") % {"one": name, "other": other},
                        _("Remove one of them."),
                        *where, other,
                    )  # fmt: skip
                _move(document, where, fields, other, name)
    for name, others in (also or {}).items():
        for other in others:
            if name not in fields and isinstance(fields.get(other), str):
                fields[name] = fields[other]


def _move(document: Document, where: Where, fields: dict[str, Any], old: str, new: str) -> None:
    fields[new] = fields.pop(old)
    for path, line in list(document.lines.items()):
        if path[: len(where) + 1] == (*where, old):
            document.lines[*where, new, *path[len(where) + 1 :]] = line


def _number(document: Document, value: Any, *where: str | int) -> float | None:
    """A number, also where it stands as a text (1e-3, "0.5"); None where nothing stands."""
    if value is None or value == "":
        return None
    try:
        number = float(value) if not isinstance(value, bool | list | dict) else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        document.refuse(
            _("%(value)s is not a number") % {"value": value}, _("Write it with a decimal point, as 12.5."), *where
        )
    return number


def _share(value: Any) -> Any:
    """20, 0.2 and "20 %" are the same share; more than one whole can only be percent."""
    try:
        if isinstance(value, str) and value.rstrip().endswith("%"):
            return float(value.rstrip()[:-1]) / 100
        number = float(value)
    except (TypeError, ValueError):
        return value
    return number / 100 if number > 1 else number
