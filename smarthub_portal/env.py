"""Readers of environment variables that fail loudly, so that a typing slip never becomes a silent default.

Every variable read here stands in `.env.example` (checked by a test).
"""

import os
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str | None = None) -> str:
    """The variable as it stands; without a default an absent or empty one is an error."""
    value = os.environ.get(name, "")
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"Set the environment variable {name} (see .env.example).")
    return default


def integer(name: str, default: int) -> int:
    value = text(name, str(default))
    try:
        return int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from error


def flag(name: str, *, default: bool) -> bool:
    value = os.environ.get(name)
    if value is None:
        return default
    if value.lower() in _TRUE:
        return True
    if value.lower() in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")


def listing(name: str, default: str = "") -> list[str]:
    """Comma-separated values, blanks dropped."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Comma-separated addresses and networks, such as `192.0.2.7, 2001:db8::/32`."""
    try:
        return [ip_network(part) for part in listing(name)]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error} (write networks as 192.0.2.0/24).") from error


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed in. `security`: "" for none, "starttls", or "tls" from the first byte."""

    host: str
    port: int
    security: str
    user: str = ""
    password: str = field(default="", repr=False)


_MAIL_SCHEMES = {"smtp": ("", 25), "smtp+tls": ("starttls", 587), "smtps": ("tls", 465)}


def mail_server(url: str) -> MailServer | None:
    """`smtp+tls://user:password@mail.example.com:587`; parts of the sign-in percent-encoded. None for an empty one.

    The error repeats nothing: the URL may hold a password.
    """
    if not url:
        return None
    try:
        parts = urlsplit(url)
        security, port = _MAIL_SCHEMES[parts.scheme]
        server = MailServer(
            parts.hostname or "",
            parts.port or port,
            security,
            unquote(parts.username or ""),
            unquote(parts.password or ""),
        )
    except (KeyError, ValueError):
        server = None
    if server is None or not server.host or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ImproperlyConfigured(
            "PORTAL_EMAIL_URL must look like smtp+tls://user:password@mail.example.com:587 (or smtp://, smtps://)."
        )
    return server
