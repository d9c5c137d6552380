"""What the list of plans is given, and what is said when a plan comes to its end."""

from typing import Any

from django.utils.translation import gettext as _

from commands import plan_progress
from commands.kinds import all_kinds
from commands.models import Plan
from commands.plan_forms import PlanFilter
from commands.plan_presentation import title_of
from common import formats
from common.pages import page_of
from enterprise.models import Enterprise
from staff.models import User

PAGE_SIZE = 25
_SAID = {
    Plan.State.COMPLETED: "success",
    Plan.State.PAUSED: "warning",
    Plan.State.CANCELLED: "info",
    Plan.State.DECLINED: "warning",
    Plan.State.EXPIRED: "warning",
    Plan.State.DRIFTED: "warning",
    Plan.State.FAILED: "warning",
}


def plans(user: User, enterprise: Enterprise, chosen: PlanFilter, number: object) -> dict[str, Any]:
    """A page of the plans this person may see, newest first."""
    found = Plan.objects.visible_to(user).filter(enterprise=enterprise).order_by("-created_at")
    if state := chosen.chosen("state"):
        found = found.filter(state=state)
    if kind := chosen.chosen("kind"):
        found = found.filter(kind=kind)
    if chosen.chosen("mine"):
        found = found.filter(created_by=user)
    page = page_of(found.select_related("created_by").defer("source"), number, PAGE_SIZE)
    return {
        "page": page,
        "rows": [_row(plan) for plan in page.object_list],  # type: ignore[arg-type]
        "has_running": any(plan.state == Plan.State.RUNNING for plan in page.object_list),  # type: ignore[attr-defined]
        "states": [{"value": value, "label": label} for value, label in Plan.State.choices],
        "kinds": [{"value": kind.name, "label": str(kind.label)} for kind in all_kinds()],
        "chosen": {name: chosen.chosen(name) for name in ("state", "kind", "mine")},
        "is_filtered": any(chosen.chosen(name) for name in ("state", "kind", "mine")),
    }


def _row(plan: Plan) -> dict[str, Any]:
    ended = plan_progress.ended(plan)
    return {
        "plan": plan,
        "title": title_of(plan),
        "ended": ended,
        "has_begun": bool(plan.started_at),
        "failed": sum(int(plan.tally.get(name, 0)) for name in ("rejected", "not_applied")),
        "needs_human": int(plan.tally.get("needs_human", 0)),
    }


def toast(plan: Plan) -> dict[str, str] | None:
    """What an open page says when the plan has come to a state that matters."""
    state = Plan.State(plan.state)
    if state not in _SAID:
        return None
    words = {"title": title_of(plan), "state": str(state.label)}
    text = _("%(title)s: %(state)s") % words
    if state == Plan.State.COMPLETED:
        told = plan_progress.outcomes(plan)
        parts = [f"{row['label']} {formats.count(row['count'])}" for row in told]
        has_more = any(row["state"] != "applied" for row in told)
        return {"level": "warning" if has_more else "success", "text": f"{text} · {', '.join(parts)}"}
    return {"level": _SAID[state], "text": text}
