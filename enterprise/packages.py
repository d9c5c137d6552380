"""Service packages, read once an hour: one request for each account."""

import time
from contextlib import suppress

from django.db import transaction
from django.db.models import F

from enterprise import hooks
from enterprise.accounts import ensure_accounts
from enterprise.connections import client_for, note_rate
from enterprise.models import Account
from enterprise.pacing import report_failure
from enterprise.reading import (
    PIECE_SECONDS,
    begin_accounts,
    counted,
    due_every,
    origin_of,
    passed,
    read_accounts,
)
from enterprise.specs import PACKAGE
from mirror import runs
from mirror.apply import apply
from mirror.jobs import Job
from mirror.models import SyncRun
from smarthub_client import SmartHubClient, SmartHubError
from smarthub_client.budget import Purpose

JOB_NAME = "enterprise.packages"


def advance(run: SyncRun, *, seconds: float = PIECE_SECONDS) -> None:
    """Accounts for `seconds`, one at least; then hands over. A failure waits or ends the run, the reason on it."""
    until = time.monotonic() + seconds
    with suppress(runs.LeaseLost):
        try:
            client = client_for(run.enterprise, purpose=Purpose.POLL)
            ensure_accounts(run, client)
            begin_accounts(run)
            read_accounts(run, lambda account: _read_packages(run, client, account), until)
        except SmartHubError as error:
            report_failure(run, error)


def _read_packages(run: SyncRun, client: SmartHubClient, account: Account) -> None:
    """One request. One transaction; the lease is checked first. Packages no longer listed are marked."""
    reply = client.service_packages(account.name)
    with transaction.atomic():
        runs.keep(run, **passed(account, run))
        applied = apply(PACKAGE, reply.data["data"], origin_of(run, reply.sent_at, account_id=account.pk))
        if not applied.rejected:
            gone = account.service_packages.filter(missing_since=None, observed_at__lte=reply.sent_at)
            gone.exclude(key__in=applied.keys).update(missing_since=reply.sent_at)
        for hook in hooks.after_packages:
            hook(account)
        runs.keep(run, seen=F("seen") + 1, **counted(applied))
    note_rate(run.enterprise, reply.rate)


JOB = Job(name=JOB_NAME, due=due_every(60), advance=advance)
