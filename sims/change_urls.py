"""Addresses of changes to SIMs, and of what keeps SIMs from being changed; included in `sims.urls`."""

from django.urls import path

from common.converters import GICCID
from sims import manage_views, order_views, protection_views

urlpatterns = [
    path("change/", manage_views.bulk_change, name="bulk-change"),
    path("selections/<uuid:uid>/change/", manage_views.selection_change, name="selection-change"),
    path("protections/", protection_views.protections, name="protections"),
    path("protections/<int:pk>/remove/", protection_views.protection_remove, name="protection-remove"),
    path("protections/view/", protection_views.view_protect, name="view-protect"),
    path(f"{GICCID}manage/<slug:kind>/", manage_views.manage, name="manage"),
    path(f"{GICCID}commands/", order_views.sim_commands, name="commands"),
    path(f"{GICCID}protect/", protection_views.sim_protect, name="protect"),
    path(f"{GICCID}unprotect/", protection_views.sim_unprotect, name="unprotect"),
]
