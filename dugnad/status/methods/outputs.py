"""Scores as files: three tables for machines and a report for people."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from dugnad.shared.numbers import format_number
from dugnad.shared.sorting import sort_key
from dugnad.shared.text import translate
from dugnad.status.methods.answers import ANSWERS, COLOURS
from dugnad.status.methods.scoring import Scores

SHOWN = 1  # decimals in the report; the tables have what the method says
_FORMULA = r"^[=+\-@\t\r]"


def write(scores: Scores, folder: Path, *, lang: str) -> list[Path]:
    """indicators.csv, goals.csv, index.csv and report.html in the folder, each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in ("indicators", "goals", "index"):
        written.append(_replace(folder / f"{name}.csv", as_csv(getattr(scores, name))))
    written.append(_replace(folder / "report.html", report(scores, lang=lang).encode()))
    return written


def _replace(path: Path, content: bytes) -> Path:
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_bytes(content)
    fresh.replace(path)
    return path


def as_csv(table: pa.Table) -> bytes:
    """Comma-separated, UTF-8, decimal point. Texts that a spreadsheet would run as a formula get an apostrophe."""
    for i, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            text = table[field.name]
            risky = pc.match_substring_regex(text, _FORMULA)
            table = table.set_column(i, field.name, pc.if_else(risky, pc.binary_join_element_wise("'", text, ""), text))
    sink = pa.BufferOutputStream()
    pcsv.write_csv(table, sink, pcsv.WriteOptions(quoting_style="needed", quoting_header="none"))
    return bytes(sink.getvalue())


@dataclass(frozen=True)
class Cell:
    """A goal score as it is read: the figure, and its colour as a word and a class."""

    text: str
    colour: str
    word: str


@dataclass(frozen=True)
class Row:
    """A place in the report."""

    name: str
    score: str
    rank: str
    interval: str
    left: str  # the interval as a bar: per cent of the way from the first rank to the last
    width: str
    missing: str
    depends: str
    why_none: str
    goals: list[Cell]


@dataclass(frozen=True)
class Part:
    """The places of one period, in groups that can be told apart; `without` have no index.

    `says` is what the ranks come to, in a sentence or two.
    """

    period: str
    tiers: list[list[Row]]
    without: list[Row]
    alphabetical: list[Row]
    ranked: int
    says: str


def report(scores: Scores, *, lang: str) -> str:
    """The report as one page that needs nothing else, in a language."""
    with translation.override(lang):
        method = scores.method
        context = {
            "method": method,
            "title": translate(method.title, lang),
            "description": translate(method.description, lang),
            "source": translate(method.source, lang),
            "goals": [_goal_title(translate(rule.title, lang)) for rule in method.goals],
            "parts": list(_parts(scores, lang)),
            "places": len(scores.places),
            "indicators": len(method.indicators),
            "draws": format_number(scores.draws, 0, lang),
            "seed": scores.seed,
            "spread": format_number(method.uncertainty.spread * 100, 0, lang),
            "findings": list(findings(scores)),
            "lang": lang,
        }
        return render_to_string("status/methods/report.html", context)


def findings(scores: Scores) -> Iterator[str]:
    """What a reader should know of the file before the figures."""
    for codes, text in (
        (scores.unknown, _("In the values, but not in the method, and left out: %(codes)s")),
        (scores.unmeasured, _("In the method, but without a value for any place: %(codes)s")),
        (scores.ungrouped, _("In no group, so that nothing is filled for them: %(codes)s")),
    ):
        if codes:
            shown = ", ".join(codes[:20])
            yield text % {"codes": shown if len(codes) <= 20 else f"{shown} … ({len(codes)})"}


def _parts(scores: Scores, lang: str) -> Iterator[Part]:
    rows = scores.index.to_pylist()
    shown = scores.goals.select(["score", "colour"]).to_pylist()
    count, places = len(scores.method.goals), len(scores.places)
    titles = {indicator.code: translate(indicator.title, lang) for indicator in scores.method.indicators}
    for number, period in enumerate(scores.periods):
        part = rows[number * places : (number + 1) * places]
        ranked = sum(row["rank"] is not None for row in part)
        found = []
        for at, row in enumerate(part, number * places):
            cells = [_cell(cell, lang) for cell in shown[at * count : (at + 1) * count]]
            name = scores.names.get(row["place"]) or row["place"]
            found.append((row["rank_group"] or 0, sort_key(name), _row(row, name, ranked, titles, cells, lang)))
        alphabetical = [row for *_key, row in sorted(found, key=lambda one: one[1])]
        found.sort(key=lambda one: one[:2])
        tiers = {tier: [row for *_key, row in members] for tier, members in groupby(found, key=lambda one: one[0])}
        without = tiers.pop(0, []) if any(row["rank"] is None for row in part) else []
        groups = list(tiers.values())
        yield Part(period, groups, without, alphabetical, ranked, _says(groups, ranked))


def _goal_title(title: str) -> str:
    return _("Goal %(number)s") % {"number": title} if title.isdecimal() else title


MOST_NAMED = 3


def _says(tiers: list[list[Row]], ranked: int) -> str:
    """Who is ahead, as far as anyone is.

    >>> _says([[lillevik], [storvik, nordvik]], 3)
    'Ahead of all others, as far as these rankings tell: Lillevik. In all, 3 places are in 2 groups that can be ...'
    """
    if ranked < 2:
        return ""
    if len(tiers) == 1:
        return _("None of the %(places)s places can be told to be ahead of the others.") % {"places": ranked}
    said = []
    if len(tiers[0]) <= MOST_NAMED:
        names = ", ".join(row.name for row in tiers[0])
        said.append(_("Ahead of all others, as far as these rankings tell: %(names)s.") % {"names": names})
    words = {"places": ranked, "groups": len(tiers)}
    said.append(_("In all, %(places)s places are in %(groups)s groups that can be told apart.") % words)
    return " ".join(said)


def _row(row: dict[str, Any], name: str, ranked: int, titles: dict[str, str], cells: list[Cell], lang: str) -> Row:
    low, high = row["rank_from"], row["rank_to"]
    span = max(ranked, 1)
    return Row(
        name=name,
        score="" if row["score"] is None else format_number(row["score"], SHOWN, lang),
        rank="" if row["rank"] is None else str(row["rank"]),
        interval=""
        if low is None
        else str(low)
        if low == high
        else _("between %(low)d and %(high)d") % {"low": low, "high": high},
        left="" if low is None else f"{100 * (low - 1) / span:.2f}",
        width="" if low is None else f"{100 * (high - low + 1) / span:.2f}",
        missing=format_number(100 * row["missing_share"], 0, lang) if row["missing_share"] else "0",
        depends=_depends(row, titles),
        why_none=str(ANSWERS[row["why_none"]]) if row["why_none"] else "",
        goals=cells,
    )


def _depends(row: dict[str, Any], titles: dict[str, str]) -> str:
    if row["most_influential"] is None or row["ranks_without_it"] == 0:
        return ""
    change = row["ranks_without_it"]
    text = _("%(indicator)s: up %(count)d without it") if change > 0 else _("%(indicator)s: down %(count)d without it")
    return text % {"indicator": titles[row["most_influential"]], "count": abs(change)}


def _cell(cell: dict[str, Any], lang: str) -> Cell:
    text = "–" if cell["score"] is None else format_number(cell["score"], SHOWN, lang)
    return Cell(text, cell["colour"] or "", str(COLOURS[cell["colour"]]) if cell["colour"] else "")
