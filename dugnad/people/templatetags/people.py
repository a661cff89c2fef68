"""What the templates of accounts ask."""

from typing import Any

from django import forms, template
from django.forms import BoundField

from dugnad.people.policy import can

register = template.Library()


@register.filter
def is_checkbox(field: BoundField) -> bool:
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.simple_tag(takes_context=True)
def may(context: template.Context, action: str, thing: Any = None) -> bool:
    """Whether to offer something: `{% may "GET people:organisation" code as may_look %}`. The way in asks again."""
    return can(context["request"].user, action, thing)
