"""Loaded by django.setup(): every process that has settings also has the Celery app as the current one."""

from django.apps import AppConfig

from smarthub_portal import celery

__all__ = ["PortalConfig", "celery"]


class PortalConfig(AppConfig):
    """The project package as an app, for its templates, commands and checks."""

    name = "smarthub_portal"
