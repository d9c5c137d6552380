"""Templates, plans of messages and their selections for the pages of the browser's world, and the looks at them."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from commands.models import Command, Group, Plan, State
from messaging.models import Message, Template
from sims.models import SelectionItem
from tests.command_factories import CommandFactory, PlanFactory
from tests.desk_factories import SelectionFactory

_LONG = "Ring {label} bei {tag.site} an, 车联网与智能表计联合运营中心 " * 6
_STATES = ("delivered", "accepted", "failed", "no_report", "unknown", "refused", "cancelled")


def _template(text: str = _LONG) -> Callable[[Any], dict[str, object]]:
    def made(world: Any) -> dict[str, object]:
        row, _is_new = Template.objects.update_or_create(
            enterprise=world.enterprises["main"],
            name="车联网与智能表计 " * 8,
            defaults={"text": text, "changed_by": world.people["operator"]},
        )
        return {"pk": row.pk}

    return made


def _with_templates(world: Any) -> dict[str, object]:
    _template()(world)
    return {}


def _selection(**values: object) -> Callable[[Any], dict[str, object]]:
    """The operator's, of the main enterprise, with a few SIMs in it."""

    def made(world: Any) -> dict[str, object]:
        _template()(world)
        main = world.enterprises["main"]
        sims = list(main.sims.order_by("giccid")[:3])
        row = SelectionFactory(owner=world.people["operator"], enterprise=main, **values)
        SelectionItem.objects.bulk_create(SelectionItem(selection=row, sim=sim) for sim in sims)
        return {"uid": row.pk}

    return made


def _plan(state: str) -> Callable[[Any], dict[str, object]]:
    """Messages in every state; paced, so that the page says what it waits for."""

    def made(world: Any) -> dict[str, object]:
        main, began = world.enterprises["main"], None if state == "draft" else timezone.now()
        plan: Plan = PlanFactory(
            enterprise=main, created_by=world.people["operator"], kind="sms", state=state, started_at=began,
            params={"text": "{label}: " + "Bitte neu starten. " * 12, "max_parts": 2},
            pace={"an_hour": 7, "from": "00:00", "to": "23:45", "zone": "", "fallback": "UTC"},
            homes={"240": 1200, "310": 3, "": 2}, whys=[["no_variable", "label, custom1", 5], ["too_long", "", 2]],
        )  # fmt: skip
        _lines(plan, list(main.sims.order_by("giccid")[20:40]), has_begun=began is not None)
        return {"uid": plan.pk}

    return made


def _lines(plan: Plan, sims: list[Any], *, has_begun: bool) -> None:
    for sim, state in zip(sims, _STATES, strict=False):
        line: Command = CommandFactory(sim=sim, plan=plan, after="Bitte neu starten. " * 6)
        if has_begun:
            Command.objects.filter(pk=line.pk).update(state=State.APPLIED, queued_at=timezone.now())
            Message.objects.create(
                enterprise=plan.enterprise, giccid=sim.giccid, direction="mt", state=state, text=line.after,
                command=line, plan_id=plan.pk,
            )  # fmt: skip
    values = {"group": Group.NOT_ALLOWED, "state": State.SKIPPED, "why": "no_variable", "after": ""}
    CommandFactory(sim=sims[-1], plan=plan, error="label, custom1?", **values)
    tally = {"applied": len(_STATES), "skipped": 1} if has_begun else {}
    Plan.objects.filter(pk=plan.pk).update(tally=tally, groups={"change": len(_STATES), "not_allowed": 1})


LOOKS: dict[str, dict[str, Any]] = {
    "SMS templates": {"route": "messages:templates", "person": "operator", "args": _with_templates},
    "SMS templates, none": {"route": "messages:templates", "person": "viewer", "enterprise": "empty"},
    "SMS templates, none yet": {"route": "messages:templates", "person": "operator", "enterprise": "empty"},
    "SMS template": {"route": "messages:template", "person": "operator", "args": _template()},
    "SMS template, tried": {
        "route": "messages:template",
        "person": "operator",
        "args": _template("{iccid}"),
        "query": "?sim=8986",
    },
    "SMS template, to be read": {"route": "messages:template", "person": "viewer", "args": _template()},
    "new SMS template": {"route": "messages:template-new", "person": "operator"},
    "SMS to many": {"route": "messages:bulk", "person": "operator", "args": _selection(total=3)},
    "SMS to many, resolving": {"route": "messages:bulk", "person": "operator", "args": _selection(state="resolving")},
    "SMS to many, failed": {"route": "messages:bulk", "person": "operator", "args": _selection(state="failed")},
    "SMS settings": {"route": "messages:settings"},
    "SMS settings, to be read": {"route": "messages:settings", "person": "viewer"},
    "plan of messages, draft": {"route": "commands:plan", "person": "operator", "args": _plan("draft")},
    "plan of messages, running": {"route": "commands:plan", "person": "operator", "args": _plan("running")},
    "plan of messages, completed": {"route": "commands:plan", "person": "viewer", "args": _plan("completed")},
}  # fmt: skip

NOT_PAGES = {
    "messages:bulk-custom": "answers a button",
    "messages:template-save": "answers a form",
    "messages:template-remove": "answers a button",
    "messages:settings-save": "answers a form of the settings",
}
