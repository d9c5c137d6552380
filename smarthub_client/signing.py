"""The signature on pushes: lower-case hex of SHA-256 over UTF-8 `pushKey + datePush` in epoch seconds (doc).

It does not cover the body, so a good signature proves little: a push stays a hint.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from .secret import Secret
from .times import parse_time

MAX_AGE = 300
"""Seconds a push may be old."""
MAX_AHEAD = 60
"""Seconds a push may be ahead of our clock."""
_SECONDS_BELOW = 10**11  # year 5138
_MILLIS = range(10**12, 10**13)


def make_signature(push_key: Secret | str, epoch_seconds: int) -> str:
    """The signature of one second, 64 lower-case hex digits."""
    return hashlib.sha256(f"{Secret(push_key).reveal()}{epoch_seconds:d}".encode()).hexdigest()


def normalise_date_push(value: object) -> int:
    """`datePush` as epoch seconds; `ValueError` if it is none of the forms below.

    Accepted: an integer or a string of digits (seconds, or 13 digits of milliseconds), a float without a
    fraction, ISO text with a zone. Fractions of milliseconds and ISO text are cut. Refused: booleans, null,
    other floats.
    """
    if isinstance(value, bool):
        raise ValueError("datePush is a boolean")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int):
        return _seconds(value)
    if isinstance(value, str):
        if value.isascii() and value.isdigit():
            if len(value) > 13:
                raise ValueError("datePush has too many digits")
            return _seconds(int(value))
        return _seconds(int(parse_time(value).timestamp()))
    raise ValueError("datePush is neither a number nor text")


def _seconds(value: int) -> int:
    if value in _MILLIS:
        return value // 1000
    if not 0 < value < _SECONDS_BELOW:
        raise ValueError("datePush is out of range")
    return value


class PushVerdict(StrEnum):
    """What a check found. Freshness is judged only for a good signature, so `stale` and `early` are
    authentic.
    """

    GOOD = "good"
    BAD_DATE = "bad_date"
    BAD_SIGNATURE = "bad_signature"
    STALE = "stale"
    EARLY = "early"


@dataclass(frozen=True, slots=True)
class PushCheck:
    """`pushed_at` in epoch seconds if readable. `key_index`: which key matched, 0 being the first given."""

    verdict: PushVerdict
    pushed_at: int | None = None
    key_index: int | None = None

    @property
    def is_good(self) -> bool:
        """Whether the push may be taken as a hint."""
        return self.verdict is PushVerdict.GOOD


def check_push(
    *,
    signature: object,
    date_push: object,
    keys: Iterable[Secret | str],
    now: float,
    max_age: int = MAX_AGE,
    max_ahead: int = MAX_AHEAD,
) -> PushCheck:
    """Check a push against the current and previous keys (in that order). `now` in epoch seconds; never
    raises.

    Constant time in the signature: every key is tried, none is compared early. Empty keys never match.
    """
    try:
        pushed_at = normalise_date_push(date_push)
    except (ValueError, OverflowError):
        return PushCheck(PushVerdict.BAD_DATE)
    given = signature.encode("utf-8", "replace") if isinstance(signature, str) else b""
    matches = [
        hmac.compare_digest(make_signature(key, pushed_at).encode(), given) and bool(Secret(key))
        for key in keys
    ]
    if True not in matches:
        return PushCheck(PushVerdict.BAD_SIGNATURE, pushed_at)
    age = now - pushed_at
    verdict = (
        PushVerdict.STALE if age > max_age else PushVerdict.EARLY if -age > max_ahead else PushVerdict.GOOD
    )
    return PushCheck(verdict, pushed_at, matches.index(True))
