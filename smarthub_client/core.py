"""What all operations share: the connection, the refusal of unconfirmed changes, and checks of arguments
and shapes.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Self

from .calls import DEADLINE, Caller, FailureHook, Gate, Hooks, ReplyHook
from .endpoints import OPERATIONS, Mark, Operation, operations_with
from .errors import BadAnswer, ConfigurationError, ErrorContext, InvalidArgument, UnconfirmedOperation
from .origin import Origin, parse_base_url
from .reply import Reply
from .secret import Secret
from .times import format_time
from .transport import MAX_BODY, Transport

MAX_SIZE = 100
"""Largest page the platform serves (doc)."""
MAX_BATCH = 100
"""Most giccids in one batch or one `giccids=` filter (assumed)."""
_GICCID = re.compile(r"[0-9]{1,32}")
_HEADER_TEXT = re.compile(r"[\x21-\x7e]{1,1024}")


class ClientCore:
    """Connection to one enterprise on SmartHub: one base URL and one API key (doc). Safe to share between
    threads.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str | Secret,
        *,
        timeout: float = DEADLINE,
        gate: Gate | None = None,
        on_reply: ReplyHook | None = None,
        on_failure: FailureHook | None = None,
        confirmed: Iterable[str] = frozenset(),
        sandbox: bool = False,
        paths: Mapping[str, str] | None = None,
        ca_bundle: str | None = None,
        max_body: int = MAX_BODY,
    ) -> None:
        """`timeout`: total time of a call in seconds. `ca_bundle`: PEM file instead of the usual authorities.

        `confirmed` names operations whose undocumented path the operator vouches for; `sandbox` says that all are.
        `paths` overrides undocumented paths. `gate(operation)` is called before each request and may wait or raise,
        `on_reply(rate, operation, status)` after each answer, `on_failure(operation, was_sent)` after each request
        without one. Raises `ConfigurationError`.
        """
        transport = Transport(ca_bundle=ca_bundle, max_body=max_body)
        hooks = Hooks(gate, on_reply, on_failure)
        origin, key = parse_base_url(base_url), _checked_key(api_key)
        self._caller = Caller(origin, key, transport, hooks, _checked_timeout(timeout))
        self._operations = operations_with(paths or {})
        self._confirmed = _checked_names(confirmed)
        self._sandbox = sandbox

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.origin.url}>"

    @property
    def origin(self) -> Origin:
        """Where requests go."""
        return self._caller.origin

    def using(
        self,
        *,
        timeout: float | None = None,
        gate: Gate | None = None,
        on_reply: ReplyHook | None = None,
        on_failure: FailureHook | None = None,
    ) -> Self:
        """The same connection with another time-out or other hooks, e.g. for another class of the request
        budget.
        """
        other = copy.copy(self)
        own = self._caller.hooks
        hooks = Hooks(gate or own.gate, on_reply or own.on_reply, on_failure or own.on_failure)
        seconds = self._caller.timeout if timeout is None else _checked_timeout(timeout)
        other._caller = replace(self._caller, hooks=hooks, timeout=seconds)
        return other

    def close(self) -> None:
        """Close idle connections."""
        self._caller.transport.close()

    def may(self, name: str) -> bool:
        """Whether the operation is allowed here: reads always, changes if documented, confirmed or on the
        sandbox.
        """
        row = self._operations[name]
        return not row.mutating or row.mark is Mark.DOC or self._sandbox or name in self._confirmed

    def call(
        self,
        name: str,
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, str | None] | None = None,
        body: Mapping[str, Any] | None = None,
        request_id: str | None = None,
    ) -> Reply[dict[str, Any]]:
        """Carry out a row of the table; the typed methods are built on it. Raises `SmartHubError`."""
        operation = self._operations[name]
        if not self.may(name):
            raise UnconfirmedOperation(_refusal(operation), ErrorContext(name, mutating=True))
        if request_id is not None and not (_HEADER_TEXT.fullmatch(request_id) and len(request_id) <= 128):
            raise InvalidArgument("The request id must be 1 to 128 visible ASCII characters.")
        sent = {key: value for key, value in (query or {}).items() if value is not None}
        _check_encodable([*(path or {}).values(), *sent.values(), *_texts(body)])
        return self._caller.call(operation, path=path, query=sent, body=body, request_id=request_id)


def _texts(body: Mapping[str, Any] | None) -> list[str]:
    return [value for value in (body or {}).values() if isinstance(value, str)]


def _check_encodable(texts: Iterable[str]) -> None:
    try:
        for text in texts:
            text.encode()
    except UnicodeEncodeError:
        raise InvalidArgument(
            "A text holds half of a character (a lone surrogate) and cannot be sent."
        ) from None


def _checked_key(api_key: str | Secret) -> Secret:
    key = Secret(api_key)
    if not _HEADER_TEXT.fullmatch(key.reveal()):
        raise ConfigurationError("The SmartHub API key is empty or holds characters a header cannot carry.")
    return key


def _checked_names(confirmed: Iterable[str]) -> frozenset[str]:
    names = frozenset(confirmed)
    if unknown := sorted(names - set(OPERATIONS)):
        raise ConfigurationError(f"Unknown operation confirmed: {', '.join(unknown)}.")
    return names


def _checked_timeout(seconds: float) -> float:
    if not 0 < seconds <= 600:
        raise ConfigurationError("The time-out must be more than 0 and at most 600 seconds.")
    return seconds


def _refusal(operation: Operation) -> str:
    known = "only inferred from documented names" if operation.mark is Mark.INFERRED else "our assumption"
    return (
        f"{operation.name} was not sent: its path ({operation.method} {operation.path}) is {known}. "
        "Ask SmartHub, then confirm the operation in this connection's settings."
    )


def checked_giccid(giccid: object) -> str:
    """A giccid: an opaque string of 1-32 ASCII digits; never an int, no check digit. Raises
    `InvalidArgument`.
    """
    if not isinstance(giccid, str) or not _GICCID.fullmatch(giccid):
        raise InvalidArgument("A giccid is a string of digits.")
    return giccid


def checked_giccids(giccids: Iterable[str]) -> list[str]:
    """1 to `MAX_BATCH` different giccids, in order. Raises `InvalidArgument`."""
    if isinstance(giccids, str):
        raise InvalidArgument("giccids is a list of strings, not one string.")
    checked = [checked_giccid(giccid) for giccid in giccids]
    if not 1 <= len(checked) <= MAX_BATCH or len(set(checked)) != len(checked):
        raise InvalidArgument(f"1 to {MAX_BATCH} different giccids can be sent at once.")
    return checked


def checked_text(name: str, value: object) -> str:
    """A text that is not empty. Raises `InvalidArgument`."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidArgument(f"{name} must not be empty.")
    return value


def paging_query(page: int | None, size: int | None) -> dict[str, str | None]:
    """`page` and `size` as query values; size 1 to `MAX_SIZE`."""
    if (page is not None and page < 0) or (size is not None and not 1 <= size <= MAX_SIZE):
        raise InvalidArgument(f"page must not be negative and size must be 1 to {MAX_SIZE}.")
    return {"page": None if page is None else str(page), "size": None if size is None else str(size)}


def time_query(moment: datetime | None) -> str | None:
    """An aware time as a query value; `InvalidArgument` for a naive one."""
    if moment is not None and moment.tzinfo is None:
        raise InvalidArgument("A time needs a zone.")
    return None if moment is None else format_time(moment)


def expect(
    reply: Reply[dict[str, Any]], name: str, kind: type, operation: str, *, equal: str | None = None
) -> None:
    """Raise `BadAnswer("wrong_shape")` unless the field has the type, and the value if one is given."""
    value = reply.data.get(name)
    if isinstance(value, kind) and value and equal in (None, value):
        return
    if kind is list and isinstance(value, list):
        return
    raise wrong_shape(reply, operation, f"{name} is missing or not what was asked for")


def wrong_shape(reply: Reply[Any], operation: str, why: str) -> BadAnswer:
    """The error for a readable answer with the wrong content."""
    row = OPERATIONS[operation]
    context = ErrorContext(
        operation,
        row.mutating,
        reply.status,
        request_id=reply.request_id,
        sent_at=reply.sent_at,
        rate=reply.rate,
    )
    unknown = " The change may have happened: read the object back." if row.mutating else ""
    return BadAnswer(
        f"SmartHub's answer to {operation} is unusable: {why}.{unknown}", context, kind="wrong_shape"
    )


def unwrapped(reply: Reply[dict[str, Any]]) -> Reply[dict[str, Any]]:
    """The same answer with `{"data": {…}}` opened: both forms are accepted for single objects (assumed)."""
    inner = reply.data.get("data")
    return reply.with_data(inner) if isinstance(inner, dict) else reply
