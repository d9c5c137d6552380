"""Accounts and service packages, read once an hour: 1 + 2 requests for each account."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, Q

from enterprise.connections import client_for, note_rate
from enterprise.models import Account, Enterprise, ServicePackage
from enterprise.pacing import report_failure
from enterprise.specs import ACCOUNT, PACKAGE
from mirror import runs
from mirror.apply import Applied, Origin, apply
from mirror.jobs import Due, Job
from mirror.models import SyncRun
from smarthub_client import NotFound, SmartHubClient, SmartHubError
from smarthub_client.reply import Reply

JOB_NAME = "enterprise.refresh"


def due(now: datetime) -> Iterable[Due]:
    slot = now.strftime("%Y-%m-%dT%H")
    ids = Enterprise.objects.enabled().exclude(api_key_sealed="").values_list("pk", flat=True)
    return [Due(pk, slot) for pk in ids]


def advance(run: SyncRun) -> None:
    """The whole job: it is short. A failure waits or ends the run, with the reason on it."""
    try:
        client = client_for(run.enterprise)
        refresh_accounts(run.enterprise, client, run)
        names = list(run.enterprise.accounts.present().values_list("pk", "name"))
        runs.keep(run, expected=len(names))
        for account_id, name in names:
            _refresh_account(run, client, account_id, name)
    except SmartHubError as error:
        report_failure(run, error)
    else:
        runs.finish(run, SyncRun.State.SUCCEEDED)


def refresh_accounts(enterprise: Enterprise, client: SmartHubClient, run: SyncRun | None) -> None:
    """One request: the enterprise's name and its accounts; accounts no longer listed are marked, never deleted."""
    reply = client.enterprise()
    note_rate(enterprise, reply.rate)
    origin = _origin(enterprise, reply, run)
    applied = apply(ACCOUNT, reply.data.get("accounts") or [], origin)
    gone = enterprise.accounts.present().exclude(name__in=applied.keys)
    gone.filter(observed_at__lte=reply.sent_at).update(missing_since=reply.sent_at)
    name = reply.data.get("name")
    if isinstance(name, str) and name != enterprise.remote_name:
        Enterprise.objects.filter(pk=enterprise.pk).update(remote_name=name[:400])
    if run:
        runs.keep(run, requests=F("requests") + 1, rejected=F("rejected") + applied.rejected)


def _refresh_account(run: SyncRun, client: SmartHubClient, account_id: int, name: str) -> None:
    try:
        detail = client.account(name)
        packages = client.service_packages(name)
    except NotFound:  # removed between the two reads; the next hour's list will say so
        runs.keep(run, requests=F("requests") + 1)
        return
    Account.objects.filter(
        Q(detail_observed_at=None) | Q(detail_observed_at__lt=detail.sent_at), pk=account_id
    ).update(detail=dict(detail.data), detail_observed_at=detail.sent_at)
    origin = _origin(run.enterprise, packages, run, account_id=account_id)
    applied = apply(PACKAGE, packages.data.get("data") or [], origin)
    ServicePackage.objects.filter(account_id=account_id, missing_since=None).exclude(
        key__in=applied.keys
    ).update(missing_since=packages.sent_at)
    note_rate(run.enterprise, packages.rate)
    _count(run, applied, seen=1, requests=2)


def _origin(enterprise: Enterprise, reply: Reply, run: SyncRun | None, **scope: int) -> Origin:  # type: ignore[type-arg]
    return Origin(
        enterprise_id=enterprise.pk,
        source="refresh",
        observed_at=reply.sent_at,
        scope=scope,
        run_id=run.pk if run else None,
    )


def _count(run: SyncRun, applied: Applied, *, seen: int, requests: int = 1) -> None:
    runs.keep(
        run,
        requests=F("requests") + requests,
        pages=F("pages") + 1,
        seen=F("seen") + seen,
        created=F("created") + applied.created,
        changed=F("changed") + applied.changed,
        unchanged=F("unchanged") + applied.unchanged,
        rejected=F("rejected") + applied.rejected,
    )


JOB = Job(name=JOB_NAME, due=due, advance=advance)
