"""Which addresses a channel's URL may lead to: the open Internet, and networks the operator lists. Nothing else.

The URL is read strictly, because two readers of a lenient one may see two hosts. The address is judged after the name
was resolved, in the moment of connecting (`smarthub_client.wire`), so that a name can't change its mind in between.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MOST_CHARACTERS = 2000
_PLAIN = re.compile(r"[!-~]+")
_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(\.{_LABEL})*")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_PORTS = {"http": 80, "https": 443}
# Python calls these global; they are not where a receiver lives, or they lead to somewhere else.
_DETOURS_4 = [IPv4Network("192.88.99.0/24")]
_DETOURS_6 = [IPv6Network("2001::/23"), IPv6Network("2002::/16"), IPv6Network("3fff::/20")]
_UNICAST_6 = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")


class BadURL(Exception):
    """The URL can't be used; `why` is a sentence for the person who typed it."""

    def __init__(self, why: str | Promise) -> None:
        super().__init__()
        self.why = why


@dataclass(frozen=True)
class Place:
    """A URL, taken apart. `target`: path and query, as they are sent."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def origin(self) -> str:
        """What may be shown of it: the rest may be a secret."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{shown}" + ("" if self.port == _PORTS[self.scheme] else f":{self.port}")


def read(url: str) -> Place:
    """Raises `BadURL`. Addresses written out are judged here already, names when they are connected to."""
    if len(url) > MOST_CHARACTERS or not _PLAIN.fullmatch(url) or "\\" in url:
        raise BadURL(
            _(
                "The URL may hold ASCII characters only, without spaces and backslashes; names in their xn-- form."
            )
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise BadURL(_("This is not a URL.")) from None
    if parts.scheme not in _PORTS or not host or port == 0:
        raise BadURL(_("The URL must begin with https:// and name a host."))
    if "%" in parts.netloc:
        raise BadURL(_("This host name is not one, or is an address in an unusual spelling."))
    if "@" in parts.netloc:
        raise BadURL(_("The URL must not hold a user name or password."))
    if "#" in url:
        raise BadURL(_("The URL must not hold a fragment (#)."))
    if parts.scheme == "http" and not settings.WEBHOOK_ALLOW:
        raise BadURL(_("Only https is allowed: messages tell of your SIMs."))
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    place = Place(parts.scheme, host, port or _PORTS[parts.scheme], target)
    _judge_host(place, is_bracketed="[" in parts.netloc)
    return place


def _judge_host(place: Place, *, is_bracketed: bool) -> None:
    try:
        address = ip_address(place.host)
    except ValueError:
        last = place.host.rpartition(".")[2]
        if is_bracketed or not _NAME.fullmatch(place.host) or _NUMBER.fullmatch(last):
            raise BadURL(_("This host name is not one, or is an address in an unusual spelling.")) from None
        return
    if not may_reach(str(address), place.scheme):
        raise BadURL(
            _("This address is not on the open Internet, and is not listed in PORTAL_WEBHOOK_ALLOW.")
        )


def may_reach(text: str, scheme: str) -> bool:
    """Whether an address may be connected to; without TLS only one of the listed networks."""
    try:
        address = _plain(ip_address(text))
    except ValueError:
        return False
    if any(address in network for network in settings.WEBHOOK_ALLOW):
        return True
    return scheme == "https" and _is_open_internet(address)


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """An IPv4 address that is wrapped (mapped, or behind the well-known NAT64 prefix) is judged as what it is."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _is_open_internet(address: IPv4Address | IPv6Address) -> bool:
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _DETOURS_4)
    return address in _UNICAST_6 and not any(address in network for network in _DETOURS_6)
