"""Where apps above hang in, since this one may not import them. They append in their `AppConfig.ready`."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise

from sims.card_models import Sim
from sims.timeline_entries import Batch, Entry
from staff.models import User

after_read_back: list[Callable[[int, Collection[str], datetime], None]] = []
"""Called with the enterprise, the SIMs an answer told of and the moment its request was sent; after the answer was
applied, inside the same transaction: what fails undoes both."""

timeline_sources: list[Callable[[Sim, datetime], Batch]] = []
"""Further things that happened to a SIM before a moment, for its timeline."""

just_told: list[Callable[[Sim], list[Entry]]] = []
"""What happened so shortly ago that it stands on the head of a SIM's page."""

news_of_sim: list[str] = []
"""What makes an open page of a SIM ask for its figures again when it differs: SQL of an array with a few rows found by
an index, where `s` is the SIM (see `sims.news`)."""


Context = Callable[[Sim, User, Mapping[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Tab:
    """A further tab on the page of a SIM, at /sims/<giccid>/<name>/.

    `template` is its body; `live_template` the parts of it that change while it is open; `head_template` its styles and
    scripts. `context` is what they are given (of a SIM, a person and the query string; an open page asks for news with
    what `poll_query` of it holds), `news` the same for the live parts. `deed`: words of a button on the SIM's head that
    leads there, for those with the permission `needs`.
    """

    name: str
    label: str | Promise
    icon: str
    template: str
    live_template: str
    head_template: str
    context: Context
    news: Context
    deed: str | Promise = ""
    needs: str = ""


tabs: list[Tab] = []


def tab_named(name: str) -> Tab | None:
    """None for a name nobody has registered."""
    return next((tab for tab in tabs if tab.name == name), None)
