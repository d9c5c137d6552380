"""What became of commands: read the SIM back until it is certain, and keep the evidence.

A verdict needs evidence: the change seen in a read or told by a change log; or its absence read twice, `PATIENCE`
apart, and no log of it. Only then a command that may be repeated is sent again, at most `MOST_ISSUES` times.
"""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from commands import claims, proofs
from commands.claims import claim_settling, move
from commands.evidence import with_evidence
from commands.fleet import Reported, fleet
from commands.kinds import Kind, Payload, all_kinds, kind_named
from commands.models import Command, State
from commands.states import ORDERED
from enterprise.connections import client_for, note_rate
from enterprise.models import Enterprise
from smarthub_client import AuthenticationFailed, ConfigurationError, NotFound, SmartHubClient, SmartHubError
from smarthub_client.budget import Purpose

PIECE_SECONDS = 10.0
LOOK_SECONDS = 5.0
MOST_ISSUES = 3
# The platform's clock against ours: a log that is a little older than our request may still be its effect.
CLOCKS_DIFFER = timedelta(seconds=5)
GIVE_UP = timedelta(hours=24)
# So long after a change an answer may still show what was before it (assumed).
LAGS = timedelta(hours=1)


def patience(command: Command) -> timedelta:
    """How long the absence of a change must have been read before it counts.

    A batch is carried out later than it is accepted, an accepted change may be delayed (doc), so both get longer.
    """
    seconds = float(settings.COMMANDS_PATIENCE_SECONDS)
    if command.state == State.ACKED:
        return timedelta(seconds=seconds * 15)
    return timedelta(seconds=seconds * (5 if command.job_id else 1))


def settle(enterprise_id: int, *, seconds: float = PIECE_SECONDS) -> None:
    """Reads back what is due for `seconds`: up to 100 SIMs in a call where a list shows the change."""
    until = time.monotonic() + seconds
    proofs.await_proof(enterprise_id, timezone.now())
    enterprise = Enterprise.objects.get(pk=enterprise_id)
    try:
        client = client_for(enterprise, purpose=Purpose.READ_BACK, seconds=claims.CALL_SECONDS)
    except ConfigurationError:
        return
    listed = [kind.name for kind in all_kinds() if kind.read == "list"]
    others = [kind.name for kind in all_kinds() if kind.read in ("detail", "custom")]
    try:
        while time.monotonic() < until:
            rows = claim_settling(enterprise_id, timezone.now(), listed)
            rows = rows or claim_settling(enterprise_id, timezone.now(), others, most=1)
            if not rows or not _look(enterprise, client, rows):
                return
    finally:
        client.close()


def _look(enterprise: Enterprise, client: SmartHubClient, rows: list[Command]) -> bool:
    """One read and its verdicts. False when the platform or the budget says "not now"."""
    try:
        sent_at, found = _read(enterprise, client, rows)
    except SmartHubError as error:
        note_rate(enterprise, error.rate)
        _unreadable(rows, error)
        return False
    since = min(row.sent_at or row.changed_at for row in rows) - CLOCKS_DIFFER
    logs = fleet().reported(enterprise.pk, [row.giccid for row in rows], since)
    until = time.monotonic() + LOOK_SECONDS
    for row in rows:
        if time.monotonic() < until:
            judge(client, row, found.get(row.giccid), logs.get(row.giccid, []), sent_at)
        else:  # each verdict may cost a call of its own, and our lease ends
            move([row], State(row.state), run_at=timezone.now())
    return True


def _read(
    enterprise: Enterprise, client: SmartHubClient, rows: list[Command]
) -> tuple[datetime, dict[str, Payload]]:
    """When the request was sent, and the SIMs the answer tells of. Everything read passes through the mirror's door."""
    kind, giccids = kind_named(rows[0].kind), [row.giccid for row in rows]
    if kind.read == "list":
        reply = client.sim_list(giccids=giccids, size=len(giccids))
        items = [item for item in reply.data["data"] if isinstance(item, dict)]
        note_rate(enterprise, reply.rate)
        fleet().take_in(enterprise.pk, giccids, items, reply.sent_at, is_detail=False)
        return reply.sent_at, {str(item.get("giccid")): item for item in items}
    try:
        if kind.read == "custom":
            fields = client.custom_fields_read(giccids[0])
            fleet().custom_read(enterprise.pk, giccids[0], fields.data, fields.sent_at)
            return fields.sent_at, {giccids[0]: dict(fields.data)}
        detail = client.sim_detail(giccids[0])
    except NotFound as error:
        return error.sent_at or timezone.now(), {}
    fleet().take_in(enterprise.pk, giccids, [detail.data], detail.sent_at, is_detail=True)
    return detail.sent_at, {giccids[0]: dict(detail.data)}


# --- verdicts


def judge(
    client: SmartHubClient,
    command: Command,
    payload: Payload | None,
    logs: Sequence[Reported],
    sent_at: datetime,
) -> None:
    """What one read of one SIM says about its command."""
    kind, params = kind_named(command.kind), command.plan.params
    shown = None if payload is None else kind.shows(payload, params, _baseline(command))
    read = {"at": sent_at.isoformat(), "by": "read", "saw": _saw(kind, payload, params)}
    own = [log for log in logs if log.at >= _since(command) and kind.reported(log, params)]
    if shown and not own and _may_be_of_old(command):
        _look_once_more(command, read)
    elif shown:
        move([command], State.APPLIED, error="", why="", **with_evidence(read))
    elif own:
        _by_log(command, own[-1], read)
    else:
        _not_seen(client, command, kind, read, sent_at)


def _may_be_of_old(command: Command) -> bool:
    """Whether what was seen may be what the SIM showed before an earlier change: an answer can lag behind.

    Only asked when the platform did not accept it, and believed when it is seen a second time in a row.
    """
    if command.state != State.UNKNOWN or not command.after or _was_seen(command):
        return False
    earlier = Command.objects.filter(
        enterprise=command.enterprise_id, giccid=command.giccid, before=command.after, state__in=ORDERED
    )
    return earlier.filter(settled_at__gte=_since(command) - LAGS).exclude(pk=command.pk).exists()


def _was_seen(command: Command) -> bool:
    return bool(command.evidence) and bool(command.evidence[-1].get("shows"))


def _look_once_more(command: Command, read: dict[str, Any]) -> None:
    run_at = timezone.now() + patience(command) / 6
    move([command], State.UNKNOWN, run_at=run_at, **with_evidence(read | {"shows": True}))


def _by_log(command: Command, log: Reported, read: dict[str, Any]) -> None:
    told = _told(log)
    if log.has_failed:
        move([command], State.REJECTED, why="reported_failed", **with_evidence(read, told))
    else:
        move([command], State.APPLIED, error="", why="", **with_evidence(read, told))
        fleet().hint(command.enterprise_id, [command.giccid])  # the log is ahead of what the SIM showed


def _not_seen(
    client: SmartHubClient, command: Command, kind: Kind, read: dict[str, Any], sent_at: datetime
) -> None:
    first = command.missed_at or sent_at
    if command.misses >= 1 and sent_at - first >= patience(command):
        return _decide(client, command, kind, read)
    pause = claims.PAUSES[min(command.misses, len(claims.PAUSES) - 1)]
    # Not later than the moment at which it can be decided.
    run_at = min(
        timezone.now() + timedelta(seconds=pause),
        max(first + patience(command), timezone.now() + claims.FIRST_LOOK),
    )
    is_told = command.misses in (0, 1, 4) or _was_seen(command)
    changes = with_evidence(read) if is_told else {}
    move([command], State(command.state), run_at=run_at, misses=F("misses") + 1, missed_at=first, **changes)
    return None


def _decide(client: SmartHubClient, command: Command, kind: Kind, read: dict[str, Any]) -> None:
    """Not seen for long enough. The platform's own log has the last word before anything is sent again."""
    try:
        logs, asked = _ask_log(client, command)
    except SmartHubError as error:
        return _unreadable([command], error)
    own = [log for log in logs if kind.reported(log, command.plan.params)]
    if own:
        return _by_log(command, own[-1], asked)
    if command.state == State.ACKED or read["saw"] is None or not _is_retellable(kind):
        move([command], State.NEEDS_HUMAN, **with_evidence(read, asked))
    elif command.why:  # a later issue was refused for good, and no earlier one shows
        move([command], State.REJECTED, **with_evidence(read, asked))
    elif kind.may_reissue and command.issue < MOST_ISSUES and command.plan.state in ("running", "paused"):
        again = {"at": timezone.now().isoformat(), "by": "reissue"}
        move([command], State.QUEUED, run_at=timezone.now(), job=None, **with_evidence(read, asked, again))
    else:
        move([command], State.NOT_APPLIED, **with_evidence(read, asked))
    return None


def _ask_log(client: SmartHubClient, command: Command) -> tuple[list[Reported], dict[str, Any]]:
    """Entries since it was sent, and the evidence. Its filters are assumed: a platform without them is no hindrance."""
    asked: dict[str, Any] = {"at": timezone.now().isoformat(), "by": "change_logs"}
    try:
        reply = client.change_logs(giccid=command.giccid, start_time=_since(command), size=100)
    except SmartHubError as error:
        if error.retryable or isinstance(error, AuthenticationFailed):
            raise
        return [], asked | {"error": str(error)[:300]}
    logs = [log for log in fleet().read_log(reply, command.giccid) if log.at >= _since(command)]
    return logs, asked | {"entries": [_told(log) for log in logs[-5:]]}


def _is_retellable(kind: Kind) -> bool:
    """Whether a read tells for certain that it did not happen. What costs money each time is left to people."""
    return kind.baseline is None


def _unreadable(rows: Sequence[Command], error: SmartHubError) -> None:
    """No answer, no verdict: later again, and after a day people decide."""
    now = timezone.now()
    retry_at = (
        getattr(error, "retry_at", None) or getattr(error, "reset_at", None) or now + timedelta(seconds=5)
    )
    note = {"at": now.isoformat(), "by": "unreadable", "error": str(error)[:300]}
    for row in rows:
        if row.sent_at and now - row.sent_at > GIVE_UP:
            move([row], State.NEEDS_HUMAN, **with_evidence(note))
        else:
            move([row], State(row.state), run_at=retry_at)


# --- evidence


def _since(command: Command) -> datetime:
    return (command.sent_at or command.changed_at) - CLOCKS_DIFFER


def _baseline(command: Command) -> dict[str, Any]:
    known = [entry for entry in command.evidence if entry.get("by") == "baseline"]
    return known[-1] if known else {}


def _saw(kind: Kind, payload: Payload | None, params: Payload) -> str | None:
    if payload is None:
        return None
    if kind.read == "custom":
        return ", ".join(f"{name}={payload.get(name) or ''}" for name in params)[:400]
    return kind.current(payload, params)


def _told(log: Reported) -> dict[str, Any]:
    return {
        "at": log.at.isoformat(),
        "by": "change_log",
        "type": log.type,
        "original": log.original,
        "target": log.target,
        "has_failed": log.has_failed,
    }
