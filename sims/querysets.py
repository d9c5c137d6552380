"""SIM rows by who may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from sims.card_models import Sim  # noqa: F401 - named in the class statement below
    from staff.models import User


class SimQuerySet(models.QuerySet["Sim"]):
    def visible_to(self, user: User) -> SimQuerySet:
        """All, or those of the granted accounts. A SIM without an account is for people who see all."""
        if user.sees_all_accounts:
            return self
        # As a list of ids, not as a join: every index of the list can serve that.
        return self.filter(account_id__in=list(user.account_grants.values_list("account_id", flat=True)))

    def present(self) -> SimQuerySet:
        """Without tombstones: SIMs that two complete sweeps and a direct read did not find."""
        return self.filter(removed_at=None)
