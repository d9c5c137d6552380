"""From an enterprise row to a client that talks to its SmartHub."""

from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.sealing import SealError
from enterprise.models import Enterprise
from smarthub_client import (
    AuthenticationFailed,
    BadAnswer,
    ConfigurationError,
    ConnectionLost,
    Forbidden,
    RateLimit,
    RateLimited,
    ServerError,
    SmartHubClient,
    SmartHubError,
    TimedOut,
    Unreachable,
)
from smarthub_client.client import ConnectionTest

BACKGROUND_SECONDS = 20.0  # below the lease of a sync run, so that a slow answer does not cost the lease
INTERACTIVE_SECONDS = 15.0


def client_for(
    enterprise: Enterprise, *, seconds: float = BACKGROUND_SECONDS, even_disabled: bool = False
) -> SmartHubClient:
    """`seconds`: total deadline of a call. Raises `ConfigurationError` with a sentence for an administrator."""
    if not (enterprise.is_enabled or even_disabled):
        raise ConfigurationError(f"{enterprise.name} is switched off: nothing is read from it.")
    try:
        api_key = enterprise.reveal("api_key")
    except SealError as error:
        raise ConfigurationError(
            f"The API key of {enterprise.name} can't be opened: {error}. Enter it again."
        ) from None
    if not api_key:
        raise ConfigurationError(f"{enterprise.name} has no API key yet. An administrator can enter it.")
    return SmartHubClient(enterprise.base_url, api_key, timeout=seconds, sandbox=enterprise.is_sandbox)


def note_rate(enterprise: Enterprise, rate: RateLimit | None) -> None:
    """Keeps what the headers said last, for the budget chip. Within a window the lower figure is the newer one."""
    if rate is None:
        return
    newer = Q(rate_reset_at=None) | Q(rate_reset_at__lt=timezone.now()) | Q(rate_remaining__gt=rate.remaining)
    Enterprise.objects.filter(newer | ~Q(rate_limit=rate.limit), pk=enterprise.pk).update(
        rate_limit=rate.limit, rate_remaining=rate.remaining, rate_reset_at=rate.reset_at
    )


def test_connection(enterprise: Enterprise) -> ConnectionTest:
    """One read. Records when it was tried and how it ended; raises `SmartHubError` when it failed."""
    try:
        result = client_for(enterprise, seconds=INTERACTIVE_SECONDS, even_disabled=True).test_connection()
    except SmartHubError as error:
        _note_test(enterprise, str(error))
        note_rate(enterprise, error.rate)
        raise
    _note_test(enterprise, "", remote_name=storable(result.enterprise))
    note_rate(enterprise, result.rate)
    return result


def storable(text: str, limit: int = 400) -> str:
    """A text of the platform's, to show: without NUL and halves of characters, which PostgreSQL can't hold."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:limit]


def _note_test(enterprise: Enterprise, error: str, **more: str) -> None:
    Enterprise.objects.filter(pk=enterprise.pk).update(tested_at=timezone.now(), test_error=error, **more)


def explain(error: SmartHubError) -> str:
    """What happened and what to do, in the reader's language. By class, never by the platform's prose."""
    for kind, text in _EXPLANATIONS:
        if isinstance(error, kind):
            return str(text)
    return str(error)


_EXPLANATIONS: tuple[tuple[type[SmartHubError], Any], ...] = (
    (
        AuthenticationFailed,
        _("SmartHub does not accept the API key. An administrator can enter a new one."),
    ),
    (
        Forbidden,
        _("SmartHub knows the API key but does not allow this. Ask your SmartHub contact for access."),
    ),
    (
        RateLimited,
        _("SmartHub's hourly request limit is used up. You are reading the local copy meanwhile."),
    ),
    (
        Unreachable,
        _("SmartHub can't be reached. You are reading the local copy; try again in a minute."),
    ),
    (
        TimedOut,
        _("SmartHub did not answer in time. You are reading the local copy; try again in a minute."),
    ),
    (
        ConnectionLost,
        _("SmartHub broke the connection off. You are reading the local copy; try again."),
    ),
    (
        ServerError,
        _("SmartHub reports a failure of its own. You are reading the local copy; try again later."),
    ),
    (BadAnswer, _("SmartHub's answer was unreadable, so nothing was changed here. Try again later.")),
)
