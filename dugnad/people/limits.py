"""How often one address may ask for what costs more than a page: the amounts stand in settings.ACCOUNT_RATE_LIMITS."""

from allauth.core import ratelimit
from django.http import HttpRequest


def may_ask(request: HttpRequest, action: str) -> bool:
    """Counts the request, and answers whether it is within the limits of the action.

    >>> may_ask(request, "try_method")
    True
    """
    return ratelimit.consume(request, action=action)
