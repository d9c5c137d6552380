"""The full sweep: every SIM of an enterprise, page by page, account by account.

A list item does not say which account it belongs to (doc), so each account is asked for its own SIMs. Every page is
one transaction: rows, keys met, cursor. A killed worker's sweep goes on from the cursor. An account is complete only
if its distinct ICCIDs equal the total announced at its start and at its end.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from enterprise.connections import client_for, note_rate
from enterprise.models import Enterprise
from enterprise.pacing import Kind, must_pause, report_failure
from enterprise.refresh import refresh_accounts
from mirror import runs
from mirror.apply import Origin, apply
from mirror.jobs import Due, Job
from mirror.models import SeenKey, SyncRun
from sims.cursor import Cursor
from sims.missing import conclude
from sims.spec import SIM
from smarthub_client import SmartHubClient, SmartHubError
from smarthub_client.paging import Page

JOB_NAME = "sims.sweep"
PAGE_SIZE = 100
PIECE_SECONDS = 10.0
RESERVE_REASON = "The rest of this hour's requests is kept for people."
PASSES = 2  # an account that changed while it was read is read once more before it counts as incomplete


def due(now: datetime) -> Iterable[Due]:
    """One slot for each enterprise and interval; none while the last sweep is still open."""
    busy = set(SyncRun.objects.open().filter(job=JOB_NAME).values_list("enterprise_id", flat=True))
    for enterprise in Enterprise.objects.enabled().exclude(api_key_sealed="").exclude(pk__in=busy):
        number = int(now.timestamp()) // (enterprise.sweep_minutes * 60)
        yield Due(enterprise.pk, f"{enterprise.sweep_minutes}min-{number}")


def advance(run: SyncRun, *, seconds: float = PIECE_SECONDS) -> None:
    """Reads pages for `seconds`, then hands over; waits, fails or finishes as the platform's answers demand."""
    until = time.monotonic() + seconds
    try:
        client = client_for(run.enterprise)
        cursor = Cursor(**run.cursor) if run.cursor.get("scopes") else _plan(run, client)
        while cursor.account:
            if time.monotonic() > until:
                return runs.hand_over(run)
            if not _read_account(run, cursor, client, until):
                return None
        conclude(run, cursor)
    except runs.LeaseLost:
        return None
    except SmartHubError as error:
        report_failure(run, error)
    return None


def _plan(run: SyncRun, client: SmartHubClient) -> Cursor:
    """Two requests: which accounts there are, and how many SIMs in all."""
    refresh_accounts(run.enterprise, client, run)
    total = int(client.sim_list(size=1).data.get("total") or 0)
    accounts = run.enterprise.accounts.present().order_by("pk").values_list("pk", "name")
    cursor = Cursor(scopes=[list(account) for account in accounts], announced=total)
    runs.keep(run, cursor=asdict(cursor), expected=total, requests=F("requests") + 1)
    return cursor


def _read_account(run: SyncRun, cursor: Cursor, client: SmartHubClient, until: float) -> bool:
    """Goes on with the cursor's account. False: stopped in the middle (time or budget is used up), state is saved."""
    resumed = {"start_page": cursor.page, "base": cursor.base} if cursor.page is not None else {}
    for page in client.iter_sims(account_name=cursor.account_name, size=PAGE_SIZE, **resumed):
        _store_page(run, cursor, page)
        if not page.is_last and _must_stop(run, page, until):
            return False
    _close_account(run, cursor)
    return True


def _must_stop(run: SyncRun, page: Page, until: float) -> bool:
    """Puts the run to sleep when the budget is used up, or hands it over when our time is."""
    if must_pause(page.rate) and page.rate and page.rate.reset_at:
        runs.wait_until(run, page.rate.reset_at, RESERVE_REASON, Kind.THROTTLED)
    elif time.monotonic() > until:
        runs.hand_over(run)
    else:
        return False
    note_rate(run.enterprise, page.rate)
    return True


def _store_page(run: SyncRun, cursor: Cursor, page: Page) -> None:
    """One transaction: the lease is checked first, so a superseded worker writes nothing at all."""
    cursor.met(page)
    with transaction.atomic():
        runs.keep(run, state=SyncRun.State.RUNNING, error="", error_kind="", cursor=asdict(cursor))
        payloads = page.data if cursor.account_id else _unmet(run, page.data)
        origin = Origin(
            enterprise_id=run.enterprise_id,
            source="sweep",
            observed_at=page.sent_at,
            scope={"account_id": cursor.account_id},
            run_id=run.pk,
        )
        applied = apply(SIM, payloads, origin)
        new = _remember(run, cursor.scope_name, applied.keys)
        runs.keep(
            run,
            requests=F("requests") + 1,
            pages=F("pages") + 1,
            seen=F("seen") + new,
            created=F("created") + applied.created,
            changed=F("changed") + applied.changed,
            unchanged=F("unchanged") + applied.unchanged,
            rejected=F("rejected") + applied.rejected,
        )


def _unmet(run: SyncRun, payloads: Sequence[Any]) -> list[Any]:
    """Of a list over all accounts, those no account has listed in this run."""
    keys = [item.get("giccid") for item in payloads if isinstance(item, dict)]
    met = set(SeenKey.objects.filter(run=run, key__in=keys).exclude(scope="").values_list("key", flat=True))
    return [item for item in payloads if not (isinstance(item, dict) and item.get("giccid") in met)]


def _remember(run: SyncRun, scope: str, keys: frozenset[str]) -> int:
    """How many of `keys` this run meets for the first time in this account."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO mirror_seenkey (run_id, scope, key) SELECT %s, %s, unnest(%s::text[]) ON CONFLICT DO NOTHING",
            [run.pk, scope, sorted(keys)],
        )
        return int(cursor.rowcount)


def _close_account(run: SyncRun, cursor: Cursor) -> None:
    """Counts what the account gave; an incomplete one is read once more from its start."""
    seen = SeenKey.objects.filter(run=run, scope=cursor.scope_name)
    is_complete = cursor.closes_with(seen.count())
    if not is_complete and cursor.passes < PASSES - 1:
        again = seen.count()
        seen.delete()
        cursor.restart()
        runs.keep(run, cursor=asdict(cursor), seen=F("seen") - again)
        return
    cursor.leave(is_complete=is_complete)
    if cursor.needs_rest():
        cursor.scopes.append([None, None])
    runs.keep(run, cursor=asdict(cursor))


JOB = Job(name=JOB_NAME, due=due, advance=advance)
