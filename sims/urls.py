from django.urls import path

from common.converters import GICCID
from sims import card_views, change_urls, desk_urls, list_views, live_views, views

app_name = "sims"
urlpatterns = [
    path("", views.sim_list, name="list"),
    path("count/", views.sim_count, name="count"),
    path("layout/", list_views.layout_save, name="layout"),
    path("po/", list_views.po_ask, name="po"),
    path("views/", list_views.view_save, name="view-save"),
    path("views/<int:pk>/", list_views.view_open, name="view"),
    path("views/<int:pk>/delete/", list_views.view_delete, name="view-delete"),
    *desk_urls.urlpatterns,
    *change_urls.urlpatterns,
    path(GICCID, card_views.sim_detail, name="detail"),
    path(f"{GICCID}live/", live_views.sim_live, name="live"),
    path(f"{GICCID}timeline/", card_views.sim_timeline, name="timeline"),
    path(f"{GICCID}usage/", card_views.sim_usage, name="usage"),
    path(f"{GICCID}raw/", card_views.sim_raw, name="raw"),
    path(f"{GICCID}raw.json", card_views.sim_raw_json, name="raw-json"),
    path(f"{GICCID}refresh/", card_views.sim_refresh, name="refresh"),
    path(f"{GICCID}label/", card_views.sim_label, name="label"),
    path(f"{GICCID}tags/add/", card_views.sim_tag_add, name="tag-add"),
    path(f"{GICCID}tags/remove/", card_views.sim_tag_remove, name="tag-remove"),
    path(f"{GICCID}<slug:name>/", card_views.sim_tab, name="tab"),
]
