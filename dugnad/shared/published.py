"""Which pages are the same for every reader until something new is published, and which moment they are asked for.

Every page of numbers answers for an earlier day when its address ends in `?per=2026-11-01`: as published when that day
had ended in Norway. Machines may ask for an exact moment, `?per=2026-11-01T07:59:59Z`. Views ask
`status.queries.snapshots.asked_for(request)`; the rest is here, once for all of them.

Every picture of a page can be had as a file: the address of the page with `?bilde=` and the key of the picture.
"""

import html
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, partial, wraps
from typing import Any
from urllib.parse import parse_qs, quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.encoding import iri_to_uri
from django.utils.http import http_date
from django.utils.translation import gettext, override

from dugnad.shared.asked import MOMENT, SHOWN, NotShown, asked, without
from dugnad.shared.charts import alone, cut_out
from dugnad.shared.once import one_answer

MARK = "X-Dugnad-Published"
PICTURE = "bilde"
LONGEST = 200  # letters of an address whose kind is remembered; there are endlessly many longer ones


@dataclass(frozen=True)
class AsOf:
    """The moment that a page is asked for: what was published until then, `moment` itself included.

    `written` is as in the address; `now` is the address of the same page today.
    """

    written: str
    moment: datetime
    is_day: bool
    now: str

    @property
    def day(self) -> date:
        return timezone.localdate(self.moment)


def as_of(request: HttpRequest) -> AsOf | None:
    """The moment a request asks for; None when it asks for now. NotShown when it is no moment, or has not been yet."""
    if MOMENT not in request.GET:
        return None
    written = request.GET[MOMENT].strip()
    moment, is_day = _moment(written)
    if (timezone.localdate(moment) if is_day else moment) > (timezone.localdate() if is_day else timezone.now()):
        raise NotShown(gettext("Nobody knows yet what will be published then. Choose a day that has been."))
    return AsOf(written, moment, is_day, without(request, MOMENT))


def _moment(written: str) -> tuple[datetime, bool]:
    """A day as its last microsecond in Norway, or a moment with its offset from UTC (`Z` or `+01:00`)."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", written, re.ASCII):
            after = date.fromisoformat(written) + timedelta(days=1)
            return timezone.make_aware(datetime.combine(after, time())) - timedelta(microseconds=1), True
        moment = datetime.fromisoformat(written.replace(" ", "+"))  # a plus in an address is read as a blank
        if moment.tzinfo is not None and 1 < moment.year < 9999:
            return moment.astimezone(UTC), False
    except (ValueError, OverflowError):
        pass
    raise NotShown(gettext("Write the day as 2026-11-01, or a moment as 2026-11-01T08:00:00Z."))


def published(
    view: Callable[..., HttpResponse] | None = None,
    *,
    asks: Collection[str] = (),
    page_asks: Collection[str] = (),
    many: Collection[str] = (),
) -> Callable[..., Any]:
    """Marks a view whose answer depends on its address and on what is published, and on nothing else.

    What it answers to beside the moment is said as `dugnad.shared.asked` tells; its page also gives its pictures.

    Such an answer may be kept and given to everyone (`dugnad.site.ready` does). An answer to a question after `?` is
    not marked, but the one for a day: there are endlessly many of them. Nor is one to a reader who may be signed in: it
    bears their menu.

    A view of numbers asks `snapshots.asked_for(request)`, and is answered as published then. One that does not ask
    shows nothing that has a day, so the reader is led to its one address.
    """

    if view is None:
        return partial(published, asks=asks, page_asks=page_asks, many=many)

    @asked(asks=(*asks, MOMENT), page_asks=(*page_asks, PICTURE), many=many)
    @wraps(view)
    def marked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        then = as_of(request)
        if then and then.is_day and then.day == timezone.localdate():
            return HttpResponseRedirect(then.now)  # today is not over: what is published now
        with one_answer():
            response = view(request, *args, **kwargs)
        if then and response.status_code == 200 and not hasattr(request, "as_of"):
            return HttpResponseRedirect(then.now)
        if PICTURE in request.GET and response.status_code == 200:
            response = _picture(request, response)
        if then:
            _as_of_then(response, then)
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            response["Cache-Control"] = "private, no-cache"
        elif response.status_code == 200 and (not request.GET or (then and then.is_day and len(request.GET) == 1)):
            response[MARK] = "yes"
            response["Cache-Control"] = "public, max-age=60"
        return response

    marked.is_published = True
    return marked


def _picture(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The picture of a page that is asked for, as a file; 404 where the page has none of that key."""
    key = request.GET[PICTURE]
    svg = cut_out(response.content.decode(), key) if response["Content-Type"].startswith("text/html") else ""
    if not svg:
        raise NotShown(gettext("The page has no picture “%(key)s”.") % {"key": key[:SHOWN]}, 404, without=PICTURE)
    address = f"{settings.PUBLIC_URL}{without(request, PICTURE)}"
    name = re.sub(r"[^A-Za-z0-9.]+", "-", f"{request.path[4:]}-{key}").strip("-")
    headers = {"Content-Disposition": f'attachment; filename="{name}.svg"', "X-Robots-Tag": "noindex"}
    return HttpResponse(alone(svg, address), "image/svg+xml", headers=headers)


def _as_of_then(response: HttpResponse, asked: AsOf) -> None:
    """What is said of an answer about the past (RFC 7089), outside its body: the numbers as data are byte for byte
    those that were given out then. The links of a page, and where it leads on by itself, keep the moment."""
    if location := response.headers.get("Location"):
        response["Location"] = _at(location, asked.written)
        return
    response["Memento-Datetime"] = http_date(asked.moment.timestamp())
    response["Link"] = f'<{settings.PUBLIC_URL}{iri_to_uri(asked.now)}>; rel="original canonical"'
    response["X-Robots-Tag"] = "noindex"
    if response["Content-Type"].startswith("text/html"):
        here = asked.now.partition("?")[0]
        hidden = f'<input type="hidden" name="{MOMENT}" value="{html.escape(asked.written)}">'
        page = _LINK.sub(lambda found: _kept(found, asked.written, here), response.content.decode())
        response.content = _FORM.sub(lambda found: found[0] + hidden, page)


_LINK = re.compile(r'(<a\b(?![^>]*\bdata-now\b)[^>]*?\shref=")([/?][^"#]*)(#[^"]*)?"')
_FORM = re.compile(r'<form\b(?![^>]*\bdata-now\b)(?=[^>]*\bmethod="get")(?![^>]*\brole="search")[^>]*>')


def _kept(found: re.Match[str], written: str, here: str) -> str:
    """A link to a page of numbers with the moment; others as they are."""
    before, address, fragment = found[1], html.unescape(found[2]), found[3] or ""
    if not is_published(address.partition("?")[0] or here):
        return found[0]
    return f'{before}{html.escape(_at(address, written))}{fragment}"'


def _at(address: str, written: str) -> str:
    """An address with the moment, unless it names one."""
    path, _, query = address.partition("?")
    if MOMENT in parse_qs(query):
        return address
    return f"{path}?{query}{'&' if query else ''}{MOMENT}={quote(written)}"


def is_published(path: str) -> bool:
    """Whether the view at this address is marked `@published`."""
    return _is_published(path) if len(path) <= LONGEST else _is_published.__wrapped__(path)


@lru_cache(maxsize=4096)
def _is_published(path: str) -> bool:
    language = path.split("/", 2)[1] if path.startswith("/") else ""
    if language not in dict(settings.LANGUAGES):
        return False
    with override(language):
        try:
            return getattr(resolve(path).func, "is_published", False)
        except Resolver404:
            return False
