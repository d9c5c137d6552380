"""From an answer or a failure to the error it means, in words an operator can act on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .decoding import UnreadableError, parse_json_object
from .endpoints import Operation
from .errors import (
    AuthenticationFailed,
    BadAnswer,
    BadRequest,
    ConnectionLost,
    ErrorContext,
    FieldError,
    Forbidden,
    NotFound,
    RateLimited,
    ServerError,
    SmartHubError,
    TimedOut,
    TlsFailed,
    UnexpectedStatus,
    Unreachable,
    ValidationFailed,
    describe,
)
from .reply import read_rate, read_reset
from .secret import Secret

_SHOWN = 300
_UNKNOWN = " It is not known whether the change happened: read the object back before you try again."
_REPEAT = " Try again later."


@dataclass(frozen=True, slots=True)
class CallInfo:
    """The call an error belongs to."""

    operation: Operation
    request_id: str
    key: Secret
    timeout: float

    def context(self, sent_at: datetime | None, **more: Any) -> ErrorContext:
        """An error context for this call."""
        name, mutating = self.operation.name, self.operation.mutating
        return ErrorContext(name, mutating, request_id=self.request_id, sent_at=sent_at, **more)

    def clean(self, text: object) -> str:
        """Text from outside, fit to be shown: no key, no control characters, shortened."""
        if not isinstance(text, str):
            return ""
        shown = self.key.redact(text)
        return "".join(char if char.isprintable() else " " for char in shown)[:_SHOWN].strip()


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP answer; header names are lower case. `problem`: why the body could not be read, if
    so.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray
    sent_at: datetime
    received_at: datetime
    problem: UnreadableError | None = None


def _advice(operation: Operation) -> str:
    return _UNKNOWN if operation.mutating else _REPEAT


def failure(call: CallInfo, *, sent_at: datetime | None, is_over: bool, is_tls: bool) -> SmartHubError:
    """The error for a call without an answer. `sent_at` None: nothing left this machine."""
    context = call.context(sent_at)
    name = call.operation.name
    if sent_at is None and is_tls:
        text = (
            f"No trusted TLS connection to SmartHub ({name}); nothing was sent. Check base URL and CA bundle."
        )
        return TlsFailed(text, context)
    if sent_at is None:
        text = f"SmartHub cannot be reached ({name}); nothing was sent. Check the base URL and the network."
        return Unreachable(text, context)
    if is_over:
        text = f"SmartHub did not answer {name} completely within {call.timeout:g} s." + _advice(
            call.operation
        )
        return TimedOut(text, context)
    text = f"The connection to SmartHub broke before {name} was answered." + _advice(call.operation)
    return ConnectionLost(text, context)


def bad_answer(call: CallInfo, kind: str, why: str, *, sent_at: datetime, status: int) -> BadAnswer:
    """The error for an answer that breaks the contract; `why` completes "SmartHub's answer … is unusable:
    …".
    """
    text = f"SmartHub's answer to {call.operation.name} is unusable: {why}."
    advice = (
        _UNKNOWN if call.operation.mutating else " Check the base URL and what lies between us and SmartHub."
    )
    return BadAnswer(text + advice, call.context(sent_at, status=status), kind=kind)


def _problem_body(answer: Answer) -> dict[str, Any] | None:
    if answer.problem is not None:
        return None
    try:
        return parse_json_object(answer.body, answer.headers.get("content-type", ""))
    except UnreadableError:
        return None


def _codes(call: CallInfo, body: Mapping[str, Any]) -> tuple[FieldError, ...]:
    entries = body.get("errors")
    if not isinstance(entries, list):
        return ()
    names = ("resource", "field", "code", "message")
    return tuple(
        FieldError(*(call.clean(entry.get(name)) for name in names))
        for entry in entries[:100]
        if isinstance(entry, dict)
    )


def refusal(call: CallInfo, answer: Answer) -> SmartHubError:
    """The error for any answer that is neither 2xx nor 3xx. Only status and codes decide, never prose."""
    body = _problem_body(answer)
    codes = _codes(call, body or {})
    detail = call.clean((body or {}).get("detail")) or call.clean((body or {}).get("title"))
    rate = read_rate(answer.headers, answer.received_at)
    context = call.context(answer.sent_at, status=answer.status, codes=codes, detail=detail, rate=rate)
    if answer.status >= 500:
        text = f"SmartHub failed on {call.operation.name} (status {answer.status})."
        return ServerError(text + _advice(call.operation), context)
    if answer.status == 408:
        return TimedOut(
            f"SmartHub gave up waiting on {call.operation.name} (408)." + _advice(call.operation), context
        )
    if answer.status == 429:
        reset_at = read_reset(answer.headers, answer.received_at)
        text = (
            f"SmartHub's hourly request limit is used up, nothing was done. Wait until {reset_at:%H:%M} UTC."
        )
        return RateLimited(text, context, reset_at)
    if answer.status == 404:
        return _not_found(call, answer, context, body)
    return _client_error(call, context)


def _not_found(call: CallInfo, answer: Answer, context: ErrorContext, body: object) -> SmartHubError:
    # A wrong base URL answers 404 to everything, mostly with a web page: that must not read as "this SIM is
    # gone".
    if body is None:
        return bad_answer(call, "html", "404 without the platform's JSON", sent_at=answer.sent_at, status=404)
    if not call.operation.placeholders:
        text = f"SmartHub does not offer {call.operation.name} at this address (404). Check the base URL."
        return UnexpectedStatus(text, context)
    return NotFound(f"SmartHub does not know the object addressed by {call.operation.name}.", context)


def _client_error(call: CallInfo, context: ErrorContext) -> SmartHubError:
    name, status = call.operation.name, context.status
    why = describe(context.codes) or context.detail or "no reason given"
    done = " Nothing was done." if call.operation.mutating else ""
    if status == 401:
        return AuthenticationFailed(
            "SmartHub rejects the API key. Check the key of this connection.", context
        )
    if status == 403:
        return Forbidden(
            f"SmartHub does not allow this API key to use {name}. Ask SmartHub for the right.", context
        )
    if status == 400:
        return BadRequest(f"SmartHub could not read our {name} request ({why}).{done}", context)
    if status == 422:
        text = f"SmartHub refuses {name}: {why}.{done}"
        addressed = any(entry.code == "missing" and _is_addressed(call, entry) for entry in context.codes)
        return NotFound(text, context) if addressed else ValidationFailed(text, context)
    return UnexpectedStatus(
        f"SmartHub answered {name} with the undocumented status {status} ({why}).", context
    )


def _is_addressed(call: CallInfo, entry: FieldError) -> bool:
    return entry.field not in call.operation.body_fields
