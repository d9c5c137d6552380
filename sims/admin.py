"""SIM rows as the mirror holds them, to look at."""

from django.contrib import admin

from mirror.admin import ReadOnlyAdmin
from sims.models import Sim


@admin.register(Sim)
class SimAdmin(ReadOnlyAdmin):
    list_display = (
        "giccid",
        "enterprise",
        "account",
        "status",
        "package_name",
        "imsi",
        "msisdn",
        "observed_at",
    )
    list_filter = ("status", "enterprise")
    list_select_related = ("enterprise", "account")
    search_fields = ("giccid", "imsi", "msisdn")
