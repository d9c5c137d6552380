"""The tabs above every page about SMS: {% include "components/tabs.html" with tabs=tabs label=_("SMS") only %}.

A tab whose address does not exist (yet) is left out.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from commands.page_tabs import address
from enterprise.models import Enterprise
from messaging import unread
from staff.models import User

_TABS = (
    ("messages:list", _("Conversations"), "messages-square"),
    ("messages:templates", _("Templates"), "notepad-text-dashed"),
    ("messages:settings", _("Settings"), "settings-2"),
)


def tabs(user: User, enterprise: Enterprise, active: str) -> list[dict[str, Any]]:
    """`active`: the name of this page's address, such as "messages:list"."""
    badge = unread.badge(user, enterprise)
    return [
        {
            "label": label,
            "url": url,
            "icon": icon,
            "active": name == active,
            "badge": badge if name == "messages:list" else "",
        }
        for name, label, icon in _TABS
        if (url := address(name))
    ]
