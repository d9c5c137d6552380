"""What each kind of push says (the fields besides `signature` and `datePush` are assumed), and the signature."""

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from sandbox.answers import Json
from sandbox.catalog import PACKAGE_BY_ID, apn_names, package_name
from sandbox.db import Row
from sandbox.numbers import any_imei
from sandbox.times import DAY_S, to_text
from sandbox.usage import Moment, data_kb

DATE_STYLES = ("number", "digits", "ms", "iso")
_STATUSES = ("ACTIVATED", "DEACTIVATED", "RETIRED", "INVENTORY")
_BEFORE = {"DEACTIVATED": "ACTIVATED", "RETIRED": "DEACTIVATED", "INVENTORY": "TEST_READY"}
_TEXTS = ("temperature 4.2", "水位 1.73m", "door open", "电量 12%", "ACK 200")


def signature(key: str, seconds: int) -> str:
    """Lower-case hex of SHA-256 over key and time (doc). It does not cover the body."""
    return hashlib.sha256(f"{key}{seconds}".encode()).hexdigest()


def date_push(seconds: int, style: str) -> int | str:
    """The time of an attempt in one of the forms seen: DATE_STYLES."""
    forms: dict[str, int | str] = {"digits": str(seconds), "ms": seconds * 1000, "iso": str(to_text(seconds))}
    return forms.get(style, seconds)


def status_changed(giccid: str, original: str, target: str, at: float) -> Json:
    """sim-status."""
    return {"giccid": giccid, "original": original, "target": target, "createdTime": to_text(at)}


def apn_changed(giccid: str, name: str, *, is_open: bool, at: float) -> Json:
    """apn-status: it went to `is_open` from the other state."""
    states = ("CLOSED", "OPEN") if is_open else ("OPEN", "CLOSED")
    return {
        "giccid": giccid,
        "apnName": name,
        "original": states[0],
        "target": states[1],
        "createdTime": to_text(at),
    }


def imei_changed(giccid: str, original: str | None, target: str | None, at: float) -> Json:
    """imei-change."""
    return {"giccid": giccid, "original": original, "target": target, "createdTime": to_text(at)}


def sms_status(message_id: str, giccid: str, status: str, at: float) -> Json:
    """mt-sms-status."""
    return {"smsMsgId": message_id, "giccid": giccid, "status": status, "updatedTime": to_text(at)}


def usage_reached(sim: Row, threshold: float, usage: float, at: float) -> Json:
    """cycle-usage; threshold and usage in MB."""
    return {
        "giccid": sim["giccid"],
        "usageType": "DATA",
        "threshold": threshold,
        "usage": usage,
        "basicServicePackageName": package_name(sim["package"]),
        "createdTime": to_text(at),
    }


def traffic_reached(sim: Row, threshold: float, usage: float, at: float) -> Json:
    """prepaid-traffic; threshold and usage in MB."""
    return {
        "giccid": sim["giccid"],
        "servicePackageName": package_name(sim["package"]),
        "threshold": threshold,
        "dataUsage": usage,
        "createdTime": to_text(at),
    }


@dataclass(frozen=True)
class Claim:
    """A push made on demand: about which SIM as it is now, when it says it happened, and whether it lies."""

    sim: Row
    at: int
    moment: Moment
    rng: Random
    is_lie: bool


def claim(kind: str, asked: Claim) -> Json:
    """The body of a push on demand. What can be read back is true, unless it is asked to lie."""
    return _CLAIMS[kind](asked)


def _mo_sms(asked: Claim) -> Json:
    devices = json.loads(asked.sim["devices"])
    return {
        "smsMsgId": f"{asked.rng.getrandbits(128):032x}",
        "giccid": asked.sim["giccid"],
        "fromMsisdn": "10000000000" if asked.is_lie or not devices else devices[0][2],
        "toMsisdn": "1069000123",
        "messageText": asked.rng.choice(_TEXTS),
        "createdTime": to_text(asked.at),
    }


def _mt_sms_status(asked: Claim) -> Json:
    """`orders` gives the platform a message of this id; a lie says the opposite of what happened to it."""
    status = "FAILED" if asked.is_lie else "DELIVERED"
    return sms_status(f"{asked.rng.getrandbits(128):032x}", asked.sim["giccid"], status, asked.at)


def _usage(asked: Claim) -> tuple[float, float]:
    """(threshold, usage) in MB: the last tenth of the quota that was passed; a lie is half over the quota."""
    package = PACKAGE_BY_ID.get(asked.sim["package"])
    quota = float(package.data_quota) if package else 0.0
    usage = data_kb(asked.sim, asked.moment) / 1000
    if asked.is_lie:
        return quota, round(usage + quota * 1.5 + 1, 3)
    tenths = math.floor(usage / quota * 10) if quota else 0
    return round(quota * tenths / 10, 3), usage


def _prepaid_expired(asked: Claim) -> Json:
    start, end = asked.sim["package_start"], asked.sim["package_end"]
    return {
        "giccid": asked.sim["giccid"],
        "servicePackageName": package_name(asked.sim["package"]),
        "startTime": to_text(start),
        "endTime": to_text(asked.at - DAY_S if asked.is_lie else end),
        "createdTime": to_text(asked.at),
    }


def _no_session(asked: Claim) -> Json:
    days = 3650 if asked.is_lie else asked.rng.randint(7, 30)
    return {
        "giccid": asked.sim["giccid"],
        "lastSessionTime": to_text(asked.at - days * DAY_S),
        "days": days,
        "createdTime": to_text(asked.at),
    }


def _sim_status(asked: Claim) -> Json:
    now = asked.sim["status"]
    if asked.is_lie:
        target = asked.rng.choice([status for status in _STATUSES if status != now])
        return status_changed(asked.sim["giccid"], now, target, asked.at)
    return status_changed(asked.sim["giccid"], _BEFORE.get(now, "INVENTORY"), now, asked.at)


def _apn_status(asked: Claim) -> Json:
    apns = json.loads(asked.sim["apns"]) or [[apn_names(asked.sim["country"])[0], 0]]
    name, state = asked.rng.choice(apns)
    return apn_changed(asked.sim["giccid"], name, is_open=bool(state) != asked.is_lie, at=asked.at)


def _imei_change(asked: Claim) -> Json:
    devices, other = json.loads(asked.sim["devices"]), any_imei(asked.rng)
    now = devices[0][0] if devices else None
    original, target = (now, other) if asked.is_lie else (other, now)
    return imei_changed(asked.sim["giccid"], original, target, asked.at)


_CLAIMS: dict[str, Callable[[Claim], Json]] = {
    "mo-sms": _mo_sms,
    "mt-sms-status": _mt_sms_status,
    "cycle-usage": lambda asked: usage_reached(asked.sim, *_usage(asked), asked.at),
    "imei-change": _imei_change,
    "no-session": _no_session,
    "prepaid-expired": _prepaid_expired,
    "prepaid-traffic": lambda asked: traffic_reached(asked.sim, *_usage(asked), asked.at),
    "sim-status": _sim_status,
    "apn-status": _apn_status,
}
