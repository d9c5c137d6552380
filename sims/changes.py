"""What happened between two payloads of a SIM, in words people use."""

import json
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sims.payload_diff import ABSENT, differences

Payload = dict[str, Any]


class Kind(models.TextChoices):
    """What an entry of a SIM's history is about; also the filter in the address."""

    STATUS = "status", gettext_lazy("Status")
    PACKAGE = "package", gettext_lazy("Package")
    APN = "apn", "APN"
    IDENTITY = "identity", gettext_lazy("Identities")
    PRESENCE = "presence", gettext_lazy("Presence")
    COMMAND = "command", gettext_lazy("Commands")
    PUSH = "push", gettext_lazy("Pushes")
    OTHER = "other", gettext_lazy("Other")


@dataclass(frozen=True)
class Change:
    """One thing that was `before` and is `after`; None stands for "none"."""

    kind: Kind
    title: str | Promise
    before: str | None
    after: str | None


# Told by a reader of its own below, or counters that have a tab of their own.
_KNOWN = frozenset(
    {
        "giccid",
        "status",
        "currentBasicServicePackage",
        "deviceInfo",
        "apnList",
        "sellTime",
        "activatedTime",
        "currentCycleUsages",
        "currentCycleAPNUsagesList",
    }
)
_IDENTITIES = (("imei", "IMEI"), ("imsi", "IMSI"), ("msisdn", "MSISDN"))


def changes(old: Payload, new: Payload) -> list[Change]:
    """Differences that mean something; usage is none. Whatever shape a payload has, this never fails."""
    found = [
        *_one(Kind.STATUS, _("Status"), old.get("status"), new.get("status")),
        *_package(_object(old, "currentBasicServicePackage"), _object(new, "currentBasicServicePackage")),
        *_devices(objects(old.get("deviceInfo")), objects(new.get("deviceInfo"))),
        *_apns(objects(old.get("apnList")), objects(new.get("apnList"))),
        *_one(Kind.OTHER, _("Sold"), old.get("sellTime"), new.get("sellTime")),
        *_one(Kind.OTHER, _("Activated on"), old.get("activatedTime"), new.get("activatedTime")),
        *_rest(old, new),
    ]
    return found or [Change(Kind.OTHER, _("Details changed"), None, None)]


def _one(kind: Kind, title: str, before: Any, after: Any) -> list[Change]:
    texts = (text_of(before), text_of(after))
    return [] if texts[0] == texts[1] else [Change(kind, title, *texts)]


def _package(old: Payload, new: Payload) -> list[Change]:
    name = _one(Kind.PACKAGE, _("Package"), old.get("name"), new.get("name"))
    # A new package has another end anyway: only a prolonged one is worth a line.
    return name or _one(Kind.PACKAGE, _("Package ends"), old.get("endTime"), new.get("endTime"))


def _devices(old: list[Payload], new: list[Payload]) -> list[Change]:
    found: list[Change] = []
    count = max(len(old), len(new))
    for number in range(count):
        pair = [side[number] if number < len(side) else {} for side in (old, new)]
        for name, word in _IDENTITIES:
            title = word if count == 1 else _("%(what)s of device %(n)s") % {"what": word, "n": number + 1}
            found += _one(Kind.IDENTITY, title, pair[0].get(name), pair[1].get(name))
    return found


def _apns(old: list[Payload], new: list[Payload]) -> list[Change]:
    states = [{text_of(apn.get("apnName")): apn.get("apnStatus", "") for apn in side} for side in (old, new)]
    found: list[Change] = []
    for name in dict.fromkeys([*states[1], *states[0]]):
        title = _("APN %(name)s") % {"name": name or "–"}
        found += _one(Kind.APN, title, _state(states[0].get(name)), _state(states[1].get(name)))
    return found


def _state(value: Any) -> str | None:
    words = {"OPEN": _("Open"), "CLOSED": _("Closed")}
    text = text_of(value)
    return words.get(text, text) if text else text


def _rest(old: Payload, new: Payload) -> list[Change]:
    """Fields this version of the portal has no words for, by their path."""
    sides = [{name: value for name, value in side.items() if name not in _KNOWN} for side in (old, new)]
    return [
        Change(Kind.OTHER, found.path, text_of(found.before), text_of(found.after))
        for found in differences(*sides)
    ]


def text_of(value: Any) -> str | None:
    """A value as it came: text as it is, anything else as JSON."""
    if value is None or value is ABSENT or isinstance(value, str):
        return None if value is ABSENT else value
    return json.dumps(value, ensure_ascii=False)


def _object(payload: Payload, name: str) -> Payload:
    value = payload.get(name)
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[Payload]:
    """A list of objects out of a payload; anything of another shape is left out (the raw tab shows it)."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
