"""The budget at the portal's own clients: who may go on, who is sent away, and what a person is told."""

import time
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.test import override_settings
from django.utils import timezone

from enterprise import budget
from enterprise.budget import budget_of, forget_budgets, rules_of
from enterprise.connections import client_for, explain
from enterprise.models import Enterprise
from smarthub_client import BudgetExhausted, Deferred, RateLimited, SmartHubClient
from smarthub_client.budget import RESERVES, Purpose
from tests.factories import EnterpriseFactory
from tests.support.budgets import new_window, told
from tests.support.platform import ScriptedPlatform
from tests.support.timing import quickest
from tests.support.valkey import OwnValkey

pytestmark = pytest.mark.django_db
PERSON = Purpose.INTERACTIVE


@pytest.fixture
def platform() -> Iterator[ScriptedPlatform]:
    with ScriptedPlatform({"A": []}) as platform:
        yield platform


def asks(enterprise: Enterprise, purpose: Purpose) -> SmartHubClient:
    return client_for(enterprise, purpose=purpose)


@pytest.mark.parametrize(
    ("purpose", "least"), [(Purpose.COMMANDS, 100), (Purpose.READ_BACK, 150), (Purpose.SWEEP, 250)]
)
def test_every_class_leaves_its_reserve_to_those_above(
    enterprise: Enterprise, platform: ScriptedPlatform, purpose: Purpose, least: int
) -> None:
    told(enterprise, least)
    with pytest.raises(Deferred, match="more urgent work"):
        asks(enterprise, purpose).enterprise()
    assert platform.asked == []
    asks(enterprise, PERSON).enterprise()
    new_window(enterprise)
    told(enterprise, least + 50)
    asks(enterprise, purpose).enterprise()
    assert len(platform.asked) == 2


def test_whoever_does_not_say_what_for_comes_last(enterprise: Enterprise, platform: ScriptedPlatform) -> None:
    told(enterprise, 240)
    with pytest.raises(Deferred):
        client_for(enterprise).enterprise()


def test_two_enterprises_do_not_share(enterprise: Enterprise, platform: ScriptedPlatform) -> None:
    told(enterprise, 0)
    with pytest.raises(BudgetExhausted):
        asks(enterprise, PERSON).enterprise()
    asks(EnterpriseFactory(), Purpose.SWEEP).enterprise()


def test_another_key_is_another_budget(enterprise: Enterprise, platform: ScriptedPlatform) -> None:
    told(enterprise, 0)
    enterprise.set_secret("api_key", "another")
    asks(enterprise, PERSON).enterprise()
    assert len(platform.asked) == 1


def test_the_share_for_people_scales_every_reserve(enterprise: Enterprise) -> None:
    assert dict(rules_of(enterprise).reserves) == pytest.approx(dict(RESERVES))
    enterprise.people_share = 50
    assert dict(rules_of(enterprise).reserves) == pytest.approx({key: 2 * x for key, x in RESERVES.items()})


def test_new_settings_hold_at_once_and_forget_nothing(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    told(enterprise, 700)
    before = budget_of(enterprise)
    assert budget_of(enterprise) is before
    enterprise.budget_cap = 10
    after = budget_of(enterprise)
    assert (after.rules.cap, after.name) == (10, before.name)
    assert after.look()["left"] == 700
    with pytest.raises(BudgetExhausted, match="limit set for this connection"):
        for _ in range(300):
            asks(enterprise, PERSON).enterprise()


def test_a_429_stops_everybody_until_the_reset(enterprise: Enterprise) -> None:
    told(enterprise, 900)
    refuse = (429, {"X-RateLimit-Remaining": "0"}, "{}")
    with ScriptedPlatform({}, before=lambda _asked: refuse) as platform:
        with pytest.raises(RateLimited):
            asks(enterprise, Purpose.SWEEP).enterprise()
        for purpose in Purpose:
            with pytest.raises(BudgetExhausted) as caught:
                asks(enterprise, purpose).enterprise()
            assert caught.value.reason == "stopped"
        assert len(platform.asked) == 1


@time_machine.travel("2026-05-01T12:00:20Z", tick=False)
@pytest.mark.parametrize(
    ("reason", "seconds", "words"),
    [
        ("used_up", 3600, "This hour's requests to SmartHub are used up. It works again at 13:01."),
        ("stopped", 1780, "SmartHub's hourly request limit is used up. It works again at 12:30."),
        ("cap", 40, "The hourly request limit set for this connection is reached. It works again in 40 s."),
        ("alone", 0.2, "does not answer, so this portal sends few. It works again in 1 s."),
        ("probe", 3, "under way. It works again in 3 s."),
    ],
)
def test_a_person_is_told_when_it_works_again(reason: str, seconds: float, words: str) -> None:
    error = BudgetExhausted("prose", retry_at=timezone.now() + timedelta(seconds=seconds), reason=reason)
    assert words in explain(error)
    assert "prose" not in explain(error)
    limited = RateLimited("prose", reset_at=timezone.now() + timedelta(seconds=1780))
    assert "limit is used up. It works again at 12:30. You are reading the local copy" in explain(limited)


@override_settings(REDIS_URL="")
def test_without_redis_people_get_a_little_and_the_background_nothing(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    forget_budgets()
    try:
        with pytest.raises(Deferred, match="Redis"):
            asks(enterprise, Purpose.SWEEP).enterprise()
        asks(enterprise, PERSON).enterprise()
        assert len(platform.asked) == 1
    finally:
        forget_budgets()


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch, usual_redis_seconds: float) -> Iterator[OwnValkey]:
    """A Redis that accepts connections and never answers."""
    with OwnValkey() as valkey:
        monkeypatch.setattr(budget, "settings", SimpleNamespace(REDIS_URL=valkey.url))
        monkeypatch.setattr(budget, "REDIS_SECONDS", usual_redis_seconds)
        forget_budgets()
        budget.shared_redis().ping()
        valkey.freeze()
        yield valkey
        valkey.thaw()
    forget_budgets()


@pytest.mark.servers
@pytest.mark.parametrize("is_connected", [True, False])
def test_a_frozen_redis_holds_nobody_up_for_more_than_half_a_second(
    enterprise: Enterprise, platform: ScriptedPlatform, frozen: OwnValkey, is_connected: bool
) -> None:
    if not is_connected:
        budget.shared_redis().connection_pool.disconnect()

    def three_requests() -> None:
        for _ in range(3):
            asks(enterprise, PERSON).enterprise()
            budget_of(enterprise).look()

    started = time.monotonic()
    three_requests()
    if time.monotonic() - started >= 0.5:  # whether the machine or Redis was slow, other tries will show
        assert quickest(lambda: (forget_budgets(), three_requests()), enough=0.5) < 0.5
    assert len(platform.asked) % 3 == 0


def test_a_client_asks_once_for_every_request(enterprise: Enterprise, platform: ScriptedPlatform) -> None:
    told(enterprise, 4000, limit=5000, reset_in=600)
    made = asks(enterprise, Purpose.SWEEP)
    for _ in range(5):
        made.enterprise()
    state: dict[str, Any] = budget_of(enterprise).look()
    assert (state["own"], state["n_sweep"], state["flight"]) == (1000 + 5, 5, 0)
    assert state["left"] == platform.remaining
