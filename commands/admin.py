"""Plans, orders and jobs as the portal holds them, to look at."""

from django.contrib import admin

from commands.models import Approval, Attempt, BatchJob, Command, Plan, Rules
from mirror.admin import ReadOnlyAdmin


@admin.register(Plan)
class PlanAdmin(ReadOnlyAdmin):
    list_display = ("uid", "enterprise", "kind", "state", "total", "created_by", "created_at", "finished_at")
    list_filter = ("state", "kind")
    list_select_related = ("enterprise", "created_by")


@admin.register(Approval)
class ApprovalAdmin(ReadOnlyAdmin):
    list_display = ("id", "plan", "requested_by", "requested_at", "decision", "decided_by", "decided_at")
    list_filter = ("decision",)
    list_select_related = ("plan", "requested_by", "decided_by")


@admin.register(Command)
class CommandAdmin(ReadOnlyAdmin):
    list_display = ("id", "enterprise", "kind", "giccid", "state", "issue", "sent_at", "settled_at")
    list_filter = ("state", "kind")
    list_select_related = ("enterprise", "plan")
    search_fields = ("=giccid",)


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = ("id", "operation", "request_id", "sent_at", "answered_at", "status", "outcome")
    list_filter = ("outcome", "operation")
    list_select_related = ("command", "job")


@admin.register(BatchJob)
class BatchJobAdmin(ReadOnlyAdmin):
    list_display = ("id", "enterprise", "operation", "remote_id", "state", "total", "succeeded", "failed")
    list_filter = ("state", "operation")
    list_select_related = ("enterprise", "plan")


@admin.register(Rules)
class RulesAdmin(ReadOnlyAdmin):
    list_display = ("enterprise", "approval_over", "approval_hours", "cooling_hours", "stop_percent")
    list_select_related = ("enterprise",)
