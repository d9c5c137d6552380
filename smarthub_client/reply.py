"""An answer, and the request budget it tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Generic, TypeVar

T = TypeVar("T")

MAX_WAIT = timedelta(hours=1)
_EPOCH_FROM = (
    10**9
)  # below it X-RateLimit-Reset is seconds from now, else an epoch (the vendor's sample: 3600)
KEPT_HEADERS = (
    "content-type",
    "date",
    "link",
    "retry-after",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-request-id",
    "x-total-count",
)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """The request budget of one account and hour (doc). `reset_at`: aware UTC, at most one hour ahead, or
    None. `reset_in`: the same in seconds from the answer, whatever our own clock says; `blur`: it may be so many
    seconds less (an epoch in whole seconds keeps its fraction to itself for the whole window).
    """

    limit: int
    remaining: int
    reset_at: datetime | None = None
    reset_in: float | None = field(default=None, compare=False)
    blur: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """A good answer.

    `data` is the JSON object ({} for an allowed empty body). `sent_at` is taken just before the first byte
    of the last request left, `received_at` after the last byte came (aware UTC both). `headers` holds
    `KEPT_HEADERS` only, lower case. `attempts` counts requests that went out, redirects included.
    `next_page` comes from `Link rel=next`.
    """

    data: T
    status: int
    headers: Mapping[str, str]
    rate: RateLimit | None
    sent_at: datetime
    received_at: datetime
    request_id: str
    attempts: int
    next_page: int | None = None

    def with_data(self, data: T) -> Reply[T]:
        """The same answer around other data (an unwrapped body)."""
        return replace(self, data=data)


def _number(text: str | None) -> int | None:
    if text is None or not (text.isascii() and text.strip().isdigit()) or len(text) > 16:
        return None
    return int(text)


def _wait(value: int | None, headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """An epoch is compared with the `Date` of the same answer: our clock may be wrong, theirs fits itself."""
    if value is None:
        return None
    if value >= _EPOCH_FROM:
        seconds = value // 1000 if value >= 10**12 else value
        value = max(0, seconds - int((_date(headers) or now).timestamp()))
    return min(timedelta(seconds=min(value, 86400)), MAX_WAIT)


def _date(headers: Mapping[str, str]) -> datetime | None:
    try:
        return parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, OverflowError):
        return None


def read_rate(headers: Mapping[str, str], now: datetime | None = None) -> RateLimit | None:
    """Budget from lower-case header names (`X-RateLimit-*`, doc); None if limit or remaining is absent or
    no number.
    """
    limit, remaining = (
        _number(headers.get("x-ratelimit-limit")),
        _number(headers.get("x-ratelimit-remaining")),
    )
    if limit is None or remaining is None:
        return None
    now = now or datetime.now(UTC)
    reset = _number(headers.get("x-ratelimit-reset"))
    wait = _wait(reset, headers, now)
    if reset is None or wait is None:
        return RateLimit(limit, remaining)
    return RateLimit(limit, remaining, now + wait, wait.total_seconds(), float(reset >= _EPOCH_FROM))


def read_reset(headers: Mapping[str, str], now: datetime) -> datetime:
    """When a 429 may be tried again: X-RateLimit-Reset, else Retry-After in seconds, else in one minute
    (assumed).
    """
    told = _wait(_number(headers.get("x-ratelimit-reset")), headers, now)
    told = told if told is not None else _wait(_number(headers.get("retry-after")), headers, now)
    return now + (timedelta(minutes=1) if told is None else told)
