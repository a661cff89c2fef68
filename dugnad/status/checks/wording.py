"""What pages and the terminal say of checks and their hits."""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from dugnad.places import queries as places
from dugnad.shared.charts.points import REASONS, STATUSES
from dugnad.shared.numbers import format_number
from dugnad.shared.periods import Period
from dugnad.shared.text import translate
from dugnad.standards import queries as standards
from dugnad.status.checks.documents import shipped
from dugnad.status.checks.model import SEVERITIES, Check, Hit
from dugnad.status.models import LICENCES
from dugnad.status.templatetags.publishing import part_name
from dugnad.status.wording import explain_address, lang, listed

SEVERITY = {"error": _("error"), "warning": _("warning"), "note": _("note")}
COLUMNS = (
    "check", "severity", "dataset", "indicator", "place", "period", "breakdown", "value", "expected", "detail",
    "status", "title", "meaning", "remedy", "explained",
)  # fmt: skip


def about(hit: Hit) -> str:
    """What a hit is about, in words: "Unemployment, Skien, 2024", or the dataset where it is about all of it."""
    said = []
    if hit.indicator:
        try:
            version = standards.indicator_version(hit.indicator)
            said.append(translate(version.title))
            if hit.breakdown:
                said.append(part_name(hit.breakdown, version))
        except standards.IndicatorNotFound:
            said.append(hit.indicator)
    if hit.place:
        said.append(place_name(hit.place, hit.period))
    if hit.period:
        said.append(Period.parse(hit.period).label(lang()))
    return ", ".join(said) or hit.dataset


def place_name(code: str, period: str = "") -> str:
    """What the bearer of a code was called in a period; the code alone where nobody ever bore it."""
    day = Period.parse(period).end - timedelta(days=1) if period else timezone.localdate()
    bearer = places.bearers([(code, day)]).get((code, day))
    return f"{bearer.name_in(lang())} ({code})" if bearer else code


def href(hit: Hit) -> str:
    """Where the number is explained; "" where the hit is about no single number."""
    if not (hit.indicator and hit.place and hit.period):
        return ""
    return explain_address(hit.indicator, hit.place, hit.period, hit.breakdown)


def detail(hit: Hit) -> str:
    """What a check adds: a period, a reason, a licence, a set, a share ("713 of 714") in words; others as they are."""
    if hit.detail in REASONS:
        return gettext(REASONS[hit.detail][1])
    if hit.detail in LICENCES:
        return str(LICENCES[hit.detail])
    if share := re.fullmatch(r"(\d+) / (\d+)", hit.detail):
        known, total = (number(float(written)) for written in share.groups())
        return gettext("%(known)s of %(total)s figures") % {"known": known, "total": total}
    if title := next((s.title for s in standards.sets() if s.id == hit.detail), None):
        return translate(title)
    try:
        return Period.parse(hit.detail).label(lang())
    except ValueError:
        return hit.detail


def status(hit: Hit) -> str:
    """That the value is not final: "preliminary"; nothing of one that is."""
    return gettext(STATUSES[hit.status]) if hit.status in STATUSES else ""


def number(value: float | None) -> str:
    """A number with the digits it has, four after the comma at most."""
    if value is None:
        return ""
    digits = len(f"{value:.4f}".rstrip("0").partition(".")[2])
    return format_number(value, digits, lang())


def expected(hit: Hit) -> str:
    """What a value is held against, as a number; how many decimals with the word for what it counts."""
    if hit.check != "too_many_decimals" or hit.expected is None:
        return number(hit.expected)
    count = int(hit.expected)
    return ngettext("%(count)s decimal", "%(count)s decimals", count) % {"count": count}


def parameters(check: Check) -> str:
    """The limits of a check as they are set: "lowest 0, highest 100"."""
    return ", ".join(
        f"{name} {' '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in check.parameters.items()
    )


def counted(counts: Mapping[str, int]) -> str:
    """How much was found: "2 errors, 1 warning and 14 notes"."""
    errors, warnings, notes = (
        sum(n for code, n in counts.items() if code in shipped() and shipped()[code].severity == severity)
        for severity in SEVERITIES
    )
    return listed(
        [
            ngettext("%(count)s error", "%(count)s errors", errors) % {"count": errors},
            ngettext("%(count)s warning", "%(count)s warnings", warnings) % {"count": warnings},
            ngettext("%(count)s note", "%(count)s notes", notes) % {"count": notes},
        ]
    )


def row(hit: Hit, explained: str = "") -> dict[str, Any]:
    """A hit as data (`COLUMNS`)."""
    check = shipped()[hit.check]
    return {
        **{name: getattr(hit, name) for name in COLUMNS[2:11]},
        "check": hit.check,
        "severity": check.severity,
        "title": translate(check.title),
        "meaning": translate(check.meaning),
        "remedy": translate(check.remedy),
        "explained": explained,
    }


def as_text(found: Mapping[str, tuple[int, list[Hit]]], most: int = 20) -> Iterable[str]:
    """For the terminal: each check that found something, what it means, where, and what to do."""
    for severity in SEVERITIES:
        for code, (count, hits) in found.items():
            check = shipped()[code]
            if not count or check.severity != severity:
                continue
            yield f"{SEVERITY[severity]} {code} [{count}]: {translate(check.title)}"
            yield f"  {translate(check.meaning)}"
            for hit in hits[:most]:
                against = gettext("held against")
                held = f" ({against} {expected(hit)})" if hit.expected is not None else ""
                value = f": {number(hit.value)}" if hit.value is not None else ""
                value += f" ({status(hit)})" if hit.status else ""
                detail = f" [{hit.detail}]" if hit.detail else ""
                yield f"    {about(hit)}{value}{held}{detail}"
            if count > most:
                more = gettext("and %(count)s more") % {"count": count - most}
                yield f"    {more}"
            yield f"  {translate(check.remedy)}"
    yield gettext("%(checks)s checks found %(counted)s.") % {
        "checks": len(found),
        "counted": counted({code: count for code, (count, _hits) in found.items()}),
    }
