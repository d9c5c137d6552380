"""How a SIM payload (list item or detail, doc) becomes a row."""

from datetime import datetime
from typing import Any

from mirror.spec import (
    Payload,
    Rejected,
    Scope,
    Spec,
    number_at,
    object_at,
    objects_at,
    required_text,
    text_at,
    time_at,
)
from sims.models import ApnState, Sim


def giccid_of(payload: Payload, _scope: Scope) -> str:
    """Digits only, kept as text; no Luhn check (the documentation's own sample fails it)."""
    giccid = payload.get("giccid")
    if not isinstance(giccid, str) or not giccid.isascii() or not giccid.isdigit():
        raise Rejected(f"giccid must be a string of digits, not {giccid!r}"[:300])
    if len(giccid) > 32:
        raise Rejected(f"giccid has {len(giccid)} digits, more than 32")
    return giccid


def _columns(payload: Payload) -> tuple[Any, ...]:
    devices = [_identities(device) for device in objects_at(payload, "deviceInfo")]
    imsi, msisdn, imei = devices[0] if devices else (None, None, None)
    package = object_at(payload, "currentBasicServicePackage")
    usage = object_at(payload, "currentCycleUsages")
    identities = [value for device in devices for value in device if value]
    return (
        required_text(payload, "status", limit=40),
        text_at(package, "name"),
        time_at(package, "endTime"),
        imsi,
        msisdn,
        imei,
        _apn_state(payload),
        number_at(usage, "dataUsage") or 0.0,
        number_at(usage, "smsUsage") or 0.0,
        number_at(usage, "voiceUsage") or 0.0,
        *_times(payload),
        " ".join(identities).upper(),
    )


def _identities(device: Payload) -> tuple[str | None, str | None, str | None]:
    return (
        text_at(device, "imsi", limit=40),
        text_at(device, "msisdn", limit=40),
        text_at(device, "imei", limit=40),
    )


def _times(payload: Payload) -> tuple[datetime | None, datetime | None]:
    return time_at(payload, "sellTime"), time_at(payload, "activatedTime")


def _apn_state(payload: Payload) -> str:
    states = {text_at(apn, "apnStatus") for apn in objects_at(payload, "apnList")}
    if not states:
        return ApnState.NONE
    if states == {"OPEN"}:
        return ApnState.OPEN
    return ApnState.MIXED if "OPEN" in states else ApnState.CLOSED


SIM = Spec(
    model=Sim,
    key_column="giccid",
    key_of=giccid_of,
    columns=(
        "status",
        "package_name",
        "package_ends_at",
        "imsi",
        "msisdn",
        "imei",
        "apn_state",
        "data_used_mb",
        "sms_used",
        "voice_used_min",
        "sold_at",
        "activated_at",
        "identities",
    ),
    extract=_columns,
    derived={
        "account_name": "(SELECT a.name FROM enterprise_account a WHERE a.id = s.account_id)",
        "allowance_mb": (
            "(SELECT max(p.data_quota_mb) FROM enterprise_servicepackage p"
            " WHERE p.account_id = s.account_id AND p.name = s.package_name AND p.data_quota_mb > 0"
            " AND p.missing_since IS NULL)"
        ),
    },
    on_sight={"missing_since": "NULL", "missed_sweeps": "0", "removed_at": "NULL"},
    side_column="supplementary",
    side_key="currentSupplementaryServicePackages",
)
