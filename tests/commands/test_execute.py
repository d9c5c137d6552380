"""Sending: `sent` is committed before the first byte, and whoever lost its lease sends nothing."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from commands import claims, execute
from commands.execute import Dispatcher
from commands.models import Attempt, BatchJob, Command, Plan, State
from enterprise.models import Enterprise
from sims.models import Sim
from smarthub_client import BudgetExhausted
from tests.client.servers import Got
from tests.command_factories import CommandFactory, PlanFactory
from tests.commands.conftest import OpenGate, Order, fresh, order_of, states, wire
from tests.commands.platform import LOST_AFTER, Answer, Platform, problem
from tests.factories import AccountFactory

ALONE_OR_BATCH = pytest.mark.parametrize("count", [1, 3], ids=["alone", "batch"])


@ALONE_OR_BATCH
def test_row_12_sent_is_committed_before_the_first_byte(
    count: int, committed: Enterprise, platform: Platform
) -> None:
    """Looked at from the platform's side: by the time it reads the request, every other connection sees `sent`."""
    seen: list[Any] = []

    def look(got: Got) -> None:
        try:
            rows = Command.objects.filter(pk__in=[c.pk for c in commands])
            seen.append(sorted(rows.values_list("state", "issue")))
            attempt = Attempt.objects.get(request_id=got.headers["x-request-id"])
            seen.append((attempt.outcome, attempt.answered_at))
        finally:
            connection.close()

    committed.base_url, committed.is_sandbox = platform.server.base_url, True
    committed.save()
    commands = order_of(platform, AccountFactory(enterprise=committed), count)
    platform.before = look
    execute.dispatch(committed.pk)
    assert seen == [[(State.SENT, 1)] * count, ("", None)]
    assert states(commands) == [State.ACKED] * count


def test_each_issue_has_a_request_id_that_both_sides_can_find(
    wired: Enterprise, order: Order, platform: Platform
) -> None:
    (command,) = order()
    execute.dispatch(wired.pk)
    (effect,) = platform.effects
    assert effect.request_id == f"{command.plan_id}.{command.pk}.1" == fresh(command).request_id
    assert Attempt.objects.get().request_id == effect.request_id


@ALONE_OR_BATCH
def test_an_exhausted_budget_leaves_it_queued_until_there_is_one(
    count: int, wired: Enterprise, order: Order, platform: Platform, gate: type[OpenGate]
) -> None:
    commands, retry_at = order(count), timezone.now() + timedelta(minutes=20)
    gate.refusal = BudgetExhausted("used up", retry_at=retry_at)
    execute.dispatch(wired.pk)
    assert states(commands) == [State.QUEUED] * count
    command = fresh(commands[0])
    assert (command.run_at, command.issue, command.tries) == (retry_at, 0, 0)
    assert platform.asked == []
    assert not Attempt.objects.exists()
    assert not BatchJob.objects.exists()


@ALONE_OR_BATCH
def test_row_12_a_lease_that_ran_out_at_the_gate_sends_nothing(
    count: int, wired: Enterprise, order: Order, platform: Platform, gate: type[OpenGate]
) -> None:
    commands = order(count)

    def wait_too_long(_operation: str) -> None:
        Command.objects.filter(state=State.LEASED).update(lease_until=timezone.now())

    gate.on_pass = wait_too_long
    dispatcher = Dispatcher(wired)
    assert dispatcher.send_next() is True
    assert platform.changes == []
    assert states(commands) == [State.LEASED] * count
    assert not Attempt.objects.exists() and not BatchJob.objects.exists()
    assert claims.recover(timezone.now()) == count
    assert states(commands) == [State.QUEUED] * count


@ALONE_OR_BATCH
def test_row_12_when_another_worker_took_one_of_them_over_none_is_sent(
    count: int, wired: Enterprise, order: Order, platform: Platform, gate: type[OpenGate]
) -> None:
    commands = order(count)

    def take_over(_operation: str) -> None:
        Command.objects.filter(pk=commands[-1].pk).update(fence=99)

    gate.on_pass = take_over
    Dispatcher(wired).send_next()
    assert platform.changes == []
    assert State.SENT not in states(commands)


def test_a_machine_that_slept_after_the_commit_sends_nothing(
    wired: Enterprise, order: Order, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    (command,) = order()
    real = claims.commit_sent

    def then_sleep(*args: Any, **more: Any) -> None:
        real(*args, **more)
        traveller = time_machine.travel(timezone.now() + timedelta(seconds=6))
        traveller.start()
        monkeypatch.setattr(execute, "wake_up", traveller.stop, raising=False)

    monkeypatch.setattr(execute, "commit_sent", then_sleep)
    try:
        Dispatcher(wired).send_next()
    finally:
        execute.wake_up()  # type: ignore[attr-defined]
    assert platform.changes == []
    assert fresh(command).state == State.SENT
    claims.recover(timezone.now() + timedelta(seconds=31))
    assert fresh(command).state == State.UNKNOWN, "sent never goes back to the queue by itself"


def test_row_12_a_late_answer_changes_nothing_that_others_took_over(
    wired: Enterprise, order: Order, platform: Platform
) -> None:
    (command,) = order()
    platform.before = lambda _got: None
    dispatcher = Dispatcher(wired)
    rows = claims.claim_queued(wired.pk, timezone.now(), lambda _kind: 1)
    Command.objects.filter(pk=command.pk).update(fence=rows[0].fence + 1)
    dispatcher._carry_out(dispatcher._order_of(rows))
    assert fresh(command).state == State.LEASED
    assert platform.changes == []


def test_a_batch_whose_lease_ran_out_still_keeps_its_job(
    wired: Enterprise, order: Order, platform: Platform
) -> None:
    """The answer comes after `recover`: the rows are unknown, but the job's id tells what became of them."""
    commands = order(2)
    dispatcher = Dispatcher(wired)
    rows = claims.claim_queued(wired.pk, timezone.now(), lambda _kind: 100)
    order_ = dispatcher._order_of(rows)
    dispatcher.order = order_
    reply = dispatcher._send(order_)
    claims.recover(timezone.now() + timedelta(seconds=31))
    assert BatchJob.objects.get().state == BatchJob.State.LOST
    execute.outcomes.accepted(order_, reply)
    assert states(commands) == [State.UNKNOWN] * 2
    assert (BatchJob.objects.get().state, BatchJob.objects.get().remote_id) == ("processing", "job-1")


def test_single_changes_of_people_go_before_a_large_plan(
    wired: Enterprise, order: Order, platform: Platform
) -> None:
    order(3, rank=1)
    (urgent,) = order(1, kind="activate", status="INVENTORY", rank=0)
    Dispatcher(wired).send_next()
    assert [effect.giccid for effect in platform.effects] == [urgent.giccid]


def test_a_batch_takes_a_hundred_sims_of_one_plan(
    wired: Enterprise, order: Order, platform: Platform
) -> None:
    first = order(101)
    order(2, kind="activate", status="INVENTORY")
    Dispatcher(wired).send_next()
    assert [BatchJob.objects.get().total, BatchJob.objects.get().plan_id] == [100, first[0].plan_id]
    assert len({effect.request_id for effect in platform.effects}) == 1


def test_a_paused_plan_sends_nothing(wired: Enterprise, order: Order, platform: Platform) -> None:
    commands = order(2)
    Plan.objects.update(state=Plan.State.PAUSED)
    execute.dispatch(wired.pk)
    assert states(commands) == [State.QUEUED] * 2
    assert platform.asked == []


@pytest.mark.parametrize(
    ("kind", "is_confirmed", "count", "path"),
    [
        # doc alone is allowed on a real platform: one SIM goes as a batch of one where only that is doc
        ("suspend", False, 1, "/v1/batchJobs/global-sims/deactivate"),
        ("suspend", True, 1, "/v1/global-sims/{}/deactivate"),
        ("retire", False, 2, "/v1/global-sims/{}/retire"),
        ("retire", True, 2, "/v1/batchJobs/global-sims/retire"),
    ],
)
def test_on_a_real_platform_only_what_is_documented_or_confirmed_is_sent(
    kind: str, is_confirmed: bool, count: int, path: str, platform: Platform, db: None
) -> None:
    operations = [kind, f"batch_{kind}"] if is_confirmed else []
    enterprise = wire(platform, is_sandbox=False, confirmed_operations=operations)
    status = "DEACTIVATED" if kind == "retire" else "ACTIVATED"
    commands = order_of(platform, AccountFactory(enterprise=enterprise), count, kind=kind, status=status)
    Dispatcher(enterprise).send_next()
    assert platform.changes[0].target == path.format(commands[0].giccid)


def test_what_nobody_vouches_for_is_rejected_and_never_sent(platform: Platform, db: None) -> None:
    enterprise = wire(platform, is_sandbox=False)
    (command,) = order_of(
        platform,
        AccountFactory(enterprise=enterprise),
        kind="apn_status",
        params={"apn": "a", "status": "OPEN"},
    )
    execute.dispatch(enterprise.pk)
    assert (fresh(command).state, fresh(command).why) == (State.REJECTED, "unconfirmed")
    assert platform.asked == []


def test_a_supplementary_plan_notes_what_the_sim_had_before_the_first_byte(
    wired: Enterprise, order: Order, platform: Platform
) -> None:
    (command,) = order(kind="supplementary_plan", params={"package": "Boost"})
    platform.sims[command.giccid]["supplementary"] = [{"name": "Boost"}, {"name": "Other"}]
    platform.answers.append(LOST_AFTER)
    execute.dispatch(wired.pk)
    command = fresh(command)
    assert command.state == State.UNKNOWN
    assert [(entry["by"], entry["held"]) for entry in command.evidence] == [("baseline", 1)]


def test_when_that_read_fails_nothing_is_sent(wired: Enterprise, order: Order, platform: Platform) -> None:
    (command,) = order(kind="supplementary_plan", params={"package": "Boost"})
    platform.reads.extend([Answer("500", steps=(problem(500),))] * 5)
    execute.dispatch(wired.pk)
    assert (fresh(command).state, fresh(command).issue, fresh(command).tries) == (State.QUEUED, 0, 1)
    assert platform.changes == []


def test_custom_fields_keep_what_the_plan_does_not_name(
    wired: Enterprise, order: Order, platform: Platform
) -> None:
    (command,) = order(kind="custom_fields", params={"custom2": "Zug"})
    platform.sims[command.giccid]["custom"] = {"custom1": "Bern", "custom2": "Ort"}
    execute.dispatch(wired.pk)
    assert platform.sims[command.giccid]["custom"] == {
        "custom1": "Bern",
        "custom2": "Zug",
        "custom3": "",
        "custom4": "",
        "custom5": "",
    }
    assert fresh(command).state == State.ACKED


def test_every_kind_reaches_the_platform_once(wired: Enterprise, order: Order, platform: Platform) -> None:
    orders = [
        order(kind="activate", status="INVENTORY"),
        order(kind="suspend"),
        order(kind="retire", status="DEACTIVATED"),
        order(kind="basic_plan", params={"package": "Big"}),
        order(kind="supplementary_plan", params={"package": "Boost"}),
        order(kind="apn_status", params={"apn": "iot.example", "status": "CLOSED"}),
        order(kind="custom_fields", params={"custom1": "x"}),
    ]
    execute.dispatch(wired.pk, seconds=60)
    commands = [command for (command,) in orders]
    assert states(commands) == [State.ACKED] * 7
    assert sorted(effect.giccid for effect in platform.effects) == sorted(c.giccid for c in commands)


def test_a_command_of_a_sim_with_one_under_way_cannot_be_queued(wired: Enterprise, order: Order) -> None:
    """Row 15's last word: the partial unique index."""
    (command,) = order(state=State.UNKNOWN)
    plan = PlanFactory(enterprise=wired, kind="activate", state=Plan.State.RUNNING)
    sim = Sim.objects.get(enterprise=wired, giccid=command.giccid)
    with pytest.raises(Exception, match="one_in_flight"):
        CommandFactory(sim=sim, plan=plan, state=State.QUEUED)
