"""What pages about pushes show."""

import json
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.sealing import SealError
from enterprise.models import Enterprise
from notifications import addresses, bodies, queries, refusals, rehearsal
from notifications.kinds import KINDS
from notifications.models import Push, PushAddress, Refusal
from sims.models import Sim
from staff.models import User

_OUTCOMES: dict[str, Promise] = {
    "new": gettext_lazy("Waiting to be processed"),
    "reading": gettext_lazy("Being read back"),
    "confirmed": gettext_lazy("Confirmed by read"),
    "contradicted": gettext_lazy("Contradicted by read"),
    "unverified": gettext_lazy("Unverified"),
    "dead": gettext_lazy("Given up"),
}


def tabs(user: User, active: str) -> list[dict[str, Any]]:
    """Above the pages of this noun; one tab alone is none."""
    entries = [(_("To do"), "notifications:home", "bell"), (_("Pushes"), "notifications:inbox", "inbox")]
    if user.has_perm("alerts.read_rules"):
        entries.append((_("Rules"), "notifications:rules", "list-checks"))
    if user.sees_all_accounts:
        entries.append((_("Channels"), "notifications:channels", "megaphone"))
        entries.append((_("Deliveries"), "notifications:deliveries", "send"))
    if user.has_perm("enterprise.manage"):
        entries.append((_("Push setup"), "notifications:setup", "plug"))
    return [
        {"label": label, "url": reverse(name), "icon": icon, "active": name == active}
        for label, name, icon in entries
        if len(entries) > 1
    ]


def inbox(user: User, enterprise: Enterprise, chosen: queries.InboxFilter, seen: str) -> dict[str, Any]:
    """`seen`: `inbox_live.cursor` as it was before."""
    part = queries.inbox(user, enterprise, chosen)
    return {
        "tabs": tabs(user, "notifications:inbox"),
        "filter": chosen,
        "kinds": [{"value": kind.key, "label": kind.label} for kind in KINDS.values()],
        "outcomes": [{"value": value, "label": label} for value, label in _OUTCOMES.items()],
        "pushes": part.pushes,
        "older": part.older,
        "live_url": "" if chosen.before else f"{reverse('notifications:inbox-live')}?{chosen.query}",
        "seen": seen,
        "dead_count": queries.dead(user, enterprise).count(),
        "may_replay": user.has_perm("enterprise.manage"),
        "may_manage": user.has_perm("enterprise.manage"),
    }


def push_page(user: User, push: Push) -> dict[str, Any]:
    """Raw bodies are for people who see all accounts: they may name SIMs of others."""
    event = push.told
    known = event and Sim.objects.visible_to(user).filter(enterprise=push.enterprise_id, giccid=event.giccid)
    return {
        "push": push,
        "event": event,
        "is_known": bool(known and known.exists()),
        "raw": _readable(bytes(push.body)) if user.sees_all_accounts else None,
        "may_replay": user.has_perm("enterprise.manage"),
    }


def _readable(body: bytes) -> str:
    """Indented if it can be, else as text; never more than a page can show."""
    text = body.decode("utf-8", "replace")
    with suppress(bodies.NotJSON):
        text = json.dumps(bodies.parse(body), indent=2, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def setup(user: User, enterprise: Enterprise, shown: str, now: datetime) -> dict[str, Any]:
    """`shown`: number of the address whose URL is to stand on the page."""
    valid = addresses.valid(enterprise)
    rows = []
    for kind in KINDS.values():
        own = [address for address in valid if address.kind == kind.key]
        rows.append({"kind": kind, "addresses": [_address(one, shown, one is own[0]) for one in own]})
    counted = [
        {
            "kind": KINDS[row["kind"]].label if row["kind"] in KINDS else None,
            "reason": Refusal.Reason(row["reason"]).label,
            "total": row["total"],
        }
        for row in refusals.last_day(enterprise.pk, now)
    ]
    return {
        "tabs": tabs(user, "notifications:setup"),
        "enterprise": enterprise,
        "rows": rows,
        "is_complete": all(row["addresses"] for row in rows),
        "may_test": rehearsal.is_possible(enterprise),
        "refusals": counted,
    }


def _address(address: PushAddress, shown: str, is_newest: bool) -> dict[str, Any]:
    url = None
    if shown == str(address.pk):
        try:
            url = addresses.url_of(address)
        except SealError:
            url = ""
    return {"address": address, "is_newest": is_newest, "url": url}
