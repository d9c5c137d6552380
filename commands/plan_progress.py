"""How far a plan is, out of what its worker counted last."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commands.models import Plan, State
from commands.plan_lines import tally_of
from commands.queueing import STEPS
from commands.states import MESSAGE
from common import formats

ENDED = (State.APPLIED, State.REJECTED, State.NOT_APPLIED, State.NEEDS_HUMAN, State.CANCELLED)
_ORDER = (
    State.APPLIED,
    State.REJECTED,
    State.NOT_APPLIED,
    State.NEEDS_HUMAN,
    State.UNKNOWN,
    State.ACKED,
    State.SENT,
    State.LEASED,
    State.QUEUED,
    State.PLANNED,
    State.CANCELLED,
)
_OF_MESSAGES = {
    State.APPLIED: _lazy("Accepted"),
    State.REJECTED: _lazy("Refused"),
    State.NOT_APPLIED: _lazy("Not sent"),
}
"""What becomes of a message after it was accepted only SmartHub's reports tell."""


def ended(plan: Plan) -> int:
    """SIMs of which nothing more is to come by itself."""
    return sum(int(plan.tally.get(state.value, 0)) for state in ENDED)


def outcomes(plan: Plan) -> list[dict[str, Any]]:
    """[{state, count}] of the SIMs it changes, good news first; empty before it was released."""
    if not plan.tally:
        return []
    counts, words = tally_of(plan), _OF_MESSAGES if plan.kind == MESSAGE else {}
    return [
        {"state": state.value, "label": words.get(state, state.label), "count": counts[state.value]}
        for state in _ORDER
        if counts.get(state.value)
    ]


def progress(plan: Plan, now: datetime) -> dict[str, Any]:
    """Bar, pace and expected end. The pace is the average since it began."""
    done, total = ended(plan), plan.changing
    seconds = ((plan.tallied_at or now) - plan.started_at).total_seconds() if plan.started_at else 0
    pace = 60 * done / seconds if seconds >= 1 and done else 0.0
    is_running = plan.state == Plan.State.RUNNING
    left = total - done
    return {
        "done": done,
        "total": total,
        "percent": 100 * done // total if total else 0,
        "note": pace_text(pace) if is_running and not plan.pace else "",
        # Of a paced plan the average says little: it rests.
        "ends_at": now + timedelta(minutes=left / pace)
        if is_running and pace and left and not plan.pace
        else None,
        "step": _step(plan),
        "under_way": total - done - int(plan.tally.get("planned", 0)) if plan.tally else 0,
        "failed": sum(int(plan.tally.get(name, 0)) for name in ("rejected", "not_applied")),
        "needs_human": int(plan.tally.get("needs_human", 0)),
    }


def pace_text(pace: float) -> str:
    """Speed in words."""
    if not pace:
        return _("Starting")
    return _("%(count)s SIMs a minute") % {"count": formats.count(max(1, round(pace)))}


def _step(plan: Plan) -> str:
    """Where a plan in steps stands, in words."""
    if plan.mode != Plan.Mode.CANARY or not plan.started_at:
        return ""
    if plan.stage < len(STEPS):
        words = {"step": plan.stage + 1, "n": formats.count(STEPS[plan.stage])}
        return _("Step %(step)s of 3: %(n)s SIMs") % words
    return _("Step 3 of 3: the rest")
