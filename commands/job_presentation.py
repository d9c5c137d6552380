"""What the pages of the platform's batch jobs are given."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from commands import command_presentation, page_tabs, words
from commands.kinds import all_kinds
from commands.models import BatchJob, Command
from commands.states import FAILED
from common.pages import page_of
from enterprise.models import Enterprise
from staff.models import User

PAGE_SIZE = 50
MOST_SIMS = 500
State = BatchJob.State
_CHOICES: dict[str, tuple[str, ...]] = {
    "open": BatchJob.OPEN,
    "failed": (State.REJECTED, State.LOST, State.OVERDUE),
}


def job_list(request: HttpRequest, user: User, enterprise: Enterprise) -> dict[str, Any]:
    """Jobs of an enterprise, newest first."""
    chosen = request.GET.get("show", "")
    jobs = BatchJob.objects.visible_to(user).filter(enterprise=enterprise)
    if chosen in _CHOICES:
        jobs = jobs.filter(state__in=_CHOICES[chosen])
    page = page_of(
        jobs.select_related("plan__submitted_by").order_by("-id"), request.GET.get("page"), PAGE_SIZE
    )
    rows = [job_row(job) for job in page.object_list if isinstance(job, BatchJob)]
    labels = [("", _("All")), ("open", _("Under way")), ("failed", _("In trouble"))]
    return {
        "page": page,
        "rows": rows,
        "is_open": any(row["is_open"] for row in rows),
        "is_filtered": chosen in _CHOICES,
        "choices": [
            {"label": label, "url": f"{reverse('jobs:list')}{f'?show={name}' if name else ''}"}
            | {"active": name == (chosen if chosen in _CHOICES else "")}
            for name, label in labels
        ],
    }


def job_row(job: BatchJob) -> dict[str, Any]:
    """One job, wherever it is listed."""
    return {
        "job": job,
        "url": reverse("jobs:detail", args=[job.pk]),
        "plan_url": page_tabs.address("commands:plan", job.plan_id),
        "label": operation_label(job.operation),
        "done": job.succeeded + job.failed,
        "is_open": job.state in BatchJob.OPEN,
        "who": job.plan.submitted_by.display_name if job.plan.submitted_by else "",
    }


def operation_label(operation: str) -> str:
    """ "Suspend" for batch_suspend; a name nobody knows stays."""
    kinds = [kind for kind in all_kinds() if operation and kind.batch_operation == operation]
    return str(words.kind_label(kinds[0].name)) if kinds else operation


def job_detail(request: HttpRequest, user: User, job: BatchJob) -> dict[str, Any]:
    """One job, its requests, and what became of each of its SIMs."""
    only_failed = request.GET.get("show") == "failed"
    orders = Command.objects.visible_to(user).filter(job=job)
    shown = orders.filter(state__in=FAILED) if only_failed else orders
    listed = command_presentation.light(shown).order_by("id")[:MOST_SIMS]
    base = reverse("jobs:detail", args=[job.pk])
    return job_row(job) | {
        "rows": [command_presentation.row(order) for order in listed],
        "attempts": list(job.attempts.order_by("id")),
        "trouble": trouble(job),
        "poll_url": f"{base}?show=failed" if only_failed else base,
        "choices": [
            {"label": _("All SIMs"), "url": base, "active": not only_failed},
            {"label": _("Failed only"), "url": f"{base}?show=failed", "active": only_failed},
        ],
        "only_failed": only_failed,
    }


def trouble(job: BatchJob) -> dict[str, str] | None:
    """{title, text}: what went wrong with the job itself, and what that means for its SIMs."""
    if job.state == State.LOST:
        text = _(
            "SmartHub may have carried it out or not. Each SIM is read back by itself until that is certain;"
            " none is sent again before."
        )
        return {"title": _("The answer to this job was lost"), "text": text}
    if job.state == State.OVERDUE:
        text = _(
            "SmartHub did not end it within a day. Each SIM it had not told about is read back by itself."
        )
        return {"title": _("This job is overdue"), "text": text}
    if job.state == State.REJECTED:
        return {
            "title": _("SmartHub refused this job"),
            "text": _("Nothing in it happened, unless an earlier try of a SIM did."),
        }
    return None
