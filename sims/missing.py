"""The end of a sweep: what was not met is marked, never deleted, and only in accounts that were read completely.

Every SIM marked is hinted for a direct read, which finds it again (then the mark goes) or, after the second complete
sweep without it, confirms that it is gone (`sims.answered`).
"""

from dataclasses import asdict

from django.db import connection, transaction
from django.utils import timezone

from enterprise.models import Account, Enterprise
from mirror import runs
from mirror.apply import one_writer
from mirror.models import SyncRun
from sims import drift_marks
from sims.cursor import Cursor
from sims.hints import MISSING, hint
from sims.spec import SIM

_MARK = """
UPDATE sims_sim s
   SET missing_since = coalesce(s.missing_since, %(now)s), missed_sweeps = least(s.missed_sweeps + 1, 999)
 WHERE s.enterprise_id = %(enterprise)s AND s.removed_at IS NULL AND s.observed_at < %(started)s
   AND (s.account_id = ANY(%(accounts)s) OR %(everything)s)
   AND NOT EXISTS (SELECT 1 FROM mirror_seenkey k WHERE k.run_id = %(run)s AND k.key = s.giccid)
RETURNING s.giccid
"""


def conclude(run: SyncRun, cursor: Cursor) -> None:
    """Marks SIMs not met, notes the freshness of every complete account, and ends the run."""
    is_whole = not cursor.incomplete
    accounts = [pk for pk in cursor.complete if pk is not None]
    with transaction.atomic():
        runs.keep(run, cursor=asdict(cursor))
        one_writer(SIM, run.enterprise_id)
        with connection.cursor() as sql:
            sql.execute(
                _MARK,
                {
                    "now": timezone.now(),
                    "enterprise": run.enterprise_id,
                    "started": run.started_at,
                    "accounts": accounts,
                    "everything": is_whole,
                    "run": run.pk,
                },
            )
            hint(run.enterprise_id, (row[0] for row in sql.fetchall()), MISSING)
        Account.objects.filter(pk__in=accounts).update(swept_at=run.started_at)
        if is_whole:
            Enterprise.objects.filter(pk=run.enterprise_id).update(swept_at=run.started_at)
        if run.started_at is not None:
            drift_marks.mark(run.enterprise_id, accounts, run.started_at)
        state = SyncRun.State.SUCCEEDED if is_whole else SyncRun.State.INCOMPLETE
        runs.finish(run, state, _what_is_missing(cursor))


def _what_is_missing(cursor: Cursor) -> str:
    if not cursor.incomplete:
        return ""
    names = ", ".join(name or "SIMs without an account" for name in cursor.incomplete)
    return f"Changed while it was read, so nothing was marked missing there: {names}"[:2000]
