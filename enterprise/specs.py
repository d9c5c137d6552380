"""How accounts, service packages and share pools become rows."""

from hashlib import blake2b
from typing import Any

from enterprise.models import Account, ServicePackage, SharePool
from mirror.spec import Payload, Rejected, Scope, Spec, number_at, required_text, text_at, time_at


def _account_key(payload: Payload, _scope: Scope) -> str:
    return required_text(payload, "name")


def _account_columns(payload: Payload) -> tuple[Any, ...]:
    return text_at(payload, "chargeType", limit=60), text_at(payload, "status", limit=60)


ACCOUNT = Spec(
    model=Account,
    key_column="name",
    key_of=_account_key,
    columns=("charge_type", "status"),
    extract=_account_columns,
)


def _package_key(payload: Payload, scope: Scope) -> str:
    """Account and name, shortened: a package's name is unique in its account only."""
    name = required_text(payload, "name")
    return f"{scope['account_id']}:{blake2b(name.encode(), digest_size=16).hexdigest()}"


def _package_columns(payload: Payload) -> tuple[Any, ...]:
    return (
        required_text(payload, "name"),
        text_at(payload, "type", limit=60),
        text_at(payload, "chargeType", limit=60),
        number_at(payload, "dataQuota"),
        number_at(payload, "smsQuota"),
        number_at(payload, "voiceQuota"),
        text_at(payload, "cycle", limit=60),
        number_at(payload, "price"),
        text_at(payload, "currency", limit=60),
    )


PACKAGE = Spec(
    model=ServicePackage,
    key_column="key",
    key_of=_package_key,
    columns=(
        "name",
        "type",
        "charge_type",
        "data_quota_mb",
        "sms_quota",
        "voice_quota_min",
        "cycle",
        "price",
        "currency",
    ),
    extract=_package_columns,
)


_LARGEST_COUNT = 2**62


def _pool_key(payload: Payload, _scope: Scope) -> str:
    """Account, name and start, shortened (assumed: as the client tells pools apart)."""
    required_text(payload, "name")
    parts = [text_at(payload, name) or "" for name in ("accountName", "name", "startTime")]
    return blake2b("\0".join(parts).encode(), digest_size=24).hexdigest()


def _pool_columns(payload: Payload) -> tuple[Any, ...]:
    return (
        required_text(payload, "name"),
        text_at(payload, "accountName"),
        text_at(payload, "status", limit=60),
        number_at(payload, "totalData"),
        number_at(payload, "usedData"),
        number_at(payload, "remainingData"),
        _count_at(payload, "simCount"),
        time_at(payload, "startTime"),
        time_at(payload, "endTime"),
    )


def _count_at(payload: Payload, name: str) -> int | None:
    number = number_at(payload, name)
    if number is not None and not (number.is_integer() and abs(number) <= _LARGEST_COUNT):
        raise Rejected(f"{name} must be a whole number")
    return None if number is None else int(number)


SHARE_POOL = Spec(
    model=SharePool,
    key_column="key",
    key_of=_pool_key,
    columns=(
        "name",
        "account_name",
        "status",
        "total_mb",
        "used_mb",
        "remaining_mb",
        "sim_count",
        "starts_at",
        "ends_at",
    ),
    extract=_pool_columns,
)
