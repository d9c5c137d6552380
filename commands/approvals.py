"""The second person: when one is needed, who was asked, what they said."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from commands.kinds import kind_named
from commands.models import Approval, Plan, Rules
from commands.refusals import Refused
from staff.models import User


def why_needed(plan: Plan, rules: Rules) -> list[str]:
    """Codes; empty: nobody needs to be asked."""
    why = ["retire"] if kind_named(plan.kind).needs_second_person else []
    return why + (["size"] if plan.changing > rules.approval_over else [])


def ask(plan: Plan, actor: User, why: list[str], rules: Rules) -> Approval:
    """Puts the plan into the inbox of those who may approve. The caller holds the plan's lock and saves it."""
    now = timezone.now()
    plan.state = Plan.State.AWAITING
    plan.run_at = now + timedelta(hours=rules.approval_hours)
    return Approval.objects.create(
        plan=plan,
        digest=plan.digest,
        why=why,
        requested_by=actor,
        requested_at=now,
        expires_at=plan.run_at,
    )


def open_one(plan: Plan) -> Approval:
    """The open question about a plan. Raises `Refused`."""
    found = plan.approvals.select_for_update().filter(decision=Approval.Decision.OPEN).first()
    if found is None or plan.state != Plan.State.AWAITING:
        raise Refused(_("This plan does not wait for an approval any more."))
    if found.expires_at <= timezone.now():
        raise Refused(_("The question has expired. The plan has to be made again."))
    if found.digest != plan.digest:
        raise Refused(_("The plan is not the one that was asked about."))
    return found


def decide(approval: Approval, actor: User | None, decision: Approval.Decision, reason: str) -> None:
    approval.decision, approval.decided_by, approval.decided_at = decision, actor, timezone.now()
    approval.reason = reason[:500]
    approval.save()


def expire(plan: Plan, now: datetime) -> bool:
    """Whether the open question of a plan has run out; then it is closed."""
    late = plan.approvals.filter(decision=Approval.Decision.OPEN, expires_at__lte=now)
    return bool(late.update(decision=Approval.Decision.EXPIRED, decided_at=now))
