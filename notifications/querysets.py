"""Pushes and events by who may see them: a body may tell of any account's SIM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef

from sims.models import Sim

if TYPE_CHECKING:
    from notifications.models import (  # noqa: F401 - named in the class statements below
        Alert,
        Event,
        Occurrence,
        Push,
    )
    from staff.models import User


def _own_sims(user: User, prefix: str = "") -> Exists:
    """Whether the row's SIM lies in an account granted to this person."""
    sims = Sim.objects.visible_to(user)
    return Exists(sims.filter(enterprise=OuterRef(f"{prefix}enterprise"), giccid=OuterRef(f"{prefix}giccid")))


class PushQuerySet(models.QuerySet["Push"]):
    def visible_to(self, user: User) -> PushQuerySet:
        """All, or those whose event is about a SIM of the granted accounts."""
        if user.sees_all_accounts:
            return self
        return self.filter(_own_sims(user, "event__"))


class EventQuerySet(models.QuerySet["Event"]):
    def visible_to(self, user: User) -> EventQuerySet:
        """All, or those about a SIM of the granted accounts."""
        if user.sees_all_accounts:
            return self
        return self.filter(_own_sims(user))


class AlertQuerySet(models.QuerySet["Alert"]):
    def visible_to(self, user: User) -> AlertQuerySet:
        """All, or those with an occurrence about a SIM of the granted accounts."""
        if user.sees_all_accounts:
            return self
        occurrences: OccurrenceQuerySet = apps.get_model("notifications.Occurrence").objects.all()
        return self.filter(Exists(occurrences.visible_to(user).filter(alert=OuterRef("pk"))))


class OccurrenceQuerySet(models.QuerySet["Occurrence"]):
    def visible_to(self, user: User) -> OccurrenceQuerySet:
        """All, or those about a SIM of the granted accounts."""
        if user.sees_all_accounts:
            return self
        return self.filter(_own_sims(user))
