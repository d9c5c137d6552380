from django.urls import path, register_converter

from sims import card_views, views


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
    path("<giccid:giccid>/", card_views.sim_detail, name="detail"),
    path("<giccid:giccid>/raw/", card_views.sim_raw, name="raw"),
    path("<giccid:giccid>/refresh/", card_views.sim_refresh, name="refresh"),
]
