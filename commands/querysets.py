"""Plans, commands and jobs by who may see them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from commands.states import IN_FLIGHT, MESSAGE, ON_ITS_WAY, ORDERED, State

if TYPE_CHECKING:
    from commands.models import BatchJob, Command, Plan  # noqa: F401 - named in the class statements below
    from staff.models import User


def _accounts(user: User) -> list[int]:
    return list(user.account_grants.values_list("account_id", flat=True))


class PlanQuerySet(models.QuerySet["Plan"]):
    def visible_to(self, user: User) -> PlanQuerySet:
        """All, or those whose every SIM lies in the granted accounts, and one's own of an enterprise one still sees."""
        if user.sees_all_accounts:
            return self
        granted = _accounts(user)
        own = Q(created_by=user, enterprise__accounts__in=granted)
        return self.filter(Q(account_ids__contained_by=granted) & ~Q(account_ids=[]) | own).distinct()


class CommandQuerySet(models.QuerySet["Command"]):
    def visible_to(self, user: User) -> CommandQuerySet:
        """All, or those of SIMs that were in the granted accounts when the plan was frozen."""
        if user.sees_all_accounts:
            return self
        return self.filter(account_id__in=_accounts(user))

    def ordered_ones(self) -> CommandQuerySet:
        """Without those that only stand in a plan."""
        return self.filter(state__in=ORDERED)

    def changes(self) -> CommandQuerySet:
        """Without messages, which change nothing about a SIM."""
        return self.exclude(kind=MESSAGE)

    def in_the_way_of(self, kind: str) -> CommandQuerySet:
        """Orders that must be over before another of this kind begins for the same SIM."""
        if kind == MESSAGE:
            return self.filter(kind=MESSAGE, state__in=ON_ITS_WAY)
        return self.changes().filter(state__in=IN_FLIGHT)

    def take_back(self, now: datetime) -> int:
        """Of the queued ones those that certainly did nothing yet are planned again; how many.

        Never picked up, or 429, or no byte left: whoever held it knew. What an earlier issue may have done stays.
        """
        waiting = self.filter(state=State.QUEUED, is_doubtful=False)
        return waiting.update(state=State.PLANNED, queued_at=None, changed_at=now)


class JobQuerySet(models.QuerySet["BatchJob"]):
    def visible_to(self, user: User) -> JobQuerySet:
        """All, or those with at least one SIM of the granted accounts."""
        if user.sees_all_accounts:
            return self
        return self.filter(commands__account_id__in=_accounts(user)).distinct()
