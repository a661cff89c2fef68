"""How templates write indicators, releases and imports: changes with a sign, parts by name, kinds in words."""

from datetime import date, datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from dugnad.places.models import Place
from dugnad.shared.charts.points import REASONS, STATUSES
from dugnad.shared.numbers import format_date, format_number, format_share, with_unit
from dugnad.shared.text import translate
from dugnad.standards.models import IndicatorVersion
from dugnad.status import ordering, rules, wording
from dugnad.status.borders.steps import BorderSteps
from dugnad.status.models import Cited, Release, Withdrawal
from dugnad.status.observations import breakdown_parts
from dugnad.status.place_rows import place_rows
from dugnad.status.queries.borders import Reconciled
from dugnad.status.queries.indicators import IndicatorOverview
from dugnad.status.queries.releases import ValueChange

register = template.Library()
register.simple_tag(place_rows)
register.filter("basis_words", ordering.basis_words)
register.filter("tiers_words", ordering.tiers_words)

# The commonest parts that no definition names; others are shown as the source writes them.
PARTS = {
    "sex": {"": _("sex"), "female": _("women"), "male": _("men")},
    "age": {"": _("age")},
}
RELEASE_KINDS = {
    "preliminary": _("Its source marks these figures, or some of them, as preliminary: they may be changed."),
    "final": _("Its source has not called these figures preliminary. They may still be revised."),
    "revised": _("Figures that were published before have been changed by the source."),
    "corrected": _("Figures that were published before were wrong and have been corrected."),
    "method": _("Figures that were published before are measured in another way now."),
}


def _lang() -> str:
    return get_language() or "nb"


@register.filter
def part_name(breakdown: str, version: IndicatorVersion) -> str:
    """A part of an indicator as readers meet it: "3G", "women"; the whole is "all"."""
    if not breakdown:
        return gettext("all together")
    titles = {part.code: part.title for part in version.data_points.all()}
    words = []
    for name, value in breakdown_parts(breakdown).items():
        if name == "part" and value in titles:
            words.append(translate(titles[value]))
        else:
            known = PARTS.get(name, {})
            words.append(str(known[value]) if value in known else f"{known.get('', name)}: {value}")
    return ", ".join(words)


@register.filter
def cited_for(release: Release, version_id: str) -> Cited:
    """Where a release has the figures of an indicator from."""
    return release.cited(version_id)


@register.filter
def value_status(status: str) -> str:
    """Preliminary, estimated, forecast; nothing for a figure that is settled."""
    return gettext(STATUSES[status]) if status in STATUSES else ""


@register.filter
def in_table(value: float, overview: IndicatorOverview) -> str:
    """A value under a heading that names the unit: only a short sign is repeated, "%" and its kin."""
    symbol = translate(overview.quantity.unit.symbol)
    text = format_number(value, overview.quantity.decimals, _lang())
    return with_unit(text, symbol if len(symbol) <= 2 else "", _lang())


@register.simple_tag
def published_figure(row: Reconciled, overview: IndicatorOverview) -> str:
    """What is published of a larger area, with the way to its explanation."""
    assert overview.period
    href = wording.explain_address(overview.version.id, row.place.code, overview.period.text, overview.breakdown)
    return wording.explained(in_table(row.published, overview), href, place_name(row.place))


@register.filter
def as_share(share: float) -> str:
    """A part of one in percent: "96,2 %"."""
    return format_share(share, 1, _lang())


@register.filter
def why(missing: str | None) -> str:
    """Why there is no figure, also when nothing was published about the place."""
    return gettext(REASONS[missing][1]) if missing else gettext("nothing published")


@register.filter
def why_not_made(steps: BorderSteps) -> str:
    """Why municipalities do not make the figure of a larger area."""
    return wording.border_sentences(steps, None)[0]


@register.simple_tag
def missing_signs() -> list[tuple[str, str]]:
    """The signs for missing figures and what they say."""
    return [(sign, gettext(words)) for sign, words in REASONS.values()]


@register.filter
def hidden_in_all(protection: dict[str, Any]) -> int:
    """How many numbers are hidden, whoever hid them and why."""
    return sum(protection.get(name, 0) for name in ("by_source", "primary", "secondary"))


@register.filter
def kind_words(kind: str) -> str:
    """What the kind of a release tells its reader."""
    return str(RELEASE_KINDS[kind])


@register.filter
def megabytes(size: int) -> str:
    """How large a file is."""
    if size < 10**6:
        return f"{format_number(max(1, size / 1000), 0, _lang())}\u00a0kB"
    return f"{format_number(size / 10**6, 1, _lang())}\u00a0MB"


@register.filter
def alone(thing: Any) -> list[Any]:
    """One thing as a list, for a template that writes lists."""
    return [thing]


@register.simple_tag(takes_context=True)
def without_place(context: template.Context, code: str) -> str:
    """This address without one of the places that are pointed out."""
    query = context["request"].GET.copy()
    others = [p.place.code for p in context["chosen"] if p.place.code != code]
    query.setlist("sted", others)
    if not others and "," not in query.get("gruppe", ""):
        query.pop("gruppe", None)  # a group is that of a place
    left = query.urlencode()
    return f"?{left}" if left else context["request"].path


@register.filter
def written_day(text: str) -> str:
    """A day kept as text (2026-04-25) in words; what is no day as it is."""
    try:
        return format_date(date.fromisoformat(text), _lang())
    except ValueError:
        return text


@register.filter
def as_text(value: Any) -> str:
    """A field of a definition: a translated text, several of them, a number, or a dash where there is nothing."""
    if isinstance(value, dict):
        return translate(value) or "–"
    if isinstance(value, list):
        return ", ".join(map(translate, value)) or "–"
    return "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


@register.filter
def mean_change(value: float | None, version: IndicatorVersion | None) -> str:
    """The mean of many changes, which has a digit more than the values."""
    return "–" if value is None else format_number(value, version.decimals + 1 if version else 2, _lang())


@register.filter
def value_before(change: ValueChange) -> str:
    return _of(change, change.before)


@register.filter
def value_after(change: ValueChange) -> str:
    return "" if change.after is None else _of(change, change.after)


@register.filter
def value_change(change: ValueChange) -> str:
    """By how much a published value was changed, with its sign."""
    if change.after is None:
        return ""
    decimals = change.version.decimals if change.version else 2
    difference = rules.written_difference(change.before, change.after, decimals)
    if not difference:
        return gettext("less than %(step)s") % {"step": format_number(10**-decimals, decimals, _lang())}
    return ordering.signed(difference, decimals, "")


def _of(change: ValueChange, value: float) -> str:
    if change.version is None:
        return format_number(value, 2, _lang())
    return wording.number(value, change.version.unit, change.version.decimals)


@register.filter
def withdrawn_words(withdrawal: Withdrawal) -> str:
    """That a release was withdrawn, when and why, as a sentence of its own."""
    said = wording.withdrawn(withdrawal.release.number, withdrawal.get_kind_display(), withdrawal.withdrawn_at)
    return f"{said[:1].upper()}{said[1:]}"


@register.filter
def moment(at: datetime) -> str:
    """A moment as it is in Norway: "1 December 2026 at 08:00"."""
    local = timezone.localtime(at)
    words = {"day": format_date(local.date(), _lang()), "time": local.strftime("%H:%M")}
    return gettext("%(day)s at %(time)s") % words


register.filter("share", wording.share)
register.filter("revision_size", wording.size)


@register.filter
def place_name(place: Place) -> str:
    """Norge, Noreg, Norway; the others have one name in all three."""
    return place.name_in(_lang())
