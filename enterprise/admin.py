"""The admin site: read-mostly. Sealed keys are not even readable as ciphertext here."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from enterprise.models import Account, AccountGrant, BudgetUse, Enterprise, ServicePackage, SharePool
from mirror.admin import ReadOnlyAdmin

SEALED = ("api_key_sealed", "push_key_sealed", "push_key_previous_sealed")


@admin.register(Enterprise)
class EnterpriseAdmin(admin.ModelAdmin[Enterprise]):
    """Keys are entered in the portal's own form, so this one does not know them."""

    list_display = ("name", "base_url", "is_sandbox", "is_enabled", "swept_at", "rate_remaining")
    exclude = SEALED
    readonly_fields = (
        "uid",
        "remote_name",
        "swept_at",
        "changes_until",
        "rate_limit",
        "rate_remaining",
        "rate_reset_at",
        "tested_at",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # The address decides where a stored key is sent; the portal's form asks for the key again.
        return (*self.readonly_fields, "base_url", "is_sandbox")


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    list_display = ("name", "enterprise", "charge_type", "status", "swept_at", "missing_since")
    list_filter = ("enterprise", "charge_type", "status")
    search_fields = ("name",)


@admin.register(AccountGrant)
class AccountGrantAdmin(admin.ModelAdmin[AccountGrant]):
    list_display = ("user", "account", "created_at")
    autocomplete_fields = ("user", "account")


@admin.register(ServicePackage)
class ServicePackageAdmin(ReadOnlyAdmin):
    list_display = ("name", "account", "type", "charge_type", "data_quota_mb", "price", "currency")
    list_filter = ("type", "charge_type")
    search_fields = ("name",)


@admin.register(SharePool)
class SharePoolAdmin(ReadOnlyAdmin):
    list_display = ("name", "account_name", "enterprise", "total_mb", "used_mb", "ends_at", "missing_since")
    list_filter = ("enterprise",)
    list_select_related = ("enterprise",)
    search_fields = ("name", "account_name")


@admin.register(BudgetUse)
class BudgetUseAdmin(ReadOnlyAdmin):
    list_display = ("hour", "enterprise", "purpose", "granted", "refused", "limited")
    list_filter = ("enterprise", "purpose")
    list_select_related = ("enterprise",)
