"""Addresses of the platform's batch jobs, below /jobs/."""

from django.urls.resolvers import URLPattern

app_name = "jobs"
urlpatterns: list[URLPattern] = []
