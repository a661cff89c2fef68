"""How the sign-in library (allauth) behaves here."""

import base64
import hashlib
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailConfirmation
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language_from_path, override
from django.utils.translation import gettext as _

from dugnad.people import changes, wording
from dugnad.people.letters import send_letter
from dugnad.people.models import Person
from dugnad.shared.writing import Actor


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by invitation; addresses in letters come from our settings, never from the request."""

    error_messages = {**DefaultAccountAdapter.error_messages, **wording.ACCOUNT_ERRORS}

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str) -> bool:
        """After signing in we lead only to our own pages: a path that one of our routes answers."""
        if not url_has_allowed_host_and_scheme(url, allowed_hosts=None) or not url.startswith("/"):
            return False
        path = urlsplit(url).path
        try:
            with override(get_language_from_path(path)):  # an address is known only in its own language
                resolve(path)
        except Resolver404:
            return False
        return True

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        if text := message or wording.MESSAGES.get(message_template or ""):
            messages.add_message(request, level, str(text) % (message_context or {}), extra_tags=extra_tags)

    def render_mail(
        self, template_prefix: str, email: str | list[str], context: dict[str, Any], headers: Any = None
    ) -> EmailMessage:
        subject, paragraphs = wording.MAILS[template_prefix]
        body = "\n\n".join(str(paragraph) % context for paragraph in paragraphs)
        return EmailMessage(str(subject), body, to=[email] if isinstance(email, str) else email)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """By the worker: sending at once would tell, by the time it takes, whether an address has an account."""
        letter = self.render_mail(template_prefix, email, context)
        send_letter.enqueue(to=letter.to, subject=str(letter.subject), body=str(letter.body))

    def get_reset_password_from_key_url(self, key: str) -> str:
        uid, _, token = key.partition("-")
        return settings.PUBLIC_URL + reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: EmailConfirmation) -> str:
        return settings.PUBLIC_URL + reverse("account_confirm_email", args=[emailconfirmation.key])

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """Every way to a new password ends here: changed, forgotten, or chosen for the first time."""
        assert isinstance(user, Person)
        changes.set_password(person=user, password=password, by=Actor.person(user))

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("people:me")


class MFAAdapter(DefaultMFAAdapter):
    """Secrets of authenticator apps lie encrypted in the database, with the key of the installation."""

    error_messages = {**DefaultMFAAdapter.error_messages, **wording.MFA_ERRORS}

    def get_totp_issuer(self) -> str:
        return "Dugnad"

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return _("Passkey %(number)s") % {"number": number}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": urlsplit(settings.PUBLIC_URL).hostname or "localhost", "name": "Dugnad"}

    def get_public_key_credential_user_entity(self, user: AbstractBaseUser) -> dict[str, Any]:
        return {**super().get_public_key_credential_user_entity(user), "display_name": str(user)}


def _cipher() -> MultiFernet:
    """The newest key encrypts; former ones (SECRET_KEY_FALLBACKS) still decrypt."""
    keys = [b"mfa:" + str(key).encode() for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(hashlib.sha256(key).digest())) for key in keys])
