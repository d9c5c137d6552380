"""Enterprises whose fleet was never read as a whole, each stopped at another place."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from enterprise.models import Enterprise
from mirror.models import SyncRun
from tests import factories

WAITING, FAILED = SyncRun.State.WAITING, SyncRun.State.FAILED
Kind = SyncRun.ErrorKind


def first_sweeps() -> dict[str, Enterprise]:
    """By a short name. Nothing moves them on: no worker runs."""
    later = timezone.now() + timedelta(minutes=25)
    make = factories.EnterpriseFactory
    running = _started("Being read", is_open=True, expected=9876, seen=2400, requests=25, pages=24)
    for account in factories.AccountFactory.create_batch(2, enterprise=running, swept_at=None):
        factories.SimFactory.create_batch(3, account=account)
    return {
        "first_soon": make(name="About to be read", swept_at=None),
        "first_running": running,
        "first_throttled": _started(
            "Stopped by the limit", state=WAITING, finished_at=None, error_kind=Kind.THROTTLED, run_at=later
        ),
        "first_refused": _started("Refused at once", state=FAILED, error_kind=Kind.UNAUTHORIZED),
        "first_down": _started("Silent at once", state=WAITING, finished_at=None, error_kind=Kind.DOWN),
        "first_failed": _started("Failed at once", state=FAILED, error_kind=Kind.OTHER, error="400"),
        "paused": make(name="Switched off", swept_at=None, is_enabled=False),
        "no_sims": make(name="Without a SIM"),
    }


def _started(name: str, **run: Any) -> Enterprise:
    enterprise = factories.EnterpriseFactory(name=name, swept_at=None)
    factories.SyncRunFactory(enterprise=enterprise, **run)
    return enterprise
