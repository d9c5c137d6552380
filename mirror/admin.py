"""Sync runs and rejected payloads, to look at."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from mirror.models import RejectedPayload, SyncRun


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "enterprise",
        "job",
        "slot",
        "state",
        "started_at",
        "finished_at",
        "seen",
        "changed",
    )
    list_filter = ("job", "state")


@admin.register(RejectedPayload)
class RejectedPayloadAdmin(ReadOnlyAdmin):
    list_display = ("last_seen_at", "enterprise", "target", "key", "reason", "times")
    list_filter = ("target",)
