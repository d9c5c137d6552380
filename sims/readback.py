"""Read-back: SIMs somebody hinted at, up to 100 in one call.

One open run for each enterprise works through what is due. A hint goes when an answer to a request sent after it
told of its SIM, or, whole, that there is none. What an answer left open is asked again, later and with fewer others
beside it, at most `ATTEMPTS` times; then the run says which SIMs could not be read.
"""

import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from enterprise.connections import client_for, note_rate
from enterprise.pacing import report_failure
from mirror import runs
from mirror.jobs import Due, Job
from mirror.models import SyncRun
from sims import absence
from sims.answered import settle
from sims.models import Hint
from sims.resting import rested
from smarthub_client import (
    BadAnswer,
    BadRequest,
    ConnectionLost,
    ServerError,
    SmartHubClient,
    SmartHubError,
    TimedOut,
    ValidationFailed,
)
from smarthub_client.budget import Purpose
from smarthub_client.reply import Reply
from smarthub_client.types import SimList

JOB_NAME = "sims.readback"
BATCH = 100
ATTEMPTS = 8
PIECE_SECONDS = 10.0
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 5, 300
_NAMED = 20
# Failures that may be due to the SIMs asked for; any other is about the platform, the key or the budget.
_MAYBE_OURS = (ServerError, TimedOut, ConnectionLost, BadAnswer, ValidationFailed, BadRequest)


def due(now: datetime) -> Iterable[Due]:
    """A slot for each enterprise with a hint that is due: its name is the moment, and only one run can be open."""
    waiting = Exists(Hint.objects.filter(enterprise=OuterRef("pk"), run_at__lte=now))
    connected = rested(JOB_NAME, now).filter(waiting)
    return [Due(pk, now.strftime("%Y-%m-%dT%H:%M:%S.%f")) for pk in connected.values_list("pk", flat=True)]


def advance(run: SyncRun, *, seconds: float = PIECE_SECONDS) -> None:
    """Calls for `seconds`, one at least; then hands over, waits, fails or finishes."""
    until = time.monotonic() + seconds
    with suppress(runs.LeaseLost):
        try:
            _work(run, client_for(run.enterprise, purpose=Purpose.READ_BACK), until)
        except SmartHubError as error:
            report_failure(run, error)


def _work(run: SyncRun, client: SmartHubClient, until: float) -> None:
    while giccids := next_batch(run.enterprise_id, timezone.now()):
        reply = _read(run, client, giccids)
        if time.monotonic() > until:
            if reply is not None:
                note_rate(run.enterprise, reply.rate)
            return runs.hand_over(run)
    return _finish(run)


def _read(run: SyncRun, client: SmartHubClient, giccids: list[str]) -> Reply[SimList] | None:
    """One call for these SIMs, and a second look at those it would remove. None: the call itself was refused."""
    at_stake = absence.doomed(run.enterprise_id, giccids)
    others = absence.witnesses(run.enterprise_id, giccids) if at_stake else []
    giccids = [*giccids[: BATCH - len(others)], *others]
    reply = _ask(run, client, giccids)
    if reply is not None:
        gone = absence.believed_absent(
            run, client, giccids, dict(reply.data), at_stake, is_witnessed=bool(others)
        )
        if unanswered := settle(run, giccids, reply, gone):
            postpone(run, unanswered, reply.sent_at)
    return reply


def next_batch(enterprise_id: int, now: datetime) -> list[str]:
    """ICCIDs for one call, the longest due first. What failed before shares its call with fewer and fewer others."""
    waiting = Hint.objects.filter(enterprise=enterprise_id, run_at__lte=now).order_by("run_at", "giccid")
    rows = list(waiting.values_list("giccid", "attempts")[:BATCH])
    if not rows:
        return []
    attempts = rows[0][1]
    alike = [giccid for giccid, tried in rows if tried == attempts]
    return alike[: max(1, BATCH >> attempts)]


def _ask(run: SyncRun, client: SmartHubClient, giccids: list[str]) -> Reply[SimList] | None:
    """None: refused because of what was asked, and noted at the hints. A failing platform raises."""
    sent_at = timezone.now()
    try:
        return client.sim_list(giccids=giccids, size=BATCH)
    except _MAYBE_OURS as error:
        # While nothing is answered at all, it is not because of these SIMs.
        if not (error.retryable and run.cursor.get("failures")):
            postpone(run, giccids, sent_at)
        if error.retryable:
            raise
        runs.keep(run, requests=F("requests") + 1, error=str(error)[:2000])
        return None


def postpone(run: SyncRun, giccids: Iterable[str], sent_at: datetime) -> None:
    """Another try later, twice as late each time; after `ATTEMPTS` the hint goes and the run names its SIM.

    A hint set anew since the request was sent is left as it is.
    """
    now = timezone.now()
    with transaction.atomic():
        tried = Hint.objects.filter(
            enterprise=run.enterprise_id, giccid__in=list(giccids), hinted_at__lte=sent_at
        )
        rows = list(tried.order_by("giccid").select_for_update())  # in order, as `hint` locks them
        spent = [row for row in rows if row.attempts >= ATTEMPTS - 1]
        for row in rows:
            pause = min(_FIRST_PAUSE_SECONDS * 2**row.attempts, _LONGEST_PAUSE_SECONDS)
            row.attempts, row.run_at = row.attempts + 1, now + timedelta(seconds=pause)
        Hint.objects.bulk_update([row for row in rows if row not in spent], ["attempts", "run_at"])
        Hint.objects.filter(pk__in=[row.pk for row in spent]).delete()
        if spent:
            named = [*run.cursor.get("given_up", []), *(row.giccid for row in spent)][:_NAMED]
            count = run.cursor.get("given_up_count", 0) + len(spent)
            runs.keep(run, cursor={**run.cursor, "given_up": named, "given_up_count": count})


def _finish(run: SyncRun) -> None:
    count = run.cursor.get("given_up_count", 0)
    if not count:
        return runs.finish(run, SyncRun.State.SUCCEEDED)
    names = ", ".join(run.cursor["given_up"]) + (" …" if count > _NAMED else "")
    text = f"{count} SIMs could not be read in {ATTEMPTS} attempts: {names}"
    return runs.finish(run, SyncRun.State.INCOMPLETE, text, SyncRun.ErrorKind.OTHER)


JOB = Job(name=JOB_NAME, due=due, advance=advance, keep_days=7)
