"""Celery: messages are mere wake-ups, rows in PostgreSQL are the truth, so a lost message costs at most one tick."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings

from smarthub_portal import broker, canary

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarthub_portal.settings")
broker.use()
app = Celery("smarthub_portal")
app.conf.update(settings.CELERY)
app.autodiscover_tasks()
_SECONDS = {
    "mirror.tick": 2.0,
    "commands.tick": 1.0,
    "notifications.tick": 1.0,
    "notifications.watch": 2.0,
    "notifications.deliver": 1.0,
    "notifications.tidy": 3600.0,
    "commands.tidy": 3600.0,
    "messaging.tick": 1.0,
    "messaging.tidy": 3600.0,
    "sims.tick": 2.0,
    "sims.clean": 600.0,
    "enterprise.record_use": 60.0,
    "enterprise.tidy": 3600.0,
    "mirror.tidy": 3600.0,
}
# A tick only wakes; one that could not be taken within its interval is worthless, hence `expires`.
app.conf.beat_schedule = {
    name: {"task": name, "schedule": seconds, "options": {"expires": seconds}}
    for name, seconds in _SECONDS.items()
}
# One canary to each queue, whatever the routes say: see `smarthub_portal.canary`.
app.conf.beat_schedule |= {
    f"portal.canary.{queue}": {
        "task": "portal.canary",
        "schedule": 2.0,
        "args": (queue,),
        "options": {"expires": 2.0, "queue": queue},
    }
    for queue in canary.QUEUES
}


@setup_logging.connect
def keep_django_logging(**_kwargs: Any) -> None:
    """Connecting here stops Celery from replacing Django's JSON logging."""
