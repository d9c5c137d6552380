"""Who sees which enterprises and accounts. Every list in the portal starts from `visible_to`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from enterprise.models import Account, Enterprise, SharePool  # noqa: F401 - named in the class statement below
    from staff.models import User


class EnterpriseQuerySet(models.QuerySet["Enterprise"]):
    def visible_to(self, user: User) -> EnterpriseQuerySet:
        if user.sees_all_accounts:
            return self
        return self.filter(accounts__grants__user=user).distinct()

    def enabled(self) -> EnterpriseQuerySet:
        return self.filter(is_enabled=True)


class AccountQuerySet(models.QuerySet["Account"]):
    def visible_to(self, user: User) -> AccountQuerySet:
        if user.sees_all_accounts:
            return self
        return self.filter(grants__user=user)

    def present(self) -> AccountQuerySet:
        """Without those the platform no longer lists."""
        return self.filter(missing_since=None)


class SharePoolQuerySet(models.QuerySet["SharePool"]):
    def visible_to(self, user: User) -> SharePoolQuerySet:
        """A pool of no known account may be anybody's: only people who see all accounts see it."""
        if user.sees_all_accounts:
            return self
        return self.filter(account__grants__user=user)

    def present(self) -> SharePoolQuerySet:
        """Without those the platform no longer lists."""
        return self.filter(missing_since=None)
