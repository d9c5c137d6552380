"""Reading and claiming sync runs."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from mirror.models import SyncRun  # noqa: F401 - named in the class statement below


class SyncRunQuerySet(models.QuerySet["SyncRun"]):
    def open(self) -> SyncRunQuerySet:
        return self.filter(finished_at=None)

    def claimable(self, now: datetime) -> SyncRunQuerySet:
        """Due, and held by nobody or by somebody whose lease has run out."""
        return self.open().filter(Q(lease_until=None) | Q(lease_until__lt=now), run_at__lte=now)

    def finished(self) -> SyncRunQuerySet:
        return self.exclude(finished_at=None)
