"""What the sign-in library says to people, in our words, so that every text exists in all three languages."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

# What Django says to people and its own catalogues lack in bokmål or nynorsk: named here so that ours have it.
LACKING_IN_DJANGO = (
    ngettext_lazy(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
    ),
    _("Constraint “%(name)s” is violated."),
    _("Enter a valid domain name."),
    _("Enter a valid %(protocol)s address."),
    _("Ensure this value is a multiple of step size %(limit_value)s."),
)

# Refusals of the library's forms, by its own names for them.
ACCOUNT_ERRORS = {
    "account_inactive": _("This account is closed. Ask the operator to open it."),
    "cannot_remove_primary_email": _("The address you sign in with cannot be removed."),
    "duplicate_email": _("This is already your address."),
    "email_password_mismatch": _("The e-mail address or the password is wrong. Check both and try again."),
    "email_taken": _("This address cannot be used. Give another one."),
    "enter_current_password": _("This is not your current password."),
    "incorrect_code": _("The code is wrong or too old. Write the newest one."),
    "incorrect_password": _("The password is wrong. Try again."),
    "invalid_login": _("The e-mail address or the password is wrong. Check both and try again."),
    "invalid_or_expired_key": _("The link has been used or is too old. Ask for a new one."),
    "invalid_password_reset": _("The link has been used or is too old. Ask for a new one."),
    "max_email_addresses": _("You cannot have more than %d e-mail addresses. Remove one first."),
    "rate_limited": _("That was too many attempts. Wait a few minutes and try again."),
    "same_as_current": _("This is already your address."),
    "select_only_one": _("Choose only one."),
    "too_many_login_attempts": _("That was too many attempts. Wait a few minutes and try again."),
    "unknown_email": _("The e-mail address or the password is wrong. Check both and try again."),
    "unverified_primary_email": _("Confirm your e-mail address first: use the link we sent to it."),
}
MFA_ERRORS = {
    "add_email_blocked": _("Remove two-step sign-in before you add an address."),
    "cannot_delete_authenticator": _("This is your only second step, and your office requires one."),
    "cannot_generate_recovery_codes": _("Set up two-step sign-in first; recovery codes belong to it."),
    "incorrect_code": _("The code is wrong or too old. Write the newest one."),
    "unverified_email": _("Confirm your e-mail address first: use the link we sent to it."),
}

# Short messages after something was done, by the library's template. What is not here is not said.
MESSAGES = {
    "account/messages/logged_out.txt": _("You have signed out."),
    "account/messages/password_changed.txt": _("Your password has been changed."),
    "account/messages/password_set.txt": _("Your password has been changed."),
    "account/messages/email_confirmation_sent.txt": _(
        "We have sent a link to %(email)s. Open it to confirm the address."
    ),
    "account/messages/email_confirmation_failed.txt": _("This address cannot be used. Give another one."),
    "account/messages/email_confirmed.txt": _("The address %(email)s is confirmed."),
    "account/messages/email_deleted.txt": _("The address %(email)s is removed."),
    "account/messages/primary_email_set.txt": _("You now sign in with your new address."),
    "mfa/messages/totp_activated.txt": _("The authenticator app is set up."),
    "mfa/messages/totp_deactivated.txt": _("The authenticator app is removed."),
    "mfa/messages/recovery_codes_generated.txt": _("You have new recovery codes. Only these work from now on."),
    "mfa/messages/webauthn_added.txt": _("The passkey is added."),
    "mfa/messages/webauthn_removed.txt": _("The passkey is removed."),
}

# Letters, by the library's template: subject, and what the letter says.
_WAS_IT_YOU = _("If it was not you, set a new password at once and tell the operator.")
MAILS: dict[str, tuple[Any, list[Any]]] = {
    "account/email/email_confirmation": (
        _("Confirm your e-mail address"),
        [_("Open this link to confirm the address:"), "%(activate_url)s", _("If you did not ask for it, do nothing.")],
    ),
    "account/email/password_reset_key": (
        _("Choose a new password"),
        [
            _("Open this link to choose a new password. It works once, for one day:"),
            "%(password_reset_url)s",
            _("If you did not ask for it, do nothing."),
        ],
    ),
    "account/email/password_reset": (_("Your password was changed"), [_WAS_IT_YOU]),
    "account/email/password_changed": (_("Your password was changed"), [_WAS_IT_YOU]),
    "account/email/password_set": (_("Your password was changed"), [_WAS_IT_YOU]),
    "account/email/email_changed": (_("Your e-mail address was changed"), [_WAS_IT_YOU]),
    "account/email/email_deleted": (_("An e-mail address was removed"), [_WAS_IT_YOU]),
    "account/email/email_confirm": (_("An e-mail address was confirmed"), [_WAS_IT_YOU]),
    "mfa/email/totp_activated": (_("An authenticator app was set up"), [_WAS_IT_YOU]),
    "mfa/email/totp_deactivated": (_("An authenticator app was removed"), [_WAS_IT_YOU]),
    "mfa/email/recovery_codes_generated": (_("New recovery codes were made"), [_WAS_IT_YOU]),
    "mfa/email/webauthn_added": (_("A passkey was added"), [_WAS_IT_YOU]),
    "mfa/email/webauthn_removed": (_("A passkey was removed"), [_WAS_IT_YOU]),
}
