"""Where pushes go: one URL per kind and one push key, kept in the database. Loopback only."""

import ipaddress
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

from sandbox import db

KINDS = (
    "mo-sms",
    "mt-sms-status",
    "cycle-usage",
    "imei-change",
    "no-session",
    "prepaid-expired",
    "prepaid-traffic",
    "sim-status",
    "apn-status",
)


class TargetError(ValueError):
    """A target the sandbox must not or cannot send to; the message says which."""


@dataclass(frozen=True)
class Targets:
    """A kind without a URL is not pushed at all."""

    key: str = ""
    urls: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Address:
    """A URL taken apart for `http.client`. `host` is always a literal loopback address."""

    host: str
    port: int
    path: str
    header: str


current = Targets()


def load() -> None:
    """Take over what an earlier process was told."""
    global current
    current = Targets(**db.get_meta("push_targets", {}))


def replace(wanted: Any) -> Targets:
    """Take {"key", "urls"} in place of everything; TargetError, and no change at all, if it makes no sense."""
    global current
    if not isinstance(wanted, dict) or set(wanted) != {"key", "urls"}:
        raise TargetError('the body must be {"key": text, "urls": {kind: URL}}')
    key, urls = wanted["key"], wanted["urls"]
    if not isinstance(key, str) or not isinstance(urls, dict) or (urls and not key):
        raise TargetError("key must be a string, urls an object, and targets need a key")
    for kind, url in urls.items():
        if kind not in KINDS:
            raise TargetError(f"unknown kind {kind!r}; one of {', '.join(KINDS)}")
        address(url)
    current = Targets(key, urls)
    db.put_meta("push_targets", asdict(current))
    return current


def address(url: Any) -> Address:
    """The parts of a plain http URL on this machine: a demo must never send anywhere else."""
    try:
        parts = urlsplit(url if isinstance(url, str) and url.isascii() and url.isprintable() else "")
        port = parts.port or 80
    except ValueError as problem:
        raise TargetError(f"{url!r} is not a URL") from problem
    host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname or ""
    if parts.scheme != "http" or parts.username is not None or " " in url or not _is_loopback(host):
        raise TargetError(f"{url!r} must be http:// on a loopback address")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Address(host, port, path, parts.netloc)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
