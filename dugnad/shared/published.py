"""Which pages are the same for every reader until something new is published."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

MARK = "X-Dugnad-Published"


def published(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Marks a view whose answer depends on its address and on what is published, and on nothing else.

    Such an answer may be kept and given to everyone (`dugnad.site.ready` does). An answer to a question after `?` is
    not marked: there are endlessly many of them. Nor is one to a reader who may be signed in: it bears their menu.
    """

    @wraps(view)
    def marked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            response["Cache-Control"] = "private, no-cache"
        elif response.status_code == 200 and not request.GET:
            response[MARK] = "yes"
            response["Cache-Control"] = "public, max-age=60"
        return response

    marked.is_published = True  # type: ignore[attr-defined]
    return marked
