"""What waits for people: questions about plans, and orders whose outcome nobody knows."""

import rules
from django.db.models import QuerySet
from django.utils import timezone

from commands.models import Approval, Command, Plan, State
from commands.querysets import CommandQuerySet
from enterprise.models import Enterprise
from staff.models import User


def waiting_for(user: User, enterprise: Enterprise) -> "QuerySet[Approval]":
    """Open questions this person may answer: not about their own plans, and with every SIM in sight."""
    if not rules.has_perm("commands.approve", user):
        return Approval.objects.none()
    plans = Plan.objects.visible_to(user).filter(enterprise=enterprise, state=Plan.State.AWAITING)
    others = plans.exclude(created_by=user).exclude(submitted_by=user)
    return Approval.objects.filter(
        decision=Approval.Decision.OPEN,
        expires_at__gt=timezone.now(),
        plan__in=others.order_by().values("pk"),
    )


def undecided(user: User, enterprise: Enterprise) -> CommandQuerySet:
    """Orders a person has to look at, as far as this one sees their SIMs."""
    return Command.objects.visible_to(user).filter(enterprise=enterprise, state=State.NEEDS_HUMAN)
