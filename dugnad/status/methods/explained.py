"""A published method as people read it: its formulas, an example computed now, its limits, its answers in words.

page = explained(published()["sdg-index"])
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from dugnad.shared.numbers import format_number
from dugnad.shared.text import translate
from dugnad.status.methods.answers import ANSWERS, ARROWS, COLOURS, LOOKS
from dugnad.status.methods.documents import PublishedMethod
from dugnad.status.methods.formulas import mathml
from dugnad.status.methods.model import Band, Method
from dugnad.status.methods.progress import limit_scale, on_path, progress_to_target, progress_without_target
from dugnad.status.methods.scoring import score

_OF_BENCHMARKS = ("no_benchmark", "not_reported", "target_is_start", "target_wrong_way")
_NAMED = {
    "index": ("too_little_data", "no_group_mean", "no_scores"),
    "progress": ("target_is_base", "target_wrong_way", "too_early", "deadline_passed", "base_is_zero"),
    "path": ("target_is_base", "target_wrong_way", "too_early", "deadline_passed"),
}


_USED_BY = {
    "u4ssc-performance": gettext_lazy("The pages of goals at a municipality, where a benchmark is adopted."),
    "trend-2030": gettext_lazy("The pages of municipalities and counties, and of their goals."),
    "progress-statcan": gettext_lazy("The trend to 2030, which takes its cut-offs where there is no target."),
    "linear-path": gettext_lazy("No page yet."),
}
_ON_FILES = gettext_lazy("Files of your own: the page where a method is tried, and the command dugnad score.")


@dataclass(frozen=True)
class Formula:
    """What is computed, in words, and the formula well set; "" where words are enough."""

    says: str
    formula: SafeString | str


@dataclass(frozen=True)
class Judged:
    """A row of an example: figures as they are written, and what they mean as a word with its look."""

    cells: tuple[str, ...]
    word: str = ""
    look: str = "none"
    note: str = ""


@dataclass(frozen=True)
class Example:
    """The example of a method, computed now by the same code as every number. `whole` is the index it ends in."""

    says: str
    rows: list[Judged]
    goals: list[str]
    whole: list[Judged]


@dataclass(frozen=True)
class Version:
    """What a version of a method changed, and the day it came."""

    version: str
    valid_from: date
    says: str


@dataclass(frozen=True)
class ExplainedMethod:
    method: Method
    formulas: list[Formula]
    limits: list[str]
    history: list[Version]
    answers: list[tuple[str, Promise]]
    bands: tuple[Band, ...]
    used_by: list[Promise]
    example: Example | None


def explained(published: PublishedMethod) -> ExplainedMethod:
    """Everything the page of a method shows, in the reader's language."""
    lang = get_language() or "nb"
    data, method = published.data, published.method
    named = _OF_BENCHMARKS if method.bands else _NAMED.get(method.family, ())
    return ExplainedMethod(
        method=method,
        formulas=[
            Formula(translate(one["says"], lang), mathml(translate(one["formula"], lang)) if "formula" in one else "")
            for one in data.get("formulas", ())
        ],
        limits=[translate(limit, lang) for limit in data.get("limits", ())],
        history=[
            Version(one["version"], date.fromisoformat(one["from"]), translate(one["says"], lang))
            for one in data.get("history", ())
        ],
        answers=[(name, ANSWERS[name]) for name in named],
        bands=method.bands,
        used_by=[*filter(None, [_USED_BY.get(method.name)]), *([_ON_FILES] if method.family == "index" else [])],
        example=_example(published, lang),
    )


def _example(published: PublishedMethod, lang: str) -> Example | None:
    data = published.data.get("example")
    if not data:
        return None
    if found := published.example():
        return _example_of_index(*found, translate(data["says"], lang), lang)
    judge = _on_path if published.method.family == "path" else _progress
    return Example(
        translate(data["says"], lang), [judge(one, published.method, lang) for one in data["series"]], [], []
    )


def _example_of_index(method: Method, values: Any, says: str, lang: str) -> Example:
    scores = score(values, method, draws=0)
    titles = {i.code: translate(i.title, lang) for i in method.indicators}
    rows = []
    for row in scores.indicators.to_pylist():
        ends = next((i.lower, i.upper) for i in method.indicators if i.code == row["indicator"])
        bounds = [_written(end, lang) for end in ends] if method.normaliser == "goalposts" else []
        word, look, note = _meaning(row, method, lang)
        shown = [row["place"], titles[row["indicator"]], _written(row["value"], lang), *bounds]
        rows.append(Judged((*shown, _written(row["score"], lang)), word, look, note))
    goals = scores.goals.to_pylist()
    whole = []
    for row in scores.index.to_pylist():
        own = [goal for goal in goals if goal["place"] == row["place"]]
        cells = [_written(goal["score"], lang) or "–" for goal in own]
        filled = any(goal["filled_in_index"] for goal in own)
        whole.append(Judged((row["place"], *cells, _written(row["score"], lang)), look="filled" if filled else ""))
    return Example(says, rows, [translate(rule.title, lang) for rule in method.goals], whole)


def _meaning(row: dict[str, Any], method: Method, lang: str) -> tuple[str, str, str]:
    if method.bands and row["score"] is not None:
        position = [band.points for band in method.bands].index(row["points"])
        look = ("good", "fair", "weak", "poor")[position] if len(method.bands) == 4 else "none"
        return translate(method.bands[position].title, lang), look, ""
    arrow = str(ARROWS[row["trend"]]) if row["trend"] else ""
    return (str(COLOURS[row["colour"]]), LOOKS[row["colour"]], arrow) if row["colour"] else ("", "none", arrow)


def _progress(one: dict[str, Any], method: Method, lang: str) -> Judged:
    direction = 1 if one["direction"] == "up" else -1
    fields = {name: one[name] for name in ("base", "base_year", "value", "year")}
    scale = 1.0
    if "target" in one:
        to = {name: one[name] for name in ("target", "target_year")}
        found = progress_to_target(**fields, **to, direction=direction, rules=method.progress)
    else:
        scale = limit_scale(base=one["base"], limit=one.get("limit"), direction=direction, rules=method.progress)
        found = progress_without_target(**fields, direction=direction, rules=method.progress, scale=scale)
    pace = ""
    if found.ratio is not None:
        pace = _("%(share)s%% of the pace needed") % {"share": format_number(found.ratio * 100, 0, lang)}
    elif found.rate is not None:
        pace = _("%(rate)s%% a year") % {"rate": format_number(found.rate * 100, 2, lang)}
    if scale < 1:
        pace += " " + _("(C = %(scale)s)") % {"scale": format_number(scale, 2, lang)}
    return Judged((*_series(one, lang), str(pace)), str(ANSWERS[found.answer]), LOOKS.get(found.answer, "none"))


def _on_path(one: dict[str, Any], method: Method, lang: str) -> Judged:
    fields = {name: one[name] for name in ("base", "base_year", "value", "year", "target", "target_year")}
    found = on_path(**fields, direction=1 if one["direction"] == "up" else -1)
    expected = "" if found.expected is None else _("expected %(value)s") % {"value": _written(found.expected, lang)}
    arrival = "" if found.arrival is None else _("reached in %(year)d") % {"year": round(found.arrival)}
    cells = (*_series(one, lang), ", ".join(str(part) for part in (expected, arrival) if part))
    return Judged(cells, str(ANSWERS[found.answer]), LOOKS.get(found.answer, "none"))


def _series(one: dict[str, Any], lang: str) -> tuple[str, ...]:
    target = f"{_written(one['target'], lang)} ({one['target_year']})" if "target" in one else "–"
    return (
        translate(one["title"], lang),
        f"{_written(one['base'], lang)} ({one['base_year']})",
        f"{_written(one['value'], lang)} ({one['year']})",
        target,
    )


def _written(value: float | None, lang: str) -> str:
    """A figure with the decimals it has, two at most."""
    if value is None:
        return ""
    decimals = next((n for n in (0, 1) if abs(value - round(value, n)) < 1e-9), 2)
    return format_number(float(value), decimals, lang)
