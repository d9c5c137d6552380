"""A worker that met a frozen Redis works on once it is back.

Seen red: with the transport's own class.
"""

from types import SimpleNamespace
from typing import Any

import pytest
from kombu.transport import redis

from smarthub_portal import celery

TAG = "a-tag"


class Frozen:
    def execute(self) -> None:
        raise TimeoutError


def test_an_acknowledgement_that_fails_gives_its_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    assert celery.app
    places: Any = redis.Channel.QoS(channel=SimpleNamespace(do_restore=False), prefetch_count=1)
    places._delivered[TAG] = "a message"
    assert not places.can_consume()
    monkeypatch.setattr(places, "_remove_from_indices", lambda _tag: Frozen())
    with pytest.raises(TimeoutError):
        places.ack(TAG)
    assert places.can_consume()
