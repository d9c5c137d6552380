"""How many calls pushes may cause: one at once while they tell the truth, next to none while they don't.

Aims at: a pace that forgets after a minute, a reward for what the mirror knew, sweeps that answer no hint.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.utils import timezone

from enterprise.models import Account
from notifications import pace, process
from notifications.models import Event, Push, ReadPace
from notifications.told import event_of
from sims.models import Hint, Sim
from tests.factories import SimFactory, sim_payload
from tests.notifications.sender import push
from tests.support.platform import ScriptedPlatform, sims
from tests.support.sweeps import read_back, sweep

GICCID = f"{1:019d}"
START = datetime(2026, 11, 1, tzinfo=UTC)
MOST = pace.widest(60)
SWEEP = 3600
BATCH = 100


@dataclass
class Played:
    """A ladder and the hints it puts off, by a clock of our own. A sweep each hour answers every hint."""

    next_at: datetime | None = None
    gap: int = 1
    waiting: dict[int, datetime] = field(default_factory=dict)
    calls: int = 0
    swept_at: datetime = START

    def tell(self, sim: int, now: datetime) -> datetime:
        """A claim; returns when its SIM will be read."""
        self.pass_time(now)
        moment, self.next_at, self.gap = pace.step(self.next_at, self.gap, now, MOST)
        self.waiting[sim] = min(moment, self.waiting.get(sim, moment))
        self.pass_time(now)
        return moment

    def pass_time(self, now: datetime) -> None:
        """Reads what is due, 100 in a call."""
        due = [sim for sim, moment in self.waiting.items() if moment <= now]
        self.calls += math.ceil(len(due) / BATCH)
        for sim in due:
            del self.waiting[sim]
        if now - self.swept_at >= timedelta(seconds=SWEEP):
            self.swept_at = now
            self.waiting.clear()


@pytest.mark.parametrize("fleet", [1, 50, 2000, 5000])
@pytest.mark.parametrize("rate", [1000, 200, 20, 5, 1, 0.1, 0.05])
def test_ten_thousand_forged_hints_cost_a_hundred_calls_at_any_rate(rate: float, fleet: int) -> None:
    """Seen red: with moments never further away than 16 s, 5 a second cost 620 calls."""
    chance, played, now = Random(7), Played(), START
    for number in range(10_000):
        now = START + timedelta(seconds=number / rate)
        played.tell(chance.randrange(fleet), now)
    played.pass_time(now + timedelta(seconds=2 * MOST))
    assert played.calls <= 100


def test_a_forger_who_never_names_a_sim_twice_costs_what_reading_his_sims_costs() -> None:
    played = Played()
    for number in range(10_000):
        played.tell(number, START + timedelta(seconds=number / 200))
    played.pass_time(START + timedelta(days=1))
    assert played.calls <= 110


def test_after_hours_of_silence_a_push_is_read_at_once_again() -> None:
    played = Played()
    for second in range(2000):
        played.tell(second, START + timedelta(seconds=second))
    soon, later = START + timedelta(seconds=2001), START + timedelta(seconds=2100 + 2 * MOST)
    assert played.tell(1, soon) > soon + timedelta(seconds=30)
    assert played.tell(1, later) == later


# --- with rows


@pytest.fixture
def platform() -> Iterator[ScriptedPlatform]:
    with ScriptedPlatform({"A": sims(10)}) as platform:
        yield platform


@pytest.fixture
def card(account: Account, platform: ScriptedPlatform) -> Sim:
    return SimFactory(account=account, giccid=GICCID, raw=sim_payload(GICCID, status="ACTIVATED"))


def claim(sim: Sim, now: datetime, target: str = "RETIRED", happened: datetime | None = None) -> Event:
    """A claim that came at `now`, and its hint."""
    created = (happened or now).strftime("%Y-%m-%dT%H:%M:%S.%f+0000")
    push = Push(enterprise=sim.enterprise, kind="sim-status", date_push=now)
    event = event_of(push, {"giccid": sim.giccid, "target": target, "createdTime": created})
    process._hint([event], now)
    return event


@pytest.mark.django_db
def test_news_is_read_at_once_and_what_follows_waits_for_the_next_moment(card: Sim) -> None:
    now = timezone.now()
    event = claim(card, now)
    assert (event.is_news, event.verdict, event.hinted_at) == (True, "pending", now)
    assert Hint.objects.get().run_at == now
    Hint.objects.all().delete()
    claim(card, now + timedelta(seconds=0.5))
    hint = Hint.objects.get()
    assert (hint.hinted_at, hint.run_at) == (now + timedelta(seconds=0.5), now + timedelta(seconds=1))


@pytest.mark.django_db
def test_what_has_been_read_since_it_happened_is_confirmed_by_that_reading(card: Sim) -> None:
    """Read all the same, at the pace of what is no news: the push after this one may have been lost."""
    event = claim(card, timezone.now(), "ACTIVATED", happened=card.observed_at - timedelta(seconds=1))
    assert (event.verdict, event.observed) == ("confirmed", "ACTIVATED")
    assert event.settled_at is not None
    assert Hint.objects.get().giccid == GICCID
    assert ReadPace.objects.get().known_gap_seconds == 2


@pytest.mark.django_db
def test_what_is_no_news_but_was_not_read_since_does_not_hold_up_news(card: Sim) -> None:
    now = timezone.now() + timedelta(minutes=1)
    for second in range(20):
        event = claim(card, now + timedelta(seconds=second), "ACTIVATED")
        assert (event.is_news, event.verdict) == (False, "pending")
    pace_now = ReadPace.objects.get()
    assert (pace_now.gap_seconds, pace_now.known_gap_seconds) == (1, 32)
    later = now + timedelta(seconds=21)
    assert claim(card, later, "RETIRED").is_news
    assert Hint.objects.get().run_at <= later


@pytest.mark.django_db
@pytest.mark.parametrize(("read", "pays"), [("RETIRED", True), ("ACTIVATED", False)])
def test_only_news_that_turns_out_true_brings_the_pace_back(
    read: str, pays: bool, card: Sim, platform: ScriptedPlatform, django_capture_on_commit_callbacks: Any
) -> None:
    begun = timezone.now() - timedelta(seconds=8)
    for seconds in (0, 2, 5):
        claim(card, begun + timedelta(seconds=seconds))
    platform.accounts["A"][1] = sim_payload(GICCID, status=read)
    assert push(card.enterprise, giccid=GICCID, target="RETIRED").status_code == 200
    process.work()
    Hint.objects.update(run_at=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        read_back(card.enterprise)
    assert (ReadPace.objects.get().gap_seconds == 1) == pays
    assert Event.objects.get().verdict == ("confirmed" if pays else "contradicted")


@pytest.mark.django_db
def test_a_sweep_answers_what_waits(card: Sim, platform: ScriptedPlatform) -> None:
    platform.accounts = {card.account.name: [sim_payload(GICCID, status="RETIRED")]}
    push(card.enterprise, giccid=GICCID, target="RETIRED")
    process.work()
    Hint.objects.update(run_at=timezone.now() + timedelta(hours=1))
    sweep(card.enterprise)
    assert not Hint.objects.exists()
    assert Event.objects.get().verdict == "confirmed"
