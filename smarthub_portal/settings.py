"""All settings, read from the environment once. Production and demo differ in variables only (README, Settings)."""

import os
import sys
from pathlib import Path
from typing import Any

import django_stubs_ext
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from smarthub_portal import env
from smarthub_portal.databases import database_from_url
from smarthub_portal.logs import configure_logging

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("PORTAL_DATA", str(BASE_DIR / "var"))).resolve()
# `collectstatic` runs while a machine is being prepared, before there are secrets or servers.
IS_BUILD_STEP = len(sys.argv) > 1 and sys.argv[1] in {"collectstatic", "makemessages"}

DEBUG = env.flag("PORTAL_DEBUG", default=False)
SECRET_KEY = env.text("PORTAL_SECRET_KEY", "only-while-building" if IS_BUILD_STEP else None)
# Keys that seal secrets at rest, newest first; apart from SECRET_KEY, so that either can be rotated alone.
FIELD_KEYS = env.listing("PORTAL_FIELD_KEYS")
ALLOWED_HOSTS = env.listing("PORTAL_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env.listing("PORTAL_TRUSTED_ORIGINS")
IS_HTTPS = env.flag("PORTAL_HTTPS", default=False)
METRICS_TOKEN = env.text("PORTAL_METRICS_TOKEN", "")

INSTALLED_APPS = [
    "smarthub_portal",
    "notifications",
    "sims",
    "messaging",
    "commands",
    "enterprise",
    "mirror",
    "staff",
    "common",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "django_prometheus",
    "django_structlog",
    "lucide",
    "rules.apps.AutodiscoverRulesConfig",
]
MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # a list of 50 SIMs: 88 KB, 6 KB packed; CSRF tokens are masked
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "staff.middleware.SessionLimitMiddleware",
    "smarthub_portal.middleware.private_pages",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
ROOT_URLCONF = "smarthub_portal.urls"
WSGI_APPLICATION = "smarthub_portal.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "smarthub_portal.shell.shell",
            ],
        },
    },
]

DATABASES = {"default": database_from_url(env.text("DATABASE_URL", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.text("REDIS_URL", "")
# Sign-in attempts are counted in PostgreSQL: the web must answer while Redis is away.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "portal_cache"}}

# --- people and sessions
AUTH_USER_MODEL = "staff.User"
AUTHENTICATION_BACKENDS = [
    "rules.permissions.ObjectPermissionBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "staff.adapters.PortalAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
USERSESSIONS_TRACK_ACTIVITY = False
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "SmartHub Portal"
MFA_ADAPTER = "staff.adapters.PortalMFAAdapter"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "overview"
SESSION_IDLE_SECONDS = 30 * 60
SESSION_ABSOLUTE_SECONDS = 12 * 3600
SESSION_COOKIE_AGE = SESSION_IDLE_SECONDS
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "portal_session"
CSRF_COOKIE_NAME = "portal_csrf"
CSRF_FAILURE_VIEW = "smarthub_portal.errors.csrf_failure"

# --- headers
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
IS_BEHIND_PROXY = env.flag("PORTAL_BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_BEHIND_PROXY else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
# A pasted table of 50,000 lines; uploaded files have a bound of their own (`common.uploads`).
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "common.uploads.Bounded",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# --- language, time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = env.text("PORTAL_TIME_ZONE", "UTC")

# --- static files
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "build" / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- background work
CELERY = {
    "broker_url": REDIS_URL or None,
    "broker_connection_retry_on_startup": True,
    "broker_transport_options": {
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "visibility_timeout": 3600,
    },
    "task_ignore_result": True,
    "task_default_queue": "default",
    # Changes people wait for have workers of their own: no sweep or export stands before them.
    "task_routes": {
        "commands.*": {"queue": "commands"},
        "messaging.*": {"queue": "commands"},  # people wait for what became of their message
        # How things stand is asked among the slow work; what came is processed at once.
        "notifications.watch": {"queue": "default"},
        "notifications.deliver": {"queue": "default"},  # a slow receiver must not stand before pushes
        "notifications.*": {"queue": "pushes"},
    },
    "task_serializer": "json",
    "accept_content": ["json"],
    "worker_prefetch_multiplier": 1,
    "worker_max_tasks_per_child": 1000,
    "worker_soft_shutdown_timeout": 30,
    "worker_hijack_root_logger": False,
    "worker_send_task_events": False,
    "beat_schedule_filename": str(DATA_DIR / "beat-schedule"),
}

# So long the absence of a change must have been read before it counts as "not applied" (promise: 60 s at least).
COMMANDS_PATIENCE_SECONDS = env.integer("PORTAL_COMMANDS_PATIENCE", 60)
# How long a worker holds a command before others may take it up; the deadline of its request follows from it.
COMMANDS_LEASE_SECONDS = env.integer("PORTAL_COMMANDS_LEASE", 30)

# --- logs and metrics
LOGGING = configure_logging(level=env.text("PORTAL_LOG_LEVEL", "INFO"))
LOGGING_CONFIG = "logging.config.dictConfig"
DJANGO_STRUCTLOG_CELERY_ENABLED = True
PROMETHEUS_EXPORT_MIGRATIONS = False
os.environ.setdefault("PROMETHEUS_DISABLE_CREATED_SERIES", "true")

# --- the demo
SANDBOX_PORT = env.integer("SANDBOX_PORT", 8001)
SANDBOX_CONTROL_TOKEN = env.text("SANDBOX_CONTROL_TOKEN", "")
PORTAL_PORT = env.integer("PORTAL_PORT", 8000)

# --- pushes
# Where SmartHub reaches us: the beginning of the addresses an administrator copies into its settings.
PUBLIC_URL = env.text("PORTAL_PUBLIC_URL", f"http://127.0.0.1:{PORTAL_PORT}").rstrip("/")
# Networks pushes are taken from; empty: from anywhere.
PUSH_ALLOW = env.networks("PORTAL_PUSH_ALLOW")

# --- messages to others
# Networks of our own that webhooks may reach; everything else that is not on the open Internet is refused.
WEBHOOK_ALLOW = env.networks("PORTAL_WEBHOOK_ALLOW")
# None: e-mail is written to files under PORTAL_DATA/mail instead.
MAIL_SERVER = env.mail_server(env.text("PORTAL_EMAIL_URL", ""))
MAIL_FROM = env.text("PORTAL_EMAIL_FROM", "SmartHub Portal <smarthub-portal@localhost>")
SILENCED_SYSTEM_CHECKS: list[str] = []
TEST_RUNNER = "django.test.runner.DiscoverRunner"
