"""Addresses below /commands/; included in `commands.urls`."""

from django.urls.resolvers import URLPattern

urlpatterns: list[URLPattern] = []
