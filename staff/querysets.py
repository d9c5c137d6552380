"""Deeds by who may read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from staff.models import AuditEvent, User  # noqa: F401 - named in the class statement below


class AuditQuerySet(models.QuerySet["AuditEvent"]):
    def visible_to(self, user: User) -> AuditQuerySet:
        """All for people who see all accounts; a deed may tell of any of them, so the others read their own."""
        return self if user.sees_all_accounts else self.filter(actor=user.pk)
