"""What of one's own is under way and what waits for one: the drawer in the frame of every page, and its figures."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import rules
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Func, IntegerField, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from commands import inbox, page_tabs
from commands.job_presentation import job_row
from commands.kinds import kind_named
from commands.models import BatchJob, Plan
from commands.states import TERMINAL
from commands.words import kind_label
from enterprise.models import Enterprise
from staff.models import User

MOST_PLANS, MOST_JOBS, MOST_WATCHED = 10, 10, 20
_RUNNING = (Plan.State.FREEZING, Plan.State.RUNNING)


@dataclass(frozen=True)
class Figures:
    """`watched`: some of one's plans under way. `approvals` and `undecided`: what waits for one's decision."""

    watched: tuple[UUID, ...] = ()
    approvals: int = 0
    undecided: int = 0

    @property
    def running(self) -> int:
        return len(self.watched)

    @property
    def to_decide(self) -> int:
        return self.approvals + self.undecided

    @property
    def total(self) -> int:
        return self.running + self.to_decide


def own_plans(user: User, enterprise: Enterprise) -> "QuerySet[Plan]":
    """Plans of this person that go on by themselves now."""
    mine = Q(submitted_by=user) | Q(created_by=user)
    return Plan.objects.filter(mine, enterprise=enterprise, state__in=_RUNNING)


def figures(user: User, enterprise: Enterprise) -> Figures:
    """All three in one query: every page of the portal asks for them."""
    watched = own_plans(user, enterprise).order_by("-created_at").values("pk")[:MOST_WATCHED]
    parts: dict[str, Any] = {"watched": ArraySubquery(watched)}
    if rules.has_perm("commands.approve", user):
        parts["approvals"] = _count(inbox.waiting_for(user, enterprise))
    if rules.has_perm("commands.decide", user):
        parts["undecided"] = _count(inbox.undecided(user, enterprise))
    found = Enterprise.objects.filter(pk=enterprise.pk).order_by().values(**parts).first()
    return Figures(**(found | {"watched": tuple(found["watched"])})) if found else Figures()


def _count(rows: "QuerySet[Any]") -> Coalesce:
    counted = (
        rows.order_by().annotate(n=Func("pk", function="COUNT", output_field=IntegerField())).values("n")
    )
    return Coalesce(Subquery(counted), 0)


def drawer(user: User, enterprise: Enterprise, known: Figures | None = None) -> dict[str, Any]:
    """Everything the drawer lists."""
    found = known or figures(user, enterprise)
    plans = own_plans(user, enterprise).order_by("-created_at")[:MOST_PLANS]
    jobs = BatchJob.objects.visible_to(user).filter(enterprise=enterprise, state__in=BatchJob.OPEN)
    return {
        "is_activity_page": True,
        "figures": found,
        "plans": [plan_row(plan) for plan in plans],
        "jobs": [
            job_row(job) for job in jobs.select_related("plan__submitted_by").order_by("-id")[:MOST_JOBS]
        ],
        "is_open": bool(found.watched),
        "approvals_url": page_tabs.address("commands:approvals"),
    }


def plan_row(plan: Plan) -> dict[str, Any]:
    """A plan and how far it is."""
    over = sum(int(plan.tally.get(state, 0)) for state in TERMINAL if state != "skipped")
    return {
        "plan": plan,
        "url": page_tabs.address("commands:plan", plan.pk),
        "title": plan_title(plan),
        "done": over + int(plan.tally.get("needs_human", 0)),
        "total": plan.changing,
    }


def plan_title(plan: Plan) -> str:
    """ "Suspend 312 SIMs"."""
    try:
        return str(kind_named(plan.kind).verb(plan.changing))
    except KeyError:
        return str(kind_label(plan.kind))


def ended(user: User, uids: Iterable[str]) -> list[Plan]:
    """Of these plans, watched by a page of this person, those that are not under way any more."""
    mine = Q(submitted_by=user) | Q(created_by=user)
    watched = [uid for text in list(uids)[:MOST_WATCHED] if (uid := _uid(text))]
    return list(Plan.objects.filter(mine, pk__in=watched).exclude(state__in=_RUNNING).order_by("finished_at"))


def _uid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def farewells(plans: list[Plan]) -> dict[str, str] | None:
    """One toast about all of them, as grave as the gravest; None about nothing."""
    if not plans:
        return None
    toasts = [farewell(plan) for plan in plans]
    level = max((toast["level"] for toast in toasts), key=("info", "success", "warning").index)
    return {"level": level, "text": " ".join(toast["text"] for toast in toasts)}


def farewell(plan: Plan) -> dict[str, str]:
    """The toast about a plan that ended: {level, text}."""
    title = plan_title(plan)
    bad = sum(int(plan.tally.get(state, 0)) for state in ("rejected", "not_applied", "needs_human"))
    if plan.state == Plan.State.DRAFT:
        return {"level": "info", "text": _("%(plan)s: the plan is ready to be looked at.") % {"plan": title}}
    if plan.state != Plan.State.COMPLETED:
        text = _("%(plan)s: %(state)s.") % {"plan": title, "state": plan.get_state_display()}
        return {"level": "warning", "text": text}
    if bad:
        text = _("%(plan)s: done, %(n)s without success.") % {"plan": title, "n": f"{bad:,}"}
        return {"level": "warning", "text": text}
    return {"level": "success", "text": _("%(plan)s: done.") % {"plan": title}}
