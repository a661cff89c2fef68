"""Writes to the log what happens to accounts: who signed in or out, who could not, what was changed.

Numbers of persons, never their addresses: a log is read by more people than an account is.
"""

from typing import Any

import structlog
from allauth.account import signals as account
from allauth.mfa import signals as mfa
from django.contrib.auth import signals as auth
from django.dispatch import Signal

log = structlog.get_logger(__name__)

WATCHED: dict[str, Signal] = {
    "signed_in": auth.user_logged_in,
    "signed_out": auth.user_logged_out,
    "sign_in_failed": auth.user_login_failed,
    "password_changed": account.password_changed,
    "password_set": account.password_set,
    "password_reset": account.password_reset,
    "email_changed": account.email_changed,
    "email_confirmed": account.email_confirmed,
    "second_factor_added": mfa.authenticator_added,
    "second_factor_removed": mfa.authenticator_removed,
    "second_factor_reset": mfa.authenticator_reset,
}


def start() -> None:
    for event, signal in WATCHED.items():

        def note(sender: object, user: Any = None, event: str = event, **_: object) -> None:
            log.info(event, person=getattr(user, "pk", None))

        signal.connect(note, weak=False, dispatch_uid=f"people.watching.{event}")
