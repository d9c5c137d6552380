"""A small slice of `make sweep-campaign`."""

import pytest

from enterprise.models import Enterprise
from sims.rollups import drift
from tests.support.freshness import Trial
from tests.support.sandbox import SandboxProcess

pytestmark = [pytest.mark.servers, pytest.mark.django_db]


def test_a_fleet_of_two_thousand_is_kept_fresh_on_a_bad_day(
    sandbox: SandboxProcess, connected: Enterprise
) -> None:
    sandbox.reset(sims=2000)
    trial = Trial(sandbox, connected, pieces=0.2)
    trial.play(changes=5, moves=3, lost=150)
    assert trial.complaints() == [], "\n".join(map(str, trial.acts))
    assert not drift(connected.pk)
