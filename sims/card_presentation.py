"""What the templates of the page of one SIM are given."""

import json
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mirror.spec import shown_time
from sims import queries
from sims.models import Sim

Person = AbstractBaseUser | AnonymousUser
SOURCES = {"sweep": gettext_lazy("full sweep"), "detail": gettext_lazy("direct read")}


def detail(sim: Sim, user: Person) -> dict[str, Any]:
    return _frame(sim, user, "detail") | {
        "apns": _apns(sim),
        "devices": _objects(sim.raw.get("deviceInfo")),
        "supplementary": _supplementary(sim),
        "allowance_mb": queries.allowances(sim.enterprise).get((sim.account_id, sim.package_name)),
        "package_since": _package_since(sim),
    }


def raw(sim: Sim, user: Person) -> dict[str, Any]:
    payload = dict(sim.raw)
    if sim.supplementary is not None:
        payload["currentSupplementaryServicePackages"] = sim.supplementary
    return _frame(sim, user, "raw") | {"payload": json.dumps(payload, indent=2, ensure_ascii=False)}


def _frame(sim: Sim, user: Person, active: str) -> dict[str, Any]:
    """What the head of every SIM page needs."""
    tabs = [("detail", _("Overview"), "info"), ("raw", _("Raw"), "braces")]
    return {
        "sim": sim,
        "fresh_since": queries.fresh_since(sim),
        "source": SOURCES.get(sim.observed_by, sim.observed_by),
        "ends_soon": queries.ends_soon(sim.package_ends_at),
        "may_refresh": user.has_perm("sims.refresh"),  # type: ignore[union-attr]
        "tabs": [
            {
                "label": label,
                "icon": icon,
                "active": name == active,
                "url": reverse(f"sims:{name}", args=[sim.giccid]),
            }
            for name, label, icon in tabs
        ],
    }


def _apns(sim: Sim) -> list[dict[str, Any]]:
    """APNs with what each used in this cycle (MB); an APN that only shows up in the usages is listed too."""
    usages = _objects(sim.raw.get("currentCycleAPNUsagesList"))
    used = {_text(item.get("apn")): item.get("dataUsage") for item in usages}
    listed = [
        {"name": name, "status": item.get("apnStatus"), "used_mb": used.pop(name, None)}
        for item in _objects(sim.raw.get("apnList"))
        for name in [_text(item.get("apnName"))]
    ]
    return listed + [{"name": name, "status": None, "used_mb": value} for name, value in used.items()]


def _supplementary(sim: Sim) -> list[dict[str, Any]]:
    return [
        {"name": item.get("name"), "start": _when(item.get("startTime")), "end": _when(item.get("endTime"))}
        for item in _objects(sim.supplementary)
    ]


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _package_since(sim: Sim) -> datetime | None:
    package = sim.raw.get("currentBasicServicePackage")
    return _when(package.get("startTime")) if isinstance(package, dict) else None


def _when(text: Any) -> datetime | None:
    """A platform time of a part of the payload that has no column; unreadable ones stay on the raw tab."""
    try:
        return shown_time(text)
    except (TypeError, ValueError):
        return None


def _objects(value: Any) -> list[dict[str, Any]]:
    """A list of objects out of a payload; anything of another shape is left out (the raw tab shows it)."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
