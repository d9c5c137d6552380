"""Addresses below /staff/."""

from django.urls import path

from staff import views

app_name = "staff"
urlpatterns = [path("audit/", views.audit_list, name="audit")]
