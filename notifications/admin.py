"""Pushes and events, to look at. Tokens are not even readable as ciphertext here."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from mirror.admin import ReadOnlyAdmin
from notifications.models import (
    Alert,
    AlertStep,
    Channel,
    Delivery,
    DeliveryAttempt,
    Event,
    Execution,
    Occurrence,
    Push,
    PushAddress,
    Refusal,
    Rule,
)


@admin.register(Push)
class PushAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "enterprise",
        "kind",
        "state",
        "times",
        "attempts",
        "received_at",
        "last_received_at",
    )
    list_filter = ("state", "kind", "enterprise")
    list_select_related = ("enterprise",)
    readonly_fields = ("text",)

    @admin.display(description="body")
    def text(self, push: Push) -> str:
        return bytes(push.body).decode("utf-8", "replace")


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("id", "enterprise", "kind", "giccid", "verdict", "original", "target", "happened_at")
    list_filter = ("verdict", "kind", "enterprise")
    list_select_related = ("enterprise",)
    search_fields = ("giccid",)
    raw_id_fields = ("push",)


@admin.register(PushAddress)
class PushAddressAdmin(ReadOnlyAdmin):
    list_display = ("id", "enterprise", "kind", "created_at", "retired_at", "last_received_at")
    list_filter = ("kind", "enterprise")
    list_select_related = ("enterprise",)
    exclude = ("token_hash", "token_sealed")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("token_hash", "token_sealed")


@admin.register(Refusal)
class RefusalAdmin(ReadOnlyAdmin):
    list_display = ("hour", "enterprise", "kind", "reason", "times")
    list_filter = ("reason", "kind", "enterprise")
    list_select_related = ("enterprise",)


@admin.register(Rule)
class RuleAdmin(ReadOnlyAdmin):
    list_display = ("id", "enterprise", "name", "template", "trigger", "is_enabled", "suspend", "matched_at")
    list_filter = ("trigger", "is_enabled", "suspend", "enterprise")
    list_select_related = ("enterprise",)


@admin.register(Execution)
class ExecutionAdmin(ReadOnlyAdmin):
    list_display = ("id", "rule", "at", "deed", "matched", "sims", "text")
    list_filter = ("deed",)
    list_select_related = ("rule",)
    raw_id_fields = ("alert", "plan")


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ("id", "enterprise", "cause", "severity", "state", "total", "standing", "last_at")
    list_filter = ("state", "severity", "enterprise")
    list_select_related = ("enterprise",)


@admin.register(Occurrence)
class OccurrenceAdmin(ReadOnlyAdmin):
    list_display = ("id", "alert", "subject", "giccid", "verdict", "times", "last_at", "cleared_at")
    list_select_related = ("alert",)
    search_fields = ("giccid",)
    raw_id_fields = ("event",)


@admin.register(AlertStep)
class AlertStepAdmin(ReadOnlyAdmin):
    list_display = ("id", "alert", "at", "by", "deed", "note")
    list_filter = ("deed",)
    list_select_related = ("alert", "by")


class AttemptInline(admin.TabularInline[DeliveryAttempt, Delivery]):
    model = DeliveryAttempt
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Channel)
class ChannelAdmin(ReadOnlyAdmin):
    list_display = ("id", "enterprise", "kind", "name", "host", "is_enabled", "failures", "open_until")
    list_filter = ("kind", "enterprise")
    list_select_related = ("enterprise",)
    exclude = ("url_sealed", "secret_sealed", "secret_previous_sealed")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer(*self.exclude)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ("id", "enterprise", "channel", "kind", "title", "state", "attempts", "created_at")
    list_filter = ("state", "channel", "enterprise")
    list_select_related = ("enterprise", "channel")
    inlines = (AttemptInline,)
