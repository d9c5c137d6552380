"""Addresses of the rules; part of `notifications.urls`."""

from django.urls import path

from notifications import rule_views

urlpatterns = [
    path("rules/", rule_views.rule_list, name="rules"),
    path("rules/new/", rule_views.rule_new, name="rule-new"),
    path("rules/new/<slug:start>/", rule_views.rule_make, name="rule-make"),
    path("rules/<int:pk>/", rule_views.rule_detail, name="rule"),
    path("rules/<int:pk>/save/", rule_views.rule_save, name="rule-save"),
    path("rules/<int:pk>/switch/", rule_views.rule_switch, name="rule-switch"),
    path("rules/<int:pk>/remove/", rule_views.rule_remove, name="rule-remove"),
]
