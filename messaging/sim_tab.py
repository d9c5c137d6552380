"""The conversation as a tab on the page of its SIM; wired in `smarthub_portal.apps`: neither app knows the other."""

from collections.abc import Mapping
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _

from messaging import compose, talk_presentation
from messaging.access import get_conversation_or_404
from staff.models import User

NAME = "messages"
LABEL = _("Messages")
ICON = "message-square"
DEED = _("Send SMS")
NEEDS = "commands.run"
TEMPLATE = "messaging/_sim_tab.html"
LIVE_TEMPLATE = "messaging/_talk_parts.html"
HEAD_TEMPLATE = "messaging/_head.html"
Query = Mapping[str, Any]


class _Sim(Protocol):
    giccid: str


def context(sim: _Sim, user: User, query: Query) -> dict[str, Any]:
    """As it opens: at the newest messages. Older ones come on click, with their own page behind them."""
    talk = get_conversation_or_404(user, sim.giccid)
    found = talk_presentation.opened(user, talk, {}, compose.SIM_PAGE)
    return found | {"poll_query": {"since": found["since"]}}


def news(sim: _Sim, user: User, query: Query) -> dict[str, Any]:
    """What an open one asks for."""
    talk = get_conversation_or_404(user, sim.giccid)
    return talk_presentation.news(user, talk, query) | {"place": compose.SIM_PAGE}
