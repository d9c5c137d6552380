"""Pushes and events, to look at. Tokens are not even readable as ciphertext here."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from mirror.admin import ReadOnlyAdmin
from notifications.models import Event, Push, PushAddress, Refusal


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
