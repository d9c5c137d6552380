"""Who has to do with a plan: who made it, who was asked, who may answer."""

from typing import Any

from django.db.models import Count, F, Q
from django.utils import timezone

from commands.models import Approval, Plan
from staff.models import User
from staff.roles import ADMIN, APPROVER

NAMED = 6


def people(user: User, plan: Plan) -> dict[str, Any]:
    """The open question, those answered, and who may answer."""
    asked = list(plan.approvals.select_related("requested_by", "decided_by").order_by("-requested_at")[:10])
    open_one = next((row for row in asked if row.decision == Approval.Decision.OPEN), None)
    return {
        "question": open_one,
        "is_late": open_one is not None and open_one.expires_at <= timezone.now(),
        "answers": [row for row in asked if row is not open_one],
        "deciders": who_may_decide(user, plan) if open_one else [],
    }


def who_may_decide(user: User, plan: Plan) -> list[str]:
    """Names of some who may approve it: not those who made it, and only who sees every SIM of it."""
    accounts = [pk for pk in plan.account_ids if pk]
    granted = Count("account_grants", filter=Q(account_grants__account_id__in=accounts), distinct=True)
    may = Q(groups__name__in=[APPROVER, ADMIN]) | Q(is_superuser=True)
    sees = Q(sees_all_accounts=True) | Q(granted=len(plan.account_ids))
    makers = [pk for pk in (plan.created_by_id, plan.submitted_by_id, _asking(user, plan)) if pk]
    found = User.objects.filter(may, is_active=True).exclude(pk__in=makers)
    found = found.annotate(granted=granted).filter(sees).order_by(F("username")).distinct()
    return [person.display_name for person in found[:NAMED]]


def _asking(user: User, plan: Plan) -> int | None:
    """Who looks at a draft is about to submit it."""
    return user.pk if plan.state == Plan.State.DRAFT else None
