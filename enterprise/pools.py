"""Share pools, read every 15 minutes: one request for every 100.

Their list is read like a sweep: only if as many different pools were met as announced at its first and its last page,
and none was refused, pools that were not met are marked missing.
"""

import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from enterprise.accounts import ensure_accounts
from enterprise.connections import client_for, note_rate
from enterprise.models import SharePool
from enterprise.pacing import report_failure
from enterprise.reading import PIECE_SECONDS, counted, due_every, origin_of
from enterprise.specs import SHARE_POOL
from mirror import runs
from mirror.apply import Applied, apply
from mirror.jobs import Job
from mirror.models import SeenKey, SyncRun
from smarthub_client import SmartHubClient, SmartHubError
from smarthub_client.budget import Purpose
from smarthub_client.paging import Page

JOB_NAME = "enterprise.pools"
PAGE_SIZE = 100


def advance(run: SyncRun, *, seconds: float = PIECE_SECONDS) -> None:
    """Pages for `seconds`, one at least; then hands over. A failure waits or ends the run, the reason on it."""
    until = time.monotonic() + seconds
    with suppress(runs.LeaseLost):
        try:
            client = client_for(run.enterprise, purpose=Purpose.POLL)
            ensure_accounts(run, client)
            _read_pages(run, client, until)
        except SmartHubError as error:
            report_failure(run, error)


def _read_pages(run: SyncRun, client: SmartHubClient, until: float) -> None:
    cursor = run.cursor
    if cursor.get("page", 0) is None:  # a worker died between the last page and the conclusion
        return _conclude(run)
    resumed = {"start_page": cursor["page"], "base": cursor["base"]} if "page" in cursor else {}
    for page in client.iter_share_pools(size=PAGE_SIZE, **resumed):
        _store(run, page)
        note_rate(run.enterprise, page.rate)
        if page.is_last:
            return _conclude(run)
        if time.monotonic() > until:
            return runs.hand_over(run)
    return None


def _store(run: SyncRun, page: Page) -> None:
    """One transaction: the lease is checked first, so a superseded worker writes nothing at all."""
    first = {"started": page.sent_at.isoformat(), "first_total": page.total}
    cursor = {**first, **run.cursor, "page": page.next_page, "base": page.base, "last_total": page.total}
    cursor.pop("failures", None)
    with transaction.atomic():
        runs.keep(run, state=SyncRun.State.RUNNING, error="", error_kind="", cursor=cursor)
        for account_id, payloads in _by_account(run, page.data).items():
            # Few rows: each notes when it was read last, so that its age can be told.
            origin = replace(origin_of(run, page.sent_at, account_id=account_id), is_direct=True)
            applied = apply(SHARE_POOL, payloads, origin)
            changes = counted(applied) | {"requests": F("requests"), "pages": F("pages")}
            runs.keep(run, seen=F("seen") + _remember(run, applied), **changes)
        runs.keep(run, requests=F("requests") + 1, pages=F("pages") + 1, expected=page.total)


def _by_account(run: SyncRun, payloads: Sequence[Any]) -> dict[int | None, list[Any]]:
    """The platform tells the account's name; None for a name that fits none of ours, or an odd one."""
    ids = dict(run.enterprise.accounts.values_list("name", "pk"))
    groups: dict[int | None, list[Any]] = defaultdict(list)
    for payload in payloads:
        name = payload.get("accountName") if isinstance(payload, dict) else None
        groups[ids.get(name) if isinstance(name, str) else None].append(payload)
    return groups


def _remember(run: SyncRun, applied: Applied) -> int:
    """How many of the pools this run meets for the first time."""
    keys = applied.keys | applied.stand_ins
    known = set(SeenKey.objects.filter(run=run, key__in=keys).values_list("key", flat=True))
    rows = [SeenKey(run=run, scope="", key=key) for key in sorted(keys - known)]
    return len(SeenKey.objects.bulk_create(rows))


def _conclude(run: SyncRun) -> None:
    """Pools that were not met are marked, never deleted, and only if the list was read completely."""
    run.refresh_from_db(fields=["seen", "rejected"])
    totals = {run.cursor["first_total"], run.cursor["last_total"]}
    if run.rejected == 0 and totals <= {run.seen, None}:
        started = datetime.fromisoformat(run.cursor["started"])
        met = SeenKey.objects.filter(run=run).values("key")
        gone = SharePool.objects.filter(enterprise=run.enterprise_id, observed_at__lte=started).present()
        with transaction.atomic():
            runs.keep(run)
            gone.exclude(key__in=met).update(missing_since=started)
            runs.finish(run, SyncRun.State.SUCCEEDED)
        return
    text = f"Pools announced: {run.cursor['last_total']}; read: {run.seen}, of which refused: {run.rejected}"
    runs.finish(run, SyncRun.State.INCOMPLETE, text)


JOB = Job(name=JOB_NAME, due=due_every(15), advance=advance, keep_days=7)
