"""What an address asks for: what its view answers to, and how the rest is told, in one sentence each.

Nothing is passed over in silence. Data refuse what they do not show; a page says it above the rest, or in place of the
page where figures would be taken for others. Each view says what it answers to:

    @asked(asks=("kontroll", "sted"), page_asks=("side",))

or, where it shows what is published, `@published(asks=...)`. What a parameter can be, the view decides, and says the
rest by `tell(request, form, (parameter, sentence), ...)`.
"""

import re
from collections.abc import Callable, Collection
from functools import partial, wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext

MOMENT = "per"
# What pages of numbers can be asked for, each some of it. Where one of them cannot be, there is no page with it.
CHOICES = ("del", "grenser", "gruppe", "periode", "sted", MOMENT)
# What newsletters, searches and social networks add to links: of the reader's way here, nothing that could be shown.
_TRAIL = re.compile(r"utm_\w+|mc_[ce]id|\w*clid|_hs\w+|_g[al]|[gw]braid|igshid|srsltid", re.ASCII)
_DATA = re.compile(r"\.(json|csv|ics|yaml|parquet|atom|xml|txt)$")
SHOWN = 60  # letters of what was written that are said again


class NotShown(Exception):
    """What cannot be shown, in one sentence, with the status it is answered with: a moment that is none, or a release
    that is given out no more. `without` names the parameter that the page can be seen without."""

    def __init__(self, sentence: str, status: int = 400, *, without: str = MOMENT) -> None:
        super().__init__(sentence)
        self.sentence, self.status, self.without = sentence, status, without


class NoSuchPage(Http404):
    """There is nothing at this address: why, in one sentence for the reader. `where_to_look` is what to do now where
    data were asked for; a page has a search below the sentence."""

    def __init__(self, sentence: str, where_to_look: str = "") -> None:
        super().__init__(sentence)
        self.sentence, self.where_to_look = sentence, where_to_look


def asked(
    view: Callable[..., HttpResponse] | None = None,
    *,
    asks: Collection[str] = (),
    page_asks: Collection[str] = (),
    many: Collection[str] = (),
    form: str = "",
) -> Callable[..., Any]:
    """Marks what a view answers to: `asks` in every form, `page_asks` on its page only, those of `many` several times.

    `form` is that of a view that has only one, where it is no page.
    """

    if view is None:
        return partial(asked, asks=asks, page_asks=page_asks, many=many, form=form)

    @wraps(view)
    def marked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answered = form or kwargs.get("form") or kwargs.get("file_form") or "html"
        request.data_asks = {*asks}  # type: ignore[attr-defined]  # for the links to the page as data
        try:
            if request.GET:
                _refuse_what_is_not_asked_here(
                    request, answered, {*asks, *(page_asks if answered == "html" else ())}, many
                )
            return view(request, *args, **kwargs)
        except NotShown as refused:
            return _refused(request, refused, answered)

    return marked


def tell(request: HttpRequest, form: str, *said: tuple[str, str]) -> None:
    """What is asked for and not shown, as (parameter, sentence): data refuse the first that has a sentence, a page says
    them all above the rest."""
    refuse_as_data(form, *said)
    told = [(sentence, without(request, name)) for name, sentence in said if sentence]
    request.not_shown = (*getattr(request, "not_shown", ()), *told)  # type: ignore[attr-defined]


def refuse_as_data(form: str, *said: tuple[str, str]) -> None:
    """The same of what a page says itself, beside the choice that it is about."""
    for name, sentence in said:
        if sentence and form != "html":
            raise NotShown(sentence, without=name)


def with_query(request: HttpRequest, address: str) -> str:
    """Another address, with what this one asks for."""
    query = request.META.get("QUERY_STRING", "")
    return f"{address}?{query}" if query else address


def without(request: HttpRequest, *names: str) -> str:
    """The address of the same page without some parameters: today, if one is that of the moment."""
    others = request.GET.copy()
    for name in names:
        others.pop(name, None)
    return f"{request.path}?{others.urlencode()}" if others else request.path


def _refuse_what_is_not_asked_here(
    request: HttpRequest, form: str, asks: Collection[str], many: Collection[str]
) -> None:
    """NotShown, or a sentence on the page, for a choice that the view would pass over in silence."""
    passed_over = []
    for name, values in request.GET.lists():
        if name in asks:
            if name not in many and len({*filter(None, values)}) > 1:
                sentence = gettext("“%(name)s” is asked for more than once. Ask for one at a time.")
                raise NotShown(sentence % {"name": name}, without=name)
        elif any(values) and not (form == "html" and _TRAIL.fullmatch(name)):
            if form != "html" or name in CHOICES:
                raise NotShown(_not_here(name, asks), without=name)
            passed_over.append(name)
    if passed_over:
        names = ", ".join(name[:SHOWN] for name in passed_over)
        sentence = gettext("The page does not show this, which its address asks for: %(names)s.") % {"names": names}
        request.not_shown = ((sentence, without(request, *passed_over)),)  # type: ignore[attr-defined]


def _not_here(name: str, asks: Collection[str]) -> str:
    if name == "grenser":
        return gettext(
            "These figures are shown on the borders of today only. Other borders can be chosen on the page of an "
            "indicator, and of a goal at a place."
        )
    told = {"name": name[:SHOWN], "known": ", ".join(sorted(asks))}
    if not asks:
        return gettext("“%(name)s” cannot be chosen here. Nothing can: this is the same for all.") % told
    return gettext("“%(name)s” cannot be chosen here. What can: %(known)s.") % told


def data_form(path: str) -> str:
    """How an address ends that asks for data, "" where it asks for a page.

    >>> data_form("/nb/kommune/4003.json"), data_form("/nb/indikator/sdg.2020.1.1.1")
    ('json', '')
    """
    found = _DATA.search(path)
    return found[1] if found else ""


def refused_as_data(form: str, sentence: str, status: int) -> HttpResponse:
    """One sentence where data were asked for: JSON in JSON, a line of text in place of everything else."""
    headers = {"X-Robots-Tag": "noindex", "Cache-Control": "no-cache"}
    if form == "json":
        said = {"error": sentence}
        return JsonResponse(said, status=status, headers=headers, json_dumps_params={"ensure_ascii": False})
    line = " ".join(sentence.split())
    return HttpResponse(f"{line}\n", "text/plain; charset=utf-8", status=status, headers=headers)


def _refused(request: HttpRequest, refused: NotShown, form: str) -> HttpResponse:
    """One sentence, as a page or as data, with the way to what can be shown."""
    if form != "html":
        return refused_as_data(form, refused.sentence, refused.status)
    request.as_of = None  # type: ignore[attr-defined]  # nothing is shown as it was
    request.not_shown = []  # type: ignore[attr-defined]
    context = {
        "sentence": refused.sentence,
        "address": without(request, refused.without),
        "is_now": refused.without == MOMENT,
    }
    response = render(request, "shared/not_shown.html", context, status=refused.status)
    response["X-Robots-Tag"], response["Cache-Control"] = "noindex", "no-cache"
    return response
