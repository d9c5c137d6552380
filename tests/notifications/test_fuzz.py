"""Whatever is posted: no false accept, no answer 5xx. PUSH_FUZZ tells how many (100,000 take some minutes).

Aims at: the signature not checked, RecursionError not caught.
"""

import hashlib
import json
import os
import random
import time
from datetime import datetime

import pytest

from notifications import reception
from notifications.models import Push
from tests.factories import PUSH_KEY
from tests.notifications.sender import path_of, signed, take

pytestmark = pytest.mark.django_db
HOW_MANY = int(os.environ.get("PUSH_FUZZ", "2000"))
GRAINS = (
    b"",
    b"0",
    b"9",
    b'"',
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\\",
    b"\\u0000",
    b"\xff",
    b"\x00",
    b"e",
    b"NaN",
    b"-",
)


def is_authentic(body: bytes) -> bool:
    """The contract said once more, as plainly as can be."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return False
    if not isinstance(found, dict):
        return False
    return any(
        found.get("signature") == hashlib.sha256(f"{PUSH_KEY}{second}".encode()).hexdigest()
        and -60 <= time.time() - second <= 300 + 60
        for second in seconds(found.get("datePush"))
    )


def seconds(date: object) -> list[int]:
    """What the date may mean."""
    text = str(date)
    try:
        return [int(float(text)), int(float(text)) // 1000]
    except (ValueError, OverflowError):
        pass
    try:
        return [int(datetime.fromisoformat(text).timestamp())]
    except (ValueError, OverflowError):
        return []


def mutated(chance: random.Random, body: bytes) -> bytes:
    for _step in range(chance.randint(1, 4)):
        at, length = chance.randrange(len(body) + 1), chance.choice((0, 1, 1, 2, 8))
        grain = chance.choice(GRAINS) if chance.random() < 0.8 else bytes([chance.randrange(256)])
        body = body[:at] + grain + body[at + length :]
    return body


def test_no_mutated_push_is_taken_unless_it_is_authentic_and_none_breaks_the_door(
    enterprise, monkeypatch
) -> None:
    if HOW_MANY > 10_000:  # one row changed as often in one transaction takes ever longer
        monkeypatch.setattr(reception.refusals, "count", lambda *_all: None)
    chance = random.Random(int(os.environ.get("PUSH_FUZZ_SEED", "1")))
    path = path_of(enterprise)
    statuses: dict[int, int] = {}
    for number in range(HOW_MANY):
        second = int(time.time())
        date = chance.choice((second, str(second), second * 1000, float(second), second - 400, second + 90))
        whole = json.dumps(signed({"giccid": "1", "n": number}, at=second, date=date)).encode()
        body = mutated(chance, whole)
        status = take(path, body)
        statuses[status] = statuses.get(status, 0) + 1
        assert status in (200, 400, 403, 413), body
        assert status != 200 or is_authentic(body), body
    assert {200, 400, 403} <= set(statuses)  # the control: some mutations hit nothing that matters
    assert sum(Push.objects.values_list("times", flat=True)) == statuses[200]


def test_a_longer_date_can_not_be_smuggled_in(enterprise) -> None:
    """SHA-256 of key and date could be extended by whoever knows one signature: only decimal renderings are hashed."""
    second = int(time.time())
    body = signed({}, at=second)
    for date in (
        f"{second}\x80",
        f"{second}0",
        f" {second}",
        f"+{second}",
        f"0{second}",
        f"{second}.0",
        f"{second}e0",
    ):
        forged = hashlib.sha256(f"{PUSH_KEY}{date}".encode()).hexdigest()
        for signature in (forged, body["signature"]):
            status = take(
                path_of(enterprise), json.dumps({"datePush": date, "signature": signature}).encode()
            )
            assert (
                status == 200
                if (date, signature) == (f"0{second}", body["signature"])
                else status in (400, 403)
            )
