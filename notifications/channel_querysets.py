"""Channels and deliveries by who may see them: a message may tell of any account's SIM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from notifications.channel_models import Channel, Delivery  # noqa: F401 - named in the class statements below
    from staff.models import User


class ChannelQuerySet(models.QuerySet["Channel"]):
    def visible_to(self, user: User) -> ChannelQuerySet:
        """All, or none: only people who see all accounts."""
        return self if user.sees_all_accounts else self.none()


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def visible_to(self, user: User) -> DeliveryQuerySet:
        """All, or none: only people who see all accounts."""
        return self if user.sees_all_accounts else self.none()
