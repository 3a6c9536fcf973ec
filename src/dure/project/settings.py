"""
Settings of the processes that `dure up` starts. All that differs comes from the environment:

    DURE_HOME                  where everything lies
    DURE_DATABASE_URL          PostgreSQL, with the role that this process has
    DURE_SECRET_SESSION_KEY    signs sessions and forms              else in DURE_HOME/secrets
    DURE_SECRET_CUSTODY_KEY    32 bytes in hex: encrypts members' signing keys       likewise
    DURE_CLOCK                 "machine", or "stored" for a demo
    DURE_FAN_OUT               who plans large books side by side: a backend of joblib, else threads
    DURE_ANSWER_SECONDS        answers of the match are given at moments that lie so far apart
    DURE_HOSTS                 host names that the portal answers to, by commas
    DURE_HTTPS                 1 where the portal is served over HTTPS
"""

import os
from secrets import token_hex

from csp.constants import NONCE, NONE, SELF
from psycopg.conninfo import conninfo_to_dict

from dure.stack.home import dure_home

HOME = dure_home()

# The web answers each request in a thread of its own, which would log in anew each time.
WEB_ROLE = "dure_web"
POOL = {"min_size": 1, "max_size": 16, "timeout": 4}


def database(url: str) -> dict[str, object]:
    """Read a PostgreSQL address into the form that Django wants."""
    parts = conninfo_to_dict(url)
    pooled = parts.get("user") == WEB_ROLE
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.get("dbname", "dure"),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": str(parts.get("port", "")),
        "CONN_MAX_AGE": 0 if pooled else 60,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {"pool": POOL} if pooled else {},
    }


def _hosts() -> list[str]:
    named = os.environ.get("DURE_HOSTS", "127.0.0.1,localhost,[::1]")
    return [host for host in named.split(",") if host]


SECRET_KEY = HOME.secret("session_key")
DURE_CUSTODY_KEY = bytes.fromhex(HOME.secret("custody_key", lambda: token_hex(32)))
DURE_CLOCK = os.environ.get("DURE_CLOCK", "machine")
DURE_FAN_OUT = os.environ.get("DURE_FAN_OUT", "")
DURE_ANSWER_SECONDS = float(os.environ.get("DURE_ANSWER_SECONDS", "0.25"))
DURE_WIRING = "dure.project.wiring"

DEBUG = False
ALLOWED_HOSTS = _hosts()
ROOT_URLCONF = "dure.project.urls"
ASGI_APPLICATION = "dure.project.asgi.application"
DATABASES = {"default": database(os.environ.get("DURE_DATABASE_URL", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# A room's app is listed once it has rows or templates.
ROOMS = [
    "buy",
    "desk",
    "journal",
    "make",
    "match",
    "members",
    "move",
    "plan",
    "portal",
    "prove",
    "sense",
    "settle",
]
INSTALLED_APPS = [
    *(f"dure.{room}" for room in ROOMS),
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "procrastinate.contrib.django",
]
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "consumers"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "dure.project.middleware.language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "dure.desk.views.sheet_on_request",
    "dure.project.middleware.ErrorPages",
    "dure.project.middleware.acting_for_request",
    "dure.project.once.answer_once",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": ["django.template.context_processors.request"],
            "builtins": ["dure.portal.templatetags.dure"],
        },
    }
]
FORM_RENDERER = "dure.portal.forms.Drawn"

USE_TZ = True
TIME_ZONE = "Asia/Seoul"
USE_I18N = True
LANGUAGE_CODE = "ko"
LANGUAGES = [("ko", "한국어"), ("en", "English")]

PASSWORD_HASHERS = ["dure.members.bridge.OfGenerated"]  # every password is one that we generated

STATIC_URL = "static/"
STATIC_ROOT = HOME.files / "static"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "dure.portal.store.BundleFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_USE_SESSIONS = False
CSRF_FAILURE_VIEW = "dure.portal.views.stale_form"
SESSION_COOKIE_AGE = 12 * 60 * 60  # a working day
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = os.environ.get("DURE_HTTPS") == "1"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "dure.stack.logs.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "httpx": {"level": "WARNING"},  # it tells of every request to a witness
        "procrastinate": {"level": "WARNING"},  # it tells each job's every step
    },
}
