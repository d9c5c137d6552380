"""What the inbox of approvals is given."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from commands.models import Approval, Plan
from commands.plan_presentation import WHY_ASKED, params_of, title_of
from enterprise.models import Enterprise
from staff.models import User

MOST_OPEN, MOST_CLOSED = 200, 30


def inbox(user: User, enterprise: Enterprise) -> dict[str, Any]:
    """Open questions, those about one's own plans apart, and the last answers."""
    now = timezone.now()
    seen = Plan.objects.visible_to(user).filter(enterprise=enterprise).order_by().values("pk")
    asked = Approval.objects.filter(plan__in=seen).select_related(
        "plan", "plan__created_by", "requested_by", "decided_by"
    )
    asked = asked.defer("plan__source")
    is_open = {"decision": Approval.Decision.OPEN, "expires_at__gt": now}
    rows = [_row(user, row, now) for row in asked.filter(**is_open).order_by("-requested_at")[:MOST_OPEN]]
    closed = asked.exclude(**is_open).order_by("-requested_at")[:MOST_CLOSED]
    return {
        "others": [row for row in rows if not row["is_own"]],
        "own": [row for row in rows if row["is_own"]],
        "closed": [_row(user, row, now) for row in closed],
        "may_decide": user.has_perm("commands.approve"),
    }


def _row(user: User, approval: Approval, now: datetime) -> dict[str, Any]:
    plan = approval.plan
    is_late = approval.decision == Approval.Decision.OPEN and approval.expires_at <= now
    return {
        "approval": approval,
        "plan": plan,
        "title": title_of(plan),
        "params": params_of(plan),
        "why": [WHY_ASKED[code] for code in approval.why if code in WHY_ASKED],
        "is_own": user.pk in (plan.created_by_id, plan.submitted_by_id),
        "decision": Approval.Decision.EXPIRED.value if is_late else approval.decision,
    }
