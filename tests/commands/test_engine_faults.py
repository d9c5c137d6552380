"""Faults the campaign (`make faults-commands`) or thinking about it found in the engine, each with its cure.

Seen red: the commit without the renewal of the lease.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from commands import claims, execute
from commands.models import State
from enterprise.models import Enterprise
from tests.command_factories import CommandFactory

pytestmark = pytest.mark.django_db


def test_a_command_that_waited_long_for_the_budget_is_held_a_whole_lease_from_its_commit_on():
    """Else others would take it for lost, and judge it, while its request is under way."""
    now = timezone.now()
    command = CommandFactory(state=State.LEASED, fence=1, lease_until=now + timedelta(seconds=20))
    claims.commit_sent([command], now)
    command.refresh_from_db()
    assert command.state == State.SENT
    assert command.lease_until == now + claims.LEASE


def test_a_request_has_ended_before_its_lease_does_even_after_a_stall(enterprise: Enterprise):
    dispatcher = execute.Dispatcher(enterprise)
    try:
        assert dispatcher.client._caller.timeout == claims.CALL_SECONDS
    finally:
        dispatcher.close()
    assert claims.CALL_SECONDS + claims.STALLED.total_seconds() < claims.LEASE.total_seconds()
