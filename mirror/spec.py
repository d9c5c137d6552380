"""How one kind of remote object becomes a row: its key, its columns, and what is refused."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any
from uuid import UUID

import orjson

from mirror.models import MirroredRow
from smarthub_client.times import parse_time

Payload = Mapping[str, Any]
Scope = Mapping[str, Any]
_EARLIEST, _LATEST = (
    datetime.min.replace(tzinfo=UTC) + timedelta(days=1),
    datetime.max.replace(tzinfo=UTC) - timedelta(days=1),
)
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class Rejected(Exception):
    """This payload can't be stored. The message tells an operator which field is wrong and how."""


@dataclass(frozen=True)
class Spec:
    """`key_column` is unique together with `enterprise_id`; `columns` are filled by `extract`, in the same order."""

    model: type[MirroredRow]
    key_column: str
    key_of: Callable[[Payload, Scope], str]
    columns: tuple[str, ...]
    extract: Callable[[Payload], tuple[Any, ...]]
    # Keys only some sources send: kept in their own column, so that sources don't overwrite each other.
    side_column: str | None = None
    side_key: str | None = None
    # Columns worked out in SQL from the incoming row `s`: what other tables know about it.
    derived: Mapping[str, str] = field(default_factory=dict)
    # What an update sets besides: the row was seen, so whatever marked it as gone is over.
    on_sight: Mapping[str, str] = field(default_factory=lambda: {"missing_since": "NULL"})

    @property
    def table(self) -> str:
        return self.model._meta.db_table


def canonical(payload: Any) -> bytes:
    """The payload as compact JSON with sorted keys. Raises `Rejected` for what jsonb can't hold."""
    try:
        encoded = orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)
    except TypeError as error:  # orjson's own error is one: half characters, more than 64 bits, too deep
        raise Rejected(f"not storable as JSON: {error}") from error
    if b"\\u0000" in encoded and _NUL.search(encoded):  # the expression alone costs more than all the rest
        raise Rejected("contains a NUL character, which PostgreSQL can't store in JSON")
    return encoded


def hasher(context: bytes) -> Callable[[bytes], str]:
    """For many payloads of one context (such as the account they were listed under): 128 bits over both, in hex."""
    keyed = blake2b(digest_size=16, key=blake2b(context, digest_size=32).digest())

    def digest(encoded: bytes) -> str:
        own = keyed.copy()
        own.update(encoded)
        return own.hexdigest()

    return digest


def hash_of(encoded: bytes, context: bytes) -> UUID:
    """The same of one payload, as its row keeps it."""
    return UUID(hasher(context)(encoded))


def text_at(payload: Payload, name: str, *, limit: int = 400) -> str | None:
    """An optional text field; an absent one is None. Over `limit` characters is refused, not cut."""
    value = payload.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Rejected(f"{name} must be text, not {type(value).__name__}")
    if len(value) > limit:
        raise Rejected(f"{name} has {len(value)} characters, more than {limit}")
    return value


def required_text(payload: Payload, name: str, *, limit: int = 400) -> str:
    value = text_at(payload, name, limit=limit)
    if not value:
        raise Rejected(f"{name} is missing")
    return value


def number_at(payload: Payload, name: str) -> float | None:
    value = payload.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Rejected(f"{name} must be a number, not {type(value).__name__}")
    if not math.isfinite(value):
        raise Rejected(f"{name} must be a finite number")
    return float(value)


def time_at(payload: Payload, name: str) -> datetime | None:
    """An optional platform time (`yyyy-MM-dd'T'HH:mm:ssZ`, doc) as aware UTC."""
    value = text_at(payload, name)
    if not value:
        return None
    try:
        return shown_time(value)
    except ValueError as error:
        raise Rejected(f"{name} is not a time: {value!r}") from error


def shown_time(text: str) -> datetime:
    """As `parse_time`, but "for ever" (9999-12-31) moves a day inwards: it has no local time east of Greenwich."""
    return min(max(parse_time(text), _EARLIEST), _LATEST)


def object_at(payload: Payload, name: str) -> Payload:
    value = payload.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Rejected(f"{name} must be an object, not {type(value).__name__}")
    return value


def objects_at(payload: Payload, name: str) -> list[Payload]:
    value = payload.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise Rejected(f"{name} must be a list of objects")
    return value
