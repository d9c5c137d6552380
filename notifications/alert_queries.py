"""Reads of alerts: pages by walking an index, counts that go no further than people read.

Nothing is counted of occurrences but what a person limited to some accounts sees of one page.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Count, Q
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware

from enterprise.models import Enterprise
from notifications.models import Alert, AlertStep, Occurrence, Rule, Severity
from notifications.querysets import AlertQuerySet
from staff.models import User
from staff.roles import ROLES, VIEWER

PAGE_SIZE, SIMS_SHOWN, STEPS_SHOWN = 30, 50, 100
COUNTED = 1_000
"""Nobody needs to know whether there are 1,000 or 100,000."""
OPEN, MINE, SNOOZED, RESOLVED = TABS = ("open", "mine", "snoozed", "resolved")
State = Alert.State


@dataclass(frozen=True)
class AlertFilter:
    """Out of an address anybody may have typed: what means nothing filters nothing."""

    tab: str = OPEN
    severity: str = ""
    rule: int | None = None
    before: tuple[datetime, int] | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "AlertFilter":
        tab, severity = query.get("tab", ""), query.get("severity", "")
        return cls(
            tab if tab in TABS else OPEN,
            severity if severity in Severity.values else "",
            number_of(query.get("rule")),
            _place(query.get("before", "")),
        )

    @property
    def query(self) -> str:
        """The filters of an address, without the page."""
        return self.query_of(self.tab)

    def query_of(self, tab: str) -> str:
        """The same under another tab."""
        values = {"tab": "" if tab == OPEN else tab, "severity": self.severity, "rule": self.rule}
        return urlencode({name: value for name, value in values.items() if value})

    @property
    def is_set(self) -> bool:
        return bool(self.severity or self.rule)


def number_of(text: object) -> int | None:
    """A row's number out of an address or a form."""
    word = str(text or "")
    return int(word) if word.isascii() and word.isdigit() and len(word) < 19 else None


def place_of(alert: Alert) -> str:
    """Where the next page begins."""
    return f"{alert.last_at.isoformat()}~{alert.pk}"


def _place(text: str) -> tuple[datetime, int] | None:
    moment, _tilde, number = text.partition("~")
    pk = number_of(number)
    try:
        at = parse_datetime(moment)
    except ValueError:
        return None
    return (at, pk) if at and is_aware(at) and pk else None


def matching(user: User, enterprise: Enterprise, chosen: AlertFilter) -> AlertQuerySet:
    rows = _of_tab(user, Alert.objects.visible_to(user).filter(enterprise=enterprise), chosen.tab)
    if chosen.severity:
        rows = rows.filter(severity=chosen.severity)
    return rows.filter(rule=chosen.rule) if chosen.rule else rows


def _of_tab(user: User, rows: AlertQuerySet, tab: str) -> AlertQuerySet:
    if tab == RESOLVED:
        return rows.filter(state=State.RESOLVED)
    rows = rows.exclude(state=State.RESOLVED)  # in the words of the partial index
    if tab == SNOOZED:
        return rows.filter(state=State.SNOOZED)
    if tab == MINE:
        return rows.filter(assignee=user)
    return rows.filter(state__in=(State.OPEN, State.ACKNOWLEDGED))


@dataclass(frozen=True)
class Slice:
    """One page; `older`: what the next begins with, empty at the end."""

    alerts: list[Alert]
    older: str


def page(user: User, enterprise: Enterprise, chosen: AlertFilter) -> Slice:
    """What was last added to stands on top."""
    rows = matching(user, enterprise, chosen).select_related("rule", "assignee").order_by("-last_at", "-pk")
    if chosen.before:
        at, pk = chosen.before
        rows = rows.filter(last_at__lte=at).filter(Q(last_at__lt=at) | Q(pk__lt=pk))
    found = list(rows[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    return Slice(shown, place_of(shown[-1]) if len(found) > PAGE_SIZE else "")


def counts(user: User, enterprise: Enterprise) -> dict[str, int]:
    """Of the tabs that wait for somebody, up to `COUNTED`."""
    rows = Alert.objects.visible_to(user).filter(enterprise=enterprise)
    return {
        tab: _of_tab(user, rows, tab).order_by("-last_at", "-pk")[:COUNTED].count()
        for tab in (OPEN, MINE, SNOOZED)
    }


def unread(user: User, enterprise: Enterprise) -> tuple[int, int]:
    """Alerts nobody has taken up yet, and how many of them are critical; up to `COUNTED`."""
    rows = Alert.objects.visible_to(user).filter(enterprise=enterprise, state=State.OPEN)
    found = rows.exclude(state=State.RESOLVED).order_by("-last_at", "-pk").values_list("severity", flat=True)
    severities = list(found[:COUNTED])
    return len(severities), severities.count(Severity.CRITICAL)


def own_counts(user: User, alerts: Sequence[Alert]) -> dict[int, dict[str, Any]]:
    """What of each a person limited to some accounts sees: total, standing and verdicts of their own SIMs."""
    rows = Occurrence.objects.visible_to(user).filter(alert__in=[alert.pk for alert in alerts])
    told = rows.order_by().values("alert_id", "verdict")
    counted = told.annotate(n=Count("pk"), standing=Count("pk", filter=Q(cleared_at=None)))
    found: dict[int, dict[str, Any]] = {}
    for row in counted:
        own = found.setdefault(row["alert_id"], {"total": 0, "standing": 0, "verdicts": {}})
        own["total"] += row["n"]
        own["standing"] += row["standing"]
        if row["verdict"]:
            own["verdicts"][row["verdict"]] = row["n"]
    return found


def occurrences(user: User, alert: Alert, before: int | None) -> tuple[list[Occurrence], int | None]:
    """A page of what an alert is about, newest first; and the number to go on below."""
    rows = (
        Occurrence.objects.visible_to(user).filter(alert=alert).select_related("event").defer("event__claim")
    )
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: SIMS_SHOWN + 1])
    shown = found[:SIMS_SHOWN]
    return shown, shown[-1].pk if len(found) > SIMS_SHOWN else None


def giccids(user: User, alert: Alert, most: int) -> list[str]:
    """Its SIMs, as far as this person sees them."""
    rows = Occurrence.objects.visible_to(user).filter(alert=alert).exclude(giccid="")
    return list(rows.order_by("-pk").values_list("giccid", flat=True)[:most])


def steps(alert: Alert) -> list[AlertStep]:
    return list(AlertStep.objects.filter(alert=alert).select_related("by", "whom")[:STEPS_SHOWN])


def people() -> list[User]:
    """Who may be given an alert: whoever may handle one."""
    roles = [role for role in ROLES if role != VIEWER]
    rows = User.objects.filter(Q(groups__name__in=roles) | Q(is_superuser=True), is_active=True)
    return list(rows.distinct().order_by("first_name", "last_name", "username")[:200])


def rules_watching(enterprise: Enterprise) -> Iterable[Rule]:
    return Rule.objects.filter(enterprise=enterprise, removed_at=None).order_by("-is_enabled", "pk")


# --- whether an open page shows anything new


def cursor(enterprise: Enterprise) -> str:
    """A word that differs when anything differs about the newest alerts. A walk of an index, the same for everybody."""
    with connection.cursor() as database:
        database.execute(
            "SELECT coalesce(string_agg(concat(id, '@', changed_at), ',' ORDER BY id), '') FROM (SELECT id, changed_at"
            " FROM notifications_alert WHERE enterprise_id = %s ORDER BY last_at DESC, id DESC LIMIT 100) newest",
            [enterprise.pk],
        )
        return digest(database.fetchone())


def cursor_of(alert: Alert) -> str:
    """The same of one alert."""
    newest = AlertStep.objects.filter(alert=alert).order_by("-pk").values_list("pk", flat=True).first()
    return digest((alert.pk, alert.changed_at, newest))


def digest(told: object) -> str:
    return sha256(repr(told).encode()).hexdigest()[:20]
