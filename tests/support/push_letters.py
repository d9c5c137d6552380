"""The pushes of a campaign, and what the sender knows of each: what is true, what a lie, what forged."""

import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

KINDS = (
    "sim-status", "apn-status", "imei-change", "cycle-usage", "prepaid-expired", "prepaid-traffic", "mt-sms-status",
    "mo-sms", "no-session",
)  # fmt: skip
# A status, an IMEI and an APN no SIM ever has: wherever they turn up, a lie was believed.
LIE_STATUS, LIE_IMEI, LIE_APN = "STOLEN", "990000862471854", "SEIZED"
STATUSES = ("ACTIVATED", "DEACTIVATED", "INVENTORY", "TEST_READY")


class Sort(StrEnum):
    """TRUTH: the platform changed it just before. LIE: well signed, and not so. FORGED: signed with another key."""

    TRUTH = "truth"
    LIE = "lie"
    FORGED = "forged"
    PLAIN = "plain"


@dataclass
class Letter:
    """One push, sent `copies` times at least. `acks`: how many of them were answered 200, and when the first was."""

    kind: str
    sort: Sort
    body: dict[str, Any]
    copies: int
    change: dict[str, Any] | None = None
    acks: int = 0
    tries: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def giccid(self) -> str:
        return str(self.body["giccid"])


def write(count: int, fleet: Sequence[dict[str, Any]], *, seed: int) -> list[Letter]:
    """`count` pushes about the SIMs of `fleet` (list items). No SIM is truly changed twice."""
    chance = random.Random(seed)
    changing = chance.sample(list(fleet), min(len(fleet), count // 10))
    return [_letter(chance, number, fleet, changing) for number in range(count)]


def _letter(
    chance: random.Random, number: int, fleet: Sequence[dict[str, Any]], changing: list[dict[str, Any]]
) -> Letter:
    draw = chance.random()
    created = datetime.now(UTC) - timedelta(seconds=number % 240)
    common = {"createdTime": created.strftime("%Y-%m-%dT%H:%M:%S+0000"), "serial": number}
    copies = chance.randint(1, 5)
    if draw < 0.12 and changing:
        sim = changing.pop()
        kind, change, body = _truth(chance, sim, number)
        return Letter(kind, Sort.TRUTH, {"giccid": sim["giccid"], **body, **common}, copies, change)
    sim = chance.choice(fleet)
    sort = Sort.LIE if draw < 0.32 else Sort.FORGED if draw < 0.4 else Sort.PLAIN
    kind = chance.choice(KINDS[:4] if sort is Sort.LIE else KINDS)
    body = _LIES[kind] if sort is Sort.LIE else _plain(chance, kind, sim)
    return Letter(kind, sort, {"giccid": sim["giccid"], **body, **common}, copies)


def _truth(
    chance: random.Random, sim: dict[str, Any], number: int
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """(kind, what the platform is told to change, what the push says of it)."""
    if chance.random() < 0.5 and sim.get("deviceInfo"):
        imei = f"35{number:013d}"
        return "imei-change", {"imei": imei}, {"original": sim["deviceInfo"][0]["imei"], "target": imei}
    status = chance.choice([status for status in STATUSES if status != sim["status"]])
    return "sim-status", {"status": status}, {"original": sim["status"], "target": status}


_LIES: dict[str, dict[str, Any]] = {
    "sim-status": {"original": "ACTIVATED", "target": LIE_STATUS},
    "apn-status": {"apnName": LIE_APN, "original": "OPEN", "target": LIE_APN},
    "imei-change": {"original": None, "target": LIE_IMEI},
    "cycle-usage": {"usageType": "DATA", "threshold": 1, "usage": 9.9e9},
}


def _plain(chance: random.Random, kind: str, sim: dict[str, Any]) -> dict[str, Any]:
    """As a platform might say it; whether it is so matters to nobody."""
    bodies: dict[str, dict[str, Any]] = {
        "sim-status": {"original": "INVENTORY", "target": sim["status"]},
        "apn-status": {"apnName": "cmiot.secure", "original": "OPEN", "target": "CLOSED"},
        "imei-change": {"original": None, "target": f"86{chance.randrange(10**13):013d}"},
        "cycle-usage": {"usageType": "DATA", "threshold": 10, "usage": 12.5},
        "prepaid-expired": {"servicePackageName": "none", "endTime": "2027-01-01T00:00:00+0000"},
        "prepaid-traffic": {"servicePackageName": "none", "threshold": 10, "dataUsage": 11},
        "mt-sms-status": {"smsMsgId": f"{chance.getrandbits(128):032x}", "status": "DELIVERED"},
        "mo-sms": {"smsMsgId": f"{chance.getrandbits(128):032x}", "messageText": "水位 1.73m"},
        "no-session": {"days": 9},
    }
    return bodies[kind]
