"""The nine pushes (doc), by the key in our URL, and where their facts stand. Every field name is assumed."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_HAPPENED = ("updatedTime", "createdTime", "eventTime", "time")
GICCID = ("giccid", "iccid", "ICCID")


@dataclass(frozen=True)
class Kind:
    """`tells_state`: it claims something about a SIM, so the SIM is read back and the claim judged by the reading.

    The rest are names of fields, the first one present wins.
    """

    key: str
    label: str | Promise
    icon: str
    tells_state: bool
    original: tuple[str, ...] = ()
    target: tuple[str, ...] = ()
    happened: tuple[str, ...] = _HAPPENED


_ALL = (
    Kind("sim-status", _("SIM status changed"), "activity", True, ("original",), ("target", "newStatus", "status")),
    Kind("apn-status", _("APN status changed"), "radio-tower", True, ("original",), ("target", "apnStatus", "status")),
    Kind("imei-change", _("IMEI changed"), "smartphone", True, ("original", "oldImei"), ("target", "newImei", "imei")),
    Kind("cycle-usage", _("Cycle usage reached a threshold"), "gauge", True, (), ("usage", "dataUsage")),
    Kind("prepaid-expired", _("Prepaid package expiring or expired"), "calendar-x-2", True, (), ("endTime",)),
    Kind("prepaid-traffic", _("Prepaid data reached a threshold"), "gauge", True, (), ("dataUsage", "usage")),
    Kind("mt-sms-status", _("Message status report"), "mail-check", False, (), ("status",)),
    Kind("mo-sms", _("Message from a SIM"), "message-square", False, (), ("messageText", "text", "content")),
    Kind("no-session", _("No session for long"), "wifi-off", False, (), ("days",)),
)  # fmt: skip
KINDS = {kind.key: kind for kind in _ALL}
CHOICES = [(kind.key, kind.label) for kind in _ALL]
