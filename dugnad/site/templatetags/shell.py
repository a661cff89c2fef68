"""What the shell around every page knows: the languages of this address, the network's name, if one may be signed in.

Nothing here reads the session or the database, so that a public page never depends on who asks.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

import dugnad
from dugnad.shared.charts import Picture
from dugnad.shared.published import MOMENT

register = template.Library()


@dataclass(frozen=True)
class Language:
    code: str
    name: str
    address: str
    url: str
    current: bool


@dataclass(frozen=True)
class Shell:
    """Everything `base.html` needs beyond its blocks."""

    network: str
    version: str
    url: str
    path: str
    languages: list[Language]
    asked: list[tuple[str, str]]  # what stands after ? in the address, but the day
    may_be_signed_in: bool


def in_language(path: str, code: str) -> str:
    """The same address in another language; an address without a prefix leads to that language's front page.

    >>> in_language("/nb/kommune/4003?aar=2024", "nn")
    '/nn/kommune/4003?aar=2024'
    >>> in_language("/finnes-ikke", "en")
    '/en/'
    """
    prefix, _, rest = path.lstrip("/").partition("/")
    return f"/{code}/{rest}" if prefix in dict(settings.LANGUAGES) else f"/{code}/"


@register.simple_tag(takes_context=True)
def shell(context: template.Context) -> Shell:
    """`{% shell as shell %}`: see `Shell`. Works without a request, as error pages must."""
    request: HttpRequest | None = context.get("request")
    path = request.get_full_path() if request else "/"
    languages = [
        Language(code, name, address, settings.PUBLIC_URL + address, code == get_language())
        for code, name in settings.LANGUAGES
        for address in [in_language(path, code)]
    ]
    cookies = request.COOKIES if request else {}
    asked = [(name, value) for name, values in (request.GET.lists() if request else ()) for value in values]
    return Shell(
        network=getattr(settings, "NETWORK_NAME", ""),
        version=dugnad.__version__,
        url=settings.PUBLIC_URL + path,
        path=path,
        languages=languages,
        asked=[(name, value) for name, value in asked if name != MOMENT],
        may_be_signed_in=settings.SESSION_COOKIE_NAME in cookies or "messages" in cookies,
    )


@register.simple_tag(takes_context=True)
def asked_of_data(context: template.Context) -> str:
    """What this address asks for, as far as the data of the page answer to it: "?periode=2020", or nothing."""
    request = context["request"]
    known: set[str] = {*getattr(request, "data_asks", request.GET)}.difference(context.get("only_of_page") or ())
    asked = [(name, value) for name, values in request.GET.lists() for value in values if value and name in known]
    return f"?{urlencode(asked)}" if asked else ""


@register.simple_tag(takes_context=True)
def same_page(context: template.Context, **changes: object) -> str:
    """This address with other parameters: `{% same_page side=2 %}`; an empty value takes a parameter away."""
    query = dict(context["request"].GET.lists())
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = [str(value)]
    return f"?{urlencode(query, doseq=True)}" if query else context["request"].path


@register.simple_tag(takes_context=True)
def picture_file(context: template.Context, picture: Picture) -> SafeString:
    """`{% picture_file map %}`: a picture of the page as a file. A comparison has many, so it is no component."""
    return format_html(
        '\n<p class="source"><a class="link" href="{}" rel="nofollow" download>{}'
        '<span class="ds-sr-only">: {}</span></a></p>\n',
        same_page(context, bilde=picture.key),
        gettext("Picture as SVG"),
        picture.title,
    )
