"""Where a request comes from, and whether pushes are taken from there."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def sender_of(request: HttpRequest) -> str:
    """The peer's address; behind a trusted proxy the last one it put into X-Forwarded-For."""
    if settings.IS_BEHIND_PROXY and (forwarded := request.headers.get("X-Forwarded-For")):
        return forwarded.rpartition(",")[2].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def is_allowed(sender: str) -> bool:
    """Whether the list names it; without a list, anybody is."""
    if not settings.PUSH_ALLOW:
        return True
    try:
        address = ip_address(sender)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)  # ::ffff:192.0.2.7 is 192.0.2.7
    return any((mapped or address) in network for network in settings.PUSH_ALLOW)
