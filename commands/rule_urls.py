"""Addresses below /commands/rules/; included in `commands.urls`."""

from django.urls import path

from commands import rule_views

urlpatterns = [
    path("rules/", rule_views.rules, name="rules"),
    path("rules/save/", rule_views.rules_save, name="rules-save"),
    path("rules/confirm/", rule_views.rules_confirm, name="rules-confirm"),
]
