"""What the page of the budget shows: this hour, who may still use how much, what waits, and the last days."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprise.budget import budget_of
from enterprise.models import BudgetUse, Enterprise
from enterprise.pacing import is_budget_reason
from enterprise.queries import run_list
from mirror.models import SyncRun
from smarthub_client.budget import Purpose
from staff.models import User

SPANS = [24, 72]
# In the order of the stack from the ground: what takes most, first.
TONES = {
    Purpose.SWEEP: "blue",
    Purpose.POLL: "ice",
    Purpose.READ_BACK: "violet",
    Purpose.COMMANDS: "amber",
    Purpose.INTERACTIVE: "green",
}
WHAT_FOR = {
    Purpose.INTERACTIVE: gettext_lazy("Refresh now, test of a connection: somebody waits"),
    Purpose.COMMANDS: gettext_lazy("Changes people ordered"),
    Purpose.READ_BACK: gettext_lazy("SIMs about which there was a hint"),
    Purpose.POLL: gettext_lazy("What is new: change logs, accounts, packages, pools"),
    Purpose.SWEEP: gettext_lazy("Every SIM, over and over"),
}


class BudgetFilter(forms.Form):
    hours = forms.TypedChoiceField(required=False, coerce=int, choices=[(hours, hours) for hours in SPANS])

    @property
    def span(self) -> int:
        return (self.is_valid() and self.cleaned_data["hours"]) or SPANS[0]


def budget_page(user: User, enterprise: Enterprise, chosen: BudgetFilter) -> dict[str, Any]:
    """Everything of the page. Its counts are the enterprise's as a whole: they tell nothing of single accounts."""
    now = timezone.now()
    return {
        "enterprise": enterprise,
        "now": _now(enterprise, now),
        "waiting": _waiting(user, enterprise),
        "hours": chosen.span,
        "spans": SPANS,
        "series": [{"label": BudgetUse.Purpose(p).label, "tone": tone} for p, tone in TONES.items()],
        "columns": _columns(enterprise, chosen.span, now),
        "may_manage": user.has_perm("enterprise.manage"),
    }


def _now(enterprise: Enterprise, now: datetime) -> dict[str, Any]:
    """`is_shared` False: Redis is away, so the rest is what the platform's headers said last, if anything."""
    state = budget_of(enterprise).look()
    is_known = "left" in state and any(name.startswith("may_") for name in state)
    shown: dict[str, Any] = {"is_shared": bool(state), "is_known": is_known, "stopped_until": None}
    if state.get("stop_until", 0) > state.get("now", 0):
        shown["stopped_until"] = _moment(state, "stop_until", now)
    if not is_known:
        return shown | _told_last(enterprise, now)
    return shown | {
        "left": int(max(0, state["left"] - state.get("flight", 0))),
        "limit": int(state["limit"]),
        "ends_at": _moment(state, "ends", now),
        "others": int(state.get("others", 0)),
        "own": int(state.get("own", 0)),
        "classes": [_class_now(state, purpose) for purpose in Purpose],
    }


def _moment(state: dict[str, float], name: str, now: datetime) -> datetime:
    """A time of Redis's clock as one of ours."""
    return now + timedelta(seconds=state[name] - state["now"])


def _class_now(state: dict[str, float], purpose: Purpose) -> dict[str, Any]:
    return {
        "label": BudgetUse.Purpose(purpose).label,
        "what_for": WHAT_FOR[purpose],
        "tone": TONES[purpose],
        "used": int(state.get(f"n_{purpose}", 0)),
        "keeps": int(state[f"keeps_{purpose}"]),
        "may": int(state[f"may_{purpose}"]),
    }


def _told_last(enterprise: Enterprise, now: datetime) -> dict[str, Any]:
    reset = enterprise.rate_reset_at
    is_over = reset is None or reset <= now
    return {
        "left": None if is_over else enterprise.rate_remaining,
        "limit": enterprise.rate_limit,
        "ends_at": None if is_over else reset,
        "others": None,
        "own": None,
        "classes": [],
    }


def _waiting(user: User, enterprise: Enterprise) -> list[dict[str, Any]]:
    """Open runs that sleep, whoever is first to go on first. A run's error may name accounts, our own reasons don't."""
    runs = run_list(user).filter(enterprise=enterprise, state=SyncRun.State.WAITING, finished_at=None)
    return [{"run": run, "reason": _reason(run)} for run in runs.order_by("run_at")[:50]]


def _reason(run: SyncRun) -> str:
    if is_budget_reason(run.error):
        return _(run.error)
    return getattr(run, "shown_error", "") or run.get_error_kind_display()


def _columns(enterprise: Enterprise, hours: int, now: datetime) -> list[dict[str, Any]]:
    """One for each hour, the present one last."""
    last = now.replace(minute=0, second=0, microsecond=0)
    first = last - timedelta(hours=hours - 1)
    used: dict[tuple[datetime, str], int] = defaultdict(int)
    rows = BudgetUse.objects.filter(enterprise=enterprise, hour__gte=first, hour__lte=last)
    for hour, purpose, granted in rows.values_list("hour", "purpose", "granted"):
        used[hour, purpose] += granted
    return [
        _column(first + timedelta(hours=number), used, is_long=hours > SPANS[0]) for number in range(hours)
    ]


def _column(hour: datetime, used: dict[tuple[datetime, str], int], *, is_long: bool) -> dict[str, Any]:
    local = timezone.localtime(hour)
    return {
        "label": local.strftime("%m-%d %H:%M" if is_long else "%H:%M"),
        "title": local.strftime("%Y-%m-%d %H:%M"),
        "values": [used[hour, purpose] for purpose in TONES],
    }
