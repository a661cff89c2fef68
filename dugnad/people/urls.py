"""Addresses of accounts. The sign-in library's views keep its names (it looks its own addresses up by them).

Only what we offer is here: nobody can sign up, add several addresses, or sign in by a code in a letter.
"""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.urls import include, path, re_path

from dugnad.people import views

own = [
    path("min-side/", views.me, name="me"),
    path("organisasjon/<str:place_code>/", views.organisation, name="organisation"),
]

urlpatterns = [
    path("", include((own, "people"))),
    path("logg-inn/", account.login, name="account_login"),
    path("logg-inn/kode/", mfa.authenticate, name="mfa_authenticate"),
    path("logg-inn/passnokkel/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path("logg-ut/", account.logout, name="account_logout"),
    path("konto/stengt/", account.account_inactive, name="account_inactive"),
    path("konto/bekreft/", account.reauthenticate, name="account_reauthenticate"),
    path("konto/bekreft/kode/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("konto/bekreft/passnokkel/", passkeys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("konto/e-post/", account.email, name="account_email"),
    path("konto/e-post/sendt/", account.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^konto/e-post/bekreft/(?P<key>[-:\w]+)/$", account.confirm_email, name="account_confirm_email"),
    path("konto/passord/", account.password_change, name="account_change_password"),
    path("konto/passord/velg/", account.password_set, name="account_set_password"),
    path("konto/passord/glemt/", account.password_reset, name="account_reset_password"),
    path("konto/passord/glemt/sendt/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^konto/passord/nytt/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "konto/passord/nytt/ferdig/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("konto/to-trinn/", mfa.index, name="mfa_index"),
    path("konto/to-trinn/app/", totp.activate_totp, name="mfa_activate_totp"),
    path("konto/to-trinn/app/fjern/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("konto/to-trinn/koder/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("konto/to-trinn/koder/nye/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("konto/to-trinn/koder/last-ned/", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("konto/to-trinn/passnokler/", passkeys.list_webauthn, name="mfa_list_webauthn"),
    path("konto/to-trinn/passnokler/ny/", passkeys.add_webauthn, name="mfa_add_webauthn"),
    path("konto/to-trinn/passnokler/<int:pk>/", passkeys.edit_webauthn, name="mfa_edit_webauthn"),
    path("konto/to-trinn/passnokler/<int:pk>/fjern/", passkeys.remove_webauthn, name="mfa_remove_webauthn"),
]
