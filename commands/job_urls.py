"""Addresses of the platform's batch jobs, below /jobs/."""

from django.urls import path

from commands import job_views

app_name = "jobs"
urlpatterns = [
    path("", job_views.job_list, name="list"),
    path("<int:pk>/", job_views.job_detail, name="detail"),
]
