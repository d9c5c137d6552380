"""What can go wrong, as one tree. Branch on the class, `codes`, `retryable` and `outcome_unknown`, never on
prose.

`retryable`: sending the same request again is safe and may help. `outcome_unknown`: a change may or may not
have happened; read back before anything else. It is never set for a read. Every error survives pickling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from .times import utc_now

if TYPE_CHECKING:
    from .reply import RateLimit


@dataclass(frozen=True, slots=True)
class FieldError:
    """One entry of `errors` in the platform's error body (doc). `code` is an open enum."""

    resource: str = ""
    field: str = ""
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class ErrorContext:
    """What is known about the failed call. Times are aware UTC; `sent_at` is None if no byte left this
    machine.
    """

    operation: str = ""
    mutating: bool = False
    status: int | None = None
    codes: tuple[FieldError, ...] = ()
    detail: str = ""
    request_id: str = ""
    sent_at: datetime | None = None
    rate: RateLimit | None = None


class SmartHubError(Exception):
    """Root of the tree. `str()` is a sentence for an operator and holds no credential."""

    retryable: bool = False
    outcome_unknown: bool = False

    def __init__(self, message: str, context: ErrorContext | None = None) -> None:
        super().__init__(message)
        self.context = context or ErrorContext()

    @property
    def operation(self) -> str:
        """Name of the row in `endpoints`, or ""."""
        return self.context.operation

    @property
    def status(self) -> int | None:
        """HTTP status of the answer, if there was one."""
        return self.context.status

    @property
    def codes(self) -> tuple[FieldError, ...]:
        """The platform's error entries."""
        return self.context.codes

    @property
    def detail(self) -> str:
        """The platform's own words, shortened and redacted; to show, never to branch on."""
        return self.context.detail

    @property
    def request_id(self) -> str:
        """The X-Request-ID we sent."""
        return self.context.request_id

    @property
    def sent_at(self) -> datetime | None:
        """Aware UTC, just before the first byte of the last request; None: nothing was sent."""
        return self.context.sent_at

    @property
    def rate(self) -> RateLimit | None:
        """Request budget according to the answer's headers."""
        return self.context.rate

    def has_code(self, *codes: str) -> bool:
        """Whether any entry carries one of these codes, e.g. `error.has_code("illegal_status")`."""
        return any(entry.code in codes for entry in self.codes)


class ConfigurationError(SmartHubError):
    """Base URL, key, CA bundle or path override is unusable. Nothing was sent."""


class InvalidArgument(SmartHubError, ValueError):
    """The caller's argument cannot be sent (a giccid with letters, 101 giccids in a batch). Nothing was
    sent.
    """


class UnconfirmedOperation(SmartHubError):
    """A change whose path the documentation does not settle, on a platform that is not the sandbox. Nothing
    was sent.
    """


class _Answered(SmartHubError):
    """The platform answered and said no: the change did not happen."""


class AuthenticationFailed(_Answered):
    """401: the platform does not know the API key (doc)."""


class Forbidden(_Answered):
    """403: the key is known but may not do this (doc)."""


class BadRequest(_Answered):
    """400: malformed JSON or wrong value type (doc)."""


class ValidationFailed(_Answered):
    """422: see `codes` (doc). `has_code("illegal_status")`: not allowed from the SIM's state."""


class NotFound(ValidationFailed):
    """The addressed object does not exist: 422 `missing` (assumed), or a 404 in the platform's JSON."""


class RateLimited(_Answered):
    """429 (doc). `reset_at`: aware UTC, at most one hour ahead; when no header tells, one minute ahead
    (assumed).
    """

    retryable = True

    def __init__(
        self, message: str, context: ErrorContext | None = None, reset_at: datetime | None = None
    ) -> None:
        super().__init__(message, context)
        self.reset_at = reset_at


class BudgetExhausted(SmartHubError):
    """Our own budget does not allow a request now; nothing was sent. `retry_at`: aware UTC, when to ask again;
    `reason` as of `budget.Wait`.
    """

    retryable = True

    def __init__(
        self,
        message: str,
        context: ErrorContext | None = None,
        retry_at: datetime | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(message, context)
        self.retry_at = retry_at or utc_now()
        self.reason = reason


class Deferred(BudgetExhausted):
    """The same for work in the background: sleep until `retry_at`."""


class UnexpectedStatus(_Answered):
    """A status the documentation does not know. A 4xx means refused; else a change is unknown."""

    def __init__(self, message: str, context: ErrorContext | None = None) -> None:
        super().__init__(message, context)
        refused = self.status is not None and 400 <= self.status < 500
        self.outcome_unknown = self.context.mutating and not refused


class Unreachable(SmartHubError):
    """No byte of the request left: name not found, connection refused, TLS not agreed. A change did not
    happen.
    """

    retryable = True


class TlsFailed(Unreachable):
    """The platform's certificate was not accepted. Nothing was sent; trying again does not help."""

    retryable = False


class _Uncertain(SmartHubError):
    """The request left but no usable answer came: a read can be repeated, a change is unknown."""

    def __init__(self, message: str, context: ErrorContext | None = None) -> None:
        super().__init__(message, context)
        self.outcome_unknown = self.context.mutating
        self.retryable = not self.context.mutating


class ServerError(_Uncertain):
    """5xx."""


class ConnectionLost(_Uncertain):
    """Reset or closed before a complete answer."""


class TimedOut(_Uncertain):
    """The deadline passed after the request left, or the platform answered 408."""


class BadAnswer(_Uncertain):
    """The answer breaks the contract; `kind` says how.

    Kinds: `html`, `not_json`, `truncated`, `too_large`, `encoding`, `redirect`, `foreign_link`,
    `wrong_shape`, `too_many_pages`. Only `html` and `truncated` are worth repeating, for reads.
    """

    def __init__(self, message: str, context: ErrorContext | None = None, kind: str = "") -> None:
        super().__init__(message, context)
        self.kind = kind
        self.retryable = self.retryable and kind in {"html", "truncated"}


def describe(codes: Sequence[FieldError]) -> str:
    """The entries in words, for messages: `custom1: invalid; status: illegal_status (…)`."""
    parts = []
    for entry in codes[:5]:
        words = f"{entry.field or entry.resource or 'request'}: {entry.code or 'rejected'}"
        parts.append(f"{words} ({entry.message})" if entry.message else words)
    more = f"; and {len(codes) - 5} more" if len(codes) > 5 else ""
    return "; ".join(parts) + more
