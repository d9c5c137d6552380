"""The platform's times: `yyyy-MM-dd'T'HH:mm:ssZ`, UTC, e.g. `2018-10-10T10:32:50+0000` (doc)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_SHAPE = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|z|[+-]\d\d:?\d\d)", re.ASCII)


def utc_now() -> datetime:
    """Now, aware UTC."""
    return datetime.now(UTC)


def format_time(moment: datetime) -> str:
    """An aware time in the platform's form, whole seconds (rounded down); `ValueError` for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("A time without a zone cannot be sent to the platform.")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def parse_time(text: str) -> datetime:
    """The platform's form, also with `Z`, `+00:00`, another offset or a fraction (to µs), as aware UTC.

    `ValueError` for anything else, a time without a zone included.
    """
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise ValueError("not a time of the form yyyy-MM-ddTHH:mm:ss+0000")
    date, clock, fraction, zone = match.groups()
    micros = (fraction or "0")[:6].ljust(6, "0")
    zone = "+00:00" if zone in "Zz" else zone
    try:
        return datetime.fromisoformat(f"{date}T{clock}.{micros}{zone}").astimezone(UTC)
    except OverflowError:
        raise ValueError("the time is out of range") from None


def parse_time_or_none(value: object) -> datetime | None:
    """Like `parse_time`, but None for null, other types and unreadable text: for payloads, which are kept
    raw anyway.
    """
    if not isinstance(value, str):
        return None
    try:
        return parse_time(value)
    except ValueError:
        return None
