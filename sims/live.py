"""The parts of an open page of a SIM as they stand now."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from sims import card_presentation, card_tabs, hooks, order_tab
from sims.models import Sim
from staff.models import User

Query = Mapping[str, Any]


def poll(sim: Sim, tab: str, seen: str, **query: str) -> dict[str, Any]:
    """What the page needs to ask for news. `tab`: the one whose parts are to come along; empty: none."""
    wanted = urlencode({name: value for name, value in {"tab": tab, **query}.items() if value})
    return {"live_url": f"{reverse('sims:live', args=[sim.giccid])}?{wanted}", "seen": seen}


def parts(sim: Sim, user: User, query: Query) -> dict[str, Any]:
    """Head and tab. Where nothing of the tab moves by itself, the head alone."""
    tab = query.get("tab")
    if tab == "detail":
        return card_presentation.detail(sim, user)
    if tab == "timeline":
        return card_tabs.timeline_head(sim, user, query)
    if tab == "commands":
        return order_tab.commands_tab(sim, user, {})
    if extra := hooks.tab_named(str(tab)):
        news = extra.news(sim, user, query) | {"live_template": extra.live_template}
        return card_presentation.frame(sim, user, extra.name) | news
    return card_presentation.frame(sim, user, "raw")
