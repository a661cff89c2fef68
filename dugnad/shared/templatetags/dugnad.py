"""How templates write texts, figures and time: `{% load dugnad %}{{ indicator.title|tr }} {{ value|number:1 }}`."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django import template
from django.utils import timezone
from django.utils.translation import get_language

from dugnad.shared import numbers, text
from dugnad.shared.periods import Period

register = template.Library()


def _lang() -> str:
    return get_language() or "nb"


@register.filter
def tr(value: Mapping[str, str]) -> str:
    """A translated text in the reader's language."""
    return text.translate(value)


@register.filter
def tr_lang(value: Mapping[str, str]) -> str:
    """The language that `tr` answers in: `<span lang="{{ title|tr_lang }}">{{ title|tr }}</span>`."""
    return text.language_of(value)


@register.filter
def number(value: float | Decimal, decimals: int = 0) -> str:
    return numbers.format_number(value, decimals, _lang())


@register.filter
def day(value: date) -> str:
    """A day in words; an instant is shown as the day it was in Norway."""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    return numbers.format_date(value, _lang())


@register.filter
def period(value: Period | str) -> str:
    """A period as readers meet it, from a Period or its text."""
    return (Period.parse(value) if isinstance(value, str) else value).label(_lang())
