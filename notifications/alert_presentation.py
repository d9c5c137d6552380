"""What the pages about alerts show."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from common.statuses import state_look
from enterprise.models import Enterprise
from notifications import alert_queries, mo_messages, presentation
from notifications.alert_forms import tomorrow_morning
from notifications.alert_queries import MINE, OPEN, RESOLVED, SNOOZED, AlertFilter
from notifications.defaults import name_of
from notifications.models import Alert, Delivery, Event, Execution, Occurrence, Severity
from notifications.triggers import trigger_of
from sims.models import Sim
from staff.models import User

_VERDICTS = (Event.Verdict.CONFIRMED, Event.Verdict.CONTRADICTED, Event.Verdict.UNVERIFIED)
_EXECUTIONS = 20


def listing(user: User, enterprise: Enterprise, chosen: AlertFilter, seen: str) -> dict[str, Any]:
    """`seen`: `alert_queries.cursor` as it was before."""
    part = alert_queries.page(user, enterprise, chosen)
    may_read_rules = user.has_perm("alerts.read_rules")
    rules = list(alert_queries.rules_watching(enterprise)) if may_read_rules else []
    may_handle = user.has_perm("alerts.handle")
    return {
        "tabs": presentation.tabs(user, "notifications:home"),
        "filter": chosen,
        "choices": _choices(user, enterprise, chosen),
        "severities": [{"value": value, "label": label} for value, label in Severity.choices],
        "rules": [{"value": rule.pk, "label": name_of(rule)} for rule in rules],
        "may_read_rules": may_read_rules,
        "watched": [name_of(rule) for rule in rules if rule.is_enabled],
        "lines": lines(user, part.alerts),
        "older": part.older,
        "live_url": "" if chosen.before else f"{reverse('notifications:alerts-live')}?{chosen.query}",
        "seen": seen,
        "may_handle": may_handle,
        "people": alert_queries.people() if may_handle else [],
        "tomorrow": tomorrow_morning(timezone.now()),
        "back": chosen.query,
    }


def _choices(user: User, enterprise: Enterprise, chosen: AlertFilter) -> list[dict[str, Any]]:
    counted = alert_queries.counts(user, enterprise)
    words = {
        OPEN: pgettext("alert", "Open"),
        MINE: _("Mine"),
        SNOOZED: pgettext("alert", "Snoozed"),
        RESOLVED: pgettext("alert", "Resolved"),
    }
    return [
        {
            "label": label,
            "url": f"{reverse('notifications:home')}?{chosen.query_of(tab)}".rstrip("?"),
            "active": tab == chosen.tab,
            "count": _count(counted.get(tab, 0)),
        }
        for tab, label in words.items()
    ]


def _count(number: int) -> str:
    return f"{alert_queries.COUNTED - 1}+" if number >= alert_queries.COUNTED else str(number or "")


def lines(user: User, alerts: Sequence[Alert]) -> list[dict[str, Any]]:
    """Cards. Whoever is limited to some accounts is told of their own SIMs only."""
    own = None if user.sees_all_accounts else alert_queries.own_counts(user, alerts)
    return [line(alert, user, None if own is None else own.get(alert.pk)) for alert in alerts]


def line(alert: Alert, user: User, own: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """One alert in words. `own`: counts instead of those of the row."""
    trigger = trigger_of(alert.rule)
    told = own or {"total": alert.total, "standing": alert.standing, "verdicts": alert.verdicts}
    title = trigger.title(alert.facts, told["total"])
    verdicts = [{"verdict": str(v), "n": told["verdicts"][v]} for v in _VERDICTS if told["verdicts"].get(v)]
    owner = alert.assignee.display_name if alert.assignee else ""
    state = str(state_look(f"alert_{alert.state}").label)
    counted = [f"{one['n']:,} {state_look(one['verdict']).label}" for one in verdicts]
    return {
        "alert": alert,
        "title": title,
        "icon": trigger.icon_of(alert.rule.params),
        "rule_name": name_of(alert.rule),
        "rule_url": _rule_url(alert, user),
        "verdicts": verdicts,
        "total": told["total"],
        "standing": told["standing"] if told["standing"] != told["total"] else None,
        "owner": owner,
        "is_mine": alert.assignee_id == user.pk,
        "state": f"alert_{alert.state}",
        "spoken": ", ".join(filter(None, (title, *counted, state, owner))),
    }


def _rule_url(alert: Alert, user: User) -> str:
    """Empty where it leads nowhere for this person, or nowhere any more."""
    if alert.rule.removed_at or not user.has_perm("alerts.read_rules"):
        return ""
    return reverse("notifications:rule", args=[alert.rule_id])


def alert_page(user: User, alert: Alert, before: int | None) -> dict[str, Any]:
    """`before`: number of the occurrence the page goes on below."""
    seen = alert_queries.cursor_of(alert)
    found, older = alert_queries.occurrences(user, alert, before)
    may_handle = user.has_perm("alerts.handle")
    (card,) = lines(user, [alert])
    return card | {
        "card": card,
        "tabs": presentation.tabs(user, "notifications:home"),
        "rows": _rows(user, alert, found),
        "older": older,
        "before": before,
        "steps": alert_queries.steps(alert),
        # What a rule did is about SIMs of every account.
        "executions": _executions(alert) if user.sees_all_accounts else None,
        "deliveries": _deliveries(user, alert),
        "live_url": "" if before else reverse("notifications:alert-live", args=[alert.pk]),
        "seen": seen,
        "may_handle": may_handle,
        "people": alert_queries.people() if may_handle else [],
        "tomorrow": tomorrow_morning(timezone.now()),
        "back": "page",
        "has_sims": trigger_of(alert.rule).names_sims,
    }


def _executions(alert: Alert) -> list[Execution]:
    return list(alert.executions.select_related("plan").order_by("-pk")[:_EXECUTIONS])


def _deliveries(user: User, alert: Alert) -> list[Delivery]:
    rows = Delivery.objects.visible_to(user).filter(alert=alert).select_related("channel")
    return list(rows.defer("payload").order_by("-pk")[:_EXECUTIONS])


def _rows(user: User, alert: Alert, found: Sequence[Occurrence]) -> list[dict[str, Any]]:
    trigger = trigger_of(alert.rule)
    giccids = {one.giccid for one in found if one.giccid}
    known = Sim.objects.visible_to(user).filter(enterprise=alert.enterprise_id, giccid__in=giccids)
    labels = dict(known.values_list("giccid", "label"))
    return [
        {
            "met": one,
            "is_known": one.giccid in labels,
            "label": labels.get(one.giccid, ""),
            "push": one.event.push_id if one.event else None,
            "name": one.giccid or trigger.name_of(one.subject, one.detail),
            "words": trigger.met(_shown(user, one)),
            "thread": _thread(one) if one.giccid in labels else "",
        }
        for one in found
    ]


def _thread(one: Occurrence) -> str:
    """Where the conversation with the SIM goes on, for what it wrote."""
    if one.event is None or one.event.kind != mo_messages.KIND:
        return ""
    return reverse("messages:conversation", args=[one.giccid])


def _shown(user: User, one: Occurrence) -> dict[str, Any]:
    """Its detail, without the SIMs of others: `others` may lie in any account."""
    return one.detail if user.sees_all_accounts else {k: v for k, v in one.detail.items() if k != "others"}


def done_text(act: str, count: int) -> str:
    """What was done, for the toast."""
    n = {"n": f"{count:,}"}
    if act == "acknowledge":
        return ngettext("%(n)s notification acknowledged.", "%(n)s notifications acknowledged.", count) % n
    if act in ("mine", "assign", "nobody"):
        return ngettext("%(n)s notification assigned.", "%(n)s notifications assigned.", count) % n
    if act == "resolve":
        return ngettext("%(n)s notification resolved.", "%(n)s notifications resolved.", count) % n
    if act == "reopen":
        return ngettext("%(n)s notification reopened.", "%(n)s notifications reopened.", count) % n
    if act == "note":
        return _("The note is kept.")
    return ngettext("%(n)s notification snoozed.", "%(n)s notifications snoozed.", count) % n
