"""What the pages of orders are given."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format

from commands import command_filters, decisions, evidence_words, inbox, page_tabs, words
from commands.command_filters import CommandFilter
from commands.models import Attempt, Command, Plan, State
from commands.slices import slice_of
from commands.states import UNDER_WAY
from common.pages import page_of
from common.statuses import state_look
from enterprise.models import Enterprise
from staff.models import User

MOST_PEOPLE = 200
WORKLIST_SIZE = 25
_LIST_FIELDS = (
    "enterprise_id",
    "kind",
    "giccid",
    "state",
    "before",
    "after",
    "why",
    "error",
    "changed_at",
    "plan__params",
    "plan__reason",
    "plan__submitted_by__username",
    "plan__submitted_by__first_name",
    "plan__submitted_by__last_name",
)


def order_list(request: HttpRequest, user: User, enterprise: Enterprise) -> dict[str, Any]:
    """The list of an enterprise's orders, newest change first."""
    chosen = CommandFilter(request.GET)
    orders = Command.objects.visible_to(user).filter(enterprise=enterprise).ordered_ones()
    orders = command_filters.matching(orders, enterprise, chosen)
    part = slice_of(light(orders), before=request.GET.get("before", ""), after=request.GET.get("after", ""))
    return {
        "filter": chosen,
        "chips": chips(chosen),
        "choices": _choices(user, enterprise),
        "rows": [row(order) for order in part.rows],
        "links": {"first": _link(request), "newer": _link(request, after=part.newer)}
        | {"older": _link(request, before=part.older)},
        "part": part,
        "tabs": page_tabs.tabs(user, enterprise, "commands:list"),
    }


def light(orders: "QuerySet[Command]") -> "QuerySet[Command]":
    """Without the evidence, which a list does not show."""
    return orders.select_related("plan__submitted_by").only(*_LIST_FIELDS)


def row(order: Command) -> dict[str, Any]:
    """One line of a list of orders."""
    return {
        "order": order,
        "url": reverse("commands:detail", args=[order.pk]),
        "sim_url": reverse("sims:detail", args=[order.giccid]),
        "plan_url": page_tabs.address("commands:plan", order.plan_id),
        "kind": words.kind_label(order.kind),
        "who": order.plan.submitted_by.display_name if order.plan.submitted_by else "",
    } | words.change_words(order.kind, order.before, order.after, order.plan.params)


def chips(chosen: CommandFilter) -> list[dict[str, str]]:
    """Filters in use, in words."""
    return [
        {"name": name, "label": str(chosen.fields[name].label), "text": _said(name, value)}
        for name, value in chosen.active.items()
    ]


def _said(name: str, value: Any) -> str:
    if name == "state":
        groups = {key: str(label) for key, label in command_filters.state_choices()[:2]}
        return groups.get(value) or str(state_look(value).label)
    if name == "kind":
        return str(words.kind_label(value))
    return date_format(value) if name == "since" else str(value)


def _choices(user: User, enterprise: Enterprise) -> dict[str, list[dict[str, Any]]]:
    submitted = Plan.objects.visible_to(user).filter(enterprise=enterprise, submitted_by=OuterRef("pk"))
    people = User.objects.filter(Exists(submitted)).order_by("username")
    return {
        "state": [{"value": key, "label": str(label)} for key, label in command_filters.state_choices()],
        "kind": [{"value": key, "label": str(label)} for key, label in command_filters.kind_choices()],
        "who": [
            {"value": name, "label": name} for name in people.values_list("username", flat=True)[:MOST_PEOPLE]
        ],
    }


def _link(request: HttpRequest, **place: str) -> str:
    """This list at another place; empty when there is none."""
    if place and not any(place.values()):
        return ""
    query = request.GET.copy()
    for name in ("before", "after", "page"):
        query.pop(name, None)
    for name, value in place.items():
        query[name] = value
    return f"{request.path}?{query.urlencode()}"


def order_detail(user: User, order: Command) -> dict[str, Any]:
    """One order with every try of it and all that is known of its outcome."""
    tries = Attempt.objects.filter(command=order) | Attempt.objects.filter(job=order.job_id or 0)
    return {
        "order": order,
        "line": row(order),
        "state_words": str(State(order.state).label),
        "attempts": list(tries.order_by("id")),
        "evidence": evidence_words.lines(order),
        "is_open": order.state in UNDER_WAY,
        "job_url": page_tabs.address("jobs:detail", order.job_id) if order.job_id else "",
        "decision": decision(user, order),
    }


def decision(user: User, order: Command) -> dict[str, Any] | None:
    """What the form that decides about an order needs; None where there is nothing to decide, or not by them."""
    if order.state != State.NEEDS_HUMAN or not user.has_perm("commands.decide"):
        return None
    return {
        "may_double": decisions.may_double(order),
        "is_message": decisions.is_message(order),
        "is_paused": order.plan.state == Plan.State.PAUSED,
    }


def worklist(request: HttpRequest, user: User, enterprise: Enterprise) -> dict[str, Any]:
    """Orders that need a person, the longest waiting last, each with what is known."""
    waiting = inbox.undecided(user, enterprise).select_related("plan__submitted_by").order_by("-id")
    page = page_of(waiting, request.GET.get("page"), WORKLIST_SIZE)
    return {
        "page": page,
        "items": [
            row(order) | {"evidence": evidence_words.lines(order), "decision": decision(user, order)}
            for order in page.object_list
            if isinstance(order, Command)
        ],
        "may_decide": user.has_perm("commands.decide"),
        "tabs": page_tabs.tabs(user, enterprise, "commands:needs-person"),
    }
