"""The life of a plan, as people move it: made and frozen, submitted, approved, paused, cancelled, tried again.

Every function names its actor; whether they may is the view's business (permission) and this module's (second
person, digest, drift). What is refused raises `Refused` with a sentence for people, and changes nothing.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from commands import approvals, queueing
from commands.fleet import fleet
from commands.kinds import kind_named
from commands.making import Source, freeze, is_sure, make, retry_failed, rules_of
from commands.models import Approval, Command, Plan, State
from commands.refusals import Refused
from staff import audit
from staff.models import User

__all__ = [
    "Source",
    "approve",
    "bypass",
    "cancel",
    "decline",
    "drop_planned",
    "freeze",
    "is_sure",
    "locked",
    "make",
    "pause",
    "release",
    "resume",
    "retry_failed",
    "rules_of",
    "submit",
    "summary",
]


def submit(
    actor: User,
    plan: Plan,
    *,
    digest: str,
    mode: str = Plan.Mode.NOW,
    start_at: datetime | None = None,
    reason: str = "",
) -> Plan:
    """Releases a draft, or asks a second person where one is needed. A double click changes nothing."""
    with transaction.atomic():
        plan = locked(plan)
        if plan.state != Plan.State.DRAFT:
            if plan.submitted_by_id == actor.pk and plan.digest == digest:
                return plan
            raise Refused(_("This plan is not a draft any more."))
        _check_fresh(plan, digest)
        if not plan.changing:
            raise Refused(_("This plan changes nothing."))
        plan.mode, plan.start_at, plan.reason = mode, start_at, reason[:500] or plan.reason
        plan.submitted_by, plan.submitted_at = actor, timezone.now()
        why = approvals.why_needed(plan, rules_of(plan.enterprise))
        if why:
            approvals.ask(plan, actor, why, rules_of(plan.enterprise))
        else:
            release(plan)
        plan.save()
        audit.record(actor, "plan.submit", plan.uid, detail=summary(plan))
    queueing.wake()
    return plan


def _check_fresh(plan: Plan, digest: str) -> None:
    """Nobody releases what they have not seen, nor what is not true any more."""
    if digest != plan.digest:
        raise Refused(_("The plan is not the one you looked at. Reload the page."))
    if drifted := len(fleet().stale(plan)):
        text = _(
            "%(n)s SIMs have changed since this plan was made. Make it again to see what would happen now."
        )
        raise Refused(text % {"n": f"{drifted:,}"})


def release(plan: Plan) -> None:
    """From here on it runs by itself. The caller holds the row's lock and saves."""
    now = timezone.now()
    if plan.cooling_hours:
        plan.start_at = now + timedelta(hours=plan.cooling_hours)
        queueing.suspend_first(plan)
    is_later = plan.start_at is not None and plan.start_at > now
    plan.state = Plan.State.SCHEDULED if is_later else Plan.State.RUNNING
    plan.run_at = plan.start_at if is_later and plan.start_at else now
    if not is_later:
        plan.started_at = now
        queueing.queue_next(plan)
    queueing.tally(plan)


def approve(actor: User, plan: Plan, *, digest: str, reason: str = "") -> Plan:
    """By a second person: never by who made or submitted it."""
    with transaction.atomic():
        plan = locked(plan)
        approval = approvals.open_one(plan)
        if actor.pk in (plan.created_by_id, plan.submitted_by_id):
            raise Refused(_("Nobody approves their own plan."))
        _check_fresh(plan, digest)
        approvals.decide(approval, actor, Approval.Decision.APPROVED, reason)
        release(plan)
        plan.save()
        audit.record(actor, "plan.approve", plan.uid, detail=summary(plan) | {"reason": reason})
    queueing.wake()
    return plan


def decline(actor: User, plan: Plan, *, reason: str) -> Plan:
    """The second person says no; the submitter takes it back the same way. Needs a reason."""
    if not reason.strip():
        raise Refused(_("Say why, so that the other person can mend it."))
    with transaction.atomic():
        plan = locked(plan)
        approval = approvals.open_one(plan)
        is_own = actor.pk in (plan.created_by_id, plan.submitted_by_id)
        verdict = Approval.Decision.WITHDRAWN if is_own else Approval.Decision.DECLINED
        approvals.decide(approval, actor, verdict, reason)
        plan.state = Plan.State.CANCELLED if is_own else Plan.State.DECLINED
        plan.note, plan.finished_at = reason[:500], timezone.now()
        drop_planned(plan, "declined")
        plan.save()
        audit.record(actor, "plan.decline", plan.uid, detail=summary(plan) | {"reason": reason})
    return plan


def bypass(actor: User, plan: Plan, *, digest: str, reason: str) -> Plan:
    """An administrator releases it without a second person. It is shouted in the audit trail."""
    if len(reason.strip()) < 10:
        raise Refused(_("An emergency needs a reason of at least ten characters: everybody will read it."))
    with transaction.atomic():
        plan = locked(plan)
        approval = approvals.open_one(plan)
        _check_fresh(plan, digest)
        approvals.decide(approval, actor, Approval.Decision.BYPASSED, reason)
        release(plan)
        plan.save()
        audit.record(actor, "plan.bypass", plan.uid, detail=summary(plan) | {"reason": reason}, is_alarm=True)
    queueing.wake()
    return plan


def pause(actor: User, plan: Plan) -> Plan:
    """What was not picked up yet waits; what is under way ends by itself."""
    with transaction.atomic():
        plan = locked(plan)
        if plan.state != Plan.State.RUNNING:
            raise Refused(_("Only a running plan can be paused."))
        queueing.halt(plan, Plan.State.PAUSED, "")
        plan.save()
        audit.record(actor, "plan.pause", plan.uid, detail=summary(plan))
    return plan


def resume(actor: User, plan: Plan) -> Plan:
    """Goes on where it was paused, also after steps stopped by themselves."""
    with transaction.atomic():
        plan = locked(plan)
        if plan.state != Plan.State.PAUSED:
            raise Refused(_("Only a paused plan can be resumed."))
        plan.state, plan.note, plan.run_at = Plan.State.RUNNING, "", timezone.now()
        plan.lease_until = None
        plan.stage += 1 if plan.stopped_by_itself else 0
        plan.stopped_by_itself = False
        plan.save()
        audit.record(actor, "plan.resume", plan.uid, detail=summary(plan))
    queueing.wake()
    return plan


def cancel(actor: User, plan: Plan) -> Plan:
    """Nothing more of it is sent; what is under way ends by itself and is settled."""
    with transaction.atomic():
        plan = locked(plan)
        if not plan.is_open or plan.state == Plan.State.FREEZING:
            raise Refused(_("This plan has ended already."))
        for approval in plan.approvals.filter(decision=Approval.Decision.OPEN):
            approvals.decide(approval, actor, Approval.Decision.WITHDRAWN, "")
        drop_planned(plan, "cancelled")
        plan.state, plan.finished_at = Plan.State.CANCELLED, timezone.now()
        plan.save()
        audit.record(actor, "plan.cancel", plan.uid, detail=summary(plan))
    return plan


def locked(plan: Plan) -> Plan:
    """The row as it is now, ours until the commit. Takes the enterprise's queue first, as `queueing` does."""
    queueing.one_at_a_time(plan.enterprise_id)
    return Plan.objects.select_for_update(of=("self",)).select_related("enterprise").get(pk=plan.pk)


def drop_planned(plan: Plan, why: str) -> int:
    """Whatever was not picked up is cancelled; how many. Of a plan that has ended not what people queued since."""
    now = timezone.now()
    waiting = Q(state=State.PLANNED) | Q(state=State.QUEUED, queued_at__lte=plan.finished_at or now)
    rest = Command.objects.filter(waiting, plan=plan)
    doubtful = rest.filter(state=State.QUEUED, is_doubtful=True)
    if kind_named(plan.kind).may_double:
        # A person had it sent again, knowing that nobody knows: that it was not applied, nothing has shown.
        doubtful.update(state=State.NEEDS_HUMAN, changed_at=now)
    else:  # sent once and queued again: it was read as not applied, and that stays its outcome
        doubtful.update(state=State.NOT_APPLIED, settled_at=now, changed_at=now)
    count = rest.update(state=State.CANCELLED, why=why, changed_at=now)
    queueing.tally(plan)
    return count


def summary(plan: Plan) -> dict[str, Any]:
    """What the audit trail keeps of it."""
    return {
        "kind": plan.kind,
        "enterprise": plan.enterprise.name,
        "change": plan.changing,
        "state": str(plan.state),
        "digest": plan.digest,
    }
