"""Addresses of selections and exports; included in `sims.urls`."""

from django.urls import path

from sims import bulk_views, selection_views

urlpatterns = [
    path("select/", bulk_views.bulk_select, name="bulk-select"),
    path("selections/", selection_views.selection_list, name="selections"),
    path("selections/new/", selection_views.selection_new, name="selection-new"),
    path("selections/<uuid:uid>/", selection_views.selection_detail, name="selection"),
    path("selections/<uuid:uid>/problems.csv", selection_views.selection_problems, name="selection-problems"),
]
