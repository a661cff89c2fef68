"""Method documents: read, refused with file, line and remedy where they cannot be followed.

After the document has its one form (`form.py`), `definitions/schema/method.schema.json` decides, and what a schema
cannot see is checked here.
"""

import copy
import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator

from dugnad.shared.errors import Refusal
from dugnad.standards.documents import Document, check_document, parse_document
from dugnad.status.methods.form import one_form
from dugnad.status.methods.model import (
    UNROUNDED,
    Band,
    GoalRule,
    Indicator,
    Method,
    ProgressRules,
    ProjectionRules,
    Trend,
    Uncertainty,
)
from dugnad.status.methods.values import unreadable

SCHEMA = "method.schema.json"


def read_method(path: Path, *, base: bool = True, extends: str = "") -> Method:
    """The method a file describes; Refusal with its line and the remedy where it cannot be followed.

    `extends` is the published method it extends where it says nothing of that itself. A CSV file is a list of
    indicators.

    >>> read_method(Path("definitions/methods/u4ssc-performance.yaml")).bands[0].points
    4
    """
    document = _read(path, extends)
    if base and document.data.get("family", "index") == "index" and not document.data.get("indicators"):
        document.refuse(_("The method names no indicators"), _("List them under indicators."), "indicators")
    return _method(document, path)


@dataclass(frozen=True)
class PublishedMethod:
    """A method that comes with the product: how it is followed, and what its document says to people."""

    method: Method
    data: dict[str, Any]
    content: bytes
    sha256: str

    def example(self) -> tuple[Method, pa.Table] | None:
        """The method with the indicators of its example, and the example's values; None where it judges one series."""
        example = self.data.get("example", {})
        if "values" not in example:
            return None
        own = {**copy.deepcopy(example.get("method", {})), "extends": self.method.name}
        path = Path(f"{self.method.name}.yaml")
        document = _complete(Document(path.name, self.sha256, own, {(): 1}), path)
        document.data.update(name=self.method.name, version=self.method.version)
        columns = zip(*example["values"], strict=True)
        names = ("place", "indicator", "period", "value")
        table = {
            name: list(map(str, cells)) if name != "value" else cells
            for name, cells in zip(names, columns, strict=True)
        }
        return _method(document, path), pa.table(table)


@cache
def published() -> dict[str, PublishedMethod]:
    """The methods that come with the product, by name, each with its document."""
    found = {}
    for path in sorted((settings.DEFINITIONS_DIR / "methods").glob("*.yaml")):
        document = _read(path)
        method = _method(document, path)
        found[method.name] = PublishedMethod(method, document.data, path.read_bytes(), document.sha256)
    return found


def published_methods() -> dict[str, Method]:
    """The methods that come with the product, by name."""
    return {name: one.method for name, one in published().items()}


def _read(path: Path, extends: str = "") -> Document:
    """The document in its one form: names made one, what it extends filled in, held against the schema."""
    try:
        content = path.read_bytes()
    except OSError as error:
        if isinstance(error, FileNotFoundError) and path.name in _names():
            raise Refusal(
                _("The file does not exist, but a published method has that name"),
                path.name,
                _("Write a method file that begins with the line “extends: %(name)s”, and give that.")
                % {"name": path.name},
            ) from None
        raise unreadable(path, error) from None
    if not content.strip():
        raise Refusal(_("The file is empty"), path.name, _("List the indicators of the method in it."))
    if path.suffix.lower() == ".csv":
        document = Document(path.name, hashlib.sha256(content).hexdigest(), {"indicators": path.name}, {(): 1})
    else:
        document = parse_document(path.name, content)
    if extends and not document.data.keys() & {"extends", "extend", "based_on"}:
        document.data["extends"] = extends
    return _complete(document, path)


def _names() -> list[str]:
    """The names of the methods that come with the product."""
    return sorted(path.stem for path in (settings.DEFINITIONS_DIR / "methods").glob("*.yaml"))


def _complete(document: Document, path: Path) -> Document:
    data = document.data
    one_form(document, path)
    if base := data.pop("extends", None):
        known = settings.DEFINITIONS_DIR / "methods" / f"{base}.yaml"
        if base not in (names := _names()):
            document.refuse(
                _("%(name)s is not a published method") % {"name": base},
                _("Write one of: %(names)s.") % {"names": ", ".join(names)},
                "extends",
            )
        _extend(data, _read(known).data, path)
    data.setdefault("kind", "method")
    data.setdefault("family", "index")
    data.setdefault("name", path.stem)
    data.setdefault("version", document.sha256[:8])
    data["name"], data["version"] = str(data["name"]), str(data["version"])
    data.setdefault("title", {"nb": data["name"]})
    check_document(document, _validator(), SCHEMA)
    return document


@cache
def _validator() -> Draft202012Validator:
    schema = json.loads((settings.DEFINITIONS_DIR / "schema" / SCHEMA).read_text("utf-8"))
    return Draft202012Validator(schema)


def _extend(data: dict[str, Any], base: dict[str, Any], path: Path) -> None:
    """What the file does not say itself it takes from the method it extends, section by section."""
    own = {"name", "title", "version", "kind", "formulas", "limits", "history", "example"}
    for field, value in base.items():
        if field in own:
            continue
        if isinstance(value, dict) and isinstance(data.get(field), dict) and field not in ("description", "source"):
            data[field] = {**value, **data[field]}
        else:
            data.setdefault(field, value)
    data.setdefault("source", base["source"])


def _method(document: Document, path: Path) -> Method:
    data = document.data
    normalise, missing = data.get("normalise", {}), data.get("missing", {})
    aggregation, rounding = data.get("aggregation", {}), data.get("rounding", {})
    eligibility, progress = data.get("eligibility", {}), data.get("progress", {})
    normaliser = normalise.get("by", "goalposts")
    filled = frozenset(missing.get("goals", ()))
    fill_all = missing.get("indicators") == "group_mean"
    scopes = data.get("scopes", {})
    indicators = tuple(
        _indicator(document, i, fields, normaliser, filled, fill_all, scopes)
        for i, fields in enumerate(data.get("indicators", ()))
    )
    _check_codes(document, indicators)
    goals = _goals(document, indicators, aggregation.get("of"))
    _check_weights(document, indicators, goals)
    index_of: Any = aggregation.get("of") or ("goals" if goals or not indicators else "indicators")
    if index_of == "indicators" and missing.get("index") == "group_mean":
        document.refuse(
            _("The index is made of indicators, so there are no missing goals to fill"),
            _("Write index: none under missing, or of: goals under aggregation."),
            "missing", "index",
        )  # fmt: skip
    uncertainty = data.get("uncertainty", {})
    percentiles = tuple(normalise.get("percentiles", (2.5, 97.5) if normaliser == "percentiles" else (0.0, 100.0)))
    return Method(
        name=data["name"],
        version=data["version"],
        title=data["title"],
        description=data.get("description", {}),
        source=data.get("source", {}),
        family=data["family"],
        periods=data.get("periods", "latest"),
        normaliser=normaliser,
        clip=normalise.get("clip", True),
        percentiles=(float(percentiles[0]), float(percentiles[1])),
        goal_mean=aggregation.get("goals", "arithmetic"),
        index_mean=aggregation.get("index", "arithmetic"),
        floor=float(aggregation.get("floor", 0)),
        index_of=index_of,
        fill_index=missing.get("index") == "group_mean",
        means_of=missing.get("mean_of", "all"),
        max_missing=eligibility.get("max_missing"),
        always_eligible=frozenset(map(str, eligibility.get("always", ()))),
        max_grey=float(data.get("colours", {}).get("max_missing", 1.0)),
        decimals=(
            rounding.get("indicators", UNROUNDED),
            rounding.get("goals", UNROUNDED),
            rounding.get("index", UNROUNDED),
        ),
        half=rounding.get("half", "even"),
        bands=_bands(document),
        trend=_of(Trend, data["trend"]) if data.get("trend") else None,
        uncertainty=_of(
            Uncertainty,
            {**uncertainty, **{k: tuple(uncertainty[k]) for k in ("normalise", "aggregation") if k in uncertainty}},
        ),
        progress=_of(ProgressRules, progress),
        projection=_of(ProjectionRules, data.get("projection", {})),
        goals=goals,
        indicators=indicators,
        groups=data.get("groups"),
    )


def _of(kind: Callable[..., Any], fields: dict[str, Any]) -> Any:
    return kind(**fields)


def _indicator(
    document: Document,
    i: int,
    fields: dict[str, Any],
    normaliser: str,
    filled: frozenset[str],
    fill_all: bool,
    scopes: dict[str, list[str]],
) -> Indicator:
    where = ("indicators", i)
    scope = fields.get("scope")
    if scopes and scope and scope not in scopes:
        document.refuse(
            _("%(name)s is not a scope of the method") % {"name": scope},
            _("Write one of: %(names)s.") % {"names": ", ".join(["global", *scopes])},
            *where, "scope",
        )  # fmt: skip
    if scope and fields.get("score", True):
        document.refuse(
            _("%(code)s is meant for some places only, and cannot score for all") % {"code": fields["code"]},
            _("Write score: false, or scope: global."),
            *where, "score",
        )  # fmt: skip
    indicator = Indicator(
        code=fields["code"],
        title=fields.get("title") or {"nb": fields["code"]},
        goal=fields.get("goal") or "",
        direction={"up": 1, "down": -1}.get(fields.get("direction", ""), 0),
        lower=fields.get("lower"),
        upper=fields.get("upper"),
        red=fields.get("red"),
        yellow=fields.get("yellow"),
        green=fields.get("green"),
        weight=float(fields.get("weight", 1.0)),
        is_scored=fields.get("score", True),
        is_filled=fields.get("missing", "group_mean" if fill_all or fields.get("goal") in filled else "none") != "none",
        trend=tuple(fields["trend"]) if "trend" in fields else None,
        places=frozenset(scopes[scope]) if scope and scopes else None,
    )
    indicator = _check_bounds(document, indicator, normaliser, *where)
    _check_thresholds(document, indicator, *where)
    return indicator


def _check_bounds(document: Document, indicator: Indicator, normaliser: str, *where: str | int) -> Indicator:
    """The bounds in the order worst, best. With `direction: down` they may also stand as the smallest and largest."""
    lower, upper = indicator.lower, indicator.upper
    needs = normaliser == "goalposts" and (indicator.is_scored or indicator.green is not None)
    for name, bound in (("lower", lower), ("upper", upper)):
        if bound is None and (needs or (indicator.green is not None)):
            document.refuse(
                _("%(code)s has no %(field)s") % {"code": indicator.code, "field": name},
                _("Write lower (scores 0) and upper (scores 100) for each indicator, or normalise: none for scores."),
                *where,
            )
    if normaliser == "minmax" and indicator.is_scored and lower is not None and upper is not None:
        document.refuse(
            _("minmax scores between the smallest and largest value, and %(code)s has bounds")
            % {"code": indicator.code},
            _("Write by: goalposts to score between the bounds, or by: percentiles with percentiles: [0, 100]."),
            *where, "lower",
        )  # fmt: skip
    if lower is not None and upper is not None:
        if lower == upper:
            document.refuse(
                _("The lower and upper bounds of %(code)s are the same") % {"code": indicator.code},
                _("A score needs two bounds apart: correct one of them."),
                *where, "upper",
            )  # fmt: skip
        if indicator.direction < 0 and lower < upper:
            lower, upper = upper, lower
        if indicator.direction > 0 and lower > upper:
            document.refuse(
                _("%(code)s has its best value below its worst, and its direction is up") % {"code": indicator.code},
                _("Write direction: down, or turn the bounds."),
                *where, "direction",
            )  # fmt: skip
        indicator = replace(indicator, lower=lower, upper=upper, direction=1 if upper > lower else -1)
    if indicator.direction == 0 and normaliser in ("minmax", "percentiles", "zscore", "rank") and indicator.is_scored:
        document.refuse(
            _("Nothing says whether more or less is better for %(code)s") % {"code": indicator.code},
            _("Write direction: up or direction: down."),
            *where,
        )
    return indicator


def _check_thresholds(document: Document, indicator: Indicator, *where: str | int) -> None:
    if (indicator.red is None) != (indicator.green is None) or (indicator.yellow is not None and indicator.red is None):
        document.refuse(
            _("%(code)s has only some of its thresholds") % {"code": indicator.code},
            _("Write both red and green; yellow may be left out."),
            *where,
        )
    if indicator.red is None:
        return
    ladder = [indicator.red, indicator.yellow, indicator.green]
    steps = [step * indicator.direction for step in ladder if step is not None]
    if steps != sorted(steps) or indicator.red == indicator.green:
        document.refuse(
            _("The thresholds of %(code)s do not go from the worst to the best") % {"code": indicator.code},
            _("Order them red, yellow, green, and check which bound is the best."),
            *where, "red",
        )  # fmt: skip


def _check_codes(document: Document, indicators: tuple[Indicator, ...]) -> None:
    seen: set[str] = set()
    for i, indicator in enumerate(indicators):
        if indicator.code in seen:
            document.refuse(
                _("The indicator %(code)s stands twice") % {"code": indicator.code},
                _("Remove one of them."),
                "indicators", i,
            )  # fmt: skip
        seen.add(indicator.code)


def _goals(document: Document, indicators: tuple[Indicator, ...], index_of: str | None) -> tuple[GoalRule, ...]:
    """The goals in the order the method lists them; those it does not list are plain, numbers before words."""
    used = {i.goal for i in indicators if i.goal}
    codes = {i.code for i in indicators}
    rules = {}
    for i, fields in enumerate(document.data.get("goals", ())):
        goal = fields["goal"]
        if goal in rules:
            document.refuse(_("The goal %(goal)s stands twice") % {"goal": goal}, _("Remove one of them."), "goals", i)
        if unknown := [code for code in fields.get("not_alone", ()) if indicators and code not in codes]:
            document.refuse(
                _("%(code)s is not an indicator of the method") % {"code": unknown[0]},
                _("Write the code as it stands under indicators."),
                "goals", i, "not_alone",
            )  # fmt: skip
        rules[goal] = GoalRule(
            goal,
            fields.get("title") or {"nb": goal},
            float(fields.get("weight", 1.0)),
            tuple(fields.get("not_alone", ())),
        )
    if used and index_of != "indicators":
        for i, indicator in enumerate(indicators):
            if indicator.is_scored and not indicator.goal:
                document.refuse(
                    _("%(code)s belongs to no goal, and others do") % {"code": indicator.code},
                    _("Write its goal, or score: false."),
                    "indicators", i,
                )  # fmt: skip
    for goal in document.data.get("missing", {}).get("goals", ()):
        if indicators and goal not in used:
            document.refuse(
                _("No indicator belongs to goal %(goal)s") % {"goal": goal},
                _("Write goals that stand under indicators: %(names)s.") % {"names": ", ".join(sorted(used))},
                "missing", "goals",
            )  # fmt: skip
    order = [goal for goal in rules if goal in used or not indicators]
    rest = sorted(used - rules.keys(), key=lambda goal: (not goal.isdecimal(), goal.zfill(4)))
    return tuple(rules.get(goal) or GoalRule(goal, {"nb": goal}) for goal in order + rest)


def _check_weights(document: Document, indicators: tuple[Indicator, ...], goals: tuple[GoalRule, ...]) -> None:
    """Refusal where nothing would count: no index, or no goal score, can be made of weights of zero."""
    scored = [i for i in indicators if i.is_scored]
    if scored and not any(i.weight for i in scored):
        document.refuse(
            _("The weights of all indicators are 0, so nothing counts"),
            _("Give one of them a weight above 0, or leave the weights out."),
            "indicators", 0, "weight",
        )  # fmt: skip
    for rule in goals:
        weights = [i.weight for i in scored if i.goal == rule.goal]
        if weights and not any(weights) and rule.weight:
            document.refuse(
                _("The weights of all indicators of goal %(goal)s are 0") % {"goal": rule.goal},
                _("Give one of them a weight above 0, or write score: false for them."),
                "indicators", next(n for n, i in enumerate(indicators) if i.goal == rule.goal), "weight",
            )  # fmt: skip
    if goals and not any(rule.weight for rule in goals):
        document.refuse(
            _("The weights of all goals are 0, so nothing counts"),
            _("Give one of them a weight above 0, or leave the weights out."),
            "goals", 0, "weight",
        )  # fmt: skip


def _bands(document: Document) -> tuple[Band, ...]:
    bands = tuple(
        Band(float(band["at_least"]) if "at_least" in band else -math.inf, float(band["points"]), band["title"])
        for band in document.data.get("bands", ())
    )
    at = [band.at_least for band in bands]
    if bands and (at != sorted(at, reverse=True) or len(set(at)) < len(at) or at[-1] != -math.inf):
        document.refuse(
            _("The bands do not go from the best to the rest"),
            _("Give each a lower at_least than the one before, and the last none."),
            "bands",
        )
    return bands
