"""The `Link` header (RFC 8288) and `*_url` properties, which may lead to our own origin only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .decoding import UnreadableError
from .origin import Origin

_LINK = re.compile(r"\s*<([^<>]*)>\s*((?:;[^,<>]*)*)(?:,|$)")
_REL = re.compile(r";\s*rel\s*=\s*\"?([^\";,]*)\"?", re.IGNORECASE)
_FOREIGN = "it links to another address than the configured one"


def parse_links(header: str) -> dict[str, str]:
    """rel (lower case) -> URL as it came, for the links we can read; the first of a kind wins."""
    links: dict[str, str] = {}
    for match in _LINK.finditer(header[:8192]):
        rel = _REL.search(match[2])
        for name in (rel[1] if rel else "").lower().split():
            links.setdefault(name, match[1].strip())
    return links


def next_page(headers: Mapping[str, str], origin: Origin, current: str) -> int | None:
    """Page number in `Link rel=next`; None without one. `UnreadableError("foreign_link")` if any link
    leaves the origin.

    Only the number is taken: the vendor's samples link to paths that lack the version segment.
    """
    links = parse_links(headers.get("link", ""))
    resolved = {rel: origin.resolve(url, current) for rel, url in links.items()}
    if None in resolved.values():
        raise UnreadableError("foreign_link", _FOREIGN)
    pages = parse_qs(urlsplit(resolved.get("next") or "").query).get("page", [])
    number = pages[-1] if pages else ""
    return int(number) if number.isascii() and number.isdigit() and len(number) <= 9 else None


def check_urls(body: Mapping[str, Any], origin: Origin) -> None:
    """`UnreadableError("foreign_link")` if a `*_url` property (a URL or an RFC 6570 template) leaves the
    origin.
    """
    for name, value in body.items():
        if (
            name.endswith("_url")
            and isinstance(value, str)
            and origin.resolve(value, origin.url + "/") is None
        ):
            raise UnreadableError("foreign_link", _FOREIGN)
