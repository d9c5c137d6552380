"""What the templates of the page of one SIM are given: its frame and its first tab. The other tabs: `card_tabs`."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import formats
from mirror.spec import shown_time
from sims import drift, hooks, manage, notes, order_presentation, protection, queries
from sims.changes import objects
from sims.models import Sim
from staff.models import User

# Who told us: names of `mirror.apply`'s sources, and the change logs.
SOURCES = {
    "sweep": gettext_lazy("full sweep"),
    "detail": gettext_lazy("direct read"),
    "delta": gettext_lazy("read-back after a change"),
    "readback": gettext_lazy("read-back"),
    "changelog": gettext_lazy("SmartHub's change log"),
    "command": gettext_lazy("read-back after a command"),
    "push": gettext_lazy("SmartHub's push"),
    "portal": gettext_lazy("this portal"),
}
TABS = {
    "detail": (gettext_lazy("Overview"), "info"),
    "timeline": (gettext_lazy("Timeline"), "history"),
    "usage": (gettext_lazy("Usage"), "chart-column"),
    "commands": (gettext_lazy("Commands"), "list-checks"),
    "raw": (gettext_lazy("Raw"), "braces"),
}


def source_name(by: str) -> str:
    """A source in words; one nobody has named is shown as it is."""
    return str(SOURCES.get(by, by))


def frame(sim: Sim, user: User, active: str) -> dict[str, Any]:
    """What every tab of the page needs."""
    fresh_since = queries.fresh_since(sim)
    source = source_name(sim.observed_by) if fresh_since == sim.observed_at else source_name("sweep")
    extra = hooks.tab_named(active)
    return (
        notes_of(sim, user, active)
        | changing(sim, user)
        | {
            "head_template": extra.head_template if extra else "",
            "body": extra.template if extra else f"sims/_tab_{active}.html",
            "fresh_since": fresh_since,
            "source": source,
            "told": _told(fresh_since, source),
            "ends_soon": queries.ends_soon(sim.package_ends_at),
            "may_refresh": user.has_perm("sims.refresh"),
            "tabs": _tabs(sim, active),
            "deeds": [
                {"label": tab.deed, "icon": tab.icon, "url": tab_url(sim, tab.name)}
                for tab in hooks.tabs
                if tab.deed and tab.name != active and user.has_perm(tab.needs)
            ],
        }
    )


def _tabs(sim: Sim, active: str) -> list[dict[str, Any]]:
    """This app's own; those of others stand before the commands."""
    shown: list[tuple[str, tuple[Any, str]]] = list(TABS.items())
    place = list(TABS).index("commands")
    shown[place:place] = [(tab.name, (tab.label, tab.icon)) for tab in hooks.tabs]
    return [
        {"label": label, "icon": icon, "active": name == active, "url": tab_url(sim, name)}
        for name, (label, icon) in shown
    ]


def tab_url(sim: Sim, name: str) -> str:
    """The address of a tab, this app's own or another's."""
    own = name in TABS
    return reverse(f"sims:{name}" if own else "sims:tab", args=[sim.giccid] if own else [sim.giccid, name])


def changing(sim: Sim, user: User) -> dict[str, Any]:
    """What can be changed about the SIM, what keeps it from being changed, and what is being changed now."""
    shield = protection.of(sim)
    return order_presentation.strip(sim, user) | {
        "shield": shield,
        "drifts": drift.of_sim(user, sim),
        "may_protect": user.has_perm("sims.protect"),
        "offers": manage.offers(sim, shield) if user.has_perm("commands.run") else [],
    }


def notes_of(sim: Sim, user: User, active: str) -> dict[str, Any]:
    """Label and tags of a SIM, and what may be done to them."""
    may_note = user.has_perm("sims.note")
    own = list(sim.tags.values_list("name", flat=True))
    offered = notes.visible_tags(user, sim.enterprise) if may_note else []
    return {
        "sim": sim,
        "tab": active,
        "tags": [{"name": name, "url": f"{reverse('sims:list')}?{urlencode({'tag': name})}"} for name in own],
        "suggestions": [name for name in offered if name not in own],
        "may_note": may_note,
    }


def _told(moment: datetime, source: str) -> str:
    """For the hover of each figure: when it was true, and who said so."""
    return " · ".join((formats.local_text(moment), formats.utc_text(moment), source))


def detail(sim: Sim, user: User) -> dict[str, Any]:
    return frame(sim, user, "detail") | {
        "apns": _apns(sim),
        "devices": objects(sim.raw.get("deviceInfo")),
        "supplementary": _supplementary(sim),
        "package_since": _package_since(sim),
        "observed_source": source_name(sim.observed_by),
        "cycle_note": _("Counters start anew with each billing cycle."),
    }


def _apns(sim: Sim) -> list[dict[str, Any]]:
    """APNs with what each used in this cycle (MB); an APN that only shows up in the usages is listed too."""
    usages = objects(sim.raw.get("currentCycleAPNUsagesList"))
    used = {_text(item.get("apn")): item.get("dataUsage") for item in usages}
    listed = [
        {"name": name, "status": item.get("apnStatus"), "used_mb": used.pop(name, None)}
        for item in objects(sim.raw.get("apnList"))
        for name in [_text(item.get("apnName"))]
    ]
    return listed + [{"name": name, "status": None, "used_mb": value} for name, value in used.items()]


def _supplementary(sim: Sim) -> list[dict[str, Any]]:
    return [
        {"name": item.get("name"), "start": when(item.get("startTime")), "end": when(item.get("endTime"))}
        for item in objects(sim.supplementary)
    ]


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _package_since(sim: Sim) -> datetime | None:
    package = sim.raw.get("currentBasicServicePackage")
    return when(package.get("startTime")) if isinstance(package, dict) else None


def when(text: Any) -> datetime | None:
    """A platform time of a part of the payload that has no column; unreadable ones stay on the raw tab."""
    try:
        return shown_time(text)
    except (TypeError, ValueError):
        return None
