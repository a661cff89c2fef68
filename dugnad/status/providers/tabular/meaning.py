"""What the words beside a value mean: which indicator, which status, which part. Each answers with a value or a fault.

A function here that answers None leaves the row out, because the mapping says so.
"""

from collections.abc import Callable, Mapping
from typing import Any

from dugnad.shared.errors import Refusal
from dugnad.shared.periods import Period
from dugnad.status.observations import Message, MissingReason, ValueStatus
from dugnad.status.providers.tabular.cleaning import Fault
from dugnad.status.providers.tabular.opening import normal

_ = Message

_TRUTH = {
    **dict.fromkeys(("", "0", "false", "nei", "no"), False),
    **dict.fromkeys(("1", "true", "ja", "yes", "x", "b"), True),
}


def indicators(mapping: Mapping[str, Any]) -> tuple[dict[str, float], Callable[[str], str | Fault | None]]:
    """How an indicator is named in the file, and what its values are to be multiplied with."""
    stated = {**mapping.get("indicators", {}), **mapping.get("indicator_columns", {})}
    meant: dict[str, str | None] = {}
    factors: dict[str, float] = {}
    for word, one in stated.items():
        said = one if isinstance(one, dict) else {"id": one}
        meant[normal(word)] = said["id"]
        if "multiply" in said:
            factors[said["id"]] = said["multiply"]

    def meaning(word: str) -> str | Fault | None:
        if word in meant:
            return meant[word]
        if word and not stated:
            return word
        return Fault(
            "unknown_indicator",
            _("{word} is not an indicator that the mapping knows", word=word[:60] or "«»"),
            _("Say under indicators which version it is, or null to leave it out."),
        )

    return factors, meaning


def status_of(mapping: Mapping[str, Any]) -> Callable[[str], str | Fault]:
    statuses = {normal(word): status for word, status in mapping.get("statuses", {}).items()}

    def meaning(word: str) -> str | Fault:
        status = statuses.get(word, word.lower() or ValueStatus.NORMAL)
        if status in set(ValueStatus):
            return str(status)
        return Fault(
            "unknown_status",
            _("{word} is not a status of a value", word=word[:60]),
            _("Say under statuses whether it means normal, preliminary, estimated or forecast."),
        )

    return meaning


def is_break(word: str) -> bool | Fault:
    if (answer := _TRUTH.get(word.lower())) is not None:
        return answer
    what = _("{word} does not say whether there is a break in the series", word=word[:60])
    return Fault("unknown_break", what, _("Write 1 where the series is broken, and 0 or nothing elsewhere."))


def quality_of(word: str) -> int | Fault:
    if word in ("", "1", "2", "3", "4", "5", "6"):
        return int(word or 0)
    what = _("{word} is not a quality level", word=word[:60])
    return Fault("quality", what, _("Write a number from 1 (measured) to 6 (unknown method), or nothing."))


def reason_of(word: str) -> str | Fault:
    """The reason a value is missing, "" where none is said."""
    if word.lower() in ("", *MissingReason):
        return word.lower()
    what = _("{word} is not a reason for a missing value", word=word[:60])
    return Fault("unknown_reason", what, _("Use one of {names}.", names=", ".join(MissingReason)))


def span_of(rule: Mapping[str, Any]) -> tuple[Period, Period]:
    """The first and the last period in which a value is none, as a rule under `missing` says; Refusal when none."""
    said = f"missing: {rule.get('indicator', '')}"
    if rule.get("reason") not in list(MissingReason):
        raise Refusal(
            _("{word} is not a reason for a missing value", word=str(rule.get("reason"))[:60]),
            said,
            _("Use one of {names}.", names=", ".join(MissingReason)),
        )
    if not isinstance(rule.get("value"), int | float) or not rule.get("indicator"):
        raise Refusal(
            _("The mapping does not say which value of which indicator is none"),
            said,
            _("Write indicator, value, periods and reason, as docs/imports.md shows."),
        )
    try:
        first, last = (Period.parse(str(rule["periods"][end])) for end in ("from", "to"))
    except (KeyError, TypeError, ValueError):
        raise Refusal(
            _("The mapping does not say in which periods the value is none"),
            said,
            _("Write periods: {from: 1995, to: 2011}, both of them included."),
        ) from None
    if last < first:
        raise Refusal(
            _("The periods end before they begin"), said, _("Write the first period under from, the last under to.")
        )
    return first, last


def part_of(mapping: Mapping[str, Any], name: str) -> Callable[[str], str | Fault]:
    """The value of a breakdown; an empty text is the whole."""
    known = {normal(word): value for word, value in mapping.get("values", {}).get(name, {}).items()}

    def meaning(word: str) -> str | Fault:
        value = known.get(word, word)
        if ";" in value or "=" in value or (known and word and word not in known):
            return Fault(
                "unknown_part",
                _("{word} is not a part that the mapping knows", word=word[:60]),
                _("Say under values what it means; write an empty text for the whole."),
            )
        return value

    return meaning


def level_of(mapping: Mapping[str, Any]) -> Callable[[str], str | Fault | None]:
    """The kind of place a level is, "" where none is said."""
    kinds = {kind: kind for kind in ("", "municipality", "county", "country")}
    names = mapping.get("place", {}).get("level_names", {})
    known: dict[str, str | None] = {**kinds, **{normal(name): kind for name, kind in names.items()}}

    def meaning(word: str) -> str | Fault | None:
        if word in known:
            return known[word]
        return Fault(
            "unknown_level",
            _("{word} is not a level that the mapping knows", word=word[:60]),
            _("Say under place, level_names whether it is municipality, county or country, or null to leave it out."),
        )

    return meaning
