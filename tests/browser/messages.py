"""Pages about SMS, for `pages.py`; each makes what it shows."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from messaging.states import MessageState
from sims.models import Sim
from tests.browser.world import LONG_NAME, World
from tests.command_factories import CommandFactory, PlanFactory
from tests.factories import SimFactory
from tests.message_factories import MessageFactory, heard

LONG = f"{LONG_NAME[:150]} https://example.com/{'x' * 150}\n\n<b>{'第二行' * 20}</b>"


def _hard_talk(world: World) -> dict[str, object]:
    """A message in every state, long ones, and one that stands in a plan."""
    sim = world.sims["ordered"]
    if not sim.enterprise.messages.exists():
        _say_everything(sim, world)
    return {"giccid": sim.giccid}


def _say_everything(sim: Sim, world: World) -> None:
    at = timezone.now() - timedelta(days=3)
    for number, state in enumerate(state for state in MessageState if state != MessageState.RECEIVED):
        order = None
        if state == MessageState.UNKNOWN:
            plan = PlanFactory(kind="sms", enterprise=sim.enterprise, params={"text": "x", "max_parts": 1})
            order = CommandFactory(sim=sim, plan=plan, state="needs_human")
        moment = at + timedelta(hours=9 * number)
        claimed = "DELIVERED" if state == MessageState.ACCEPTED else ""
        who = world.people["operator"]
        MessageFactory(sim=sim, state=state, at=moment, command=order, author=who, claimed=claimed, text=LONG)
        heard(sim, f"{LONG} {number}", at=moment)
    waiting = PlanFactory(
        kind="sms", enterprise=sim.enterprise, state="awaiting", params={"text": LONG, "max_parts": 3}
    )
    CommandFactory(sim=sim, plan=waiting)


def _listed(world: World) -> dict[str, object]:
    _hard_talk(world)
    return {}


def _gone(world: World) -> dict[str, object]:
    """Messages of a SIM nobody knows."""
    account = world.sims["plain"].account
    sim = SimFactory.build(account=account, enterprise=account.enterprise, giccid="8999777777777777777")
    heard(sim, "Still here")
    return {"giccid": sim.giccid}


def _active(world: World) -> dict[str, object]:
    return {"giccid": world.main_sim(status="ACTIVATED").giccid}


def _idle(world: World) -> dict[str, object]:
    return {"giccid": world.main_sim(status="DEACTIVATED").giccid}


LOOKS: dict[str, dict[str, Any]] = {
    "messages": {"route": "messages:list", "person": "operator", "enterprise": "hard", "args": _listed},
    "no messages": {"route": "messages:list", "person": "viewer", "enterprise": "empty"},
    "messages, searched": {
        "route": "messages:list",
        "enterprise": "hard",
        "args": _listed,
        "query": "?q=example&show=failed",
    },
    "messages, nothing found": {"route": "messages:list", "query": "?q=nothing+like+this"},
    "messages, too little to search": {"route": "messages:list", "query": "?q=a&show=unread"},
    "messages, no enterprise": {"route": "messages:list", "person": "newcomer"},
    "conversation": {
        "route": "messages:conversation",
        "person": "approver",
        "enterprise": "hard",
        "args": _hard_talk,
    },
    "conversation, empty": {"route": "messages:conversation", "person": "operator", "args": _active},
    "conversation, not possible": {"route": "messages:conversation", "person": "operator", "args": _idle},
    "conversation of a SIM that is gone": {
        "route": "messages:conversation",
        "person": "viewer",
        "enterprise": "hard",
        "args": _gone,
    },
    "SIM's messages": {
        "route": "sims:tab",
        "person": "approver",
        "enterprise": "hard",
        "args": lambda world: _hard_talk(world) | {"name": "messages"},
    },
    "SIM's messages, none": {
        "route": "sims:tab",
        "person": "operator",
        "args": lambda world: _active(world) | {"name": "messages"},
    },
}
NOT_PAGES = {
    "messages:list-live": "parts of the list of conversations",
    "messages:list-csv": "a file",
    "messages:conversation-live": "parts of a conversation",
    "messages:conversation-csv": "a file",
    "messages:send": "answers a button",
    "messages:read": "answers a button",
    "messages:unread": "answers a button",
}
