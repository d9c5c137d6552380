"""`/readyz` wants a sign of a worker of each queue: a portal that reads but changes nothing is not ready."""

import time

import pytest

from smarthub_portal import canary
from smarthub_portal.celery import app
from tests.support.valkey import OwnValkey


@pytest.fixture
def broker(settings):
    with OwnValkey() as server:
        settings.REDIS_URL = server.url
        yield server


def told(client):
    return client.get("/readyz").json()["checks"]["workers"]


@pytest.mark.django_db
def test_ready_needs_a_song_of_each_queue(client, broker, monkeypatch):
    assert told(client) == "no sign of a worker for default yet"
    canary.sing("default")
    assert told(client) == "no sign of a worker for commands yet"
    canary.sing("commands")
    assert told(client) == "no sign of a worker for pushes yet"
    canary.sing("pushes")
    assert told(client) == "ok"
    later = time.time() + 16
    monkeypatch.setattr(canary.time, "time", lambda: later)
    canary.sing("default")
    assert told(client) == "last sign of a worker for commands 16 s ago"
    assert client.get("/readyz").status_code == 503


def test_beat_sends_each_queue_its_own_canary():
    sent = [entry for entry in app.conf.beat_schedule.values() if entry["task"] == "portal.canary"]
    assert [(entry["args"], entry["options"]["queue"]) for entry in sent] == [
        ((queue,), queue) for queue in canary.QUEUES
    ]
