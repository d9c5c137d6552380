"""What the jobs that read lists have in common: their slots, and going from account to account."""

import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db.models import F

from enterprise.models import Account, Enterprise
from mirror import runs
from mirror.apply import Applied, Origin
from mirror.jobs import Due
from mirror.models import SyncRun
from smarthub_client import BadAnswer, InvalidArgument, NotFound, UnexpectedStatus, ValidationFailed

SOURCE = "refresh"
PIECE_SECONDS = 10.0


def due_every(minutes: int) -> Callable[[datetime], Iterable[Due]]:
    """One slot for each enterprise that can be read and interval."""

    def due(now: datetime) -> Iterable[Due]:
        slot = f"{minutes}min-{int(now.timestamp()) // (minutes * 60)}"
        ids = Enterprise.objects.enabled().exclude(api_key_sealed="").values_list("pk", flat=True)
        return [Due(pk, slot) for pk in ids]

    return due


def begin_accounts(run: SyncRun) -> None:
    """Sets the cursor before the first account, once."""
    if "after" not in run.cursor:
        runs.keep(run, expected=run.enterprise.accounts.present().count(), cursor={"after": 0, "failed": 0})


def read_accounts(run: SyncRun, read: Callable[[Account], None], until: float) -> None:
    """`read` for the accounts behind the cursor until the time is up, one at least; finishes after the last one."""
    for account in run.enterprise.accounts.present().filter(pk__gt=run.cursor["after"]).order_by("pk"):
        try:
            read(account)
        except (ValidationFailed, InvalidArgument, UnexpectedStatus, BadAnswer) as error:
            if error.retryable:
                raise
            # An account removed since the list goes with the next hour's list; another one counts as unread.
            failed = run.cursor["failed"] + (not isinstance(error, NotFound))
            runs.keep(run, requests=F("requests") + 1, cursor={"after": account.pk, "failed": failed})
        if time.monotonic() > until:
            return runs.hand_over(run)
    if failed := run.cursor["failed"]:
        return runs.finish(run, SyncRun.State.INCOMPLETE, f"Accounts that could not be read: {failed}")
    return runs.finish(run, SyncRun.State.SUCCEEDED)


def passed(account: Account, run: SyncRun) -> dict[str, Any]:
    """Changes for `runs.keep` when an account was read."""
    return {"cursor": {"after": account.pk, "failed": run.cursor["failed"]}}


def counted(applied: Applied) -> dict[str, Any]:
    """Changes for `runs.keep` after one page or list was applied."""
    return {
        "requests": F("requests") + 1,
        "pages": F("pages") + 1,
        "created": F("created") + applied.created,
        "changed": F("changed") + applied.changed,
        "unchanged": F("unchanged") + applied.unchanged,
        "rejected": F("rejected") + applied.rejected,
    }


def origin_of(run: SyncRun, sent_at: datetime, **scope: int | None) -> Origin:
    return Origin(
        enterprise_id=run.enterprise_id, source=SOURCE, observed_at=sent_at, scope=scope, run_id=run.pk
    )
