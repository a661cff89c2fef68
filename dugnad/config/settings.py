"""Settings, all from the environment. Each is described in docs/operations/settings.md; a test keeps the two alike."""

from pathlib import Path

from environs import Env

env = Env()

BASE_DIR = Path(__file__).resolve().parent.parent.parent
DATA_DIR: Path = env.path("DUGNAD_DATA_DIR", BASE_DIR / "var")
DEFINITIONS_DIR: Path = env.path("DUGNAD_DEFINITIONS_DIR", BASE_DIR / "definitions")

DEBUG = env.bool("DUGNAD_DEBUG", False)
SECRET_KEY = env.str("DUGNAD_SECRET_KEY", "")
ALLOWED_HOSTS = env.list("DUGNAD_ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
PUBLIC_URL = env.str("DUGNAD_PUBLIC_URL", "http://localhost:8000")
NETWORK_NAME = env.str("DUGNAD_NETWORK_NAME", "")
CONTACT_EMAIL = env.str("DUGNAD_CONTACT_EMAIL", "")

if not SECRET_KEY:
    # A key of its own for every installation, made once; production sets DUGNAD_SECRET_KEY.
    from dugnad.config.secret import installation_key

    SECRET_KEY = installation_key(DATA_DIR)

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
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
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
OUTBOX_HANDLERS: dict[str, str] = {}
AUTH_USER_MODEL = "people.Person"
