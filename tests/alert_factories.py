"""Rules and alerts, as the portal would have made them."""

from datetime import datetime
from itertools import count
from typing import Any

from django.utils import timezone

from enterprise.models import Enterprise
from notifications import weigh
from notifications.models import Alert, Event, Rule
from notifications.triggers import TRIGGERS
from sims.models import Sim
from tests.push_factories import push_about

_numbers = count(1)


def rule_for(enterprise: Enterprise, trigger: str = "event", **values: Any) -> Rule:
    """`params` are cleaned as a person's would be; all else are fields of the rule."""
    params = TRIGGERS[trigger].clean(values.pop("params", {}))
    defaults = {"name": f"{trigger} {next(_numbers)}"}
    return Rule.objects.create(enterprise=enterprise, trigger=trigger, params=params, **defaults | values)


def event_about(sim: Sim, kind: str = "sim-status", **values: Any) -> Event:
    """Settled: what reading confirmed, unless told otherwise."""
    values = {"verdict": Event.Verdict.CONFIRMED, "original": "ACTIVATED", "target": "DEACTIVATED"} | values
    return push_about(sim, kind, **values).event


def alert_about(*sims: Sim, rule: Rule | None = None, at: datetime | None = None, **values: Any) -> Alert:
    """One alert about these SIMs, each suspended elsewhere; `values` are fields of the alert."""
    rule = rule or rule_for(sims[0].enterprise)
    for sim in sims:
        event_about(sim, happened_at=at or timezone.now())
    weigh.work()
    alert = Alert.objects.filter(rule=rule).latest("pk")
    Alert.objects.filter(pk=alert.pk).update(**values)
    alert.refresh_from_db()
    return alert
