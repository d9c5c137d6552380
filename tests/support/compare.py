"""The mirror against the platform, SIM by SIM, without any code of the mirror's own.

`assert_mirror_equals(enterprise, sandbox.iterate_fleet())`: every SIM of the platform is in the mirror, present and
word for word the same; every other row is marked missing. Usage must stand still meanwhile
(`sandbox.settings(usage_step_s=0)`).
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

COLUMNS = ("status", "package_name", "imsi", "msisdn", "imei", "data_used_mb", "sms_used", "voice_used_min")
SHOWN = 3


@dataclass
class Differences:
    """ICCIDs: `absent` are not in the mirror, `hidden` are there but marked missing, `buried` are even removed though
    the platform lists them, `surplus` only the mirror has."""

    compared: int = 0
    absent: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    buried: list[str] = field(default_factory=list)
    surplus: list[str] = field(default_factory=list)
    different: dict[str, list[str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.absent or self.hidden or self.buried or self.surplus or self.different)

    def __str__(self) -> str:
        parts = [
            f"{len(found)} {name} ({', '.join(list(found)[:SHOWN])} …)"
            for name, found in (
                ("absent", self.absent),
                ("hidden", self.hidden),
                ("buried", self.buried),
                ("surplus", self.surplus),
                ("different", [f"{key}: {names}" for key, names in self.different.items()]),
            )
            if found
        ]
        return f"{self.compared} SIMs compared; " + ("; ".join(parts) or "no difference")


def differences(enterprise_id: int, platform: Iterable[dict[str, Any]]) -> Differences:
    """Compares row by row; `platform` yields list items as the platform would send them."""
    rows = dict(_rows(enterprise_id))
    found = Differences()
    for item in platform:
        found.compared += 1
        row = rows.pop(item["giccid"], None)
        if row is None:
            found.absent.append(item["giccid"])
            continue
        if row["is_missing"]:
            found.hidden.append(item["giccid"])
        if row["is_removed"]:
            found.buried.append(item["giccid"])
        if names := _different(item, row):
            found.different[item["giccid"]] = names
    found.surplus = [giccid for giccid, row in rows.items() if not row["is_missing"]]
    return found


def assert_mirror_equals(enterprise: Any, platform: Iterable[dict[str, Any]], *, at_least: int = 1) -> None:
    """`at_least` so many SIMs were compared: an empty platform must not pass for an equal one."""
    found = differences(enterprise.pk, platform)
    assert not found, str(found)
    assert found.compared >= at_least


def _rows(enterprise_id: int) -> Iterator[tuple[str, dict[str, Any]]]:
    names = ", ".join(COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT giccid, raw::text, missing_since IS NOT NULL, removed_at IS NOT NULL, {names}"
            " FROM sims_sim WHERE enterprise_id = %s",
            [enterprise_id],
        )
        for giccid, raw, is_missing, is_removed, *values in cursor.fetchall():
            marks = {"raw": json.loads(raw), "is_missing": is_missing, "is_removed": is_removed}
            yield giccid, marks | dict(zip(COLUMNS, values, strict=True))


def _different(item: dict[str, Any], row: dict[str, Any]) -> list[str]:
    """Names of what differs: `raw`, or a column that does not tell what the payload says."""
    expected = _columns(item)
    names = [] if row["raw"] == item else ["raw"]
    return names + [name for name in COLUMNS if row[name] != expected[name]]


def _columns(item: dict[str, Any]) -> dict[str, Any]:
    device = (item.get("deviceInfo") or [{}])[0]
    usage = item.get("currentCycleUsages") or {}
    return {
        "status": item["status"],
        "package_name": (item.get("currentBasicServicePackage") or {}).get("name"),
        "imsi": device.get("imsi"),
        "msisdn": device.get("msisdn"),
        "imei": device.get("imei"),
        "data_used_mb": usage.get("dataUsage") or 0,
        "sms_used": usage.get("smsUsage") or 0,
        "voice_used_min": usage.get("voiceUsage") or 0,
    }
