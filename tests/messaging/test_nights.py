"""Quiet hours hold whatever happens: 429 through the evening, people who want one sent again, pausing, a long wait."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from commands import claims, execute, plans, running
from commands.models import Command, State
from commands.pace import Pace
from commands.quiet import is_quiet
from messaging.models import Message
from sims.models import Sim
from staff.models import User
from tests.client.servers import Got
from tests.commands.conftest import OpenGate
from tests.commands.platform import Answer, Platform, problem
from tests.messaging.paced import NIGHT, Fleet, at, clock, fleet, queued, released, turn

__all__ = ["clock", "fleet"]

pytestmark = pytest.mark.django_db
TOO_MANY = Answer("429", happens=False, steps=(problem(429),))
ZONES = {"240": "Europe/Stockholm", "244": "Europe/Helsinki"}


def night() -> Iterator[datetime]:
    """Moments close to each other about the two beginnings of quiet hours, and minutes until the morning."""
    now = at("2026-06-01T19:54")
    while now < at("2026-06-02T08:10"):
        yield now
        about = abs((now - at("2026-06-01T20:00")).total_seconds()) < 61
        about = about or abs((now - at("2026-06-01T21:00")).total_seconds()) < 61
        now += timedelta(seconds=10 if about else 1800 if now > at("2026-06-01T21:30") else 120)


@pytest.mark.parametrize(
    ("spoilt", "is_worker_late"),
    [(("19:55", "20:02"), True), (("20:55", "21:01"), False), (("19:55", "21:30"), True)],
)
def test_nothing_leaves_at_night_though_the_platform_says_429_from_the_evening_on(
    spoilt: tuple[str, str],
    is_worker_late: bool,
    operator: User,
    fleet: Fleet,
    clock: time_machine.Traveller,
    platform: Platform,
) -> None:
    """Seen red: with only what never was sent taken back, and `hold_at` None while it is quiet everywhere."""
    homes = {sim.giccid: mcc for sim, mcc in zip(fleet, ("240", "244") * 3, strict=True)}
    for sim in fleet:
        Sim.objects.filter(pk=sim.pk).update(imsi=f"{homes[sim.giccid]}001234567890")
    left: list[tuple[str, datetime]] = []

    def note(got: Got) -> None:
        left.append((json.loads(got.body)["toGiccid"], timezone.now()))

    platform.before = note
    clock.move_to(at("2026-06-01T19:53"))
    plan = released(operator, fleet, Pace(hours=NIGHT))
    begins, ends = (at(f"2026-06-01T{moment}") for moment in spoilt)
    Command.objects.filter(plan=plan).update(run_at=begins)  # none leaves before
    for moment in night():
        clock.move_to(moment)
        platform.answers.clear()
        if moment < ends:
            platform.answers.extend([TOO_MANY] * 20)
        execute.dispatch(plan.enterprise_id)
        if not is_worker_late or moment.minute % 5 == 4 or moment > at("2026-06-02T06:00"):
            turn(plan)
    assert [(giccid, at) for giccid, at in left if is_quiet(at, NIGHT, [ZONES[homes[giccid]]])] == []
    assert sorted(effect.giccid for effect in platform.effects) == sorted(homes)
    assert len(left) > 6, "it was refused in the evening, too"


def test_what_a_person_wants_sent_again_waits_for_the_morning_of_its_country(
    operator: User, fleet: Fleet, clock: time_machine.Traveller, platform: Platform
) -> None:
    """Also while others of its plan may go. Seen red: without the look at a country's clocks."""
    Sim.objects.filter(pk=fleet[0].pk).update(imsi="244001234567890")
    Sim.objects.exclude(pk=fleet[0].pk).update(imsi="240001234567890")
    clock.move_to(at("2026-06-01T20:30"))  # 21:30 in Finland
    plan = released(operator, fleet, Pace(hours=NIGHT))
    again = Command.objects.filter(plan=plan, mcc="244")
    again.update(state=State.QUEUED, issue=1, is_doubtful=True, run_at=timezone.now())
    turn(plan)
    assert len(platform.effects) == 5
    assert (again.get().state, again.get().run_at) == (
        State.QUEUED,
        at("2026-06-02T08:00", "Europe/Helsinki"),
    )
    clock.move_to(at("2026-06-02T08:00", "Europe/Helsinki"))
    turn(plan)
    assert len(platform.effects) == 6


def test_what_waited_for_the_budget_until_it_became_quiet_does_not_leave(
    operator: User, fleet: Fleet, clock: time_machine.Traveller, platform: Platform, gate: type[OpenGate]
) -> None:
    """Seen red: without the look at the clocks at the commit."""
    clock.move_to(at("2026-06-01T20:59:55"))
    plan = released(operator, fleet, Pace(hours=NIGHT, zone="Europe/Stockholm"))
    gate.on_pass = lambda _operation: clock.move_to(at("2026-06-01T21:00"))
    execute.dispatch(plan.enterprise_id)
    assert platform.changes == []
    claims.recover(timezone.now() + claims.LEASE + timedelta(seconds=1))
    plan = turn(plan)
    assert (queued(plan), plan.homes, platform.changes) == (0, {"": 6}, [])


def test_a_message_refused_with_429_waits_in_a_paused_plan_and_holds_up_no_other(
    operator: User, fleet: Fleet, platform: Platform
) -> None:
    """Seen red: it stayed queued, so that the SIM's other messages waited, and the plan was counted each second."""
    plan = released(operator, fleet[:1], Pace(an_hour=100))
    platform.answers.append(TOO_MANY)
    execute.dispatch(plan.enterprise_id)
    plan = plans.pause(operator, plan)
    line = Command.objects.get(plan=plan)
    assert (line.state, line.issue, plan.tally) == (State.PLANNED, 1, {"planned": 1})
    other = released(operator, fleet[:1], Pace(an_hour=5))
    assert queued(other) == 1
    turn(other)
    plan = plans.resume(operator, plan)
    turn(plan)
    assert len(platform.effects) == 2
    assert Command.objects.get(plan=plan).state == State.APPLIED


def test_cancelled_afterwards_it_says_cancelled(operator: User, fleet: Fleet, platform: Platform) -> None:
    plan = released(operator, fleet[:1], Pace(an_hour=100))
    platform.answers.append(TOO_MANY)
    execute.dispatch(plan.enterprise_id)
    plans.cancel(operator, plans.pause(operator, plan))
    assert Command.objects.get(plan=plan).state == State.CANCELLED
    assert Message.objects.get(plan_id=plan.pk).state == "cancelled"


def test_what_was_under_way_when_it_was_paused_and_falls_back_is_planned_again(
    operator: User, fleet: Fleet, platform: Platform
) -> None:
    """Seen red: it stayed in the queue until the plan was resumed."""
    plan = released(operator, fleet[:1], Pace(an_hour=100))

    (held,) = claims.claim_queued(plan.enterprise_id, timezone.now(), lambda _kind: 1)
    plan = plans.pause(operator, plan)
    assert claims.move([held], State.QUEUED, run_at=timezone.now()) == 1
    running.advance(plan.pk, timezone.now() + timedelta(seconds=2))
    plan.refresh_from_db()
    assert (Command.objects.get(plan=plan).state, plan.tally) == (State.PLANNED, {"planned": 1})
