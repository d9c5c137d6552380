"""Sockets that keep a total deadline.

The time-out of an HTTP library counts anew for every read, so a server that sends one byte a second holds a
caller for ever. Here every send and receive gets what is left of the call's own time, from name resolution
to the last byte. The call in progress is found in a context variable, so pooled connections need no
bookkeeping.
"""

from __future__ import annotations

import contextvars
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.ssl_ import create_urllib3_context

from .times import utc_now


@dataclass(slots=True)
class Exchange:
    """One call on the wire: its deadline (on `time.monotonic`) and the moment the last request's first byte
    left. `accepts`: whether an address may be connected to, asked after the name was resolved; None: any may.
    """

    deadline: float
    sent_at: datetime | None = None
    wire_quiet: bool = True  # no byte of the request in progress has left yet
    accepts: Callable[[str], bool] | None = None

    def remaining(self) -> float:
        """Seconds left; `TimeoutError` when there are none."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline of the call has passed")
        return left

    @property
    def is_over(self) -> bool:
        """Whether the deadline has passed."""
        return time.monotonic() >= self.deadline

    def mark_sent(self) -> None:
        """To be called just before a byte of a request leaves."""
        if self.wire_quiet:
            self.wire_quiet, self.sent_at = False, utc_now()


_current: contextvars.ContextVar[Exchange] = contextvars.ContextVar("smarthub_exchange")


@contextmanager
def in_exchange(exchange: Exchange) -> Iterator[Exchange]:
    """Make `exchange` the call in progress for every socket below."""
    token = _current.set(exchange)
    try:
        yield exchange
    finally:
        _current.reset(token)


class RefusedAddress(OSError):
    """None of the addresses a name stands for may be connected to."""


class DeadlineSocket(socket.socket):
    """A plain socket bound to the deadline of the call in progress."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(_current.get().remaining())
        return super().recv_into(*args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> int:
        sent: int = _sending(self, super().send, args, kwargs)
        return sent

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        _sending(self, super().sendall, args, kwargs)


class DeadlineTLSSocket(ssl.SSLSocket):
    """The same for TLS. `sendall` of the base class goes through `send`; the handshake keeps one total
    time-out.
    """

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(_current.get().remaining())
        return super().recv_into(*args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> int:
        sent: int = _sending(self, super().send, args, kwargs)
        return sent


def _sending(sock: socket.socket, send: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    exchange = _current.get()
    sock.settimeout(exchange.remaining())
    exchange.mark_sent()
    return send(*args, **kwargs)


def _addresses(host: str, port: int, exchange: Exchange) -> list[tuple[Any, ...]]:
    """`getaddrinfo` within the deadline: it cannot be interrupted, so a thread is left behind when it
    hangs.
    """
    host = host.strip("[]")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return list(socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM))
    answers: queue.SimpleQueue[list[tuple[Any, ...]] | OSError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            answers.put(list(socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)))
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else OSError("the host name cannot be encoded"))

    threading.Thread(target=look_up, name="smarthub-dns", daemon=True).start()
    try:
        answer = answers.get(timeout=exchange.remaining())
    except queue.Empty:
        raise TimeoutError("the name was not resolved in time") from None
    if isinstance(answer, OSError):
        raise answer
    return answer


def open_socket(host: str, port: int) -> DeadlineSocket:
    """Connect to the first address that answers; each gets its share of the time left. Raises `OSError`.

    The name is resolved once, and what was checked is what is connected to: a second answer of the name server
    changes nothing.
    """
    exchange = _current.get()
    addresses = _addresses(host, port, exchange)
    if exchange.accepts is not None:
        addresses = [entry for entry in addresses if exchange.accepts(entry[4][0])]
        if not addresses:
            raise RefusedAddress("no address of this name may be connected to")
    problem: OSError = OSError("the name has no address")
    for index, (family, kind, protocol, _, address) in enumerate(addresses):
        sock = DeadlineSocket(family, kind, protocol)
        try:
            sock.settimeout(exchange.remaining() / (len(addresses) - index))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.connect(address)
            sock.settimeout(exchange.remaining())  # a TLS handshake that follows runs under this
        except OSError as error:
            sock.close()
            problem = error
        else:
            return sock
    raise problem


class _PlainConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return open_socket(self._dns_host, self.port)


class _TLSConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return open_socket(self._dns_host, self.port or 443)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


POOLS: dict[str, type[HTTPConnectionPool]] = {"http": _PlainPool, "https": _TLSPool}
"""Scheme -> connection pool class, for a urllib3 pool manager."""


def tls_context() -> ssl.SSLContext:
    """A verifying client context (TLS 1.2 or later) whose sockets keep the deadline."""
    context = create_urllib3_context()
    context.verify_mode = ssl.CERT_REQUIRED
    context.check_hostname = True
    context.sslsocket_class = DeadlineTLSSocket
    return context
