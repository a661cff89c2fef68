"""How templates write checks and their hits."""

from django import template

from dugnad.status.checks import wording

register = template.Library()

register.filter("hit_about", wording.about)
register.filter("hit_href", wording.href)
register.filter("hit_number", wording.number)
register.filter("hit_expected", wording.expected)
register.filter("hit_detail", wording.detail)
register.filter("hit_status", wording.status)
register.filter("severity", lambda severity: wording.SEVERITY[severity])
