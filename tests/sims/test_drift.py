"""Drift: what was ordered against what SmartHub shows, kept by triggers, without a false alarm.

Aims at: each trigger dropped, the order of moments turned round, the mark after a sweep left out.
"""

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from commands.models import Command, Intent, State
from sims import drift_marks
from sims.models import Sim
from tests.command_factories import CommandFactory, IntentFactory
from tests.factories import SimFactory
from tests.support.drifting import MINUTE, Read, applied, drifting, read

pytestmark = pytest.mark.django_db
__all__ = ["read"]


# --- what is wanted


@pytest.mark.parametrize(
    ("kind", "params", "aspect", "value"),
    [
        ("activate", {}, "status", "ACTIVATED"),
        ("suspend", {}, "status", "DEACTIVATED"),
        ("retire", {}, "status", "RETIRED"),
        ("basic_plan", {"package": "IoT 200 MB"}, "package", "IoT 200 MB"),
        ("apn_status", {"apn": "iot.example", "status": "CLOSED"}, "apn:iot.example", "CLOSED"),
    ],
)
def test_an_applied_order_is_what_is_wanted(
    sim: Sim, kind: str, params: dict[str, str], aspect: str, value: str
) -> None:
    command = applied(sim, kind, **params)
    intent = Intent.objects.get()
    command.refresh_from_db()
    assert (intent.giccid, intent.aspect, intent.value) == (sim.giccid, aspect, value)
    assert (intent.command_id, intent.since) == (command.pk, command.settled_at)


@pytest.mark.parametrize("kind", ["supplementary_plan", "custom_fields"])
def test_what_can_be_compared_with_nothing_is_no_intent(sim: Sim, kind: str) -> None:
    applied(sim, kind, package="Extra", after="x")
    assert Intent.objects.count() == 0


@pytest.mark.parametrize(
    "state", [state for state in State if state not in (State.APPLIED, State.PLANNED, State.SKIPPED)]
)
def test_only_what_was_applied_counts(sim: Sim, state: str) -> None:
    command = CommandFactory(sim=sim, state=State.QUEUED)
    Command.objects.filter(pk=command.pk).update(state=state)
    assert Intent.objects.count() == 0


def test_the_newest_order_counts(sim: Sim) -> None:
    applied(sim, "suspend")
    newest = applied(sim, "activate")
    assert [(i.value, i.command_id) for i in Intent.objects.all()] == [("ACTIVATED", newest.pk)]


def test_of_a_retired_sim_nothing_more_is_wanted(sim: Sim, read: Read) -> None:
    applied(sim, "basic_plan", package="IoT 200 MB")
    applied(sim, "retire")
    assert list(Intent.objects.values_list("aspect", flat=True)) == ["status"]


# --- whether it drifted


def test_a_sim_we_suspended_that_is_active_again(sim: Sim, read: Read) -> None:
    applied(sim)
    assert drifting(sim) == [], "the mirror was read before the order"
    read(status="DEACTIVATED")
    assert drifting(sim) == []
    read(status="ACTIVATED", at=timezone.now() + 2 * MINUTE)
    assert drifting(sim) == ["status"]
    first = Intent.objects.get().drifted_at
    assert first == sim.observed_at
    read(status="ACTIVATED", data_used_mb=99.0, at=timezone.now() + 3 * MINUTE)
    assert Intent.objects.get().drifted_at == first, "noted when it was seen first"
    read(status="DEACTIVATED", at=timezone.now() + 4 * MINUTE)
    assert drifting(sim) == []


def test_an_answer_sent_before_the_order_was_settled_is_no_drift(sim: Sim, read: Read) -> None:
    read(status="INVENTORY", at=timezone.now() - MINUTE)
    applied(sim)
    assert drifting(sim) == []


def test_a_direct_read_that_finds_the_sim_unchanged_tells_too(sim: Sim, read: Read) -> None:
    """The platform said "done" and did nothing: the payload is the old one."""
    read(status="ACTIVATED", at=timezone.now() - MINUTE)
    applied(sim)
    read(status="ACTIVATED")
    assert drifting(sim) == ["status"]


def test_a_sweep_that_finds_the_sim_unchanged_tells_when_it_ends(sim: Sim, read: Read) -> None:
    read(status="ACTIVATED", at=timezone.now() - MINUTE)
    applied(sim)
    swept_at = timezone.now() + MINUTE
    read(status="ACTIVATED", at=swept_at, source="sweep", is_direct=False)
    assert drifting(sim) == [], "its row was not touched"
    assert drift_marks.mark(sim.enterprise_id, [sim.account_id or 0], swept_at - 2 * MINUTE) == 0
    assert drift_marks.mark(sim.enterprise_id, [], swept_at) == 0
    assert drift_marks.mark(sim.enterprise_id, [sim.account_id or 0], swept_at) == 1
    assert drifting(sim) == ["status"]
    assert drift_marks.mark(sim.enterprise_id, [sim.account_id or 0], swept_at + MINUTE) == 0


def test_a_package_and_an_apn_drift_too(sim: Sim, read: Read) -> None:
    applied(sim, "basic_plan", package="IoT 200 MB")
    applied(sim, "apn_status", apn="iot.example", status="CLOSED")
    read(package_name="IoT 200 MB", apnList=[{"apnName": "iot.example", "apnStatus": "CLOSED"}])
    assert drifting(sim) == []
    read(package_name="IoT 9 MB", apnList=[], at=timezone.now() + 2 * MINUTE)
    assert drifting(sim) == ["apn:iot.example", "package"]


@pytest.mark.parametrize("answer", [{"apnList": None}, {"apnList": "x"}, {"apnList": {"a": 1}}])
def test_what_an_answer_does_not_tell_is_no_drift(sim: Sim, read: Read, answer: dict[str, Any]) -> None:
    applied(sim, "apn_status", apn="iot.example", status="CLOSED")
    read(**answer)
    assert drifting(sim) == []


def test_a_sim_that_somebody_retired_drifts_once(sim: Sim, read: Read) -> None:
    applied(sim, "activate")
    applied(sim, "basic_plan", package="IoT 200 MB")
    read(status="RETIRED", package_name="IoT 9 MB")
    assert drifting(sim) == ["status"]


def test_a_removed_sim_does_not_drift(sim: Sim, read: Read) -> None:
    applied(sim)
    read(status="ACTIVATED")
    assert drifting(sim) == ["status"]
    Sim.objects.update(removed_at=timezone.now())
    assert drifting(sim) == []


def test_only_the_sim_itself_is_judged(sim: Sim, read: Read, foreign_sim: Sim) -> None:
    applied(sim)
    IntentFactory(sim=foreign_sim, value="DEACTIVATED")
    Intent.objects.filter(giccid=foreign_sim.giccid).update(giccid=sim.giccid)
    read(status="DEACTIVATED")
    assert drifting(sim) == []


def test_thousands_change_in_one_statement(sim: Sim) -> None:
    sims = SimFactory.create_batch(30, account=sim.account, status="DEACTIVATED")
    for one in sims[:20]:
        IntentFactory(sim=one)
    Sim.objects.filter(pk__in=[one.pk for one in sims[5:]]).update(status="ACTIVATED")
    assert Intent.objects.exclude(drifted_at=None).count() == 15


@pytest.mark.parametrize(
    "trigger", ["commands_intend ON commands_command", "commands_intent_watch ON sims_sim"]
)
def test_a_dropped_trigger_is_noticed(sim: Sim, read: Read, trigger: str) -> None:
    """The test of the test."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {trigger}")
    applied(sim)
    read(status="ACTIVATED")
    assert drifting(sim) == []
