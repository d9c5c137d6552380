"""Telling people of an alert outside the portal: when it opens, when it has grown tenfold, and when it is over."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from notifications.defaults import name_of
from notifications.models import Alert, Channel, Execution, Occurrence
from notifications.outbound import Message, announce
from notifications.raising import Raised
from notifications.triggers import trigger_of

GROWTH = 10
"""Told again at 10, 100, 1,000 … times what was told first: one problem is one message, not four thousand."""
_NAMED = 20


def title_of(alert: Alert) -> str:
    """The cause in one sentence, in the reader's language."""
    return trigger_of(alert.rule).title(alert.facts, alert.total)


def raised(one: Raised, now: datetime) -> None:
    """Joins the caller's transaction."""
    alert = one.alert
    if one.is_new:
        _tell("alert.opened", alert, now)
    elif alert.total >= alert.told_total * GROWTH:
        _tell("alert.grown", alert, now)


def resolved(alert: Alert, now: datetime) -> None:
    """Joins the caller's transaction. Whoever was told that it began hears that it is over."""
    if alert.told_total:
        _tell("alert.resolved", alert, now)


def _tell(kind: str, alert: Alert, now: datetime) -> None:
    """Channels that are switched off get their delivery all the same: people see what was not told."""
    alert.told_total = alert.total
    alert.save(update_fields=["told_total"])
    channels = list(Channel.objects.filter(alert_rules=alert.rule_id).order_by("pk"))
    if not channels:
        return
    message = _message(kind, alert, now)
    for channel in channels:
        delivery = announce(channel, message, now)
        delivery.alert = alert
        delivery.save(update_fields=["alert"])
    names = ", ".join(channel.name for channel in channels)
    Execution.objects.create(
        rule=alert.rule,
        alert=alert,
        at=now,
        deed=Execution.Deed.TOLD,
        matched=len(channels),
        text=names[:300],
    )


def _message(kind: str, alert: Alert, now: datetime) -> Message:
    title = title_of(alert)
    return Message(
        kind=kind,
        title=_("Over: %(title)s") % {"title": title} if kind == "alert.resolved" else title,
        text=_("Rule “%(rule)s”, %(enterprise)s")
        % {"rule": name_of(alert.rule), "enterprise": alert.enterprise.name},
        severity=alert.severity,
        occurred_at=now,
        url=f"{reverse('notifications:home')}{alert.pk}/",
        facts=_facts(alert),
    )


def _facts(alert: Alert) -> Mapping[str, Any]:
    """For programs; `sims` are the first ICCIDs only."""
    concerned = Occurrence.objects.filter(alert=alert).exclude(giccid="").order_by("pk")
    return {
        "alert": alert.pk,
        "rule": alert.rule_id,
        "cause": alert.cause,
        "state": str(alert.state),
        "total": alert.total,
        "standing": alert.standing,
        "sims": list(concerned.values_list("giccid", flat=True)[:_NAMED]),
    }
