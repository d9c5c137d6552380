"""Accounts and service packages, read once an hour: 1 + 2 requests for each account."""

import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from enterprise.connections import client_for, note_rate, storable
from enterprise.models import Account, Enterprise
from enterprise.pacing import report_failure
from enterprise.specs import ACCOUNT, PACKAGE
from mirror import runs
from mirror.apply import Origin, apply
from mirror.jobs import Due, Job
from mirror.models import SyncRun
from mirror.rejects import Refused, keep_rejected
from mirror.spec import Rejected, canonical
from smarthub_client import (
    BadAnswer,
    InvalidArgument,
    NotFound,
    SmartHubClient,
    SmartHubError,
    UnexpectedStatus,
    ValidationFailed,
)
from smarthub_client.budget import Purpose
from smarthub_client.reply import Reply

JOB_NAME = "enterprise.refresh"
SOURCE = "refresh"
PIECE_SECONDS = 10.0


def due(now: datetime) -> Iterable[Due]:
    slot = now.strftime("%Y-%m-%dT%H")
    ids = Enterprise.objects.enabled().exclude(api_key_sealed="").values_list("pk", flat=True)
    return [Due(pk, slot) for pk in ids]


def advance(run: SyncRun, *, seconds: float = PIECE_SECONDS) -> None:
    """Accounts for `seconds`, one at least; then hands over. A failure waits or ends the run, the reason on it."""
    until = time.monotonic() + seconds
    with suppress(runs.LeaseLost):
        try:
            _work(run, client_for(run.enterprise, purpose=Purpose.POLL), until)
        except SmartHubError as error:
            report_failure(run, error)


def _work(run: SyncRun, client: SmartHubClient, until: float) -> None:
    if "after" not in run.cursor:
        refresh_accounts(run.enterprise, client, run)
        runs.keep(run, expected=run.enterprise.accounts.present().count(), cursor={"after": 0, "failed": 0})
    for account in run.enterprise.accounts.present().filter(pk__gt=run.cursor["after"]).order_by("pk"):
        _refresh_account(run, client, account)
        if time.monotonic() > until:
            return runs.hand_over(run)
    if failed := run.cursor["failed"]:
        return runs.finish(run, SyncRun.State.INCOMPLETE, f"Accounts that could not be read: {failed}")
    return runs.finish(run, SyncRun.State.SUCCEEDED)


def refresh_accounts(enterprise: Enterprise, client: SmartHubClient, run: SyncRun) -> None:
    """One request: the enterprise's name and its accounts; accounts no longer listed are marked, never deleted."""
    reply = client.enterprise()
    note_rate(enterprise, reply.rate)
    with transaction.atomic():
        runs.keep(run, requests=F("requests") + 1)
        applied = apply(ACCOUNT, reply.data["accounts"], _origin(run, reply))
        if not applied.rejected:  # else an account may be there that we could not read
            gone = enterprise.accounts.present().exclude(name__in=applied.keys)
            gone.filter(observed_at__lte=reply.sent_at).update(missing_since=reply.sent_at)
        runs.keep(run, rejected=F("rejected") + applied.rejected)
    Enterprise.objects.filter(pk=enterprise.pk).update(remote_name=storable(reply.data["name"]))


def _refresh_account(run: SyncRun, client: SmartHubClient, account: Account) -> None:
    """Detail and packages of one account: two requests."""
    try:
        detail = client.account(account.name)
        runs.keep(run)  # two slow answers in a row would cost the lease
        packages = client.service_packages(account.name)
    except (ValidationFailed, InvalidArgument, UnexpectedStatus, BadAnswer) as error:
        if error.retryable:
            raise
        # An account removed between the two reads goes with the next hour's list; another one counts as unread.
        failed = run.cursor["failed"] + (not isinstance(error, NotFound))
        runs.keep(run, requests=F("requests") + 1, cursor={"after": account.pk, "failed": failed})
        return
    _store(run, account, detail, packages)
    note_rate(run.enterprise, packages.rate)


def _store(run: SyncRun, account: Account, detail: Reply[Any], packages: Reply[Any]) -> None:
    """One transaction; the lease is checked first."""
    with transaction.atomic():
        runs.keep(run, cursor={"after": account.pk, "failed": run.cursor["failed"]})
        refused = _store_detail(run, account, detail)
        applied = apply(PACKAGE, packages.data["data"], _origin(run, packages, account_id=account.pk))
        if not applied.rejected:
            gone = account.service_packages.filter(missing_since=None, observed_at__lte=packages.sent_at)
            gone.exclude(key__in=applied.keys).update(missing_since=packages.sent_at)
        runs.keep(
            run,
            requests=F("requests") + 2,
            pages=F("pages") + 1,
            seen=F("seen") + 1,
            created=F("created") + applied.created,
            changed=F("changed") + applied.changed,
            unchanged=F("unchanged") + applied.unchanged,
            rejected=F("rejected") + applied.rejected + refused,
        )


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


def _origin(run: SyncRun, reply: Reply[Any], **scope: int) -> Origin:
    return Origin(
        enterprise_id=run.enterprise_id,
        source=SOURCE,
        observed_at=reply.sent_at,
        scope=scope,
        run_id=run.pk,
    )


JOB = Job(name=JOB_NAME, due=due, advance=advance)
