"""What can be done to one SIM now: every kind of change, and for those that can't, why not."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from commands.kinds import Kind, changing_kinds
from commands.plans import is_sure
from commands.states import MESSAGE
from common.statuses import sim_look
from sims.models import ApnState, Protection, Sim
from sims.planning import FROM_STATES

NOT_FOR_RETIRED = ("basic_plan", "supplementary_plan", "apn_status")


@dataclass(frozen=True)
class Offer:
    """One entry of the menu. `blocked`: why it can't be done now, in a sentence; empty: it can."""

    kind: Kind
    url: str
    blocked: str


def offers(sim: Sim, shield: Protection | None) -> list[Offer]:
    """All kinds, in the order of menus."""
    return [
        Offer(kind, reverse("sims:manage", args=[sim.giccid, kind.name]), why_not(sim, kind, shield))
        for kind in changing_kinds()
    ]


def why_not(sim: Sim, kind: Kind, shield: Protection | None) -> str:
    """Why this can't be done to the SIM as it is now; empty when it can. The plan has the last word."""
    if sim.removed_at:
        return _("It was removed from the lists.")
    if shield is not None:
        return _("Protected: %(reason)s") % {"reason": shield.reason}
    if not is_sure(sim.enterprise, kind):
        return unsure_text()
    return _state_forbids(sim, kind)


def unsure_text() -> str:
    """What to do where SmartHub's documentation does not vouch for a change."""
    return _("SmartHub does not document this. An administrator can confirm it in the rules for changes.")


def _state_forbids(sim: Sim, kind: Kind) -> str:
    word = str(sim_look(sim.status).label)
    if kind.name in FROM_STATES:
        if sim.status == kind.wanted({}):
            return _("It is “%(state)s” already.") % {"state": word}
        # An active SIM is suspended first, and retired after the cooling-off.
        allowed = (*FROM_STATES[kind.name], *(["ACTIVATED"] if kind.needs_second_person else []))
        if sim.status not in allowed:
            return _("Not possible while it is “%(state)s”.") % {"state": word}
    elif kind.name == MESSAGE and sim.status != "ACTIVATED":
        return _("Only an activated SIM takes messages; this one is “%(state)s”.") % {"state": word}
    elif kind.name in NOT_FOR_RETIRED and sim.status == "RETIRED":
        return _("Not possible while it is “%(state)s”.") % {"state": word}
    elif kind.name == "apn_status" and sim.apn_state == ApnState.NONE:
        return _("This SIM has no APN.")
    return ""
