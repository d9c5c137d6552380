"""A rule that suspends: never more than its limit, never on a push alone, and always as a plan people can see.

What is to be suspended is recorded with the alert, in one transaction; a worker makes the plan of it afterwards. The
plan's name follows from the record, so a killed worker's successor finds the plan instead of making a second one.
"""

import uuid
from datetime import datetime, timedelta

from django.db.models import Sum
from django.utils.translation import gettext as _

from commands import plans
from commands.models import Plan
from commands.refusals import Refused
from notifications import tag_loops
from notifications.defaults import name_of
from notifications.models import Event, Execution, Rule
from notifications.raising import Raised
from notifications.triggers import trigger_of
from sims.models import Sim, Status
from staff.models import User

WINDOW = timedelta(hours=24)
_NAMESPACE = uuid.UUID("5f0e9a55-5f0c-4a6e-9b57-0a2f3f6a2b61")


def consider(rule: Rule, raised: Raised, now: datetime) -> None:
    """Records what is to be suspended, or would be; joins the caller's transaction, which holds the rule's lock."""
    if rule.suspend == Rule.Suspend.OFF or not trigger_of(rule).may_suspend:
        return
    told = {
        match.giccid for match in raised.fresh if match.giccid and _is_sure(match.event_id, match.verdict)
    }
    sims = Sim.objects.filter(
        enterprise=rule.enterprise_id, giccid__in=told, status=Status.ACTIVATED, removed_at=None
    )
    giccids = list(sims.order_by("giccid").values_list("giccid", flat=True))
    room = max(0, rule.suspend_cap - _used(rule, now))
    is_live = rule.suspend == Rule.Suspend.LIVE
    if taken := giccids[:room]:
        deed = Execution.Deed.SUSPENDED if is_live else Execution.Deed.SHADOW
        _record(rule, raised, now, deed, taken, is_pending=is_live)
    if rest := giccids[room:]:
        _record(rule, raised, now, Execution.Deed.CAPPED, rest)


def _record(
    rule: Rule,
    raised: Raised,
    now: datetime,
    deed: Execution.Deed,
    giccids: list[str],
    *,
    is_pending: bool = False,
) -> None:
    Execution.objects.create(
        rule=rule,
        alert=raised.alert,
        at=now,
        deed=deed,
        sims=len(giccids),
        giccids=giccids[:1000],
        is_pending=is_pending,
    )


def _is_sure(event_id: int | None, verdict: str) -> bool:
    """How things stand was read; what a push says must have been."""
    return event_id is None or verdict == Event.Verdict.CONFIRMED


def _used(rule: Rule, now: datetime) -> int:
    """SIMs of the last 24 hours. What was made live counts what the shadow would have done no more."""
    deed = Execution.Deed.SUSPENDED if rule.suspend == Rule.Suspend.LIVE else Execution.Deed.SHADOW
    rows = Execution.objects.filter(rule=rule, deed=deed, at__gt=now - WINDOW)
    return rows.aggregate(sims=Sum("sims"))["sims"] or 0


def carry_out() -> int:
    """Makes and releases the plans that are due; how many. HTTP is the commands' business, later."""
    count = 0
    pending = Execution.objects.filter(is_pending=True).select_related("rule__enterprise", "rule__suspend_by")
    for execution in pending.order_by("pk")[:20]:
        try:
            plan = _plan(execution)
        except Refused as refused:
            changes = {"deed": Execution.Deed.REFUSED, "text": str(refused)[:300], "is_pending": False}
        else:
            if plan.state == Plan.State.FREEZING:
                continue
            changes = {"plan": plan, "is_pending": False}
        count += Execution.objects.filter(pk=execution.pk, is_pending=True).update(**changes)
    return count


def _plan(execution: Execution) -> Plan:
    """Made once, whoever comes first; released, unless a second person has to. Raises `Refused`."""
    rule = execution.rule
    actor = _actor(rule)
    plan = plans.make(
        actor,
        rule.enterprise,
        kind_name="suspend",
        params={},
        source=plans.Source(giccids=_seen_by(actor, rule, execution.giccids)),
        form_uid=uuid.uuid5(_NAMESPACE, str(execution.pk)),
        reason=_("Rule “%(name)s”") % {"name": name_of(rule)},
    )
    if plan.state != Plan.State.DRAFT:
        return plan
    if not plan.changing:
        return plans.cancel(actor, plan)
    return plans.submit(actor, plan, digest=plan.digest)


def _actor(rule: Rule) -> User:
    user = rule.suspend_by
    if not trigger_of(rule).may_suspend:
        raise Refused(_("What SIMs write can't be verified, so no SIM is suspended for it."))
    if loop := tag_loops.loop_of(rule):
        raise Refused(loop)
    if rule.suspend != Rule.Suspend.LIVE or not rule.is_enabled or rule.removed_at:
        raise Refused(_("The rule was switched off before its plan was made."))
    if user is None or not user.is_active or not user.has_perm("commands.run"):
        raise Refused(
            _("Whoever made this rule live may not suspend SIMs any more. Somebody who may must do it anew.")
        )
    return user


def _seen_by(user: User, rule: Rule, giccids: list[str]) -> tuple[str, ...]:
    mine = Sim.objects.visible_to(user).filter(enterprise=rule.enterprise_id, giccid__in=giccids)
    found = tuple(mine.order_by("giccid").values_list("giccid", flat=True))
    if not found:
        raise Refused(_("Whoever made this rule live does not see these SIMs."))
    return found
