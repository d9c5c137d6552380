"""Drift that no write tells of: a sweep met a SIM as it was before the order, so its row, rightly, was not touched."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

# As `commands/migrations/0002_intent.py` judges; here the sweep vouches for rows older than the intent.
_MARK = """
WITH free AS MATERIALIZED (
  SELECT i.id FROM commands_intent i JOIN sims_sim s ON s.enterprise_id = i.enterprise_id AND s.giccid = i.giccid
   WHERE i.enterprise_id = %(enterprise)s AND i.drifted_at IS NULL AND i.since <= %(swept)s
     AND s.observed_at < i.since AND s.account_id = ANY(%(accounts)s)
     AND s.removed_at IS NULL AND s.missing_since IS NULL
     AND commands_seen(i.aspect, s.status, s.package_name, s.raw) <> i.value
     FOR UPDATE OF i SKIP LOCKED
)
UPDATE commands_intent i SET drifted_at = %(swept)s FROM free WHERE i.id = free.id
"""


def mark(enterprise_id: int, account_ids: Sequence[int], swept_at: datetime) -> int:
    """After a complete sweep of these accounts that began at `swept_at`; how many SIMs' aspects drifted."""
    values: dict[str, Any] = {"enterprise": enterprise_id, "accounts": list(account_ids), "swept": swept_at}
    with connection.cursor() as cursor:
        cursor.execute(_MARK, values)
        return int(cursor.rowcount)
