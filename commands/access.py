"""One door per object: a stranger gets 404, whether the object exists or not."""

from uuid import UUID

from django.shortcuts import get_object_or_404

from commands.models import BatchJob, Command, Plan
from staff.models import User


def get_plan_or_404(user: User, uid: UUID) -> Plan:
    return get_object_or_404(Plan.objects.visible_to(user).select_related("enterprise", "created_by"), pk=uid)


def get_command_or_404(user: User, pk: int) -> Command:
    """Only what was ordered: a line that stands in a plan is shown there."""
    visible = Command.objects.visible_to(user).ordered_ones()
    return get_object_or_404(visible.select_related("plan", "enterprise", "job"), pk=pk)


def get_job_or_404(user: User, pk: int) -> BatchJob:
    return get_object_or_404(BatchJob.objects.visible_to(user).select_related("plan", "enterprise"), pk=pk)
