"""The form that decides about an order: which button was pressed, and what the person is told."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from commands import decisions
from commands.models import Command, Plan
from commands.refusals import Refused
from staff.models import User


def carry_out(actor: User, command: Command, data: Mapping[str, str]) -> str:
    """A sentence about what was done. Raises `Refused`."""
    note = str(data.get("note", "")).replace("\0", "")[:500]
    choice = data.get("choice")
    if choice == "applied":
        decisions.mark_applied(actor, command, note)
        if decisions.is_message(command):
            return _("Marked as sent.")
        return _("Marked as applied. The SIM is read again soon.")
    if choice == "not_applied":
        decisions.mark_not_applied(actor, command, note)
        if decisions.is_message(command):
            return _("Marked as not sent.")
        return _("Marked as not applied. The SIM is read again soon.")
    if choice == "look_again":
        decisions.look_again(actor, command)
        return _("The SIM is being read again.")
    if choice == "reissue":
        decisions.reissue(actor, command, note, is_sure=data.get("is_sure") == "1")
        if command.plan.state == Plan.State.PAUSED:
            return _("Queued again. It is sent when its plan is resumed.")
        return _("Queued again.")
    raise Refused(_("Choose what to do."))
