"""Every address of the portal."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from notifications.push_views import receive
from smarthub_portal import errors, health
from smarthub_portal.overview import overview

handler400 = "smarthub_portal.errors.bad_request"
handler403 = "smarthub_portal.errors.forbidden"
handler404 = "smarthub_portal.errors.not_found"
handler500 = "smarthub_portal.errors.server_error"

# Nobody signs up by themselves, and no mail is sent: an administrator sets passwords. allauth needs the names.
CLOSED = {
    "signup/": "account_signup",
    "email/": "account_email",
    "confirm-email/": "account_email_verification_sent",
    "confirm-email/<str:key>/": "account_confirm_email",
    "password/reset/": "account_reset_password",
    "password/reset/done/": "account_reset_password_done",
    "password/reset/key/done/": "account_reset_password_from_key_done",
    "password/reset/key/<str:uidb36>-<str:key>/": "account_reset_password_from_key",
    "login/code/confirm/": "account_confirm_login_code",
}

urlpatterns = [
    path("", overview, name="overview"),
    path("sims/", include("sims.urls")),
    path("commands/", include("commands.urls")),
    path("jobs/", include("commands.job_urls")),
    path("messages/", include("messaging.urls")),
    path("notifications/", include("notifications.urls")),
    path("enterprise/", include("enterprise.urls")),
    path("staff/", include("staff.urls")),
    *(path(f"accounts/{address}", errors.closed, name=name) for address, name in CLOSED.items()),
    path("accounts/", include("allauth.urls")),
    # The sign-in page offers it too, so it can't ask for a sign-in.
    path("language/setlang/", login_not_required(set_language), name="set_language"),
    path("admin/", admin.site.urls),
    path("push/<str:token>/<str:kind>", receive, name="push"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
