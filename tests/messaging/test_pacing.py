"""A paced plan: so many in any hour and no more, nothing while it is quiet, and it goes on by itself.

Aims at: a cap that a burst or a restart breaks, a message that leaves at night, a plan that sleeps for ever.
"""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from commands import claims, pacing, plans, running
from commands.models import Command, Plan, State
from commands.pace import Pace
from sims.models import Sim
from staff.models import User
from tests.commands.platform import Platform
from tests.messaging.paced import NIGHT, Fleet, at, clock, fleet, queued, released, sent_at, turn

__all__ = ["clock", "fleet"]

pytestmark = pytest.mark.django_db


def test_no_hour_sees_more_than_its_share(
    operator: User, fleet: Fleet, clock: time_machine.Traveller
) -> None:
    """Seen red: with what is queued left out of the count."""
    plan = released(operator, fleet, Pace(an_hour=2))
    assert queued(plan) == 2
    for _minute in range(4 * 60):
        plan = turn(plan)
        clock.shift(timedelta(minutes=1))
    moments = sent_at(plan)
    assert len(moments) == 6
    assert all(
        sum(first <= other < first + timedelta(hours=1) for other in moments) <= 2 for first in moments
    )
    assert moments[-1] - moments[0] < timedelta(hours=2, minutes=10), "the share is used, too"
    assert plan.state == Plan.State.COMPLETED


def test_while_nothing_may_go_the_worker_sleeps_until_it_may(
    operator: User, fleet: Fleet, clock: time_machine.Traveller
) -> None:
    plan = turn(released(operator, fleet, Pace(an_hour=2)))
    clock.shift(timedelta(minutes=1))
    plan = turn(plan)
    assert plan.run_at == at("2026-06-01T13:00")
    assert plan.homes == {"": 4}


def test_at_night_nothing_is_queued_and_it_goes_on_in_the_morning(
    operator: User, fleet: Fleet, clock: time_machine.Traveller, platform: Platform
) -> None:
    clock.move_to(at("2026-06-01T23:00"))
    plan = released(operator, fleet, Pace(hours=NIGHT, zone="Europe/Stockholm"))
    plan = turn(plan)
    assert (queued(plan), platform.effects) == (0, [])
    assert plan.run_at == at("2026-06-02T08:00")
    clock.move_to(at("2026-06-02T08:00"))
    turn(plan)
    assert len(platform.effects) == 6


def test_what_was_queued_and_not_picked_up_comes_back_when_it_becomes_quiet(
    operator: User, fleet: Fleet, clock: time_machine.Traveller, platform: Platform
) -> None:
    """Seen red: without `hold_at` in `claim_queued`, and without `_take_back`."""
    clock.move_to(at("2026-06-01T20:59"))
    plan = released(operator, fleet, Pace(hours=NIGHT, zone="Europe/Stockholm"))
    assert (queued(plan), plan.hold_at) == (6, at("2026-06-01T21:00"))
    clock.move_to(at("2026-06-01T21:00"))
    assert claims.claim_queued(plan.enterprise_id, timezone.now(), lambda _kind: 1) == []  # whoever is first
    plan = turn(plan)
    assert (queued(plan), platform.effects) == (0, [])
    assert (plan.state, plan.homes) == (Plan.State.RUNNING, {"": 6})


def test_a_look_that_queues_nothing_counts_nothing_and_the_next_one_is_in_a_while(
    operator: User, fleet: Fleet, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though something is under way. Seen red: before, it counted all lines by country each second."""
    plan = released(operator, fleet, Pace(an_hour=2))
    counted: list[Plan] = []
    monkeypatch.setattr(pacing, "count_left", counted.append)
    running.advance(plan.pk, timezone.now())
    plan.refresh_from_db()
    assert (counted, plan.run_at) == ([], timezone.now() + timedelta(seconds=5))


def test_a_queue_that_is_full_is_looked_at_each_second(
    operator: User, fleet: Fleet, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a plan without a cap would pause while others of it may go."""
    monkeypatch.setattr(pacing, "AHEAD", 2)
    plan = released(operator, fleet, Pace(hours=NIGHT, zone="Europe/Stockholm"))
    running.advance(plan.pk, timezone.now())
    plan.refresh_from_db()
    assert (queued(plan), plan.run_at) == (2, timezone.now() + running.EVERY)


def test_pausing_counts_by_country_what_it_takes_back(
    operator: User, fleet: Fleet, clock: time_machine.Traveller
) -> None:
    """Seen red: a plan resumed at night told of fewer SIMs than wait."""
    plan = plans.pause(operator, released(operator, fleet, Pace(hours=NIGHT, zone="Europe/Stockholm")))
    assert plan.homes == {"": 6}


def test_each_sim_goes_by_its_own_country(
    operator: User, fleet: Fleet, clock: time_machine.Traveller, platform: Platform
) -> None:
    for sim, imsi in zip(fleet, ("240", "240", "460", "460", "310", "901"), strict=True):
        Sim.objects.filter(pk=sim.pk).update(imsi=f"{imsi}001234567890")
    pace = Pace(hours=NIGHT, fallback="Asia/Tokyo")
    plan = released(operator, fleet, pace)  # noon in Sweden, 18:00 in China, 00:00 in Hawaii, 19:00 in Japan
    assert plan.homes == {"240": 0, "460": 0, "310": 1, "901": 0}
    assert plan.hold_at == at("2026-06-01T21:00", "Asia/Tokyo")
    plan = turn(turn(plan))
    reached = {effect.giccid for effect in platform.effects}
    assert reached == {sim.giccid for sim in fleet} - {fleet[4].giccid}
    clock.shift(timedelta(seconds=5))
    plan = turn(plan)
    assert plan.run_at == at("2026-06-01T08:00", "Pacific/Honolulu")
    clock.move_to(plan.run_at)
    turn(plan)
    assert len(platform.effects) == 6


def test_a_person_takes_a_single_one_up_again_after_the_plan_was_cancelled_at_night(
    operator: User, fleet: Fleet, clock: time_machine.Traveller
) -> None:
    clock.move_to(at("2026-06-01T20:59"))
    plan = released(operator, fleet, Pace(hours=NIGHT, zone="Europe/Stockholm"))
    plans.cancel(operator, plan)
    clock.move_to(at("2026-06-01T21:30"))
    again = Command.objects.filter(plan=plan)[0]
    Command.objects.filter(pk=again.pk).update(
        state=State.QUEUED, queued_at=timezone.now(), run_at=timezone.now()
    )
    assert claims.claim_queued(plan.enterprise_id, timezone.now(), lambda _kind: 1)[0].pk == again.pk


def test_paused_it_stays_paused_and_resumed_it_waits_for_the_morning(
    operator: User, fleet: Fleet, clock: time_machine.Traveller, platform: Platform
) -> None:
    plan = plans.pause(operator, released(operator, fleet, Pace(hours=NIGHT, zone="Europe/Stockholm")))
    clock.move_to(at("2026-06-01T22:00"))
    turn(plans.resume(operator, plan))
    assert platform.effects == []


def test_the_pace_is_part_of_what_is_approved_and_kept_by_another_try(operator: User, fleet: Fleet) -> None:
    made = [
        plans.make(
            operator, fleet[0].enterprise, kind_name="sms", params={"text": "hi"},
            source=plans.Source(giccids=(fleet[0].giccid,)), form_uid=uuid.UUID(int=1), pace=pace,
        )
        for pace in ({}, {"an_hour": 5})
    ]  # fmt: skip
    assert made[0].pk != made[1].pk
    assert made[0].digest != made[1].digest
    Command.objects.filter(plan=made[1]).update(state=State.REJECTED)
    again = plans.retry_failed(operator, made[1], form_uid=uuid.uuid4())
    assert again.pace == {"an_hour": 5}
