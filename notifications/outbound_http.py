"""One POST to a URL that a person entered: the only place beside the client's transport that speaks HTTP.

Nothing is followed, nothing is taken from the environment (proxies, netrc), nothing is kept between calls. From the
name's resolution to the last byte it takes `SECONDS` at most, and no more than an excerpt of the answer is read.
"""

import ssl
import time
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache, partial
from http.client import HTTPException
from typing import Any

import certifi
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError, ProtocolError

from notifications.models import Delivery
from notifications.outbound_addresses import BadURL, Place, may_reach, read
from notifications.outbound_reply import Reply, excerpt_of
from smarthub_client.version import __version__
from smarthub_client.wire import POOLS, Exchange, RefusedAddress, in_exchange, tls_context

SECONDS = 10.0
_EXCERPT_BYTES = 2048
_FIXED = {
    "Content-Type": "application/json",
    "User-Agent": f"smarthub-portal/{__version__}",
    "Accept-Encoding": "identity",
    "Connection": "close",
}
_BROKEN = (HTTPError, HTTPException, OSError, ValueError)
_Outcome = Delivery.Outcome


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float = SECONDS) -> Reply:
    """Never raises for what the other side does. What counts is the status: 2xx is accepted."""
    try:
        place = read(url)
    except BadURL as error:
        return Reply(_Outcome.ADDRESS, excerpt=str(error.why))
    begun = time.monotonic()
    exchange = Exchange(begun + seconds, accepts=partial(may_reach, scheme=place.scheme))
    try:
        with in_exchange(exchange), closing(_pool(place)) as pool:
            answer = pool.urlopen(
                "POST",
                place.target,
                body=body,
                headers={**_FIXED, **headers},
                retries=False,
                redirect=False,
                timeout=None,
                preload_content=False,
                decode_content=False,
            )
            with closing(answer):
                return _judge(answer, excerpt_of(_beginning(answer), url, place.target), begun)
    except _BROKEN as error:
        return Reply(_outcome_of(error, exchange), time.monotonic() - begun)


def _pool(place: Place) -> Any:
    if place.scheme == "http":
        return POOLS["http"](place.host, place.port, maxsize=1)
    return POOLS["https"](place.host, place.port, maxsize=1, ssl_context=trusting_context())


@cache
def trusting_context() -> ssl.SSLContext:
    """Trusts what the machine trusts (a company's own authority, too) and the public authorities; made once."""
    context = tls_context()
    context.load_default_certs()
    context.load_verify_locations(certifi.where())
    return context


def _beginning(answer: BaseHTTPResponse) -> str:
    """What comes of the body until there is enough for an excerpt: the verdict does not depend on it."""
    body = b""
    try:
        while len(body) < _EXCERPT_BYTES and (piece := answer.read1(_EXCERPT_BYTES, decode_content=False)):
            body += piece
    except _BROKEN:
        pass
    return body.decode("utf-8", "replace")


def _judge(answer: BaseHTTPResponse, excerpt: str, begun: float) -> Reply:
    status = answer.status
    if 200 <= status < 300:
        outcome = _Outcome.ACCEPTED
    elif 300 <= status < 400:
        outcome = _Outcome.REDIRECTED
    elif status == 410:
        outcome = _Outcome.GONE
    elif status == 429:
        outcome = _Outcome.LIMITED
    else:
        outcome = _Outcome.BROKEN if status >= 500 else _Outcome.REFUSED
    pause = _seconds_of(answer.headers.get("Retry-After", ""))
    return Reply(outcome, time.monotonic() - begun, status, excerpt, pause)


def _seconds_of(retry_after: str) -> int:
    """Seconds, or a date (RFC 9110, 10.2.3); what is neither is nothing."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return int(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return 0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0, int((moment - datetime.now(UTC)).total_seconds()))


def _outcome_of(error: Exception, exchange: Exchange) -> Delivery.Outcome:
    """urllib3 wraps what happened once; our own words are enough, its texts may hold the URL."""
    cause = error.args[1] if isinstance(error, ProtocolError) and len(error.args) > 1 else error
    cause = cause.args[0] if cause.args and isinstance(cause.args[0], Exception) else cause
    if isinstance(cause, RefusedAddress):
        return _Outcome.ADDRESS
    if exchange.is_over or isinstance(cause, TimeoutError):
        return _Outcome.TIMED_OUT
    if isinstance(cause, ssl.SSLError):
        return _Outcome.TLS
    if isinstance(cause, OSError) and not exchange.sent_at:
        return _Outcome.UNREACHABLE
    return _Outcome.UNREADABLE
