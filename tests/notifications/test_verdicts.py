"""A push is a hint: what it claims never reaches the mirror, and a reading says whether it was true.

Aims at: a verdict by a read sent before the hint, the claim written into the mirror, an overtaken push "contradicted".
"""

import json
import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.utils import timezone

from enterprise.models import Account
from notifications import process, verdicts
from notifications.kinds import KINDS
from notifications.models import Event
from sims.hints import PUSH, hint
from sims.models import Hint, Sim
from tests.factories import SimFactory, sim_payload
from tests.notifications.sender import path_of, push, signed, take
from tests.support.platform import ScriptedPlatform, sims
from tests.support.sweeps import read_back

pytestmark = pytest.mark.django_db
Verdict = Event.Verdict
GICCID = f"{1:019d}"
LATE = "2099-01-01T00:00:00+0000"  # no reading is younger


@pytest.fixture
def platform() -> Iterator[ScriptedPlatform]:
    with ScriptedPlatform({"A": sims(10)}) as platform:
        yield platform


@pytest.fixture
def card(account: Account, platform: ScriptedPlatform) -> Sim:
    return SimFactory(account=account, giccid=GICCID, raw=sim_payload(GICCID))


def tell(sim: Sim, kind: str, **fields: Any) -> Event:
    """Delivered, processed and read back."""
    assert push(sim.enterprise, kind, giccid=sim.giccid, **fields).status_code == 200
    process.work()
    Hint.objects.all().delete()
    hint(sim.enterprise_id, [sim.giccid], PUSH)  # now, whatever the pace
    read_back(sim.enterprise)
    return Event.objects.latest("pk")


def fields_of(sim: Sim) -> dict[str, Any]:
    """All but the moment of the reading."""
    row = Sim.objects.filter(pk=sim.pk).values().get()
    del row["observed_at"]
    return row


END = "2030-01-01T00:00:00+0000"
CLAIMS = [
    ("sim-status", {"target": "ACTIVATED"}, Verdict.CONFIRMED),
    ("sim-status", {"target": "RETIRED"}, Verdict.CONTRADICTED),
    ("sim-status", {}, Verdict.UNVERIFIED),
    ("apn-status", {"apnName": "iot.example", "target": "OPEN"}, Verdict.CONFIRMED),
    ("apn-status", {"apnName": "iot.example", "target": "CLOSED"}, Verdict.CONTRADICTED),
    ("apn-status", {"apnName": "other", "target": "OPEN"}, Verdict.UNVERIFIED),
    ("imei-change", {"target": "3520"}, Verdict.CONFIRMED),
    ("imei-change", {"target": "3521"}, Verdict.CONTRADICTED),
    ("cycle-usage", {"usage": 12.5, "usageType": "DATA"}, Verdict.CONFIRMED),
    ("cycle-usage", {"usage": "13000"}, Verdict.CONTRADICTED),
    ("cycle-usage", {"usage": 1, "usageType": "FAX"}, Verdict.UNVERIFIED),
    ("prepaid-expired", {"servicePackageName": "Plan", "endTime": END}, Verdict.CONFIRMED),
    (
        "prepaid-expired",
        {"servicePackageName": "Plan", "endTime": "2031-01-01T00:00:00Z"},
        Verdict.CONTRADICTED,
    ),
    ("prepaid-expired", {"servicePackageName": "Other", "endTime": END}, Verdict.UNVERIFIED),
    ("prepaid-traffic", {"servicePackageName": "Plan", "dataUsage": 10}, Verdict.CONFIRMED),
    ("prepaid-traffic", {"servicePackageName": "Plan", "dataUsage": 1000}, Verdict.CONTRADICTED),
    ("prepaid-traffic", {"servicePackageName": "Other", "dataUsage": 1}, Verdict.UNVERIFIED),
]


@pytest.mark.parametrize(("kind", "claim", "verdict"), CLAIMS)
def test_the_reading_judges_the_claim(kind, claim, verdict, card, platform) -> None:
    item = sim_payload(GICCID, imei="3520", package_name="Plan")
    item["currentBasicServicePackage"]["endTime"] = END
    platform.accounts["A"][1] = item
    event = tell(card, kind, **claim)
    assert event.verdict == verdict
    assert event.settled_at is not None


@pytest.mark.parametrize("kind", KINDS)
def test_a_lying_body_with_a_good_signature_changes_no_field(kind, card, platform) -> None:
    platform.accounts["A"][1] = card.raw
    tell(card, "sim-status", target="ACTIVATED")
    before = fields_of(card)
    for number, target in enumerate(("RETIRED", "CLOSED", "999", 10**9, None, ["x"], {"status": "RETIRED"})):
        tell(
            card,
            kind,
            **dict.fromkeys(("target", "status", "usage", "dataUsage", "imei", "endTime", "raw"), target),
            n=number,
            currentCycleUsages={"dataUsage": 10**9},
        )
    assert fields_of(card) == before
    assert Event.objects.count() == 8


def test_the_mirror_takes_what_the_platform_says(card, platform) -> None:
    platform.accounts["A"][1] = sim_payload(GICCID, status="DEACTIVATED")
    event = tell(card, "sim-status", original="ACTIVATED", target="RETIRED")
    card.refresh_from_db()
    assert (card.status, event.verdict, event.observed) == (
        "DEACTIVATED",
        Verdict.CONTRADICTED,
        "DEACTIVATED",
    )


def test_a_read_sent_before_the_hint_judges_nothing(card) -> None:
    push(card.enterprise, giccid=GICCID, target="ACTIVATED", createdTime=LATE)
    process.work()
    hinted_at = Event.objects.get().hinted_at
    assert hinted_at is not None
    verdicts.settle(card.enterprise_id, {GICCID}, hinted_at - timedelta(microseconds=1))
    assert Event.objects.get().verdict == Verdict.PENDING
    verdicts.settle(card.enterprise_id, {GICCID}, hinted_at)
    assert Event.objects.get().verdict == Verdict.CONFIRMED


def test_a_push_that_others_overtook_is_not_contradicted(card, platform) -> None:
    steps = [
        ("ACTIVATED", "DEACTIVATED"),
        ("DEACTIVATED", "ACTIVATED"),
        ("ACTIVATED", "DEACTIVATED"),
        ("DEACTIVATED", "RETIRED"),
    ]
    platform.accounts["A"][1] = sim_payload(GICCID, status="RETIRED")
    Sim.objects.update(observed_at=datetime(2026, 11, 1, tzinfo=UTC))  # before all that
    for number, (original, target) in enumerate(steps):
        time = f"2026-11-01T10:00:0{number}+0000"
        push(card.enterprise, giccid=GICCID, original=original, target=target, createdTime=time)
    tell(card, "sim-status", original="RETIRED", target="TEST_READY", createdTime="2026-11-01T09:00:00+0000")
    told = list(Event.objects.order_by("happened_at").values_list("verdict", flat=True))
    assert told == [Verdict.CONTRADICTED, *[Verdict.UNVERIFIED] * 3, Verdict.CONFIRMED]


def test_a_sim_that_can_not_be_read_leaves_its_claims_unverified(card) -> None:
    push(card.enterprise, giccid=GICCID, target="ACTIVATED", createdTime=LATE)
    process.work()
    later = timezone.now() + timedelta(minutes=11)
    assert verdicts.close_forgotten(later) == 0  # its hint is still tried
    Hint.objects.all().delete()
    assert verdicts.close_forgotten(timezone.now()) == 0
    assert verdicts.close_forgotten(later) == 1
    assert Event.objects.get().verdict == Verdict.UNVERIFIED


def test_in_whatever_order_pushes_come_the_mirror_ends_with_the_platform(account, platform) -> None:
    """Some are lost, some come twice, all are shuffled; the last word is the platform's. PUSH_ORDERS: how many SIMs."""
    chance, states = random.Random(5), ("ACTIVATED", "DEACTIVATED", "RETIRED", "TEST_READY")
    ends, heard = {}, []
    for number in range(int(os.environ.get("PUSH_ORDERS", "40"))):
        giccid = f"{number:019d}"
        SimFactory(account=account, giccid=giccid, status=chance.choice(states))
        walk = [chance.choice(states) for _step in range(6)]
        ends[giccid] = walk[-1]
        steps = [
            {"giccid": giccid, "original": one, "target": two, "createdTime": f"2026-11-01T10:00:{n:02}+0000"}
            for n, (one, two) in enumerate(pairwise(walk))
        ]
        heard += [step for step in steps * 2 if chance.random() < 0.7] or steps[:1]
    chance.shuffle(heard)
    platform.accounts["A"] = [sim_payload(giccid, status=status) for giccid, status in ends.items()]
    path = path_of(account.enterprise)
    for claim in heard:
        assert take(path, json.dumps(signed(claim)).encode()) == 200
        if chance.random() < 0.02:
            process.work()
    process.work()
    Hint.objects.update(run_at=timezone.now())
    read_back(account.enterprise)
    assert dict(Sim.objects.filter(giccid__in=ends).values_list("giccid", "status")) == ends
    assert not Event.objects.filter(verdict=Verdict.PENDING).exists()
