"""Refuse connections to other machines: a test that reaches the network is slow, flaky and rude."""

import functools
import ipaddress
import socket
from collections.abc import Callable
from typing import Any

attempts: list[str] = []


class NetworkBlockedError(RuntimeError):
    """Not an OSError: code that handles connection errors must not mistake this for one."""


def is_loopback(host: Any) -> bool:
    """Judge a host as given to a socket call: text, bytes or None (which means this machine)."""
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "")
    if name.lower() in {"", "localhost", "ip6-localhost"}:
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def check(host: Any) -> None:
    """Record and refuse a host elsewhere."""
    if not is_loopback(host):
        attempts.append(str(host))
        raise NetworkBlockedError(f"Tests may talk to this machine only, not to {host!r}.")


def block() -> None:
    """Guard the ways out. Idempotent. Unix sockets stay open; C libraries (libpq) are not covered."""
    if getattr(socket.getaddrinfo, "is_guarded", False):
        return
    for name in ("connect", "connect_ex", "sendto"):  # on the class: SSL sockets inherit it
        setattr(socket.socket, name, _guarded_method(getattr(socket.socket, name)))
    socket.socket.sendmsg = _guarded_sendmsg(socket.socket.sendmsg)
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr"):
        setattr(socket, name, _guarded_lookup(getattr(socket, name)))


def _guarded_method(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def guarded(self: socket.socket, *args: Any) -> Any:
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            check(args[-1][0])  # the address comes last, and the host first in it
        return real(self, *args)

    return guarded


def _guarded_sendmsg(real: Callable[..., Any]) -> Callable[..., Any]:
    """Its address is the optional fourth argument; without one the socket was connected, hence checked, before."""

    @functools.wraps(real)
    def guarded(self: socket.socket, *args: Any) -> Any:
        if len(args) > 3 and args[3] and self.family in {socket.AF_INET, socket.AF_INET6}:
            check(args[3][0])
        return real(self, *args)

    return guarded


def _guarded_lookup(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def guarded(host: Any, *args: Any, **kwargs: Any) -> Any:
        check(host)
        return real(host, *args, **kwargs)

    guarded.is_guarded = True
    return guarded
