"""The admin site: people and their roles. Nothing secret is shown: no hash, no session key, no second factor."""

import allauth.mfa.admin
import allauth.usersessions.admin  # noqa: F401 - both register their models, and must have done so before we undo it
from allauth.account.decorators import secure_admin_login
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from staff.models import User

admin.site.site_header = admin.site.site_title = _("SmartHub Portal administration")
# The admin's own sign-in page would know neither rate limits nor second factors.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.unregister((Authenticator, UserSession))


@admin.register(User)
class PortalUserAdmin(UserAdmin):  # type: ignore[type-arg]
    list_display = (
        "username",
        "email",
        "first_name",
        "last_name",
        "sees_all_accounts",
        "is_active",
        "last_login",
    )
    list_filter = ("groups", "sees_all_accounts", "is_active")
    fieldsets = (
        (None, {"fields": ("username", "set_password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email")}),
        (
            _("Role and scope"),
            {"fields": ("groups", "sees_all_accounts", "is_active", "is_staff", "is_superuser")},
        ),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("set_password", "last_login", "date_joined")
    filter_horizontal = ("groups",)

    @admin.display(description=_("Password"))
    def set_password(self, person: User) -> str:
        """A way to set one; not even a part of the present one's hash is shown."""
        url = reverse("admin:auth_user_password_change", args=[person.pk])
        return format_html('<a href="{}">{}</a>', url, _("Set a new password"))
