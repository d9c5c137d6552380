"""What a read-back's answer means for rows, tombstones and hints: one transaction."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from mirror import runs
from mirror.apply import Applied, Origin, apply, one_writer
from mirror.models import SyncRun
from sims import hooks
from sims.absence import REMOVED_AFTER
from sims.models import Hint, Sim
from sims.spec import SIM
from smarthub_client.reply import Reply
from smarthub_client.types import SimList

SOURCE = "read-back"


def settle(run: SyncRun, giccids: list[str], reply: Reply[SimList], gone: set[str]) -> set[str]:
    """Applies the answer, ends the hints it answers; returns the SIMs it left open.

    `gone`: SIMs of which the answer's silence is believed.
    """
    sent_at = reply.sent_at
    with transaction.atomic():
        runs.keep(run, state=SyncRun.State.RUNNING, error="", error_kind="")
        one_writer(SIM, run.enterprise_id)
        parts = _apply(run, giccids, reply)
        # A refused payload answers, too: it is kept among the rejected, and asking again would not mend it.
        met = {key for part in parts for key in part.keys | part.stand_ins} & set(giccids)
        _bury(run.enterprise_id, gone, sent_at)
        _count(run, parts, len(met))
        answers(run.enterprise_id, met | gone, sent_at)
    return set(giccids) - met - gone


def answers(enterprise_id: int, giccids: Collection[str], sent_at: datetime) -> None:
    """Whatever was read, by whomever, ends the hints it answers; in the transaction that applied it."""
    _end_hints(enterprise_id, giccids, sent_at)
    for told in hooks.after_read_back:
        told(enterprise_id, giccids, sent_at)


def _apply(run: SyncRun, giccids: Sequence[str], reply: Reply[SimList]) -> list[Applied]:
    """An answer serves several accounts and does not name them: each SIM stays where the last sweep put it."""
    known = Sim.objects.filter(enterprise=run.enterprise_id, giccid__in=giccids)
    accounts: dict[str, int | None] = dict.fromkeys(giccids) | dict(known.values_list("giccid", "account_id"))
    groups: defaultdict[int | None, list[Any]] = defaultdict(list)
    for item in reply.data["data"]:
        giccid = item.get("giccid") if isinstance(item, dict) else None
        if not isinstance(giccid, str) or giccid in accounts:  # what was not asked for is none of ours
            groups[accounts.get(giccid) if isinstance(giccid, str) else None].append(item)
    return [apply(SIM, items, _origin(run, reply, account_id)) for account_id, items in groups.items()]


def _origin(run: SyncRun, reply: Reply[SimList], account_id: int | None) -> Origin:
    return Origin(
        enterprise_id=run.enterprise_id,
        source=SOURCE,
        observed_at=reply.sent_at,
        scope={"account_id": account_id},
        run_id=run.pk,
        is_direct=True,
    )


def _bury(enterprise_id: int, gone: set[str], sent_at: datetime) -> int:
    """Tombstones: two complete sweeps did not meet them, and this read did not find them. The rows stay."""
    buried = Sim.objects.filter(
        enterprise=enterprise_id,
        giccid__in=gone,
        missed_sweeps__gte=REMOVED_AFTER,
        missing_since__lt=sent_at,
        observed_at__lt=sent_at,
        removed_at=None,
    )
    return buried.update(removed_at=sent_at)


def _end_hints(enterprise_id: int, answered: Collection[str], sent_at: datetime) -> None:
    """A hint set after the request was sent wants another read, when it is due: not before the clock that set it."""
    answered_ones = Hint.objects.filter(enterprise=enterprise_id, giccid__in=answered)
    rows = list(answered_ones.order_by("giccid").select_for_update())  # in order, as `hint` locks them
    Hint.objects.filter(pk__in=[row.pk for row in rows if row.hinted_at <= sent_at]).delete()
    Hint.objects.filter(pk__in=[row.pk for row in rows]).update(run_at=Greatest("run_at", "hinted_at"))


def _count(run: SyncRun, parts: list[Applied], met: int) -> None:
    cursor = {**run.cursor, "failures": 0}
    runs.keep(
        run,
        cursor=cursor,
        requests=F("requests") + 1,
        pages=F("pages") + 1,
        seen=F("seen") + met,
        created=F("created") + sum(part.created for part in parts),
        changed=F("changed") + sum(part.changed for part in parts),
        unchanged=F("unchanged") + sum(part.unchanged for part in parts),
        rejected=F("rejected") + sum(part.rejected for part in parts),
    )
