"""What accounts used day by day, out of `AccountDay`: the biggest ones apart, the others together."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import QuerySet, Sum

from enterprise.models import Account, Enterprise
from sims.models import AccountDay
from staff.models import User

BIGGEST = 5
OTHERS = -1


@dataclass(frozen=True)
class AccountUsage:
    """MB by day (UTC) of one account; `account_id` 0 stands for no account, `OTHERS` for all but the biggest."""

    account_id: int
    name: str
    by_day: dict[date, float]


@dataclass(frozen=True)
class FleetUsage:
    """The last days, oldest first, and who used how much of them; the biggest account first."""

    days: list[date]
    parts: list[AccountUsage]


def fleet_usage(user: User, enterprise: Enterprise, days: int, now: datetime) -> FleetUsage:
    """At most three queries; accounts that used nothing are left out."""
    today = now.astimezone(UTC).date()
    span = [today - timedelta(days=ago) for ago in range(days - 1, -1, -1)]
    rows = _visible_days(user, enterprise).filter(day__gte=span[0], day__lte=today)
    sums = dict(rows.values_list("account_id").annotate(mb=Sum("data_mb")).filter(mb__gt=0).order_by("-mb"))
    biggest = list(sums)[:BIGGEST]
    if not biggest:
        return FleetUsage(span, [])
    by_account: dict[int, dict[date, float]] = defaultdict(dict)
    for account, day, mb in rows.filter(account_id__in=biggest).values_list("account_id", "day", "data_mb"):
        by_account[account][day] = mb
    if len(sums) > len(biggest):
        rest = rows.exclude(account_id__in=biggest).values_list("day").annotate(mb=Sum("data_mb")).order_by()
        by_account[OTHERS] = dict(rest)
    names = dict(Account.objects.filter(pk__in=biggest).values_list("pk", "name"))
    order = [*biggest, *([OTHERS] if OTHERS in by_account else [])]
    return FleetUsage(span, [AccountUsage(pk, names.get(pk, ""), by_account[pk]) for pk in order])


def _visible_days(user: User, enterprise: Enterprise) -> "QuerySet[AccountDay]":
    """Rows of the accounts a person sees; SIMs of no account (0) are for people who see all."""
    rows = AccountDay.objects.filter(enterprise=enterprise)
    if user.sees_all_accounts:
        return rows
    accounts = Account.objects.visible_to(user).filter(enterprise=enterprise).values("pk")
    return rows.filter(account_id__in=accounts)
