"""The full sweep: every SIM of an enterprise, page by page, account by account.

A list item does not say which account it belongs to (doc), so each account is asked for its own SIMs. Every page is
one transaction: rows, keys met, cursor. A killed worker's sweep goes on from the cursor. An account is complete only
if its distinct ICCIDs equal the total announced at its start and at its end.
"""

import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from enterprise.accounts import refresh_accounts
from enterprise.connections import client_for, note_rate
from enterprise.models import Enterprise
from enterprise.pacing import report_failure
from mirror import runs
from mirror.apply import Origin, apply
from mirror.jobs import Due, Job
from mirror.models import SeenKey, SyncRun
from mirror.rejects import Refused
from sims.answered import answers
from sims.cursor import REST, Cursor
from sims.missing import conclude
from sims.pace import PAGE_SIZE, is_too_soon
from sims.seen import remember
from sims.spec import SIM
from smarthub_client import SmartHubClient, SmartHubError, ValidationFailed
from smarthub_client.budget import Purpose
from smarthub_client.paging import Page

JOB_NAME = "sims.sweep"
PIECE_SECONDS = 10.0
PASSES = (
    4  # an account that changed or had gaps while it was read is read again before it counts as incomplete
)


def due(now: datetime) -> Iterable[Due]:
    """One slot for each enterprise and interval; fewer where the fleet is too large for that."""
    for enterprise in Enterprise.objects.enabled().exclude(api_key_sealed=""):
        if is_too_soon(enterprise, JOB_NAME, now.timestamp()):
            continue
        number = int(now.timestamp()) // (enterprise.sweep_minutes * 60)
        yield Due(enterprise.pk, f"{enterprise.sweep_minutes}min-{number}")


def advance(run: SyncRun, *, seconds: float = PIECE_SECONDS) -> None:
    """Reads pages for `seconds`, one at least; then hands over, waits, fails or finishes."""
    until = time.monotonic() + seconds
    with suppress(runs.LeaseLost):
        try:
            _work(run, client_for(run.enterprise, purpose=Purpose.SWEEP), until)
        except SmartHubError as error:
            report_failure(run, error)


def _work(run: SyncRun, client: SmartHubClient, until: float) -> None:
    cursor = Cursor(**run.cursor) if "scopes" in run.cursor else _plan(run, client)
    while not cursor.is_at_end or _look_for_more(run, cursor, client):
        if not _read_account(run, cursor, client, until):
            return
    conclude(run, cursor)


def _plan(run: SyncRun, client: SmartHubClient) -> Cursor:
    """Two requests: which accounts there are, and how many SIMs in all."""
    refresh_accounts(run.enterprise, client, run)
    total = _announced(client)
    accounts = run.enterprise.accounts.present().order_by("pk").values_list("pk", "name")
    cursor = Cursor(scopes=[list(account) for account in accounts], announced=total)
    runs.keep(run, cursor=asdict(cursor), expected=total, requests=F("requests") + 1)
    return cursor


def _announced(client: SmartHubClient) -> int:
    total = client.sim_list(size=1).data.get("total")
    return total if isinstance(total, int) else 0


def _look_for_more(run: SyncRun, cursor: Cursor, client: SmartHubClient) -> bool:
    """Whether SIMs are left that no account lists. The total is asked again first: SIMs go while a sweep runs."""
    if not cursor.may_miss_some:
        return False
    cursor.announced = _announced(client)
    if cursor.may_miss_some:
        cursor.scopes.append(REST)
    runs.keep(run, cursor=asdict(cursor), requests=F("requests") + 1)
    return not cursor.is_at_end


def _read_account(run: SyncRun, cursor: Cursor, client: SmartHubClient, until: float) -> bool:
    """Goes on with the cursor's account. False: stopped in the middle (time or budget is used up), state is saved."""
    resumed = {"start_page": cursor.page, "base": cursor.base} if cursor.page is not None else {}
    try:
        for page in client.iter_sims(account_name=cursor.account_name, size=PAGE_SIZE, **resumed):
            _store_page(run, cursor, page)
            if _must_stop(run, cursor, page, until):
                return False
    except ValidationFailed:  # the account went away since the plan was made; the next sweep's plan knows
        if cursor.account_id is None:
            raise
        cursor.leave(is_complete=False)
        runs.keep(run, cursor=asdict(cursor), requests=F("requests") + 1)
    return True


def _must_stop(run: SyncRun, cursor: Cursor, page: Page, until: float) -> bool:
    """Hands the run over when our time is up."""
    is_done = cursor.is_at_end and not cursor.may_miss_some
    is_over = time.monotonic() > until
    if page.is_last or is_over:
        note_rate(run.enterprise, page.rate)
    if is_done or not is_over:
        return False
    runs.hand_over(run)
    return True


def _store_page(run: SyncRun, cursor: Cursor, page: Page) -> None:
    """One transaction: the lease is checked first, so a superseded worker writes nothing at all."""
    cursor.met(page)
    with transaction.atomic():
        runs.keep(run, state=SyncRun.State.RUNNING, error="", error_kind="")
        payloads = _unmet(run, page.data) if cursor.account_id is None else page.data
        origin = Origin(
            enterprise_id=run.enterprise_id,
            source="sweep",
            observed_at=page.sent_at,
            scope={"account_id": cursor.account_id},
            run_id=run.pk,
        )
        applied = apply(SIM, payloads, origin)
        answers(run.enterprise_id, applied.keys, page.sent_at)
        new = remember(run, cursor.scope_name, applied.keys | applied.stand_ins)
        cursor.seen += new
        forgotten = _close_account(run, cursor) if page.is_last else 0
        runs.keep(
            run,
            cursor=asdict(cursor),
            requests=F("requests") + 1,
            pages=F("pages") + 1,
            seen=F("seen") + new - forgotten,
            created=F("created") + applied.created,
            changed=F("changed") + applied.changed,
            unchanged=F("unchanged") + applied.unchanged,
            rejected=F("rejected") + applied.rejected,
        )


def _unmet(run: SyncRun, payloads: Sequence[Any]) -> list[Any]:
    """Of a list over all accounts, those no account has listed in this run."""
    keys = [Refused(payload, "").met_as for payload in payloads]
    met = set(SeenKey.objects.filter(run=run, key__in=keys).exclude(scope="").values_list("key", flat=True))
    return [payload for payload, key in zip(payloads, keys, strict=True) if key not in met]


def _close_account(run: SyncRun, cursor: Cursor) -> int:
    """An incomplete account is read once more from its start; returns how many of its SIMs count no longer.

    One that stood still but had gaps (shifted pages) keeps what was met. That might hide a SIM which went while another
    came; what it leaves out is marked at most, and read directly right afterwards.
    """
    is_complete = cursor.is_account_complete
    if is_complete or cursor.passes >= PASSES - 1 or not cursor.is_worth_another_pass:
        cursor.leave(is_complete=is_complete)
        return 0
    if cursor.has_only_gaps and cursor.account_id is not None:
        cursor.fill_gaps()
        return 0
    forgotten, _by_model = SeenKey.objects.filter(run=run, scope=cursor.scope_name).delete()
    cursor.restart()
    return forgotten


JOB = Job(name=JOB_NAME, due=due, advance=advance)
