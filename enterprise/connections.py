"""From an enterprise row to a client that talks to its SmartHub."""

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.sealing import SealError
from enterprise.budget import budget_of
from enterprise.models import Enterprise
from smarthub_client import (
    AuthenticationFailed,
    BadAnswer,
    BudgetExhausted,
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
from smarthub_client.budget import Purpose
from smarthub_client.budget_gate import Gatekeeper
from smarthub_client.client import ConnectionTest
from smarthub_client.endpoints import OPERATIONS, Mark

BACKGROUND_SECONDS = 20.0  # below the lease of a sync run, so that a slow answer does not cost the lease
INTERACTIVE_SECONDS = 15.0


def client_for(
    enterprise: Enterprise,
    *,
    purpose: Purpose = Purpose.SWEEP,
    seconds: float = BACKGROUND_SECONDS,
    even_disabled: bool = False,
    before_send: Callable[[str], None] | None = None,
) -> SmartHubClient:
    """A client that asks the shared budget before every request; its calls may raise `BudgetExhausted`, and for all
    but people `Deferred`. Who does not say what for comes last. `seconds`: total deadline of a call. `before_send`
    (operation) is called when the budget has agreed, as the last thing before the first byte; what it raises stops it.

    Raises `ConfigurationError` with a sentence for an administrator.
    """
    if not (enterprise.is_enabled or even_disabled):
        raise ConfigurationError(f"{enterprise.name} is switched off: nothing is read from it.")
    api_key = _opened_key(enterprise)
    keeper = Gatekeeper(budget_of(enterprise), purpose, call_seconds=seconds)
    return SmartHubClient(
        enterprise.base_url,
        api_key,
        timeout=seconds,
        sandbox=enterprise.is_sandbox,
        confirmed=[name for name in enterprise.confirmed_operations if name in OPERATIONS],
        gate=keeper.gate if before_send is None else _one_after_another(keeper.gate, before_send),
        on_reply=keeper.on_reply,
        on_failure=keeper.on_failure,
    )


def _one_after_another(*calls: Callable[[str], None]) -> Callable[[str], None]:
    def gate(operation: str) -> None:
        for call in calls:
            call(operation)

    return gate


def may(enterprise: Enterprise, operation: str) -> bool:
    """Whether the operation is allowed on this connection, as `SmartHubClient.may` would say, without a client."""
    row = OPERATIONS[operation]
    is_sure = not row.mutating or row.mark is Mark.DOC
    return is_sure or enterprise.is_sandbox or operation in enterprise.confirmed_operations


def _opened_key(enterprise: Enterprise) -> str:
    try:
        api_key = enterprise.reveal("api_key")
    except SealError as error:
        raise ConfigurationError(
            f"The API key of {enterprise.name} can't be opened: {error}. Enter it again."
        ) from None
    if not api_key:
        raise ConfigurationError(f"{enterprise.name} has no API key yet. An administrator can enter it.")
    return api_key


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
        client = client_for(
            enterprise, purpose=Purpose.INTERACTIVE, seconds=INTERACTIVE_SECONDS, even_disabled=True
        )
        result = client.test_connection()
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
    if isinstance(error, BudgetExhausted):
        reason = _BUDGET_REASONS.get(error.reason, _BUSY)
        return f"{reason} {_when(error.retry_at)} {_LOCAL_COPY}"
    if isinstance(error, RateLimited):
        when = [_when(error.reset_at)] if error.reset_at else []
        return " ".join(str(part) for part in (_USED_UP, *when, _LOCAL_COPY))
    for kind, text in _EXPLANATIONS:
        if isinstance(error, kind):
            return str(text)
    return str(error)


def _when(moment: datetime) -> str:
    """Never too early: a full minute is rounded up."""
    seconds = math.ceil((moment - timezone.now()).total_seconds())
    if seconds <= 90:
        return gettext("It works again in %(seconds)s s.") % {"seconds": max(1, seconds)}
    at = timezone.localtime(moment + timedelta(seconds=59))
    return gettext("It works again at %(time)s.") % {"time": date_format(at, "H:i")}


_LOCAL_COPY = _("You are reading the local copy meanwhile.")
_USED_UP = _("SmartHub's hourly request limit is used up.")
_BUSY = _("Every request that is left of this hour is under way.")
_BUDGET_REASONS: dict[str, Any] = {
    "used_up": _("This hour's requests to SmartHub are used up."),
    "stopped": _USED_UP,
    "cap": _("The hourly request limit set for this connection is reached."),
    "reserve": _("What is left of this hour's requests is kept for more urgent work."),
    "alone": _("Redis, where requests are counted, does not answer, so this portal sends few."),
}


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
