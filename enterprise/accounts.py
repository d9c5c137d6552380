"""Accounts, read once an hour: one request for the list, one for each account's detail."""

import time
from contextlib import suppress
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from enterprise.connections import client_for, note_rate, storable
from enterprise.models import Account, Enterprise
from enterprise.pacing import report_failure
from enterprise.reading import (
    PIECE_SECONDS,
    SOURCE,
    begin_accounts,
    due_every,
    origin_of,
    passed,
    read_accounts,
)
from enterprise.specs import ACCOUNT
from mirror import runs
from mirror.apply import apply
from mirror.jobs import Job
from mirror.models import SyncRun
from mirror.rejects import Refused, keep_rejected
from mirror.spec import Rejected, canonical
from smarthub_client import SmartHubClient, SmartHubError
from smarthub_client.budget import Purpose
from smarthub_client.reply import Reply

JOB_NAME = "enterprise.accounts"


def advance(run: SyncRun, *, seconds: float = PIECE_SECONDS) -> None:
    """Accounts for `seconds`, one at least; then hands over. A failure waits or ends the run, the reason on it."""
    until = time.monotonic() + seconds
    with suppress(runs.LeaseLost):
        try:
            client = client_for(run.enterprise, purpose=Purpose.POLL)
            if "after" not in run.cursor:
                refresh_accounts(run.enterprise, client, run)
                begin_accounts(run)
            read_accounts(run, lambda account: _read_detail(run, client, account), until)
        except SmartHubError as error:
            report_failure(run, error)


def refresh_accounts(enterprise: Enterprise, client: SmartHubClient, run: SyncRun) -> None:
    """One request: the enterprise's name and its accounts; accounts no longer listed are marked, never deleted."""
    reply = client.enterprise()
    note_rate(enterprise, reply.rate)
    with transaction.atomic():
        runs.keep(run, requests=F("requests") + 1)
        applied = apply(ACCOUNT, reply.data["accounts"], origin_of(run, reply.sent_at))
        if not applied.rejected:  # else an account may be there that we could not read
            gone = enterprise.accounts.present().exclude(name__in=applied.keys)
            gone.filter(observed_at__lte=reply.sent_at).update(missing_since=reply.sent_at)
        runs.keep(run, rejected=F("rejected") + applied.rejected)
    Enterprise.objects.filter(pk=enterprise.pk).update(remote_name=storable(reply.data["name"]))


def ensure_accounts(run: SyncRun, client: SmartHubClient) -> None:
    """For jobs that may be the first to speak with a new connection: without accounts they would read nothing."""
    if not run.enterprise.accounts.present().exists():
        refresh_accounts(run.enterprise, client, run)


def _read_detail(run: SyncRun, client: SmartHubClient, account: Account) -> None:
    """One request. One transaction; the lease is checked first."""
    reply = client.account(account.name)
    with transaction.atomic():
        runs.keep(run, **passed(account, run))
        refused = _store_detail(run, account, reply)
        runs.keep(
            run,
            requests=F("requests") + 1,
            pages=F("pages") + 1,
            seen=F("seen") + 1,
            rejected=F("rejected") + refused,
        )
    note_rate(run.enterprise, reply.rate)


def _store_detail(run: SyncRun, account: Account, detail: Reply[Any]) -> int:
    """1 when it was refused."""
    try:
        canonical(detail.data)
    except Rejected as error:
        refused = [Refused(detail.data, str(error), account.name)]
        keep_rejected(ACCOUNT.table, refused, run.enterprise_id, SOURCE, run.pk)
        return 1
    older = Q(detail_observed_at=None) | Q(detail_observed_at__lt=detail.sent_at)
    Account.objects.filter(older, pk=account.pk).update(
        detail=dict(detail.data), detail_observed_at=detail.sent_at
    )
    return 0


JOB = Job(name=JOB_NAME, due=due_every(60), advance=advance)
