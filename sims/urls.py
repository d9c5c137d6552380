from django.urls import path, register_converter

from sims import card_views, desk_urls, list_views, views


class GiccidConverter:
    """Digits, as text: an ICCID is never a number."""

    regex = "[0-9]{1,32}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(GiccidConverter, "giccid")

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
    path("<giccid:giccid>/", card_views.sim_detail, name="detail"),
    path("<giccid:giccid>/timeline/", card_views.sim_timeline, name="timeline"),
    path("<giccid:giccid>/usage/", card_views.sim_usage, name="usage"),
    path("<giccid:giccid>/raw/", card_views.sim_raw, name="raw"),
    path("<giccid:giccid>/raw.json", card_views.sim_raw_json, name="raw-json"),
    path("<giccid:giccid>/refresh/", card_views.sim_refresh, name="refresh"),
    path("<giccid:giccid>/label/", card_views.sim_label, name="label"),
    path("<giccid:giccid>/tags/add/", card_views.sim_tag_add, name="tag-add"),
    path("<giccid:giccid>/tags/remove/", card_views.sim_tag_remove, name="tag-remove"),
]
