"""Django settings of the sandbox. No DATABASES: `sandbox.db` speaks to SQLite directly.

The fleet is written in one pass of a million rows and read back by dense id, and a plain `sqlite3` connection
per thread does both several times faster than the ORM; Django brings routing, requests and responses.
"""

DEBUG = False
ALLOWED_HOSTS = ["*"]  # loopback only; the port is whatever the caller chose
ROOT_URLCONF = "sandbox.urls"
INSTALLED_APPS: list[str] = []
MIDDLEWARE = ["sandbox.middleware.finish"]
DATABASES: dict[str, dict[str, str]] = {}
USE_TZ = True
TIME_ZONE = "UTC"
APPEND_SLASH = False
LOGGING = {  # a 404 or a 503 is an answer here, not news; a traceback is
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "crash": {"()": "django.utils.log.CallbackFilter", "callback": lambda record: record.exc_info}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["crash"]}},
    "loggers": {"django": {"handlers": ["console"], "propagate": False}},
}
