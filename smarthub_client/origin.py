"""Where the key may go: one scheme, host and port, and nowhere else."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from .errors import ConfigurationError

_PORTS = {"https": 443, "http": 80}
_UNSAFE = re.compile(
    r"[\x00-\x20\x7f\\]"
)  # control characters, blanks, backslashes: parsers disagree about them


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host (lower case, no brackets) and port of the configured base URL, and the path below which
    we work.
    """

    scheme: str
    host: str
    port: int
    base_path: str

    @property
    def url(self) -> str:
        """The base URL without a trailing slash, e.g. `https://trial.example/v1`."""
        return self._root + self.base_path

    @property
    def _root(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    def resolve(self, reference: str, current: str) -> str | None:
        """An absolute URL for a `Location`, `Link` or `*_url` value, or None when it leads elsewhere.

        Relative references are resolved against `current` (RFC 3986). The answer is rebuilt from our own
        scheme, host and port, so that no difference between URL parsers can move it.
        """
        if not reference or _UNSAFE.search(reference):
            return None
        try:
            parts = urlsplit(urljoin(current, reference))
            same = (parts.scheme, _host(parts), _port(parts)) == (self.scheme, self.host, self.port)
        except ValueError:
            return None
        if not same or "@" in parts.netloc:
            return None
        query = f"?{quote(parts.query, safe=_KEEP)}" if parts.query else ""
        return f"{self._root}{quote(parts.path or '/', safe=_KEEP)}{query}"


_KEEP = "/?:@!$&'()*+,;=%~-._[]{}"


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").lower()


def _port(parts: SplitResult) -> int | None:
    return parts.port if parts.port is not None else _PORTS.get(parts.scheme)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: `localhost`, 127.0.0.0/8 or ::1."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def parse_base_url(text: str) -> Origin:
    """The origin of a base URL with its version segment (`https://…/v1`); raises `ConfigurationError`.

    https only, or http for a loopback host (the sandbox). No user name, query or fragment. There is no
    default.
    """
    try:
        parts = urlsplit(text)
        host, port = _host(parts), _port(parts)
    except ValueError:
        raise ConfigurationError("The SmartHub base URL cannot be read; expected https://host/v1.") from None
    path = parts.path.rstrip("/")
    if parts.scheme not in _PORTS or not host or port is None or _UNSAFE.search(text):
        raise ConfigurationError("The SmartHub base URL must look like https://host/v1.")
    if "@" in parts.netloc or "?" in text or "#" in text:
        raise ConfigurationError("The SmartHub base URL must not hold a user name, a query or a fragment.")
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigurationError(
            "The SmartHub base URL must use https (http is for the sandbox on this machine only)."
        )
    if not re.fullmatch(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/v\d+(\.\d+)*", path):
        raise ConfigurationError(
            "The SmartHub base URL must end with the version segment, as in https://host/v1."
        )
    return Origin(parts.scheme, host, port, path)
