"""Addresses of selections and exports; included in `sims.urls`."""

from django.urls import path

from sims import bulk_views, drift_views, export_views, selection_views

urlpatterns = [
    path("select/", bulk_views.bulk_select, name="bulk-select"),
    path("tag/", bulk_views.bulk_tag, name="bulk-tag"),
    path("refresh/", bulk_views.bulk_refresh, name="bulk-refresh"),
    path("export/", bulk_views.bulk_export, name="bulk-export"),
    path("drift/", drift_views.drift_list, name="drift"),
    path("drift/set-back/", drift_views.drift_set_back, name="drift-set-back"),
    path("drift/accept/", drift_views.drift_accept, name="drift-accept"),
    path("export.csv", export_views.export_csv, name="export-csv"),
    path("exports/", export_views.export_list, name="exports"),
    path("exports/<uuid:uid>/", export_views.export_detail, name="export"),
    path("exports/<uuid:uid>/file/", export_views.export_file, name="export-file"),
    path("exports/<uuid:uid>/retry/", export_views.export_retry, name="export-retry"),
    path("selections/", selection_views.selection_list, name="selections"),
    path("selections/new/", selection_views.selection_new, name="selection-new"),
    path("selections/<uuid:uid>/", selection_views.selection_detail, name="selection"),
    path("selections/<uuid:uid>/problems.csv", selection_views.selection_problems, name="selection-problems"),
]
