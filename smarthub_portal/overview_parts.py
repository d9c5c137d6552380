"""Key figures and lifecycle of the overview: numbers that are links to the list behind them."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from commands import inbox, page_tabs
from commands.models import Plan
from common import formats
from common.statuses import sim_look
from enterprise.models import Enterprise
from notifications import alert_queries
from sims import drift
from sims.figures import FleetFigures
from sims.models import Status
from sims.queries import EXPIRING_DAYS
from staff import audit_queries
from staff.audit_queries import Line
from staff.models import User

Card = dict[str, Any]


def cards(figures: FleetFigures, rejected: int | None, *, is_whole: bool) -> list[Card]:
    """`rejected` is None for people who may not see rejected payloads; `is_whole`: the fleet was read completely."""
    shown = [
        _share(figures, Status.ACTIVATED, "circle-check", "green"),
        _near(figures),
        _ending(figures),
        _missing(figures, is_whole=is_whole),
    ]
    return shown if rejected is None else [*shown, _rejected(rejected)]


def _share(figures: FleetFigures, status: Status, icon: str, tone: str = "") -> Card:
    count, look, hint = figures.count(status), sim_look(status), ""
    if figures.total:
        share = formats.percent_text(formats.percent(count, figures.total))
        hint = _("%(share)s of the fleet") % {"share": share}
    return _card(str(look.label), count, _sims(status=status.value), icon, tone, hint)


def _near(figures: FleetFigures) -> Card:
    count = figures.near_limit
    url = _sims(usage="near", sort="-data")
    return _card(_("Near or over allowance"), count, url, "gauge", _warn(count), _("at least 80 %"))


def _ending(figures: FleetFigures) -> Card:
    url = _sims(expires=EXPIRING_DAYS, sort="expires")
    hint = _("within %(days)s days") % {"days": EXPIRING_DAYS}
    return _card(_("Packages ending"), figures.expiring, url, "calendar-clock", _warn(figures.expiring), hint)


def _missing(figures: FleetFigures, *, is_whole: bool) -> Card:
    hint = _("SmartHub lists every SIM") if is_whole else _("known after the first sweep")
    hint = _("missed by the last sweep") if figures.missing else hint
    url = _sims(fresh="missing")
    return _card(_("Not listed any more"), figures.missing, url, "eye-off", _warn(figures.missing), hint)


def _rejected(count: int) -> Card:
    hint = _("kept, waiting for a look") if count else _("every payload could be read")
    tone = "red" if count else ""
    return _card(_("Rejected payloads"), count, reverse("enterprise:rejected"), "shield-alert", tone, hint)


def alarms(user: User, now: datetime) -> list[Line]:
    """What happened lately that everybody who may read the audit trail should know, as far as they see its plan."""
    events = audit_queries.alarms(user, now)
    if not events or user.sees_all_accounts:
        return [audit_queries.line_of(event) for event in events]
    plans = [uid for event in events if (uid := _uid(event.about))]
    seen = {str(pk) for pk in Plan.objects.visible_to(user).filter(pk__in=plans).values_list("pk", flat=True)}
    return [audit_queries.line_of(event) for event in events if event.about in seen]


def _uid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def change_cards(user: User, enterprise: Enterprise) -> list[Card]:
    """What changes left for people: SIMs that are not as ordered, and orders nobody knows the outcome of."""
    drifted = drift.count(user, enterprise)
    hint = _("not as they were ordered to be") if drifted else _("every SIM is as it was ordered to be")
    shown = [
        _card(_("Drift"), drifted, reverse("sims:drift"), "git-compare-arrows", _warn(drifted), hint),
    ]
    if url := page_tabs.address("commands:needs-person"):
        undecided = inbox.undecided(user, enterprise).count()
        hint = _("orders whose outcome nobody knows") if undecided else _("every order has an outcome")
        tone = "violet" if undecided else ""
        shown.append(_card(_("Needs a person"), undecided, url, "hand", tone, hint))
    return shown


def notification_card(user: User, enterprise: Enterprise) -> Card:
    """What waits for somebody: it stands beside the fleet's own figures."""
    count, critical = alert_queries.unread(user, enterprise)
    hint = _("nothing needs you")
    if count:
        hint = (
            _("%(n)s of them critical") % {"n": critical} if critical else _("nobody has taken them up yet")
        )
    return _card(
        _("Notifications"),
        count,
        reverse("notifications:home"),
        "bell",
        "red" if critical else _warn(count),
        hint,
    )


def _warn(count: int) -> str:
    return "amber" if count else ""


def _card(label: str, value: int, url: str, icon: str, tone: str = "", hint: str = "") -> Card:
    return {"label": label, "value": value, "url": url, "icon": icon, "tone": tone, "hint": hint}


def segments(figures: FleetFigures) -> list[dict[str, Any]]:
    """For components/donut.html."""
    looks = [(part, sim_look(part.status)) for part in figures.slices]
    return [
        {"label": look.label, "value": part.count, "url": _sims(status=part.status), "tone": look.slice}
        for part, look in looks
    ]


def told(enterprise: Enterprise) -> str:
    """For the hover of figures: they are kept in step with every row written."""
    if not enterprise.swept_at:
        return ""
    moment = formats.local_text(enterprise.swept_at)
    return _("In step with every SIM read; last full sweep %(moment)s") % {"moment": moment}


def _sims(**query: Any) -> str:
    return reverse("sims:list") + (f"?{urlencode(query)}" if query else "")
