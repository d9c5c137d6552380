"""One request and its complete answer: the only place that imports requests.

Memory stays bounded and time ends with the call's deadline, whatever comes back. Redirects are not followed
here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from .answers import Answer, CallInfo, failure
from .decoding import UnreadableError, read_body
from .errors import ConfigurationError, SmartHubError
from .secret import HeaderSecret
from .times import utc_now
from .version import __version__
from .wire import POOLS, Exchange, tls_context

MAX_BODY = 5 * 1024 * 1024
"""Largest decoded body of a good answer, in bytes."""
MAX_ERROR_BODY = 64 * 1024
REDIRECTS = frozenset({301, 302, 303, 307, 308})
GOOD = frozenset({200, 201, 202, 203, 204})
_BROKEN = (requests.RequestException, HTTPError, HTTPException, OSError, ValueError)


@dataclass(slots=True)
class Request:
    """What is to be sent. `headers` holds the key as a `HeaderSecret`."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    query: Mapping[str, str]
    body: bytes | None


def make_headers(info: CallInfo, has_body: bool) -> dict[str, str]:
    """The headers of every request of a call."""
    headers = {
        "Accept": "application/json, application/problem+json",
        "Accept-Encoding": "gzip",
        "User-Agent": f"smarthub-portal/{__version__}",
        "X-API-Key": HeaderSecret(info.key.reveal()),
        "X-Request-ID": info.request_id,
    }
    if has_body:
        headers["Content-Type"] = "application/json"
    elif info.operation.mutating:
        headers["Content-Length"] = "0"  # the platform asks for it on an empty body (doc)
    if info.operation.mutating:
        headers["Connection"] = "close"
    return headers


class _Adapter(HTTPAdapter):
    """No retries, no proxies, sockets with a deadline."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=tls_context(), **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS


class Transport:
    """Connections with verified TLS. Safe to share between threads; a forked child opens its own.

    `requests.Session` is not used: it follows the environment (proxies, netrc), keeps cookies, and reads a
    redirect's whole body before we could refuse it.
    """

    def __init__(self, *, ca_bundle: str | None = None, max_body: int = MAX_BODY) -> None:
        if ca_bundle is not None and not Path(ca_bundle).is_file():
            raise ConfigurationError("The CA bundle file does not exist.")
        self._verify: str | bool = ca_bundle or True
        self._max_body = max_body
        self._held: tuple[int, _Adapter] | None = None

    def close(self) -> None:
        """Close idle connections; the next call opens new ones."""
        held, self._held = self._held, None
        if held is not None and held[0] == os.getpid():
            held[1].close()

    @contextmanager
    def _adapter(self, info: CallInfo) -> Iterator[_Adapter]:
        if info.operation.mutating:
            # A kept connection may be closed by the other side just as we write: a change would then be
            # "unknown" for nothing. On a connection of its own, "refused" is certain.
            with closing(_Adapter(max_retries=0)) as adapter:
                yield adapter
            return
        held = self._held
        if held is None or held[0] != os.getpid():
            # Two threads may both come here; one adapter is then used once and dropped.
            held = self._held = (os.getpid(), _Adapter(pool_connections=2, pool_maxsize=16, max_retries=0))
        yield held[1]

    def exchange(self, request: Request, info: CallInfo, exchange: Exchange) -> Answer | SmartHubError:
        """Send one request under `wire.in_exchange(exchange)`; the answer, or the error it ended in (not
        raised).
        """
        exchange.wire_quiet = True
        try:
            prepared = requests.Request(
                request.method,
                request.url,
                params=dict(request.query),
                data=request.body,
                headers=dict(request.headers),
            ).prepare()
            with (
                self._adapter(info) as adapter,
                adapter.send(prepared, stream=True, timeout=None, verify=self._verify) as response,
            ):
                return self._read(response, exchange)
        except _BROKEN as error:
            is_tls = isinstance(error, requests.exceptions.SSLError)
            return failure(info, sent_at=exchange.sent_at, is_over=exchange.is_over, is_tls=is_tls)

    def _read(self, response: requests.Response, exchange: Exchange) -> Answer:
        headers = {name.lower(): value for name, value in response.headers.items()}
        status, body, problem = response.status_code, bytearray(), None
        if status not in REDIRECTS:  # a redirect's body is nobody's business
            cap = self._max_body if status in GOOD else MAX_ERROR_BODY
            try:
                body = read_body(lambda size: _read_raw(response, size), headers, cap)
            except UnreadableError as error:
                problem = UnreadableError(error.kind, error.why)
            except _BROKEN:
                if status in GOOD and exchange.is_over:
                    raise
                problem = UnreadableError("truncated", "it broke off before its end")
            if not body and problem is None and not _says_it_is_empty(status, headers):
                problem = UnreadableError("truncated", "it has no body and does not say so")
        return Answer(status, headers, body, exchange.sent_at or utc_now(), utc_now(), problem)


def _read_raw(response: requests.Response, size: int) -> bytes:
    # `decode_content=False`: undoing gzip is ours, with a cap. `read`, not `stream`: the latter reads a
    # chunk's length line without a limit.
    return response.raw.read(size, decode_content=False) or b""


def _says_it_is_empty(status: int, headers: Mapping[str, str]) -> bool:
    chunked = "chunked" in headers.get("transfer-encoding", "").lower()
    return status == 204 or headers.get("content-length") == "0" or chunked
