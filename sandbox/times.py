"""Times as the platform writes and reads them: `yyyy-MM-dd'T'HH:mm:ssZ`, UTC (doc)."""

import re
import time
from datetime import UTC, datetime

DAY_S = 86_400
_SHAPE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\+0000|Z|\+00:00)", re.ASCII)


def to_text(epoch: float | None) -> str | None:
    """Epoch seconds as `2018-10-10T10:32:50+0000`; None stays None."""
    if epoch is None:
        return None
    t = time.gmtime(epoch)
    return f"{t[0]}-{t[1]:02}-{t[2]:02}T{t[3]:02}:{t[4]:02}:{t[5]:02}+0000"


def from_text(text: str) -> int:
    """Epoch seconds of a UTC time ending in `+0000`, `Z` or `+00:00`; ValueError for anything else.

    A bare `+` arrives as a space when the caller forgot to quote it; that is forgiven (assumed).
    """
    text = text.replace(" ", "+")
    if not _SHAPE.fullmatch(text):
        raise ValueError("not a UTC time")
    return int(datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC).timestamp())


def month_of(epoch: int) -> tuple[int, int]:
    """First second of the UTC month that holds `epoch`, and of the month after it."""
    at = datetime.fromtimestamp(epoch, UTC)
    start = datetime(at.year, at.month, 1, tzinfo=UTC)
    following = datetime(at.year + at.month // 12, at.month % 12 + 1, 1, tzinfo=UTC)
    return int(start.timestamp()), int(following.timestamp())
