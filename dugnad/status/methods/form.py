"""A method's document in its one form: the other names of fields made one, tables beside it read in.

Read liberally, so that a codebook needs little rewriting, but nothing is taken that could mean two things.
"""

import csv
import difflib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from dugnad.shared.errors import Refusal
from dugnad.standards.documents import Document, Where
from dugnad.status.methods.indicator_form import indicator_form
from dugnad.status.methods.words import (
    FILLINGS,
    GOAL_NAMES,
    HALVES,
    INDICATOR_NAMES,
    MEANS,
    NAMES,
    REMARKS,
    SECTION_NAMES,
    TRUTHS,
    TURNS,
    WAYS,
    copy_lines,
    label,
    listed,
    meaning,
    plain,
    rename,
    text_form,
)


def one_form(document: Document, path: Path) -> None:
    """The document's data, all in place, with one name and one form for each thing that can be said."""
    data = document.data
    rename(document, (), data, NAMES)
    for name in REMARKS & data.keys() - {"source", "description"}:
        del data[name]
    _sections(document)
    if "periods" in data:
        data["periods"] = str(data["periods"])
    for text in ("title", "description", "source"):
        text_form(data, text)
    _list_form(document, "goals", "goal", path)
    _list_form(document, "indicators", "code", path)
    _goal_forms(document)
    for i, indicator in enumerate(_dicts(data.get("indicators"))):
        indicator_form(document, ("indicators", i), indicator)
    if "groups" in data:
        data["groups"] = _groups(data["groups"], path)
    if isinstance(scopes := data.get("scopes"), dict):
        data["scopes"] = {plain(name): [*map(str, listed(places))] for name, places in scopes.items()}


def _sections(document: Document) -> None:
    data = document.data
    for field, short in (
        ("normalise", "by"), ("missing", "index"), ("eligibility", "max_missing"), ("aggregation", "both"),
        ("rounding", "decimals"),
    ):  # fmt: skip
        if field in data and not isinstance(data[field], dict | list):
            data[field] = {short: data[field]}
    for field, names in SECTION_NAMES.items():
        if isinstance(data.get(field), dict):
            rename(document, (field,), data[field], names)
    if isinstance(normalise := data.get("normalise"), dict):
        if "by" in normalise:
            normalise["by"] = meaning(WAYS, normalise["by"])
        if "clip" in normalise:
            normalise["clip"] = meaning(TRUTHS, normalise["clip"])
    if isinstance(means := data.get("aggregation"), dict):
        if "both" in means:
            both = means.pop("both")
            means |= {"goals": both, "index": both}
        for level in {"goals", "index"} & means.keys():
            means[level] = meaning(MEANS, means[level])
    if isinstance(rounding := data.get("rounding"), dict):
        if "decimals" in rounding:
            decimals = rounding.pop("decimals")
            for level in ("indicators", "goals", "index"):
                rounding.setdefault(level, decimals)
        if "half" in rounding:
            rounding["half"] = meaning(HALVES, rounding["half"])
    if isinstance(data.get("missing"), dict):
        _missing_form(document)
    if isinstance(eligibility := data.get("eligibility"), dict):
        if "min_available" in eligibility:
            share = _share(eligibility.pop("min_available"))
            eligibility["max_missing"] = round(1 - share, 12) if isinstance(share, float) else share
        if "max_missing" in eligibility:
            eligibility["max_missing"] = _share(eligibility["max_missing"])
        if "always" in eligibility:
            eligibility["always"] = listed(eligibility["always"])


def _missing_form(document: Document) -> None:
    """What is filled. `by` says how; alone it means the goals missing in the index, as the SDG Index has it."""
    missing = document.data["missing"]
    if "by" in missing:
        by = meaning(FILLINGS, missing.pop("by"))
        if by != "group_mean":
            document.refuse(
                _("%(value)s is no way to fill what is missing") % {"value": by},
                _("Write group_mean: the mean of the place’s group."),
                "missing", "by",
            )  # fmt: skip
        if not missing.keys() & {"indicators", "goals", "index"}:
            missing["index"] = by
    for field in {"indicators", "index"} & missing.keys():
        missing[field] = meaning(FILLINGS, missing[field])
    if "goals" in missing:
        missing["goals"] = [label(goal) for goal in listed(missing["goals"])]


def _goal_forms(document: Document) -> None:
    """The goals, each with its own fields; indicators that stand within their goal are lifted out of it."""
    data = document.data
    if not isinstance(data.get("goals"), list):
        return
    filled = []
    data["goals"] = [goal if isinstance(goal, dict) else {"goal": goal} for goal in data["goals"]]
    for i, goal in enumerate(data["goals"]):
        where: Where = ("goals", i)
        rename(document, where, goal, GOAL_NAMES)
        for name in REMARKS & goal.keys():
            del goal[name]
        if "goal" in goal:
            goal["goal"] = label(goal["goal"])
        text_form(goal, "title")
        if "not_alone" in goal:
            goal["not_alone"] = [*map(str, listed(goal["not_alone"]))]
        if meaning(FILLINGS, goal.pop("missing", "none")) == "group_mean":
            filled.append(goal.get("goal"))
        _lift(document, where, goal)
    if filled:
        missing = data.setdefault("missing", {})
        missing["goals"] = [*missing.get("goals", ()), *filled]


def _lift(document: Document, where: Where, goal: dict[str, Any]) -> None:
    """Indicators that stand in their goal, moved to where all stand."""
    own = goal.pop("indicators", None)
    if own is None:
        return
    everyone = document.data.setdefault("indicators", [])
    pairs = own.items() if isinstance(own, dict) else ((n, one) for n, one in enumerate(own))
    for key, fields in pairs:
        if not isinstance(fields, dict):
            document.refuse(
                _("%(name)s says nothing of what it is held against") % {"name": fields or key},
                _("Write lower (scores 0) and upper (scores 100) for each indicator, or normalise: none for scores."),
                *where, "indicators", key,
            )  # fmt: skip
        copy_lines(document, (*where, "indicators", key), ("indicators", len(everyone)))
        everyone.append({**({"code": key} if isinstance(own, dict) else {}), "goal": goal.get("goal"), **fields})


def _groups(said: Any, path: Path) -> Any:
    """Place and group, from `{place: group}`, `{group: [places]}`, a list of rows or a table beside the file."""
    if isinstance(said, str):
        return read_groups(_beside(path, said))
    if isinstance(said, list) and all(isinstance(row, dict) for row in said):
        rows = [{plain(name): value for name, value in row.items()} for row in said]
        found: dict[str, Any] = {}
        for row in rows:
            group = next((row[name] for name in GROUP_COLUMNS if name in row), row.get("name"))
            for place in listed(row.get("places", next((row[name] for name in PLACE_COLUMNS if name in row), ()))):
                found[str(place)] = str(group)
        return found
    if not isinstance(said, dict):
        return said
    if any(isinstance(value, list) for value in said.values()):
        return {str(place): str(group) for group, places in said.items() for place in listed(places)}
    return {place: str(group) for place, group in said.items() if group is not None}


def _dicts(items: Any) -> Iterator[dict[str, Any]]:
    return (item for item in items or () if isinstance(item, dict)) if isinstance(items, list) else iter(())


def _list_form(document: Document, field: str, key: str, path: Path) -> None:
    """`{code: {...}}` as a list of fields with their code, and a name of a table beside the file as its rows."""
    things = document.data.get(field)
    if isinstance(things, str):
        document.data[field] = _table(_beside(path, things))
        return
    if not isinstance(things, dict):
        return
    order = {code: i for i, code in enumerate(things)}
    for where, line in list(document.lines.items()):
        if len(where) > 1 and where[0] == field and where[1] in order:
            document.lines[field, order[str(where[1])], *where[2:]] = line
    document.data[field] = [
        {key: code, **fields} if isinstance(fields, dict) else {key: code, "title": fields}
        for code, fields in things.items()
    ]


def _beside(path: Path, name: str) -> Path:
    """A table in the folder of the method: a method from a stranger names no other file of this machine."""
    try:
        found = (path.parent / name).resolve()
        if found.is_relative_to(path.parent.resolve()):
            return found
    except (OSError, ValueError):
        pass
    raise Refusal(
        _("The table does not stand in the folder of the method"),
        name[:80],
        _("Put it beside the method, and name it."),
    )


def _table(path: Path) -> list[dict[str, Any]]:
    """The rows of a table beside the method, empty cells and columns that say nothing to a method left out."""
    known = {*INDICATOR_NAMES, *(name for names in INDICATOR_NAMES.values() for name in names), *TURNS, "weight"}
    known |= {"indicator", "min", "max", "minimum", "maximum"}
    rows = read_rows(path)
    for name in rows[0] if rows else ():
        near = difflib.get_close_matches(plain(name), known, 1, 0.84)
        if near and plain(name) not in known | REMARKS:
            raise Refusal(
                _("%(name)s is not a field here") % {"name": name},
                _("%(file)s, line %(line)d") % {"file": path.name, "line": 1},
                _("Did you mean %(name)s?") % {"name": near[0]},
            )
    return [{name: cell for name, cell in row.items() if cell and plain(name) in known} for row in rows]


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a small CSV file with a line of names; comma or semicolon."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError, ValueError):
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


PLACE_COLUMNS = ("place", "code", "id")
GROUP_COLUMNS = ("group", "region")


def read_groups(path: Path) -> dict[str, str]:
    """Which group each place is in, from a CSV file with the columns place and group (or region)."""
    rows = [{plain(name): cell for name, cell in row.items()} for row in read_rows(path)]
    if not rows:
        return {}
    place = next((name for name in PLACE_COLUMNS if name in rows[0]), None)
    group = next((name for name in GROUP_COLUMNS if name in rows[0]), None)
    if not place or not group:
        raise Refusal(
            _("The columns are %(found)s") % {"found": ", ".join(rows[0])},
            path.name,
            _("Name them place and group."),
        )
    return {row[place]: row[group] for row in rows if row[group]}


def _share(value: Any) -> Any:
    """20, 0.2 and "20 %" are the same share; more than one whole can only be percent."""
    try:
        if isinstance(value, str) and value.rstrip().endswith("%"):
            return float(value.rstrip()[:-1]) / 100
        number = float(value)
    except (TypeError, ValueError):
        return value
    return number / 100 if number > 1 else number
