"""What every answer carries, and what an installation refuses to start with."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse

# No inline script or style, nothing from elsewhere. `data:` is for the QR code that sets up an authenticator app.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class HeadersMiddleware:
    """First of all, so that static files and error pages carry the headers too. A view may set its own instead."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


def is_local(public_url: str) -> bool:
    return urlsplit(public_url).hostname in ("localhost", "127.0.0.1", "::1")


def refuse_unsafe(*, public_url: str, debug: bool, secret_key: str) -> None:
    """An installation that others can reach does not start with debugging on, or with a key that can be guessed.

    >>> refuse_unsafe(public_url="https://dugnad.example", debug=True, secret_key="x" * 64)
    Traceback (most recent call last):
    ...
    django.core.exceptions.ImproperlyConfigured: DUGNAD_DEBUG shows inner workings to visitors. Remove it.
    """
    if is_local(public_url):
        return
    if debug:
        raise ImproperlyConfigured("DUGNAD_DEBUG shows inner workings to visitors. Remove it.")
    if len(secret_key) < 50 or len(set(secret_key)) < 10 or secret_key.startswith("django-insecure"):
        raise ImproperlyConfigured(
            "DUGNAD_SECRET_KEY can be guessed. Set it to at least 50 random letters, or remove it: one is then made."
        )
