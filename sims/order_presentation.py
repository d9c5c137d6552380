"""What the commands of one SIM look like: the strip on its head, its tab, what is still to come."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commands.kinds import Kind, kind_named
from commands.models import Command, Plan, State
from commands.page_tabs import address
from common import formats
from common.statuses import sim_look, state_look
from sims import hooks, orders
from sims.models import Sim
from staff.models import User

HAPPENS: Mapping[str, str | Promise] = {
    State.QUEUED: gettext_lazy("waits for its turn"),
    State.LEASED: gettext_lazy("is about to be sent"),
    State.SENT: gettext_lazy("sent, no answer yet"),
    State.ACKED: gettext_lazy("waiting for SmartHub to show it"),
    State.UNKNOWN: gettext_lazy("the answer was lost; the SIM is being read to find out"),
    State.NEEDS_HUMAN: gettext_lazy("nobody can tell by itself what became of it: a person must decide"),
}
"""What goes on in each state that is not the last one."""


def strip(sim: Sim, user: User) -> dict[str, Any]:
    """What was just ordered or told, on the head of the page."""
    found = orders.fresh_orders(user, sim)
    told = [entry for just_told in hooks.just_told for entry in just_told(sim)]
    return {
        "orders": [line(order) for order in found],
        "told_lately": told,
        "is_moving": orders.is_moving(found) or any(entry.state == "reading" for entry in told),
    }


def line(order: Command) -> dict[str, Any]:
    """One command in words."""
    kind = kind_of(order.kind)
    return {
        "order": order,
        "label": kind.label if kind else order.kind,
        "icon": kind.icon if kind else "circle-help",
        "happens": HAPPENS.get(order.state, ""),
        "person": order.plan.created_by,
        "url": address("commands:detail", order.pk),
        "plan_url": address("commands:plan", order.plan_id),
    } | words(order)


def words(order: Command) -> dict[str, str]:
    """Before and after, as people call them."""
    if order.kind == "supplementary_plan":
        return {"before": "", "after": f"+ {order.plan.params.get('package', '')}"}
    after = order.after or str(order.plan.params.get("package", ""))
    if order.kind == "apn_status":
        name = order.plan.params.get("apn", "")
        return {"before": _apn_word(order.before), "after": f"{name}: {_apn_word(after)}"}
    kind = kind_of(order.kind)
    if kind is not None and "LOCAL_STATUS" in kind.log_types:
        return {"before": str(sim_look(order.before).label), "after": str(sim_look(after).label)}
    return {"before": order.before, "after": after}


def _apn_word(value: str) -> str:
    return str(state_look(value).label) if value else ""


def kind_of(name: str) -> Kind | None:
    """None for a kind this version does not know any more."""
    try:
        return kind_named(name)
    except KeyError:
        return None


def coming(order: Command) -> dict[str, Any]:
    """What will be done to the SIM unless somebody cancels it."""
    return line(order) | {"text": _coming_text(order.plan)}


def _coming_text(plan: Plan) -> str:
    if plan.state == Plan.State.AWAITING:
        return _("waits for a second person's approval")
    if plan.state == Plan.State.PAUSED:
        return _("its plan is paused")
    if plan.start_at and plan.state == Plan.State.SCHEDULED:
        return _("on %(moment)s, unless the plan is cancelled") % {"moment": _moment(plan.start_at)}
    return _("soon: its plan is running")


def _moment(at: datetime) -> str:
    return f"{formats.local_text(at)} ({formats.age(at)})"
