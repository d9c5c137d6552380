"""Figures of a fleet out of `Rollup`: nothing is counted over SIM rows on a visit."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet, Sum

from enterprise.models import Account, Enterprise
from mirror.apply import one_writer
from sims.models import Rollup
from sims.spec import SIM
from staff.models import User

Dimension = Rollup.Dimension


def visible_rollups(user: User, enterprise: Enterprise) -> "QuerySet[Rollup]":
    """Rows of the accounts a person sees; SIMs of no account (0) are for people who see all."""
    rows = Rollup.objects.filter(enterprise=enterprise, sims__gt=0)
    if user.sees_all_accounts:
        return rows
    accounts = Account.objects.visible_to(user).filter(enterprise=enterprise).values("pk")
    return rows.filter(account_id__in=accounts)


def counts(
    user: User, enterprise: Enterprise, dimension: str, *, account_id: int | None = None
) -> dict[str, int]:
    """SIMs by value of one dimension, of one account if given. Values nobody has are absent."""
    rows = visible_rollups(user, enterprise).filter(dimension=dimension)
    if account_id is not None:
        rows = rows.filter(account_id=account_id)
    return dict(rows.values_list("value").annotate(n=Sum("sims")).order_by("value"))


def facets(user: User, enterprise: Enterprise) -> dict[str, dict[str, int]]:
    """SIMs by value, of the dimensions the list's filters offer, in one query."""
    wanted = (Dimension.STATUS, Dimension.PACKAGE, Dimension.APN)
    found: dict[str, dict[str, int]] = {dimension: {} for dimension in wanted}
    rows = visible_rollups(user, enterprise).filter(dimension__in=wanted)
    for dimension, value, n in rows.values_list("dimension", "value").annotate(n=Sum("sims")).order_by():
        found[dimension][value] = n
    return found


def counts_by_account(user: User, enterprise: Enterprise) -> dict[int, int]:
    """SIMs by account id; 0 stands for no account."""
    rows = visible_rollups(user, enterprise).filter(dimension=Dimension.STATUS)
    return dict(rows.values_list("account_id").annotate(n=Sum("sims")).order_by("account_id"))


def total(user: User, enterprise: Enterprise) -> int:
    """SIMs in all."""
    return sum(counts(user, enterprise, Dimension.STATUS).values())


def ending(user: User, enterprise: Enterprise, days: int, now: datetime) -> int:
    """SIMs whose package ends from today (UTC) to `days` days ahead, that day included."""
    today = now.astimezone(UTC).date()
    span = (today.isoformat(), (today + timedelta(days=days)).isoformat())
    rows = visible_rollups(user, enterprise).filter(dimension=Dimension.ENDS, value__range=span)
    return rows.aggregate(n=Sum("sims"))["n"] or 0


# Every dimension's value of one SIM `s`, as `sims/migrations/0003_history_triggers.py` counts them.
_VALUES = """
  sims_sim s CROSS JOIN LATERAL (VALUES
       ('status', s.status::text), ('package', coalesce(s.package_name, '')), ('apn', s.apn_state),
       ('usage', CASE WHEN s.usage_share >= 1 THEN 'over' WHEN s.usage_share >= 0.8 THEN 'near'
                      WHEN s.data_used_mb > 0 THEN 'some' ELSE 'none' END),
       ('ends', to_char(s.package_ends_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')),
       ('presence', CASE WHEN s.missing_since IS NULL THEN 'listed' ELSE 'missing' END)
      ) v (dimension, value)
   WHERE s.enterprise_id = %(enterprise)s AND s.removed_at IS NULL AND v.value IS NOT NULL
"""
_RECOUNT = f"""
SELECT dimension, value, account_id, sum(sims) FROM (
  SELECT v.dimension, v.value, coalesce(s.account_id, 0) AS account_id, 1 AS sims FROM {_VALUES}
  UNION ALL
  SELECT dimension, value, account_id, -sims FROM sims_rollup WHERE enterprise_id = %(enterprise)s
) both_ways GROUP BY 1, 2, 3 HAVING sum(sims) <> 0 ORDER BY 1, 2, 3
"""  # noqa: S608 - our own text
_REWRITE = f"""
INSERT INTO sims_rollup (enterprise_id, account_id, dimension, value, sims, data_mb)
SELECT s.enterprise_id, coalesce(s.account_id, 0), v.dimension, v.value, count(*), sum(s.data_used_mb) FROM {_VALUES}
 GROUP BY 1, 2, 3, 4
"""  # noqa: S608


def drift(enterprise_id: int) -> Collection[tuple[str, str, int, int]]:
    """What a full count finds different from the rollups: (dimension, value, account id, by how many). Slow."""
    with connection.cursor() as cursor:
        cursor.execute(_RECOUNT, {"enterprise": enterprise_id})
        return [(row[0], row[1], row[2], int(row[3])) for row in cursor.fetchall()]


def rewrite(enterprise_id: int) -> Collection[tuple[str, str, int, int]]:
    """Counts everything anew; returns what differed. Whoever writes SIMs waits meanwhile."""
    with transaction.atomic(), connection.cursor() as cursor:
        one_writer(SIM, enterprise_id)
        cursor.execute(
            "LOCK TABLE sims_rollup IN SHARE ROW EXCLUSIVE MODE"
        )  # labels are written without `one_writer`
        found = drift(enterprise_id)
        cursor.execute(
            "DELETE FROM sims_rollup WHERE enterprise_id = %(enterprise)s", {"enterprise": enterprise_id}
        )
        cursor.execute(_REWRITE, {"enterprise": enterprise_id})
    return found
