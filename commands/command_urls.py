"""Addresses below /commands/; included in `commands.urls`."""

from django.urls import path

from commands import command_views

urlpatterns = [
    path("", command_views.order_list, name="list"),
    path("needs-person/", command_views.needs_person, name="needs-person"),
    path("activity/", command_views.activity_drawer, name="activity"),
    path("<int:pk>/", command_views.order_detail, name="detail"),
    path("<int:pk>/decide/", command_views.decide, name="decide"),
]
