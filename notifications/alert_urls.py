"""Addresses of alerts; part of `notifications.urls`."""

from django.urls import path

from notifications import alert_views

urlpatterns = [
    path("", alert_views.alert_list, name="home"),
    path("live/", alert_views.alert_news, name="alerts-live"),
    path("act/", alert_views.alert_act, name="alerts-act"),
    path("<int:pk>/", alert_views.alert_detail, name="alert"),
    path("<int:pk>/live/", alert_views.alert_live, name="alert-live"),
    path("<int:pk>/sims/", alert_views.alert_sims, name="alert-sims"),
]
