"""One operation from request to answer: redirects, retries, deadline, judgement.

Promises: the key goes to the configured origin only; a change is never sent twice except where a 307 or 308
asks for it; a read is tried at most three times; every call ends within its deadline; errors hold no key
and no cause chain.
"""

from __future__ import annotations

import json
import logging
import random
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from . import answers
from .answers import Answer, CallInfo
from .decoding import UnreadableError, parse_json_object
from .endpoints import Operation
from .errors import ConnectionLost, SmartHubError, Unreachable
from .links import next_page
from .origin import Origin
from .reply import KEPT_HEADERS, RateLimit, Reply, read_rate
from .secret import Secret
from .transport import GOOD, REDIRECTS, Request, Transport, make_headers
from .wire import Exchange, in_exchange

logger = logging.getLogger(__name__)

DEADLINE = 60.0
"""Default total time of a call, in seconds."""
MAX_HOPS = 3
READ_RETRIES = 2
_RETRIED = frozenset({502, 503, 504})
_BACKOFF = 0.2  # seconds before the first retry, doubled for the second, ±50 %
_jitter = random.SystemRandom()

Gate = Callable[[str], None]
"""`gate(operation)`: called before each request; may wait or raise."""


class ReplyHook(Protocol):
    """Called after every answer, errors and redirects included. What it raises is logged, never passed on."""

    def __call__(self, rate: RateLimit | None, operation: str, status: int, /) -> None: ...


FailureHook = Callable[[str, bool], None]
"""`on_failure(operation, was_sent)`: called when a request ended without an answer. Like a `ReplyHook` otherwise."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """Where the request budget hooks in. The gate's wait before the first request is not part of the
    deadline.
    """

    gate: Gate | None = None
    on_reply: ReplyHook | None = None
    on_failure: FailureHook | None = None

    def open_gate(self, operation: Operation) -> None:
        """Wait for leave to send one request."""
        if self.gate is not None:
            self.gate(operation.name)

    def report(self, operation: Operation, answer: Answer) -> None:
        """Tell about one answer."""
        if self.on_reply is None:
            return
        try:
            self.on_reply(read_rate(answer.headers, answer.received_at), operation.name, answer.status)
        except Exception:  # the answer to a change must not be lost to its bookkeeping
            logger.exception("The hook after a SmartHub answer failed.")

    def report_failure(self, operation: Operation, error: SmartHubError) -> None:
        """Tell about one request without an answer."""
        if self.on_failure is None:
            return
        try:
            self.on_failure(operation.name, error.sent_at is not None)
        except Exception:  # what became of a change must not be lost to its bookkeeping
            logger.exception("The hook after a SmartHub failure failed.")


@dataclass(frozen=True, slots=True)
class Caller:
    """Carries out operations at one origin with one key."""

    origin: Origin
    key: Secret
    transport: Transport
    hooks: Hooks
    timeout: float = DEADLINE

    def call(
        self,
        operation: Operation,
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        request_id: str | None = None,
    ) -> Reply[dict[str, Any]]:
        """Carry out one operation; raises `SmartHubError` and what the gate raises."""
        info = CallInfo(operation, request_id or uuid.uuid4().hex, self.key, self.timeout)
        url = self.origin.url + operation.fill(path or {})
        content = None if body is None else json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        request = Request(
            operation.method, url, make_headers(info, content is not None), query or {}, content
        )
        self.hooks.open_gate(operation)
        run = _Run(self, info, Exchange(time.monotonic() + self.timeout))
        with in_exchange(run.exchange):
            outcome = run.complete(request)
        if isinstance(outcome, SmartHubError):
            raise outcome  # outside of every `except`, so that no cause with headers in it hangs on
        return outcome


@dataclass(slots=True)
class _Run:
    """One call in progress."""

    caller: Caller
    info: CallInfo
    exchange: Exchange
    attempts: int = 0

    def complete(self, request: Request) -> Reply[dict[str, Any]] | SmartHubError:
        """Send, and repeat a read that failed on the way."""
        outcome = self._follow(request)
        for retry in range(READ_RETRIES):
            if isinstance(outcome, Reply) or self.info.operation.mutating or not _is_passing(outcome):
                break
            if not self._pause(retry):
                break
            self.caller.hooks.open_gate(self.info.operation)
            outcome = self._follow(request)
        return outcome

    def _pause(self, retry: int) -> bool:
        """Wait before a retry; False when the deadline would pass."""
        wait = _BACKOFF * 2**retry * _jitter.uniform(0.5, 1.5)
        if self.exchange.deadline - time.monotonic() <= wait:
            return False
        time.sleep(wait)
        return True

    def _follow(self, request: Request) -> Reply[dict[str, Any]] | SmartHubError:
        operation = self.info.operation
        hop = 0
        while True:
            if hop and not operation.mutating:
                self.caller.hooks.open_gate(operation)
            self.attempts += 1
            answer = self.caller.transport.exchange(request, self.info, self.exchange)
            if isinstance(answer, SmartHubError):
                self.caller.hooks.report_failure(operation, answer)
                return answer
            self.caller.hooks.report(operation, answer)
            if answer.status not in REDIRECTS:
                return self._judge(answer, request.url)
            if (hop := hop + 1) > MAX_HOPS:
                return self._bad("redirect", f"more than {MAX_HOPS} redirects", answer)
            target = self._redirect_target(answer, request.url)
            if isinstance(target, SmartHubError):
                return target
            request = Request(request.method, target, request.headers, {}, request.body)

    def _redirect_target(self, answer: Answer, current: str) -> str | SmartHubError:
        """Where to send the same request again. A change goes on only after 307 or 308, which keep method
        and body (RFC 9110, 15.4); with 301-303 it might be repeated as a read and reported as done.
        """
        if self.info.operation.mutating and answer.status not in {307, 308}:
            return self._bad(
                "redirect", f"a change was redirected with {answer.status}, which loses it", answer
            )
        target = self.caller.origin.resolve(answer.headers.get("location", ""), current)
        return target or self._bad("redirect", "a redirect leads away from the configured address", answer)

    def _judge(self, answer: Answer, url: str) -> Reply[dict[str, Any]] | SmartHubError:
        if answer.status < 200 or 300 <= answer.status < 400:
            return self._bad("redirect", f"status {answer.status}", answer)
        if answer.status not in GOOD:
            return answers.refusal(self.info, answer)
        try:
            data = self._data(answer)
            page = next_page(answer.headers, self.caller.origin, url) if self.info.operation.paged else None
        except UnreadableError as error:
            return self._bad(error.kind, error.why, answer)
        return Reply(
            data,
            answer.status,
            {name: answer.headers[name] for name in KEPT_HEADERS if name in answer.headers},
            read_rate(answer.headers, answer.received_at),
            answer.sent_at,
            answer.received_at,
            self.info.request_id,
            self.attempts,
            page,
        )

    def _data(self, answer: Answer) -> dict[str, Any]:
        if answer.problem is not None:
            raise answer.problem
        if not answer.body and self.info.operation.reply_optional:
            return {}
        return parse_json_object(answer.body, answer.headers.get("content-type", ""))

    def _bad(self, kind: str, why: str, answer: Answer) -> SmartHubError:
        return answers.bad_answer(self.info, kind, why, sent_at=answer.sent_at, status=answer.status)


def _is_passing(error: SmartHubError) -> bool:
    """Whether a read deserves another try now: it never got through, or something in between was down."""
    if isinstance(error, Unreachable | ConnectionLost):
        return error.retryable
    return error.status in _RETRIED
