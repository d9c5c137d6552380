"""What the tab with a SIM's commands is given."""

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Page

from common.pages import page_of
from sims import orders
from sims.card_presentation import frame
from sims.models import Sim
from sims.order_presentation import coming, line
from staff.models import User

PAGE_SIZE = 25


def commands_tab(sim: Sim, user: User, query: Mapping[str, Any]) -> dict[str, Any]:
    page: Page[Any] = page_of(orders.orders_of(user, sim), query.get("page"), PAGE_SIZE)
    return frame(sim, user, "commands") | {
        "page": page,
        "lines": [line(order) for order in page.object_list],
        "to_come": [coming(order) for order in orders.to_come(user, sim)] if page.number == 1 else [],
    }
