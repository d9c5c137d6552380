"""How accounts and service packages become rows."""

from hashlib import blake2b
from typing import Any

from enterprise.models import Account, ServicePackage
from mirror.spec import Payload, Scope, Spec, number_at, required_text, text_at


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
