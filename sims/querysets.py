"""SIM rows by who may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from sims.models import Sim  # noqa: F401 - named in the class statement below
    from staff.models import User


class SimQuerySet(models.QuerySet["Sim"]):
    def visible_to(self, user: User) -> SimQuerySet:
        """All, or those of the granted accounts. A SIM without an account is for people who see all."""
        if user.sees_all_accounts:
            return self
        return self.filter(account__grants__user=user)

    def present(self) -> SimQuerySet:
        """Without those the platform no longer lists."""
        return self.filter(missing_since=None)
