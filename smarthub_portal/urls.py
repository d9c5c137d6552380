"""Every address of the portal."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from smarthub_portal import health
from smarthub_portal.overview import overview

handler400 = "smarthub_portal.errors.bad_request"
handler403 = "smarthub_portal.errors.forbidden"
handler404 = "smarthub_portal.errors.not_found"
handler500 = "smarthub_portal.errors.server_error"

urlpatterns = [
    path("", overview, name="overview"),
    path("sims/", include("sims.urls")),
    path("enterprise/", include("enterprise.urls")),
    path("accounts/", include("allauth.urls")),
    # The sign-in page offers it too, so it can't ask for a sign-in.
    path("language/setlang/", login_not_required(set_language), name="set_language"),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
