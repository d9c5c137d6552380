"""The delta: what the platform's change logs tell since the last time, read newest first.

Entries are kept (`ChangeLog`), and every SIM of a new one is read back: a log tells that something happened, the read
what is true now. `Enterprise.changes_until` moves only when a range was read completely, so whatever was lost (a
killed worker, a day without workers) is caught up by the next run, up to the 30 days the platform keeps.

That the list begins with the newest and knows `startTime` is assumed. A platform that ignores `startTime` is
noticed by entries older than asked for: its list is read to the end once a day, and between only until a page is all
older than the range, as long as everything came in order.
"""

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from enterprise.connections import client_for, note_rate
from enterprise.models import Enterprise
from enterprise.pacing import report_failure
from mirror import runs
from mirror.jobs import Due, Job
from mirror.models import SyncRun
from mirror.rejects import keep_rejected
from sims.change_logs import TARGET, read, store
from sims.delta_cursor import DeltaCursor
from sims.hints import DELTA, hint
from sims.seen import remember
from smarthub_client import SmartHubClient, SmartHubError
from smarthub_client.budget import Purpose
from smarthub_client.paging import Page

JOB_NAME = "sims.delta"
SOURCE = "delta"
PIECE_SECONDS = 10.0
PASSES = 4  # a list with gaps is read again as long as that finds something new
OVERLAP = timedelta(minutes=10)  # clocks differ, and an entry may show a little after the time it bears
KEPT = timedelta(days=30) - timedelta(minutes=5)  # so far back the platform tells (doc); not to its very edge
_SCOPE = "changes"


def due(now: datetime) -> Iterable[Due]:
    """One slot for each enterprise and interval."""
    for enterprise in Enterprise.objects.enabled().exclude(api_key_sealed=""):
        number = int(now.timestamp()) // (enterprise.delta_minutes * 60)
        yield Due(enterprise.pk, f"{enterprise.delta_minutes}min-{number}")


def advance(run: SyncRun, *, seconds: float = PIECE_SECONDS) -> None:
    """Reads pages for `seconds`, one at least; then hands over, waits, fails or finishes."""
    until = time.monotonic() + seconds
    with suppress(runs.LeaseLost):
        try:
            _work(run, client_for(run.enterprise, purpose=Purpose.POLL), until)
        except SmartHubError as error:
            report_failure(run, error)


def _work(run: SyncRun, client: SmartHubClient, until: float) -> None:
    if "since" not in run.cursor:
        runs.keep(run, cursor=asdict(_plan(run)))
    cursor = DeltaCursor(**run.cursor)
    while _read_pass(run, cursor, client, until):
        if cursor.is_complete:
            return _conclude(run, cursor)
        if cursor.passes >= PASSES - 1 or not cursor.is_worth_another_pass:
            return runs.finish(run, SyncRun.State.INCOMPLETE, cursor.what_is_missing)
        cursor.restart()
        runs.keep(run, cursor=asdict(cursor))
    return None


def _plan(run: SyncRun) -> DeltaCursor:
    """From where to read: what was read completely before, less an overlap, and never beyond what is kept."""
    now = timezone.now()
    until = Enterprise.objects.values_list("changes_until", flat=True).get(pk=run.enterprise_id)
    earliest = now - KEPT
    since = earliest if until is None else min(max(until - OVERLAP, earliest), now)
    return DeltaCursor(
        since=since.isoformat(),
        began=now.isoformat(),
        is_thorough=until is None or until.date() != now.date(),
        is_cut=until is not None and until < earliest,
    )


def _read_pass(run: SyncRun, cursor: DeltaCursor, client: SmartHubClient, until: float) -> bool:
    """Goes on to the end of the range. False: our time is up, the run was handed over."""
    options: dict[str, Any] = {"start_time": datetime.fromisoformat(cursor.since)}
    if cursor.page is not None:
        options |= {"start_page": cursor.page, "base": cursor.base}
    for page in client.iter_change_logs(**options):
        _store_page(run, cursor, page)
        if page.is_last or cursor.is_behind:
            note_rate(run.enterprise, page.rate)
            return True
        if time.monotonic() > until:
            note_rate(run.enterprise, page.rate)
            runs.hand_over(run)
            return False
    return True


def _store_page(run: SyncRun, cursor: DeltaCursor, page: Page) -> None:
    """One transaction: entries, hints, keys met and cursor; a superseded worker writes nothing at all."""
    entries, refused = read(page.data)
    with transaction.atomic():
        runs.keep(run, state=SyncRun.State.RUNNING, error="", error_kind="")
        giccids = store(run.enterprise_id, entries, page.sent_at)
        hint(run.enterprise_id, giccids, DELTA)
        keep_rejected(TARGET, refused, run.enterprise_id, SOURCE, run.pk)
        keys = numbered([*(entry.digest.hex for entry in entries), *(item.met_as for item in refused)])
        new = remember(run, _SCOPE, keys)
        cursor.met(page, [entry.happened_at for entry in entries], new)
        runs.keep(
            run,
            cursor=asdict(cursor),
            expected=cursor.first_total,
            requests=F("requests") + 1,
            pages=F("pages") + 1,
            seen=F("seen") + new,
            created=F("created") + len(giccids),
            unchanged=F("unchanged") + len(entries) - len(giccids),
            rejected=F("rejected") + len(refused),
        )


def numbered(keys: Iterable[str]) -> list[str]:
    """Entries of one page that are equal are still different ones: the second gets a number."""
    times: dict[str, int] = {}
    found = []
    for key in keys:
        times[key] = times.get(key, 0) + 1
        found.append(key if times[key] == 1 else f"{key[:56]}#{times[key]}")
    return found


def _conclude(run: SyncRun, cursor: DeltaCursor) -> None:
    """The range is complete: the next one begins where this one did, never earlier than before."""
    began = datetime.fromisoformat(cursor.began)
    earlier = Q(changes_until=None) | Q(changes_until__lt=began)
    with transaction.atomic():
        runs.keep(run, cursor=asdict(cursor))
        Enterprise.objects.filter(earlier, pk=run.enterprise_id).update(changes_until=began)
        runs.finish(run, SyncRun.State.SUCCEEDED, cursor.what_is_lost)


JOB = Job(name=JOB_NAME, due=due, advance=advance, keep_days=7)
