"""The tabs above every page about changes: {% include "commands/_tabs.html" %} with `tabs=page_tabs.tabs(…)`.

A tab whose address does not exist (yet) is left out.
"""

from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from commands import inbox
from enterprise.models import Enterprise
from staff.models import User

_TABS = (
    ("commands:list", _("Orders"), "list-checks"),
    ("commands:needs-person", _("Needs a person"), "hand"),
    ("commands:plans", _("Plans"), "clipboard-list"),
    ("commands:approvals", _("Approvals"), "stamp"),
    ("sims:drift", _("Drift"), "git-compare-arrows"),
    ("commands:rules", _("Rules"), "scale"),
)


def tabs(user: User, enterprise: Enterprise, active: str) -> list[dict[str, Any]]:
    """`active`: the name of this page's address, such as "commands:plans"."""
    badges = {
        "commands:needs-person": inbox.undecided(user, enterprise).count,
        "commands:approvals": inbox.waiting_for(user, enterprise).count,
    }
    return [
        {
            "label": label,
            "url": url,
            "icon": icon,
            "active": name == active,
            "badge": (badges[name]() if name in badges else 0) or None,
        }
        for name, label, icon in _TABS
        if (url := address(name))
    ]


def address(name: str, *args: object) -> str:
    """The address of that name; empty while there is none."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
