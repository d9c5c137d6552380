"""JSON lines with request ids, and no secret in any of them."""

import re
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET_NAME = re.compile(
    r"(password|passwd|secret|token|api[_-]?key|push[_-]?key|authorization|cookie|signature)", re.I
)
_SECRET_TEXT = re.compile(
    r"(?i)(?P<name>x-api-key|x-control-token|authorization|api[_-]?key|push[_-]?key|password)"
    r"(?P<gap>['\"]?\s*[:=]\s*['\"]?(?:(?:bearer|basic|token)\s+)?)(?P<value>[^\s'\",;&}]{4,})"
    r"|(?P<scheme>\w+://[^:/\s]*:)(?P<url_password>[^@\s/]+)@"
    r"|(?P<push>/push/)(?P<push_token>[^/\s?\"']+)"
)
MASK = "[redacted]"


def redact_text(text: str) -> str:
    """Masks keys in header or assignment form, passwords in URLs, and tokens of push URLs."""
    return _SECRET_TEXT.sub(_mask, text)


def _mask(match: re.Match[str]) -> str:
    if match["name"]:
        return f"{match['name']}{match['gap']}{MASK}"
    if match["scheme"]:
        return f"{match['scheme']}{MASK}@"
    return f"{match['push']}{MASK}"


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: by name of the field, then by shape of the text."""
    for key, value in event.items():
        event[key] = _redacted(key, value)
    return event


def _redacted(key: str, value: Any) -> Any:
    if _SECRET_NAME.search(key):
        return MASK
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, dict):
        return {inner: _redacted(str(inner), item) for inner, item in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(key, item) for item in value]
    return value if isinstance(value, int | float | bool | None) else redact_text(str(value))


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.StackInfoRenderer(),
]


def configure_logging(level: str) -> dict[str, Any]:
    """Configures structlog and returns Django's LOGGING, so that both write the same lines to stderr."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": [*_SHARED, structlog.stdlib.ExtraAdder()],
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.server": {"level": "WARNING"},
            "django.request": {"level": "ERROR"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "kombu": {"level": "WARNING"},
            "django_structlog.celery": {"level": "WARNING"},
            "asyncio": {"level": "WARNING"},
        },
    }
