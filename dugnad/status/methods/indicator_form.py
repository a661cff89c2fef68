"""An indicator of a method in its one form: which way is better, its bounds, its thresholds and whether it scores."""

import re
from typing import Any

from django.utils.translation import gettext as _

from dugnad.standards.documents import Document, Where
from dugnad.status.methods.words import (
    DIRECTIONS,
    EVERYWHERE,
    FILLINGS,
    INDICATOR_NAMES,
    REMARKS,
    THRESHOLD_NAMES,
    TRUTHS,
    TURNS,
    label,
    meaning,
    move,
    number,
    plain,
    rename,
    text_form,
)


def indicator_form(document: Document, where: Where, indicator: dict[str, Any]) -> None:
    rename(document, where, indicator, INDICATOR_NAMES)
    # `indicator` is a code where nothing else is, and beside a code it is what people call it.
    if "indicator" in indicator:
        move(document, where, indicator, "indicator", "title" if "code" in indicator else "code")
    if "code" not in indicator and isinstance(indicator.get("title"), str):
        indicator["code"] = indicator["title"]
    for name in REMARKS & indicator.keys():
        del indicator[name]
    text_form(indicator, "title")
    if indicator.get("code") is not None:
        indicator["code"] = str(indicator["code"])
    if indicator.get("goal") is not None:
        indicator["goal"] = label(indicator["goal"])
    _direction_form(document, where, indicator)
    _bounds_form(document, where, indicator)
    for field in ("lower", "upper", "red", "yellow", "green", "weight"):
        if field in indicator:
            indicator[field] = number(document, indicator[field], *where, field)
            if indicator[field] is None:
                del indicator[field]
    _scope_form(indicator)
    if "missing" in indicator:
        said = indicator["missing"]
        indicator["missing"] = "none" if said is None else meaning(FILLINGS, said)
    if "trend" in indicator:
        indicator["trend"] = _years(indicator["trend"])


def _direction_form(document: Document, where: Where, indicator: dict[str, Any]) -> None:
    said = indicator.pop("direction", None)
    found = {} if said in (None, "") else {"direction": meaning(DIRECTIONS, said)}
    for name in TURNS.keys() & indicator.keys():
        truth = meaning(TRUTHS, indicator[name])
        if truth in (True, False):
            found[name] = TURNS[name][not truth]
            del indicator[name]
    if len(set(map(str, found.values()))) > 1:
        document.refuse(
            _("%(code)s says two things of which way is better") % {"code": indicator.get("code", "")},
            _("Write direction: up or direction: down."),
            *where,
        )
    for name, direction in found.items():
        indicator["direction"] = direction
        document.lines[*where, "direction"] = document.line(*where, name)


def _bounds_form(document: Document, where: Where, indicator: dict[str, Any]) -> None:
    """lower, upper, red, yellow and green, however they were written."""
    bounds = indicator.pop("bounds", None)
    if isinstance(bounds, list) and len(bounds) == 2:
        bounds = {"lower": bounds[0], "upper": bounds[1]}
    if isinstance(bounds, dict):
        _spread(document, where, indicator, bounds, "bounds")
        rename(document, where, indicator, {name: INDICATOR_NAMES[name] for name in ("lower", "upper")})
    elif bounds is not None:
        document.refuse(
            _("The bounds of %(code)s are not two numbers") % {"code": indicator.get("code", "")},
            _("Write lower (scores 0) and upper (scores 100)."),
            *where, "bounds",
        )  # fmt: skip
    thresholds = indicator.pop("thresholds", None)
    if isinstance(thresholds, dict):
        named = {plain(name): value for name, value in thresholds.items()}
        rename(document, (*where, "thresholds"), named, THRESHOLD_NAMES)
        _spread(document, where, indicator, _named_thresholds(document, where, indicator, named), "thresholds")
    _min_max(document, where, indicator)
    if isinstance(thresholds, list):
        _listed_thresholds(document, where, indicator, thresholds)
    elif thresholds not in (None, "") and not isinstance(thresholds, dict):
        _refuse_thresholds(document, where, indicator)


def _spread(document: Document, where: Where, indicator: dict[str, Any], said: dict[str, Any], field: str) -> None:
    for name, value in said.items():
        if name in indicator:
            document.refuse(
                _("The field %(field)s stands twice") % {"field": name}, _("Remove one of them."), *where, name
            )
        indicator[name] = value
        document.lines[*where, name] = document.line(*where, field, name)


# Three boundaries between four colours, by the colours they are named after: from the worst to the best, a name is the
# colour that ends there or the one that begins there, and in each of these lists only one reading is in order.
_BOUNDARIES = {
    ("red", "green"): ("red", "green"),
    ("orange", "green"): ("red", "green"),
    ("red", "yellow", "green"): ("red", "yellow", "green"),
    ("orange", "yellow", "green"): ("red", "yellow", "green"),
    ("red", "orange", "green"): ("red", "yellow", "green"),
    ("red", "orange", "yellow"): ("red", "yellow", "green"),
}


def _named_thresholds(
    document: Document, where: Where, indicator: dict[str, Any], said: dict[str, Any]
) -> dict[str, Any]:
    order = ("red", "orange", "yellow", "green")
    if unknown := [name for name in said if name not in order]:
        document.refuse(
            _("%(name)s is not a field here") % {"name": unknown[0]},
            _("Write one of: %(names)s.") % {"names": "red, yellow, green"},
            *where, "thresholds", unknown[0],
        )  # fmt: skip
    given = {name: said[name] for name in order if said.get(name) not in (None, "")}
    if not given:
        return {}
    if len(given) == 1:
        return given  # refused later, with what is lacking
    if tuple(given) not in _BOUNDARIES:
        _refuse_thresholds(document, where, indicator)
    return dict(zip(_BOUNDARIES[tuple(given)], given.values(), strict=True))


def _listed_thresholds(document: Document, where: Where, indicator: dict[str, Any], said: list[Any]) -> None:
    """Two or three numbers from the worst to the best, or the other way: which it is follows from the bounds."""
    steps = [number(document, value, *where, "thresholds", i) for i, value in enumerate(said)]
    turn = _turn(indicator)
    numbers = [step * turn for step in steps if step is not None]
    if len(numbers) != len(steps) or len(steps) not in (2, 3) or not turn:
        _refuse_thresholds(document, where, indicator)
    if numbers == sorted(numbers, reverse=True):
        steps.reverse()
    names = ("red", "green") if len(steps) == 2 else ("red", "yellow", "green")
    _spread(document, where, indicator, dict(zip(names, steps, strict=True)), "thresholds")


def _refuse_thresholds(document: Document, where: Where, indicator: dict[str, Any]) -> None:
    document.refuse(
        _("The thresholds of %(code)s do not say which is which") % {"code": indicator.get("code", "")},
        _("Write them as thresholds: {red: ..., yellow: ..., green: ...}; yellow may be left out."),
        *where, "thresholds",
    )  # fmt: skip


def _min_max(document: Document, where: Where, indicator: dict[str, Any]) -> None:
    """min and max are bounds as soon as something says which of them is the best."""
    rename(document, where, indicator, {"min": ("minimum",), "max": ("maximum",)})
    said = [name for name in ("min", "max") if name in indicator]
    if not said:
        return
    turn = _turn(indicator)
    if not turn:
        document.refuse(
            _("min and max of %(code)s do not say which is the best") % {"code": indicator.get("code", "")},
            _("Write lower (scores 0) and upper (scores 100), or direction: up or direction: down."),
            *where, said[0],
        )  # fmt: skip
    names = {"min": "lower", "max": "upper"} if turn > 0 else {"min": "upper", "max": "lower"}
    for name in said:
        if names[name] in indicator:
            document.refuse(
                _("%(one)s and %(other)s say the same thing") % {"one": names[name], "other": name},
                _("Remove one of them."),
                *where, name,
            )  # fmt: skip
        move(document, where, indicator, name, names[name])


def _turn(indicator: dict[str, Any]) -> int:
    """1 where more is better, -1 where less is, 0 where nothing says: by its word, its bounds or its thresholds."""
    if indicator.get("direction") in ("up", "down"):
        return 1 if indicator["direction"] == "up" else -1
    for worse, better in (("lower", "upper"), ("red", "green")):
        try:
            difference = float(indicator[better]) - float(indicator[worse])
        except (KeyError, TypeError, ValueError):
            continue
        if difference:
            return 1 if difference > 0 else -1
    return 0


def _scope_form(indicator: dict[str, Any]) -> None:
    """Whether it scores. An indicator of a narrower scope has value and colour, and scores only where it is said."""
    if "score" in indicator:
        indicator["score"] = meaning(TRUTHS, indicator["score"])
    for name in ("excluded", "exclude"):
        if name in indicator and (truth := meaning(TRUTHS, indicator[name])) in (True, False):
            indicator.pop(name)
            indicator.setdefault("score", not truth)
    scope = indicator.pop("scope", None)
    if scope in (None, "") or plain(scope) in EVERYWHERE:
        return
    indicator.setdefault("score", False)
    indicator["scope"] = plain(scope)


def _years(said: Any) -> Any:
    """[2015, 2019], "2015–2019" and {first: 2015, last: 2019} are the same years."""
    if isinstance(said, dict):
        fields = {plain(name): value for name, value in said.items()}
        ends = [
            next((fields[name] for name in names if name in fields), None)
            for names in (("first", "from", "start"), ("last", "to", "end"))
        ]
        return ends if len(fields) == 2 and None not in ends else said
    if isinstance(said, str) and (match := re.fullmatch(r"\s*(\d{4})\s*[-–,]\s*(\d{4})\s*", said)):
        return [int(match[1]), int(match[2])]
    return said
