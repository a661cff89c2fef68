"""Asks the one policy about every request, before its view runs."""

import time
from collections.abc import Callable
from typing import Any, NoReturn
from urllib.parse import urlencode

import structlog
from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from dugnad.people.policy import ANYONE, can, needs_second_factor, policy

log = structlog.get_logger(__name__)
READING = ("GET", "HEAD")


class PolicyMiddleware:
    """Refuses what the policy does not allow, and writes each refusal to the log.

    A page that anyone may read is answered without looking at the session, so that it can be kept by caches; a page
    made for a person never is.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.session.accessed:
            patch_cache_control(response, private=True, no_store=True)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise SuspiciousOperation("a NUL, which PostgreSQL cannot look for")
        route = request.resolver_match.view_name if request.resolver_match else ""
        action = f"{request.method} {route}"
        if can(ANYONE, action):
            return None
        methods = policy().methods(route)
        if not methods:
            _refuse(request, route, "route without a row in policy.yaml")
        if request.method not in methods and not (request.method == "HEAD" and "GET" in methods):
            log.warning("refused", method=request.method, route=route, why="method")
            return HttpResponseNotAllowed(methods)
        _end_old_session(request)
        thing = kwargs.get("place_code")
        if not request.user.is_authenticated:
            if request.method in READING:
                log.info("asked_to_sign_in", route=route)
                return _ask(request, "account_login")
            _refuse(request, route, "not signed in")
        if not can(request.user, action, thing):
            _refuse(request, route, "role")
        if needs_second_factor(request.user, action, thing) and not _used_second_factor(request):
            log.warning("refused", method=request.method, route=route, person=request.user.pk, why="second factor")
            if is_mfa_enabled(request.user):
                return _ask(request, "mfa_reauthenticate")
            messages.info(request, _("Your office requires two-step sign-in. Set it up here to go on."))
            return HttpResponseRedirect(reverse("mfa_index"))
        return None


def _refuse(request: HttpRequest, route: str, why: str) -> NoReturn:
    log.warning("refused", method=request.method, route=route, person=request.user.pk, why=why)
    raise PermissionDenied


def _ask(request: HttpRequest, route: str) -> HttpResponseRedirect:
    """To a page that asks for more proof, and back here afterwards (to the same page; what was posted is not kept)."""
    target = request.get_full_path() if request.method in READING else reverse("people:me")
    return HttpResponseRedirect(f"{reverse(route)}?{urlencode({'next': target})}")


def _used_second_factor(request: HttpRequest) -> bool:
    return any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))


def _end_old_session(request: HttpRequest) -> None:
    """Signs out whoever has been signed in, or away, for too long."""
    if not request.user.is_authenticated:
        return
    now = int(time.time())
    began = request.session.setdefault("began", now)
    seen = request.session.get("seen", now)
    if now - began > settings.SESSION_ABSOLUTE_AGE or now - seen > settings.SESSION_IDLE_AGE:
        log.info("session_ended", person=request.user.pk)
        logout(request)
    elif "seen" not in request.session or now - seen > 60:  # not a write for every page
        request.session["seen"] = now
