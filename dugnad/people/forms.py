"""The forms of one's account: the sign-in library's, with our labels and help, one field for a new password."""

from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.utils.translation import gettext_lazy as _

from dugnad.people.models import Person

Words = dict[str, Any]  # by the name of a field: a text, or one to be translated when shown
NEW_PASSWORD: Words = {"password1": _("New password")}
NEW_PASSWORD_HELP: Words = {
    "password1": _("At least 8 characters. A sentence of 15 or more is safer and easier to remember."),
}


class OurWords:
    """Sets labels and help by the names of the fields; placeholders, which vanish when one writes, are taken away."""

    labels: Words = {}
    help_texts: Words = {}
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("password2", None)  # writing it twice helps nobody who can see or paste it
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            field.help_text = self.help_texts.get(name, "")
            field.widget.attrs.pop("placeholder", None)
            field.widget.attrs["class"] = "ds-input"


class LoginForm(OurWords, account.LoginForm):
    labels = {"login": _("E-mail"), "password": _("Password")}


class ReauthenticateForm(OurWords, account.ReauthenticateForm):
    labels = {"password": _("Password")}


class ChangeEmailForm(OurWords, account.AddEmailForm):
    labels = {"email": _("New e-mail address")}


class ChangePasswordForm(OurWords, account.ChangePasswordForm):
    labels = {"oldpassword": _("Current password"), **NEW_PASSWORD}
    help_texts = NEW_PASSWORD_HELP


class SetPasswordForm(OurWords, account.SetPasswordForm):
    labels = NEW_PASSWORD
    help_texts = NEW_PASSWORD_HELP


class ResetPasswordForm(OurWords, account.ResetPasswordForm):
    labels = {"email": _("E-mail")}


class ResetPasswordKeyForm(OurWords, account.ResetPasswordKeyForm):
    labels = NEW_PASSWORD
    help_texts = NEW_PASSWORD_HELP


class AuthenticateForm(OurWords, mfa.AuthenticateForm):
    labels = {"code": _("Code")}
    help_texts = {"code": _("Six digits from your authenticator app, or one of your recovery codes.")}


class ReauthenticateCodeForm(OurWords, mfa.ReauthenticateForm):
    labels = AuthenticateForm.labels
    help_texts = AuthenticateForm.help_texts


class ActivateTOTPForm(OurWords, totp.ActivateTOTPForm):
    labels = {"code": _("Code")}
    help_texts = {"code": _("Six digits that the app shows.")}


class AddWebAuthnForm(OurWords, webauthn.AddWebAuthnForm):
    labels = {"name": _("Name of the passkey"), "passwordless": _("Sign in with this passkey alone, without password")}
    help_texts = {"name": _("So that you can tell your passkeys apart.")}


class EditWebAuthnForm(OurWords, webauthn.EditWebAuthnForm):
    labels = {"name": _("Name of the passkey")}


class PersonForm(OurWords, forms.ModelForm):
    class Meta:
        model = Person
        fields = ["name", "language"]

    labels = {"name": _("Name"), "language": _("Language of letters to you")}
