"""A SIM row as the JSON the platform shows (doc: the list's sample, key for key and in its order)."""

import json
from collections.abc import Iterable
from typing import Any

from .catalog import package_name
from .db import Row
from .times import to_text
from .usage import Moment, counts, data_kb, per_apn

Json = dict[str, Any]


def sim_item(sim: Row, moment: Moment, *, is_stale: bool = False) -> Json:
    """A list item. `is_stale` shows the SIM as it was before its last change."""
    if is_stale and sim["previous"]:
        sim = {**sim, **json.loads(sim["previous"])}
    total = data_kb(sim, moment)
    sms, voice = counts(sim, moment)
    apns = json.loads(sim["apns"])
    parts = per_apn(total, sim["id"], len(apns)) if apns else []
    return {
        "giccid": sim["giccid"],
        "deviceInfo": [{"imei": d[0], "imsi": d[1], "msisdn": d[2]} for d in json.loads(sim["devices"])],
        "status": sim["status"],
        "sellTime": to_text(sim["sell_at"]),
        "activatedTime": to_text(sim["activated_at"]),
        "currentCycleUsages": {"dataUsage": total / 1000, "smsUsage": sms, "voiceUsage": voice},
        "currentCycleAPNUsagesList": [
            {"apn": apn[0], "dataUsage": part / 1000} for apn, part in zip(apns, parts, strict=True)
        ],
        "currentBasicServicePackage": _basic_package(sim),
        "apnList": [{"apnName": a[0], "apnStatus": "OPEN" if a[1] else "CLOSED"} for a in apns],
    }


def _basic_package(sim: Row) -> Json | None:
    if sim["package"] is None:
        return None
    return {
        "name": package_name(sim["package"]),
        "startTime": to_text(sim["package_start"]),
        "endTime": to_text(sim["package_end"]),
    }


def sim_items(sims: Iterable[Row], moment: Moment, *, is_stale: bool = False) -> list[Json]:
    """List items in the order of the rows."""
    return [sim_item(sim, moment, is_stale=is_stale) for sim in sims]


def sim_detail(sim: Row, moment: Moment, *, is_stale: bool = False) -> Json:
    """A list item, unwrapped, plus the supplementary packages if the SIM has any."""
    item = sim_item(sim, moment, is_stale=is_stale)
    if is_stale and sim["previous"]:
        sim = {**sim, **json.loads(sim["previous"])}
    if sim["supplementary"]:
        item["currentSupplementaryServicePackages"] = [
            {"name": name, "startTime": to_text(start), "endTime": to_text(end)}
            for name, start, end in json.loads(sim["supplementary"])
        ]
    return item


def custom_fields(sim: Row, *, is_stale: bool = False) -> Json:
    """The five custom fields; an unset one is null."""
    if is_stale and sim["previous"]:
        sim = {**sim, **json.loads(sim["previous"])}
    values = json.loads(sim["custom"]) if sim["custom"] else [None] * 5
    return {f"custom{index}": value for index, value in enumerate(values, 1)}
