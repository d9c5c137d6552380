"""Telling people of an alert outside the portal: when it opens, when it has grown tenfold, and when it is over."""

from datetime import datetime

from notifications.models import Alert
from notifications.raising import Raised

GROWTH = 10
"""Told again at 10, 100, 1,000 … times what was told first: one problem is one message, not four thousand."""


def raised(one: Raised, now: datetime) -> None:
    """Joins the caller's transaction."""
    alert = one.alert
    if one.is_new or alert.total >= alert.told_total * GROWTH:
        _tell("alert.opened" if one.is_new else "alert.grown", alert, now)


def resolved(alert: Alert, now: datetime) -> None:
    """Joins the caller's transaction."""
    _tell("alert.resolved", alert, now)


def _tell(_kind: str, alert: Alert, _now: datetime) -> None:
    alert.told_total = alert.total
    alert.save(update_fields=["told_total"])
