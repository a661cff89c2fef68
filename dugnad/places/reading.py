"""Reads a folder of place definitions into values, or refuses it with file, line and remedy.

The folder holds `source.yaml` (what it is), `places.csv` (one row a code, name and area in time), `parts.csv` (what is
known of parts: shares of splits, transfers) and, where somebody has them, `kostra_groups.yaml` (kept groups). The files
say themselves what each column means. Nothing here touches the database.
"""

import csv
import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext

from dugnad.places.models import BEGINNING
from dugnad.places.rules import Step, kind_of_code
from dugnad.shared.errors import Refusal, not_yaml
from dugnad.shared.text import FALLBACK

LANGUAGES = ("nn", "en", "se", "smj", "sma", "fkv")
# Digits, as the authorities give them; a code that begins with a letter is somebody's own and can never be theirs.
_CODE = re.compile(r"[0-9]|[0-9A-Z][0-9]|[0-9A-Z][0-9]{3}")
UNKNOWN_PLACE = "9999"  # KLASS' "Uoppgitt": a mark for missing, not a place
_FILES = ("source.yaml", "places.csv", "parts.csv", "kostra_groups.yaml")
_PLACE_COLUMNS = ("code", "valid_from", "valid_to", "name", "other_names", "becomes")
_EXTRA_COLUMNS = ("organisation_number", "lon", "lat", "area_km2")
_PART_COLUMNS = ("on", "from", "to", "area", "share", "source")
_SOURCE_KEYS = ("key", "title", "publisher", "licence", "known_from")


@dataclass(frozen=True)
class PlaceRow:
    """One row of places.csv, and the line it stands on."""

    line: int
    code: str
    valid_from: date
    valid_to: date | None
    name: str
    other_names: dict[str, str]
    becomes: tuple[str, ...]
    organisation_number: str
    lon: float | None
    lat: float | None
    area_km2: float | None
    population: dict[str, int]

    @property
    def kind(self) -> str:
        return kind_of_code(self.code)

    def is_valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True)
class Transfer:
    """An area that changed place while both places went on."""

    on: date
    from_code: str
    to_code: str
    area: str


@dataclass(frozen=True)
class KeptGroup:
    key: str
    title: dict[str, str]
    explanation: dict[str, str]
    members: tuple[tuple[str, date, date | None], ...]


@dataclass(frozen=True)
class PlaceFolder:
    """A folder that was read and found sound."""

    source: dict[str, Any]
    sha256: str
    places: list[PlaceRow]
    steps: list[Step]
    transfers: list[Transfer]
    groups: list[KeptGroup] = field(default_factory=list)


def read_folder(folder: Path) -> PlaceFolder:
    """The whole folder, checked: codes and dates well-formed, no code valid twice on a day, every ended place has
    heirs that begin that very day, every place that began later than `known_from` has somewhere to come from."""
    source = _source(folder / "source.yaml")
    rows = [_place_row(folder / "places.csv", line, cells) for line, cells in _rows(folder / "places.csv")]
    _check_histories(folder / "places.csv", rows, source["known_from"])
    steps, transfers = _steps_and_transfers(folder / "parts.csv", rows)
    groups = _groups(folder / "kostra_groups.yaml")
    return PlaceFolder(source, _hash_of(folder), rows, steps, transfers, groups)


def _hash_of(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in _FILES:
        content = (folder / name).read_bytes() if (folder / name).exists() else b""
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _where(path: Path, line: int) -> str:
    return gettext("%(file)s, line %(line)s") % {"file": path.name, "line": line}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise Refusal(
            gettext("The file is missing"), str(path), gettext("Put it there, or name another folder.")
        ) from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise Refusal(
            gettext("The file is not written in UTF-8"), _where(path, line), gettext("Save it as UTF-8.")
        ) from None


def _yaml(path: Path) -> Any:
    try:
        return yaml.safe_load(_text(path))
    except yaml.MarkedYAMLError as error:
        what, remedy = not_yaml(error.problem_mark)
        raise Refusal(what, _where(path, error.problem_mark.line + 1 if error.problem_mark else 1), remedy) from None


def _source(path: Path) -> dict[str, Any]:
    source = _yaml(path)
    missing = [key for key in _SOURCE_KEYS if not isinstance(source, dict) or not source.get(key)]
    if missing:
        raise Refusal(
            gettext("The source lacks %(keys)s") % {"keys": ", ".join(missing)}, path.name, gettext("Add them.")
        )
    if not isinstance(source["known_from"], date):
        raise Refusal(gettext("known_from is not a date"), path.name, gettext("Write it as 2005-01-01."))
    for key in ("title", "publisher"):
        if not isinstance(source[key], dict) or not all(source[key].get(lang) for lang in FALLBACK):
            raise Refusal(
                gettext("%(key)s is shown to readers, and is not written in each of their languages") % {"key": key},
                path.name,
                gettext("Write it as {nb: …, nn: …, en: …}."),
            )
    return dict(source)


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """The rows of a CSV file with the lines they stand on; lines that begin with # are comments."""
    lines = [(n, line) for n, line in enumerate(_text(path).splitlines(), 1) if line.strip() and line[0] != "#"]
    if not lines:
        raise Refusal(gettext("The file is empty"), path.name, gettext("Give it a header line and rows."))
    wanted = _PART_COLUMNS if path.name == "parts.csv" else _PLACE_COLUMNS
    table = csv.reader(line for _, line in lines)
    header = next(table)
    if missing := [column for column in wanted if column not in header]:
        raise Refusal(
            gettext("The header lacks %(columns)s") % {"columns": ", ".join(missing)},
            _where(path, lines[0][0]),
            gettext("The columns are %(columns)s, separated by comma.") % {"columns": ", ".join(wanted)},
        )
    found = []
    for (line, _), cells in zip(lines[1:], table, strict=True):
        if len(cells) != len(header):
            raise Refusal(
                gettext("The row has %(found)s cells and the header %(wanted)s")
                % {"found": len(cells), "wanted": len(header)},
                _where(path, line),
                gettext("Add or remove commas; put a text that has a comma between double quotes."),
            )
        found.append((line, {column: cell.strip() for column, cell in zip(header, cells, strict=True)}))
    return found


def _code(path: Path, line: int, text: str) -> str:
    if text == UNKNOWN_PLACE:
        raise Refusal(
            gettext("9999 stands for an unknown place and is not one"), _where(path, line), gettext("Remove the row.")
        )
    if _CODE.fullmatch(text) and text != "00":
        return text
    raise Refusal(
        gettext("%(code)s is not the code of a municipality, a county or a country") % {"code": text or "''"},
        _where(path, line),
        gettext("Write %(code)s; keep the leading zero.") % {"code": text.zfill(4)}
        if text.isdigit() and len(text) == 3
        else gettext("Write four digits for a municipality, two for a county, 0 for the country."),
    )


def _date(path: Path, line: int, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal(
            gettext("%(text)s is not a date") % {"text": text or "''"},
            _where(path, line),
            gettext("Write it as 2024-01-01."),
        ) from None


def _number(path: Path, line: int, column: str, text: str) -> float | None:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise Refusal(
            gettext("%(text)s in the column %(column)s is not a number") % {"text": text, "column": column},
            _where(path, line),
            gettext("Write digits with a point for decimals, or leave the cell empty."),
        ) from None


def _place_row(path: Path, line: int, cells: dict[str, str]) -> PlaceRow:
    row = PlaceRow(
        line=line,
        code=_code(path, line, cells["code"]),
        valid_from=_date(path, line, cells["valid_from"]) if cells["valid_from"] else BEGINNING,
        valid_to=_date(path, line, cells["valid_to"]) if cells["valid_to"] else None,
        name=cells["name"],
        other_names=_other_names(path, line, cells["other_names"]),
        becomes=tuple(cells["becomes"].split()),
        organisation_number=cells.get("organisation_number", ""),
        lon=_number(path, line, "lon", cells.get("lon", "")),
        lat=_number(path, line, "lat", cells.get("lat", "")),
        area_km2=_number(path, line, "area_km2", cells.get("area_km2", "")),
        population={
            column.removeprefix("population_"): int(_number(path, line, column, cell) or 0)
            for column, cell in cells.items()
            if column.startswith("population_") and cell
        },
    )
    problem = _problem_of(row)
    if problem:
        raise Refusal(problem[0], _where(path, line), problem[1])
    return row


def _problem_of(row: PlaceRow) -> tuple[str, str] | None:
    """What is wrong with a row taken by itself, and the remedy."""
    if not row.name:
        return gettext("%(code)s has no name") % {"code": row.code}, gettext("Write its Norwegian name.")
    if " - " in row.name:
        return (
            gettext("The name %(name)s holds several names") % {"name": row.name},
            gettext("Write the Norwegian name alone, and the Sami and Kven ones in other_names."),
        )
    if row.valid_to is not None and row.valid_to <= row.valid_from:
        return (
            gettext("%(place)s ends on the day it begins or before") % {"place": f"{row.code} {row.name}"},
            gettext("valid_to is the first day it is no longer valid: write a later day."),
        )
    if row.valid_to is not None and not row.becomes:
        return (
            gettext("%(place)s ended and became nothing") % {"place": f"{row.code} {row.name}"},
            gettext("Write the codes that took over in the column becomes."),
        )
    if row.valid_to is None and row.becomes:
        return (
            gettext("%(place)s has become something and has no end") % {"place": f"{row.code} {row.name}"},
            gettext("Write the day in valid_to."),
        )
    number = row.organisation_number
    if number and not (number.isdigit() and len(number) == 9):
        return (
            gettext("%(number)s is not an organisation number") % {"number": number},
            gettext("Write nine digits, or leave the cell empty."),
        )
    return None


def _other_names(path: Path, line: int, text: str) -> dict[str, str]:
    names = {}
    for part in filter(None, (p.strip() for p in text.split(";"))):
        language, colon, name = part.partition(":")
        if not colon or language not in LANGUAGES or not name:
            raise Refusal(
                gettext("%(text)s is not a name with its language") % {"text": part},
                _where(path, line),
                gettext("Write se:Ivgu; fkv:Yykeä with the languages %(languages)s.")
                % {"languages": ", ".join(LANGUAGES)},
            )
        names[language] = name
    return names


def _check_histories(path: Path, rows: list[PlaceRow], known_from: date) -> None:
    """What must hold between the rows: intervals of a code apart, heirs that exist, counties that exist."""
    by_code: dict[str, list[PlaceRow]] = defaultdict(list)
    for row in rows:
        by_code[row.code].append(row)
    begun = {(heir, row.valid_to) for row in rows for heir in row.becomes}
    for code, same in by_code.items():
        same.sort(key=lambda r: r.valid_from)
        for earlier, later in pairwise(same):
            if earlier.valid_to is None or later.valid_from < earlier.valid_to:
                raise Refusal(
                    gettext("The code %(code)s is valid twice on %(day)s (also line %(line)s)")
                    % {"code": code, "day": later.valid_from.isoformat(), "line": earlier.line},
                    _where(path, later.line),
                    gettext("Let the one end on the day the other begins."),
                )
    for row in rows:
        for heir in row.becomes:
            if not any(r.valid_from == row.valid_to for r in by_code.get(heir, ())):
                raise Refusal(
                    gettext("%(place)s became %(heir)s on %(day)s, and no %(heir)s begins that day")
                    % {"place": f"{row.code} {row.name}", "heir": heir, "day": row.valid_to},
                    _where(path, row.line),
                    gettext("Add the row of %(heir)s, or mend the code or the day.") % {"heir": heir},
                )
        if row.valid_from > known_from and (row.code, row.valid_from) not in begun:
            raise Refusal(
                gettext("%(place)s begins on %(day)s, and no place became it")
                % {"place": f"{row.code} {row.name}", "day": row.valid_from.isoformat()},
                _where(path, row.line),
                gettext("Name it in the column becomes of the places it comes from."),
            )
        begins = max(row.valid_from, known_from)
        if row.kind == "municipality" and not any(c.is_valid_on(begins) for c in by_code.get(row.code[:2], ())):
            raise Refusal(
                gettext("%(place)s lies in the county %(county)s, which does not exist on %(day)s")
                % {"place": f"{row.code} {row.name}", "county": row.code[:2], "day": begins.isoformat()},
                _where(path, row.line),
                gettext("Add the county, or mend the code."),
            )


def _steps_and_transfers(path: Path, rows: list[PlaceRow]) -> tuple[list[Step], list[Transfer]]:
    """Joins the heirs of places.csv with the shares of parts.csv; the other rows of parts.csv are transfers."""
    ended = {(r.valid_to, r.code): r for r in rows if r.valid_to}
    shares: dict[tuple[date, str, str], tuple[float, str]] = {}
    sums: dict[tuple[date, str], float] = defaultdict(float)
    transfers = []
    for line, cells in _rows(path) if path.exists() else []:
        on = _date(path, line, cells["on"])
        old, new = _code(path, line, cells["from"]), _code(path, line, cells["to"])
        if (on, old) in ended and new in ended[on, old].becomes:
            share = _number(path, line, "share", cells["share"])
            if share is None or not 0 < share <= 1 or not cells["source"]:
                raise Refusal(
                    gettext("The part of %(old)s that went into %(new)s needs a share with its source")
                    % {"old": old, "new": new},
                    _where(path, line),
                    gettext("Write a number between 0 and 1 and who published it, or remove the row."),
                )
            shares[on, old, new] = (share, cells["source"])
            sums[on, old] += share
            continue
        is_known = any(r.code == old and r.is_valid_on(on - timedelta(days=1)) for r in rows) and any(
            r.code == new and r.is_valid_on(on) for r in rows
        )
        if not is_known or not cells["area"] or cells["share"] or len(old) != len(new):
            raise Refusal(
                gettext(
                    "The row is neither a part of a split in places.csv nor a transfer between two places of its day"
                ),
                _where(path, line),
                gettext("Mend the day and the codes; a transfer has the name of the area and no share."),
            )
        transfers.append(Transfer(on, old, new, cells["area"]))
    for (on, old), total in sums.items():
        if all((on, old, new) in shares for new in ended[on, old].becomes) and abs(total - 1) > 0.0005:
            raise Refusal(
                gettext("The shares of %(old)s add up to %(total)s") % {"old": old, "total": round(total, 4)},
                path.name,
                gettext("They must add up to 1."),
            )
    steps = []
    for (on, old), row in ended.items():
        for new in row.becomes:
            share, source = shares.get((on, old, new), (None if len(row.becomes) > 1 else 1.0, ""))
            steps.append(Step(on, old, new, share, source))
    return steps, transfers


def _groups(path: Path) -> list[KeptGroup]:
    """Kept groups: a list of {key, title, explanation, valid_from, valid_to, members: [codes]}."""
    if not path.exists():
        return []
    found: dict[str, KeptGroup] = {}
    for number, group in enumerate(_yaml(path) or [], 1):
        try:
            members = tuple(
                (str(code), group.get("valid_from") or BEGINNING, group.get("valid_to")) for code in group["members"]
            )
            earlier = found.get(group["key"])
            found[group["key"]] = KeptGroup(
                str(group["key"]),
                dict(group["title"]),
                dict(group.get("explanation") or {}),
                (earlier.members if earlier else ()) + members,
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Refusal(
                gettext("Group number %(number)s is not complete") % {"number": number},
                path.name,
                gettext("Give it key, title (nb, nn, en) and members, a list of codes between quotes."),
            ) from None
        if wrong := [code for code, _, _ in members if not _CODE.fullmatch(code)]:
            raise Refusal(
                gettext("Group number %(number)s has members that are no codes: %(codes)s")
                % {"number": number, "codes": ", ".join(wrong)},
                path.name,
                gettext("Write each code with its leading zero, between quotes."),
            )
    return list(found.values())
