"""What counts as evidence: the SIM's own state, the platform's log; and what to do without any."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from commands.models import Command, State
from enterprise.models import Enterprise
from smarthub_client.times import format_time
from tests.commands.conftest import Order, evidence, fresh, look
from tests.commands.platform import Answer, Platform, problem
from tests.history_factories import ChangeLogFactory

pytestmark = pytest.mark.usefixtures("patient")


def log_of(
    command: Command, at: datetime, target: str = "DEACTIVATED", status: str = "SUCCESS"
) -> dict[str, Any]:
    return {
        "giccid": command.giccid,
        "type": "LOCAL_STATUS",
        "original": "ACTIVATED",
        "target": target,
        "status": status,
        "createdTime": format_time(at),
    }


def test_a_change_log_here_already_proves_it_although_somebody_changed_it_back(
    wired: Enterprise, lost: Command
) -> None:
    ChangeLogFactory(
        enterprise=wired,
        giccid=lost.giccid,
        type="LOCAL_STATUS",
        original="ACTIVATED",
        target="DEACTIVATED",
        happened_at=lost.sent_at + timedelta(seconds=1),
    )
    look(wired, 2)
    assert fresh(lost).state == State.APPLIED
    assert evidence(lost) == ["read", "change_log"]


@pytest.mark.parametrize(
    ("status", "state", "why"),
    [("SUCCESS", State.APPLIED, ""), ("FAILED", State.REJECTED, "reported_failed")],
)
def test_row_14_the_platforms_log_has_the_last_word_before_anything_is_sent_again(
    status: str, state: State, why: str, wired: Enterprise, lost: Command, platform: Platform
) -> None:
    platform.logs.append(log_of(lost, lost.sent_at + timedelta(seconds=1), status=status))
    look(wired, 2)
    look(wired, 70)
    assert (fresh(lost).state, fresh(lost).why) == (state, why)
    asked, told = fresh(lost).evidence[-2:]
    assert (asked["by"], asked["entries"][0]["target"]) == ("change_logs", "DEACTIVATED")
    assert (told["by"], told["has_failed"]) == ("change_log", status == "FAILED")


@pytest.mark.parametrize(
    "entry",
    [
        {"at": -10},  # before it was sent
        {"at": 1, "target": "RETIRED"},
    ],
)
def test_a_log_of_something_else_proves_nothing(
    entry: dict[str, Any], wired: Enterprise, lost: Command, platform: Platform
) -> None:
    at = lost.sent_at + timedelta(seconds=entry.pop("at"))
    platform.logs.append(log_of(lost, at, **entry))
    look(wired, 2)
    look(wired, 70)
    assert fresh(lost).state == State.QUEUED


def test_a_platform_that_refuses_the_assumed_filters_of_its_log_is_no_hindrance(
    wired: Enterprise, lost: Command, platform: Platform
) -> None:
    look(wired, 2)
    usual = Answer("usual")
    platform.reads.extend([usual, Answer("400", steps=(problem(400),))])
    look(wired, 70)
    assert fresh(lost).state == State.QUEUED
    assert "error" in next(entry for entry in fresh(lost).evidence if entry["by"] == "change_logs")


def test_no_answer_no_verdict(wired: Enterprise, lost: Command, platform: Platform) -> None:
    look(wired, 2)
    platform.reads.extend([Answer("500", steps=(problem(500),))] * 3)
    look(wired, 70)
    assert (fresh(lost).state, fresh(lost).misses) == (State.UNKNOWN, 1)


def test_no_answer_of_the_log_no_verdict_either(wired: Enterprise, lost: Command, platform: Platform) -> None:
    look(wired, 2)
    platform.reads.extend([Answer("usual"), *[Answer("500", steps=(problem(500),))] * 3])
    look(wired, 70)
    assert (fresh(lost).state, fresh(lost).misses) == (State.UNKNOWN, 1)


def test_after_a_day_without_an_answer_a_person_decides(
    wired: Enterprise, lost: Command, platform: Platform
) -> None:
    platform.reads.extend([Answer("500", steps=(problem(500),))] * 9)
    look(wired, 86_300)
    assert fresh(lost).state == State.UNKNOWN
    look(wired, 86_500)
    assert fresh(lost).state == State.NEEDS_HUMAN
    assert evidence(lost) == ["unreadable"]


def test_a_sim_the_platform_does_not_know_any_more_goes_to_a_person(
    wired: Enterprise, lost: Command, platform: Platform
) -> None:
    del platform.sims[lost.giccid]
    look(wired, 2)
    look(wired, 70)
    assert fresh(lost).state == State.NEEDS_HUMAN
    assert fresh(lost).evidence[0]["saw"] is None


def test_a_detail_of_an_unknown_sim_is_an_answer_too(
    wired: Enterprise, order: Order, platform: Platform
) -> None:
    (command,) = order(
        kind="supplementary_plan",
        params={"package": "Boost"},
        state=State.UNKNOWN,
        sent_at=timezone.now(),
        issue=1,
        evidence=[{"by": "baseline", "held": 0}],
    )
    del platform.sims[command.giccid]
    look(wired, 2)
    look(wired, 70)
    assert fresh(command).state == State.NEEDS_HUMAN


def test_evidence_does_not_grow_with_every_look(wired: Enterprise, order: Order) -> None:
    (command,) = order(state=State.ACKED, sent_at=timezone.now(), issue=1)
    for n in range(12):
        look(wired, 2 + n * 60)
    assert fresh(command).misses == 12
    assert evidence(command) == ["read"] * 3
