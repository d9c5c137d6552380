"""Hypothesis plays workers, people and the platform in any order; `workers.py` says what must hold after each step."""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from commands import execute, job_polls, settle
from enterprise import connections
from tests.commands.platform import Platform
from tests.commands.workers import Workers

EXAMPLES = int(os.environ.get("COMMAND_EXAMPLES", "12"))


@pytest.mark.django_db
@pytest.mark.usefixtures("patient")
def test_whatever_workers_do_in_whatever_order(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    Workers.platform = platform
    for module in (execute, settle, job_polls):  # a busy machine must not time out: examples are replayed
        monkeypatch.setattr(module, "client_for", connections.client_for)
    run_state_machine_as_test(
        Workers,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            deadline=None,
            database=None,
            phases=[Phase.generate],  # shrinking would take minutes of real transactions
            suppress_health_check=list(HealthCheck),
        ),
    )
