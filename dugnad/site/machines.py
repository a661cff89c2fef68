"""Answers for machines: health, sitemap, robots, whom to tell about a hole in security."""

from collections.abc import Iterator
from datetime import date, timedelta
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.utils import timezone

import dugnad
from dugnad.site import queries
from dugnad.site.templatetags.shell import in_language

RELEASED = date(2026, 11, 23)  # of this version: security.txt is renewed on its anniversaries
TEXT = "text/plain; charset=utf-8"
XML = "application/xml; charset=utf-8"


def health(request: HttpRequest) -> HttpResponse:
    """200 when all is well, 503 when something must be mended; the body says what."""
    found = queries.health()
    body = {
        "status": "ok" if found.is_well else "failing",
        "database": found.database,
        "data": found.data,
        "snapshot": found.snapshot,
        "version": dugnad.__version__,
    }
    return JsonResponse(body, status=200 if found.is_well else 503, headers={"Cache-Control": "no-store"})


def robots(request: HttpRequest) -> HttpResponse:
    """Everything public may be found; searches and accounts lead machines nowhere, and there is an explanation for
    every number: the page it stands on says the same."""
    closed = [f"Disallow: /{code}/{path}" for code, _ in settings.LANGUAGES for path in ("sok", "konto/", "forklar/")]
    return HttpResponse("\n".join(["User-agent: *", *closed, f"Sitemap: {settings.PUBLIC_URL}/sitemap.xml", ""]), TEXT)


def sitemap_index(request: HttpRequest) -> HttpResponse:
    size = queries.SITEMAP_SIZE
    files = [
        f"<sitemap><loc>{escape(settings.PUBLIC_URL)}/sitemap-{section}-{number}.xml</loc></sitemap>"
        for section in queries.SECTIONS
        for number in range(1, 1 - (-len(queries.addresses(section)) // size))
    ]
    head = '<?xml version="1.0" encoding="UTF-8"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    return HttpResponse([head, *files, "</sitemapindex>"], XML)


def sitemap(request: HttpRequest, section: str, number: int) -> StreamingHttpResponse:
    """One file of the sitemap: each address in each language, and each names the others."""
    if section not in queries.SECTIONS or number < 1:
        raise Http404
    size = queries.SITEMAP_SIZE
    chosen = queries.addresses(section)[(number - 1) * size : number * size]
    if not chosen:
        raise Http404
    return StreamingHttpResponse(_urls(chosen), XML)


def _urls(addresses: list[str]) -> Iterator[str]:
    yield (
        '<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        ' xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
    )
    for address in addresses:
        forms = {code: escape(settings.PUBLIC_URL + in_language(address, code)) for code, _ in settings.LANGUAGES}
        links = "".join(f'<xhtml:link rel="alternate" hreflang="{code}" href="{url}"/>' for code, url in forms.items())
        yield "".join(f"<url><loc>{url}</loc>{links}</url>\n" for url in forms.values())
    yield "</urlset>\n"


def security_expiry(today: date, released: date = RELEASED) -> date:
    """The next anniversary of the release that is at least thirty days away.

    >>> security_expiry(date(2026, 12, 1)), security_expiry(date(2027, 11, 1))
    (datetime.date(2027, 11, 23), datetime.date(2028, 11, 23))
    """
    years = range(today.year, today.year + 3)
    return next(day for year in years if (day := released.replace(year=year)) >= today + timedelta(days=30))


def security(request: HttpRequest) -> HttpResponse:
    """/.well-known/security.txt (RFC 9116); there is none where nobody has said who answers."""
    if not settings.CONTACT_EMAIL:
        raise Http404
    lines = [
        f"Contact: mailto:{settings.CONTACT_EMAIL}",
        f"Expires: {security_expiry(timezone.localdate()).isoformat()}T00:00:00Z",
        "Preferred-Languages: no, en",
        f"Canonical: {settings.PUBLIC_URL}/.well-known/security.txt",
        "",
    ]
    return HttpResponse("\n".join(lines), TEXT)
