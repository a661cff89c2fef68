"""How templates write standings: figures with units, small pictures, words for marks."""

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, gettext_lazy as _

from dugnad.shared import charts
from dugnad.shared.charts.points import REASONS
from dugnad.shared.numbers import format_number
from dugnad.shared.text import translate
from dugnad.standards.models import IndicatorVersion
from dugnad.status import pictures
from dugnad.status.queries.standing import Standing

register = template.Library()

CHANGES = {
    "better": ("up", _("better")),
    "worse": ("down", _("worse")),
    "same": ("flat", _("unchanged")),
    "changed": ("none", _("changed")),
}


@register.filter
def figure(value: float | None, version: IndicatorVersion) -> str:
    """A value with its decimals and the short sign of its unit: "3,1 %"."""
    if value is None:
        return ""
    text = format_number(value, version.decimals, get_language() or "nb")
    symbol = translate(version.unit.symbol) if version.unit.symbol else ""
    return f"{text}\u00a0{symbol}" if symbol else text


@register.filter
def reason(missing: str | None) -> str:
    """Why there is no value, in words."""
    return gettext(REASONS[missing][1]) if missing else gettext("no figure")


@register.filter
def change_shape(change: str) -> str:
    return CHANGES[change][0] if change else "none"


@register.filter
def change_word(change: str) -> str:
    return str(CHANGES[change][1]) if change else gettext("nothing to compare with")


@register.simple_tag
def spark(standing: Standing) -> SafeString:
    """The small line of a series. It repeats what the row says in words, so it is hidden from screen readers."""
    return mark_safe(charts.sparkline(pictures.drawn(standing.points)))  # noqa: S308  (our own markup, numbers only)
