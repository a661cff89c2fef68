"""The words a method may be written with: the other names of each field, and of what may stand in it.

Names are read without regard to capitals, blanks, hyphens and what stands in brackets: `Optimum (= 100)` is `optimum`.
"""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from dugnad.standards.documents import Document, Where

Names = Mapping[str, tuple[str, ...]]

# Each field, and the other names it is known by. None of them could mean something else.
NAMES: Names = {
    "name": ("method", "id"),
    "version": ("edition",),
    "title": ("label",),
    "extends": ("extend", "based_on"),
    "periods": ("period", "year", "years"),
    "normalise": ("normalize", "normalisation", "normalization"),
    "missing": ("impute", "imputation", "missing_values", "missing_data"),
    "aggregation": ("aggregate",),
    "eligibility": ("eligible", "max_missing", "max_missing_share"),
    "rounding": ("round", "decimals"),
    "colours": ("colors",),
    "trend": ("trends", "arrows"),
    "groups": ("group", "regions", "region"),
    "indicators": ("variables",),
}
SECTION_NAMES: Mapping[str, Names] = {
    "normalise": {"by": ("method", "type")},
    "missing": {
        "indicators": ("indicator",),
        "goals": ("goal", "fill_goals", "goals_filled"),
        "index": ("goals_in_index", "missing_goals", "missing_goal", "fill_index"),
        "mean_of": ("of", "means_of"),
        "by": ("with", "method", "group", "group_by"),
    },
    "aggregation": {
        "goals": ("goal", "indicators_to_goals", "within_goals"),
        "index": ("overall", "goals_to_index", "across_goals"),
    },
    "eligibility": {
        "max_missing": ("max_missing_share", "missing", "limit"),
        "min_available": ("min_share", "min_coverage", "coverage", "min_data"),
        "always": ("exceptions", "except", "always_eligible"),
    },
    "rounding": {
        "indicators": ("indicator",),
        "goals": ("goal",),
        "decimals": ("digits", "all"),
        "half": ("mode", "halves"),
    },
    "trend": {"first": ("from", "base_year", "start"), "deadline": ("to", "target_year", "until", "end")},
    "colours": {"max_missing": ("max_grey",)},
}
INDICATOR_NAMES: Names = {
    "code": ("id", "key", "variable", "ind_code", "indcode", "indicator_code", "indicator_id", "varname"),
    "title": ("name", "label", "indicator_name", "varlabel"),
    "goal": ("sdg", "goal_number", "sdg_goal"),
    "lower": ("worst", "start", "lower_bound", "worst_value", "lower_limit"),
    "upper": ("best", "optimum", "upper_bound", "best_value", "upper_limit", "target", "optimal", "optimal_value"),
    "bounds": ("goalposts", "limits", "range"),
    "red": ("red_threshold", "threshold_red", "red_orange"),
    "yellow": ("yellow_threshold", "threshold_yellow", "orange_yellow"),
    "green": ("green_threshold", "threshold_green", "yellow_green"),
    "thresholds": ("threshold", "cut_offs", "cutoffs"),
    "direction": ("better", "polarity", "desired_direction"),
    "score": (
        "scored", "is_scored", "eligible", "eligibility", "score_eligible", "eligible_for_score", "score_eligibility",
        "in_score", "in_index", "include", "included", "counts",
    ),
    "missing": ("impute", "imputation", "fill", "imputation_group", "impute_by", "group_for_imputation", "imputed_by"),
    "scope": ("indicator_set", "applies_to"),
    "trend": ("trend_years", "trend_period"),
}  # fmt: skip
GOAL_NAMES: Names = {
    "goal": ("id", "code", "number", "key", "sdg"),
    "title": ("name", "label"),
    "not_alone": ("empty_if_only", "never_alone", "not_only"),
    "missing": ("impute", "imputation", "fill"),
}
THRESHOLD_NAMES: Names = {
    "red": ("red_threshold", "red_orange"),
    "yellow": ("yellow_threshold", "orange_yellow"),
    "green": ("green_threshold", "yellow_green"),
}
# What people also write of an indicator or a method, and no number depends on.
REMARKS = frozenset({
    "unit", "units", "source", "sources", "description", "definition", "note", "notes", "comment", "comments", "url",
    "link", "reference", "provider", "licence", "license", "author", "authors", "date", "contact", "language", "schema",
})  # fmt: skip
_UP = (
    "up", "higher", "ascending", "asc", "positive", "1", "increase", "increasing", "max", "maximise", "maximize",
    "more", "high", "higher_better", "higher_is_better", "more_is_better", "opp",
)  # fmt: skip
_DOWN = (
    "down", "lower", "descending", "desc", "negative", "-1", "decrease", "decreasing", "min", "minimise", "minimize",
    "less", "low", "lower_better", "lower_is_better", "less_is_better", "ned",
)  # fmt: skip
DIRECTIONS = {**dict.fromkeys(_UP, "up"), **dict.fromkeys(_DOWN, "down"), "+": "up", "+1": "up", "-": "down"}
# Fields that are a direction themselves: `higher_is_better: no`.
TURNS = {
    **dict.fromkeys(("higher_is_better", "more_is_better", "ascending", "higher_better"), ("up", "down")),
    **dict.fromkeys(
        ("lower_is_better", "less_is_better", "descending", "lower_better", "inverse", "inverted", "reverse"),
        ("down", "up"),
    ),
}
MEANS = {
    **dict.fromkeys(("mean", "average", "arithmetic_mean", "simple_mean", "unweighted_mean"), "arithmetic"),
    "geometric_mean": "geometric",
}
WAYS = {
    **dict.fromkeys(("goalpost", "fixed_bounds", "bounds"), "goalposts"),
    **dict.fromkeys(("min_max", "minmax", "min_max_of_values"), "minmax"),
    **dict.fromkeys(("z_score", "z_scores", "zscores", "standardise", "standardize"), "zscore"),
    **dict.fromkeys(("percentile", "percentile_bounds"), "percentiles"),
    **dict.fromkeys(("ranks", "percentile_rank"), "rank"),
    **dict.fromkeys(("no", "false", "scores", "already"), "none"),
}
FILLINGS = {
    **dict.fromkeys(
        (
            "group_mean", "group", "groups", "region", "regions", "regional", "region_mean", "regional_mean",
            "mean_of_group", "mean_of_region", "group_average", "regional_average", "by_group", "by_region", "yes",
            "true",
        ),
        "group_mean",
    ),
    **dict.fromkeys(("none", "no", "false", "nothing", "never"), "none"),
}  # fmt: skip
TRUTHS = {
    **dict.fromkeys(("yes", "true", "1", "y", "scored", "eligible"), True),
    **dict.fromkeys(("no", "false", "0", "n", "not_scored", "not_eligible"), False),
}
HALVES = {**dict.fromkeys(("half_even", "bankers"), "even"), **dict.fromkeys(("half_up", "away_from_zero"), "up")}
EVERYWHERE = ("global", "all", "everywhere", "world", "1")


def plain(name: Any) -> str:
    """A name as it is compared: `Lower Bound (=0)`, `lower-bound` and `lowerBound` are `lower_bound`."""
    text = re.sub(r"\(.*?\)", "", str(name))
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text)
    return re.sub(r"[\s_./:-]+", "_", text).strip("_").lower()


def meaning(words: Mapping[str, Any], said: Any) -> Any:
    """What a word means, the word itself where it is none of those known (the schema then refuses it)."""
    exact = str(said).strip()
    return words.get(exact, words.get(plain(said), said)) if not isinstance(said, dict | list) else said


def rename(document: Document, where: Where, fields: dict[str, Any], names: Names) -> None:
    """Gives each field its one name; Refusal where two names of one thing stand beside each other."""
    for field in list(fields):
        if plain(field) != field and _is_name(plain(field), names):
            if plain(field) in fields:
                refuse_twice(document, where, plain(field), field)
            move(document, where, fields, field, plain(field))
    for name, others in names.items():
        for other in others:
            if other in fields:
                if name in fields:
                    refuse_twice(document, where, name, other)
                move(document, where, fields, other, name)


def _is_name(field: str, names: Names) -> bool:
    known: Iterable[str] = (*names, *(other for others in names.values() for other in others))
    return field in known or field in REMARKS or field in TURNS or field in ("indicator", "goals", "weight", "scopes")


def refuse_twice(document: Document, where: Where, one: str, other: str) -> None:
    document.refuse(
        _("%(one)s and %(other)s say the same thing") % {"one": one, "other": other},
        _("Remove one of them."),
        *where, other,
    )  # fmt: skip


def move(document: Document, where: Where, fields: dict[str, Any], old: str, new: str) -> None:
    fields[new] = value = fields.pop(old)
    if isinstance(value, dict | list):
        copy_lines(document, (*where, old), (*where, new))
    elif (*where, old) in document.lines:
        document.lines[*where, new] = document.lines[*where, old]


def copy_lines(document: Document, old: Where, new: Where) -> None:
    for path, line in list(document.lines.items()):
        if path[: len(old)] == old:
            document.lines[*new, *path[len(old) :]] = line


def number(document: Document, value: Any, *where: str | int) -> float | None:
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


def text_form(fields: dict[str, Any], name: str) -> None:
    if isinstance(text := fields.get(name), str):
        fields[name] = {"nb": text}
    elif text is None:
        fields.pop(name, None)


def listed(said: Any) -> list[Any]:
    """A list; what stands alone is a list of one, and a text with commas one of several."""
    if isinstance(said, list):
        return said
    if isinstance(said, str):
        return [part.strip() for part in said.split(",") if part.strip()]
    return [] if said is None else [said]


def label(said: Any) -> str:
    """A goal as a text: 4, 4.0 and "4" are one."""
    return str(int(said)) if isinstance(said, float) and said.is_integer() else str(said).strip()
