"""Front page, search, what the site says about itself, and the pages for what went wrong."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.shortcuts import render
from django.urls import is_valid_path, reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import check_for_language, get_language, gettext
from django.utils.translation.trans_real import parse_accept_lang_header

from dugnad.shared.asked import NoSuchPage, asked, data_form, refused_as_data, with_query
from dugnad.shared.published import published
from dugnad.site import pictures, queries
from dugnad.status.queries import snapshots

# Who reads one of these reads bokmål better than English, which often stands next in the list.
READS_BOKMAL = {"no", "da", "sv", "se", "smj", "sma", "fkv"}


def preferred_language(accept: str) -> str:
    """The language of the site that a browser's Accept-Language asks for.

    >>> preferred_language("nn-NO,nn;q=0.9,en;q=0.5"), preferred_language("no,en;q=0.8"), preferred_language("de")
    ('nn', 'nb', 'nb')
    """
    for wanted, _quality in parse_accept_lang_header(accept):
        code = wanted.partition("-")[0]
        if code in READS_BOKMAL:
            return "nb"
        if code in dict(settings.LANGUAGES) and check_for_language(code):
            return code
    return settings.LANGUAGE_CODE


def choose_language(request: HttpRequest) -> HttpResponse:
    """`/` leads to the front page in the reader's language."""
    language = preferred_language(request.headers.get("Accept-Language", ""))
    response = HttpResponseRedirect(with_query(request, f"/{language}/"))
    patch_vary_headers(response, ["Accept-Language"])
    return response


@published
def front(request: HttpRequest) -> HttpResponse:
    found = queries.front_page(snapshots.asked_for(request))
    context = {
        "front": found,
        "map": pictures.front_map(found.municipalities, found.population_year),
        "snapshot": found.snapshot,
    }
    return render(request, "site/front.html", context)


@asked(page_asks=("q",))
def search(request: HttpRequest) -> HttpResponse:
    text = " ".join(request.GET.get("q", "").split())[:100]
    return render(request, "site/search.html", {"search_text": text, "results": queries.search(text)})


@published
def page(request: HttpRequest, name: str) -> HttpResponse:
    """A page of text: `site/pages/<name>.html`."""
    return render(request, f"site/pages/{name}.html", {"contact": settings.CONTACT_EMAIL})


@asked(page_asks=("side",))
def feedback(request: HttpRequest) -> HttpResponse:
    """Whom to write to; `?side=` is the address that the letter is about."""
    about = request.GET.get("side", "")
    about = settings.PUBLIC_URL + about if about.startswith("/") and not about.startswith("//") else ""
    return render(request, "site/pages/feedback.html", {"contact": settings.CONTACT_EMAIL, "about": about[:500]})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if form := data_form(request.path):
        return refused_as_data(
            form, gettext("The address cannot be read. How data are asked for: %(address)s") % _about_data(), 400
        )
    return render(request, "site/errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "site/errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """To the page, where there is only a slash too many. The address may hold a word to search for:
    /nb/kommune/skein/mal/8 suggests "skein"."""
    if request.method in ("GET", "HEAD") and (address := _without_slash(request.path)):
        return HttpResponsePermanentRedirect(with_query(request, address))
    said, where_to_look = (
        (exception.sentence, exception.where_to_look) if isinstance(exception, NoSuchPage) else ("", "")
    )
    if form := data_form(request.path):
        nothing = gettext("There is nothing at this address. How data are asked for: %(address)s")
        return refused_as_data(form, f"{said} {where_to_look}".strip() or nothing % _about_data(), 404)
    parts = [*filter(None, request.path.split("/"))]
    context: dict[str, Any] = {"words": parts[2].replace("-", " ")[:60] if len(parts) > 2 else "", "said": said}
    return render(request, "site/errors/404.html", context, status=404)


def _about_data() -> dict[str, str]:
    return {"address": f"{settings.PUBLIC_URL}{reverse('site:data')}"}


def _without_slash(path: str) -> str:
    """The address of the page that is there but for the slash at the end of the path; "" when there is none. A page
    whose address ends in a slash is never asked for here, so both ways cannot lead to each other."""
    shorter = path.rstrip("/")
    if shorter == path or path.startswith("//"):
        return ""
    # Without a language the page is found in the next step, which chooses the reader's.
    return next((shorter for before in ("", f"/{get_language()}") if is_valid_path(before + shorter)), "")


def broken(request: HttpRequest) -> HttpResponse:
    """Must answer when nothing else does: no database, no session, no context processors."""
    from django.template.loader import render_to_string

    if form := data_form(request.path):
        said = gettext("Something went wrong"), gettext("Wait a minute and try again.")
        return refused_as_data(form, ". ".join(said), 500)
    return HttpResponse(render_to_string("site/errors/500.html"), status=500)
