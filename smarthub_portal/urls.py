"""Every address of the portal."""

from django.contrib import admin
from django.urls import include, path

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
    path("language/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
