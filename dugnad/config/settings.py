"""Settings, all from the environment. Each is described in docs/operations/settings.md; a test keeps the two alike."""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from environs import Env

from dugnad.shared.messages import compile_catalogues

env = Env()

BASE_DIR = Path(__file__).resolve().parent.parent.parent
DATA_DIR: Path = env.path("DUGNAD_DATA_DIR", BASE_DIR / "var")
DEFINITIONS_DIR: Path = env.path("DUGNAD_DEFINITIONS_DIR", BASE_DIR / "definitions")

DEBUG = env.bool("DUGNAD_DEBUG", False)
SECRET_KEY = env.str("DUGNAD_SECRET_KEY", "")
ALLOWED_HOSTS = env.list("DUGNAD_ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
ADDRESS_FILE = DATA_DIR / "address"  # where `dugnad start` answers now, for the commands that run beside it
PUBLIC_URL = (
    env.str("DUGNAD_PUBLIC_URL", "")
    or (ADDRESS_FILE.read_text() if ADDRESS_FILE.is_file() else "")
    or "http://localhost:8000"
)
NETWORK_NAME = env.str("DUGNAD_NETWORK_NAME", "")
CONTACT_EMAIL = env.str("DUGNAD_CONTACT_EMAIL", "")

if not SECRET_KEY:
    # A key of its own for every installation, made once; production sets DUGNAD_SECRET_KEY.
    from dugnad.config.secret import installation_key

    SECRET_KEY = installation_key(DATA_DIR)

from dugnad.config.security import is_local, refuse_unsafe  # noqa: E402

refuse_unsafe(public_url=PUBLIC_URL, debug=DEBUG, secret_key=SECRET_KEY)

INSTALLED_APPS = [
    "dugnad.site",
    "dugnad.status",
    "dugnad.standards",
    "dugnad.places",
    "dugnad.people",
    "dugnad.shared",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_cotton",
    "django_tasks",
    "django_tasks_db",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "dugnad.config.logging.RequestLogMiddleware",
    "dugnad.config.security.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "dugnad.people.middleware.PolicyMiddleware",
]

ROOT_URLCONF = "dugnad.site.urls"
WSGI_APPLICATION = "dugnad.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": env.dj_db_url("DATABASE_URL", f"sqlite:///{DATA_DIR / 'dugnad.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# Before Django reads them, which it does once: a first start would speak English to its end.
try:
    compile_catalogues()
except OSError as error:
    raise ImproperlyConfigured(
        f"The translations cannot be written: {error}. Run `python -m dugnad.shared.messages compile` as the owner of "
        "that folder, once for each version."
    ) from None
LANGUAGE_CODE = "nb"
LANGUAGES = [("nb", "Bokmål"), ("nn", "Nynorsk"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Oslo"

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
# Topic of a message sent by a change -> the function that handles it (dugnad.shared.outbox).
OUTBOX_HANDLERS: dict[str, str] = {
    "release.published": "dugnad.site.changes.prepare_pages",
    "release.withdrawn": "dugnad.site.changes.prepare_pages",
}

# Limits on attempts are counted here, in the database: all processes and machines must count together.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "shared_cache"}}

# Accounts (dugnad.people): made by invitation, signed in with e-mail and password or passkey, second step for offices.
AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "dugnad.people.passwords.KnownWordsValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["name", "email"]},
    },
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "people:me"
LOGOUT_REDIRECT_URL = "site:front"
PASSWORD_RESET_TIMEOUT = 24 * 60 * 60
ACCOUNT_ADAPTER = "dugnad.people.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = False
# Twenty wrong passwords lock an address for five minutes whoever tried, so one visitor alone (ten a minute) cannot.
ACCOUNT_RATE_LIMITS = {
    "login_failed": "10/m/ip,20/5m/key",
    "try_method": "10/m/ip,60/h/ip",  # a file anyone sends is computed at once (status/methods/trial.py)
}
ACCOUNT_FORMS = {
    "login": "dugnad.people.forms.LoginForm",
    "reauthenticate": "dugnad.people.forms.ReauthenticateForm",
    "add_email": "dugnad.people.forms.ChangeEmailForm",
    "change_password": "dugnad.people.forms.ChangePasswordForm",
    "set_password": "dugnad.people.forms.SetPasswordForm",
    "reset_password": "dugnad.people.forms.ResetPasswordForm",
    "reset_password_from_key": "dugnad.people.forms.ResetPasswordKeyForm",
}
MFA_ADAPTER = "dugnad.people.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = is_local(PUBLIC_URL)
MFA_FORMS = {
    "authenticate": "dugnad.people.forms.AuthenticateForm",
    "reauthenticate": "dugnad.people.forms.ReauthenticateCodeForm",
    "activate_totp": "dugnad.people.forms.ActivateTOTPForm",
    "add_webauthn": "dugnad.people.forms.AddWebAuthnForm",
    "edit_webauthn": "dugnad.people.forms.EditWebAuthnForm",
}

# Sessions and cookies: none before signing in, but the one that protects a form. `__Host-` binds it to this address.
HTTPS = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# Longer than the 20 hours of WCAG 2.2.1: nobody who is writing is signed out without a warning. The cookie is gone when
# the browser is closed, and changing how one signs in asks for the password again.
SESSION_IDLE_AGE = 21 * 60 * 60
SESSION_ABSOLUTE_AGE = SESSION_COOKIE_AGE = 7 * 24 * 60 * 60
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

# HTTPS. What a proxy says about the visitor is believed only when DUGNAD_PROXIES tells how many there are.
PROXIES = env.int("DUGNAD_PROXIES", 0)
ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXIES else None
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = False
SECURE_REFERRER_POLICY = "same-origin"

# Letters: to the terminal until a mail server is given (smtp+tls://user:password@host:587).
EMAIL = env.dj_email_url("DUGNAD_EMAIL_URL", "console:")
EMAIL_BACKEND = EMAIL["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = EMAIL["EMAIL_HOST"], EMAIL["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = EMAIL["EMAIL_HOST_USER"], EMAIL["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL["EMAIL_USE_TLS"], EMAIL["EMAIL_USE_SSL"]
DEFAULT_FROM_EMAIL = env.str("DUGNAD_EMAIL_FROM", CONTACT_EMAIL or "dugnad@localhost")

# The only hosts this installation asks anything of (dugnad.status.outbound).
OUTBOUND_HOSTS = env.list("DUGNAD_OUTBOUND_HOSTS", ["data.ssb.no"])

# Logs: one line of JSON for every event (dugnad.config.logging).
LOGGING_CONFIG = None
from dugnad.config.logging import configure  # noqa: E402

configure(env.str("DUGNAD_LOG_LEVEL", "INFO"))
