"""What people decide about an order whose outcome nothing tells for certain. The first decision counts.

Each is written into the order's evidence and into the audit trail, and refuses with a sentence for people when the
order does not wait for one any more.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from commands import plans, queueing
from commands.fleet import fleet
from commands.kinds import kind_named
from commands.models import Command, Plan, State
from commands.refusals import Refused
from commands.states import MESSAGE
from staff import audit
from staff.models import User

SHORTEST_NOTE = 3


def mark_applied(actor: User, command: Command, note: str) -> Command:
    """It happened: who decides has seen it somewhere the portal cannot look."""
    return _settle(actor, command, State.APPLIED, note)


def mark_not_applied(actor: User, command: Command, note: str) -> Command:
    """It did not happen, and is not sent again; "retry failed" may take it up in a plan of its own."""
    return _settle(actor, command, State.NOT_APPLIED, note)


def reissue(actor: User, command: Command, note: str, *, is_sure: bool = False) -> Command:
    """Sent once more. `is_sure`: told of what may be bought twice, they want it all the same."""
    with transaction.atomic():
        command = _locked(command, note)
        if command.plan.state == Plan.State.CANCELLED:
            raise Refused(
                _("Its plan was cancelled, so nothing of it is sent again. Mark it, and make a new plan.")
            )
        if may_double(command) and not is_sure:
            raise Refused(_warning(command))
        _check_free(command)
        _check_unchanged(command)
        _move(
            actor, command, State.QUEUED, note, job=None, is_doubtful=True, queued_at=timezone.now(), why=""
        )
    return command


def look_again(actor: User, command: Command) -> Command:
    """The SIM is read anew; what was read before does not count any more."""
    if is_message(command):
        raise Refused(_("Nothing that could be read tells of a message. A report that comes still counts."))
    with transaction.atomic():
        command = _locked(command, note=None)
        _move(actor, command, State.UNKNOWN, "", is_doubtful=True)
    return command


def may_double(command: Command) -> bool:
    """Whether sending it again may add to what an earlier issue did, instead of doing nothing."""
    return kind_named(command.kind).may_double


def is_message(command: Command) -> bool:
    return command.kind == MESSAGE


def _warning(command: Command) -> str:
    if is_message(command):
        return _("The SIM may get it twice. Tick that you want it all the same.")
    return _("This may buy it twice. Tick that you want it all the same.")


def _settle(actor: User, command: Command, state: State, note: str) -> Command:
    with transaction.atomic():
        command = _locked(command, note)
        _move(
            actor,
            command,
            state,
            note,
            settled_at=timezone.now(),
            settled_by=actor,
            settle_note=note.strip()[:500],
        )
        fleet().hint(command.enterprise_id, [command.giccid])
    return command


def _locked(command: Command, note: str | None) -> Command:
    """The row as it is now, ours until the commit. `note`: why they decide so; None where nobody has to say."""
    if note is not None and len(note.strip()) < SHORTEST_NOTE:
        raise Refused(_("Say how you know: the next person has only your note."))
    plan = plans.locked(command.plan)
    found = Command.objects.select_for_update().get(pk=command.pk)
    if found.state != State.NEEDS_HUMAN:
        who = found.settled_by.display_name if found.settled_by else ""
        text = _(
            "Nothing was changed: this order does not wait for a decision any more. It is now “%(state)s”."
        )
        by = " " + _("%(who)s decided that.") % {"who": who} if who else ""
        raise Refused(text % {"state": State(found.state).label} + by)
    found.plan = plan
    return found


def _check_free(command: Command) -> None:
    """A change is in nobody's way while it waits for a person; a message may have let others pass."""
    others = Command.objects.in_the_way_of(command.kind).exclude(pk=command.pk)
    if others.filter(enterprise=command.enterprise_id, giccid=command.giccid).exists():
        raise Refused(
            _("Another message to this SIM is on its way. Send this one again once that one is through.")
        )


def _check_unchanged(command: Command) -> None:
    """As before every first issue: protected, gone or changed SIMs are left alone."""
    Command.objects.filter(pk=command.pk).update(state=State.PLANNED)
    if fleet().stale(command.plan, [command.pk]):
        raise Refused(
            _("The SIM has changed, is protected or gone, so it is not sent again. Look again, or mark it.")
        )


def _move(actor: User, command: Command, state: State, note: str, **changes: Any) -> None:
    """The decision, its evidence and its trace; whatever a worker still held of the order is void."""
    now = timezone.now()
    entry = _entry(actor, state, note, now)
    Command.objects.filter(pk=command.pk).update(
        state=state,
        changed_at=now,
        run_at=now,
        lease_until=None,
        fence=F("fence") + 1,
        misses=0,
        missed_at=None,
        evidence=[*command.evidence, entry],
        **changes,
    )
    command.refresh_from_db()
    queueing.tally(command.plan, now)
    command.plan.save(update_fields=["tally", "tallied_at"])
    detail = {"choice": entry["choice"], "giccid": command.giccid, "kind": command.kind, "note": note.strip()}
    audit.record(actor, "command.decide", command.pk, detail=detail | {"plan": str(command.plan_id)})
    queueing.wake()


def _entry(actor: User, state: State, note: str, now: datetime) -> dict[str, Any]:
    choice = {State.QUEUED: "reissue", State.UNKNOWN: "look_again"}.get(state, str(state))
    return {
        "at": now.isoformat(),
        "by": "person",
        "who": actor.display_name,
        "choice": choice,
        "note": note.strip()[:500],
    }
