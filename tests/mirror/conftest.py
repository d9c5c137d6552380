"""A way to put payloads through the door, and to look at the row without any code of the mirror's."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from enterprise.models import Account, Enterprise
from mirror.apply import Applied, Origin, apply
from sims.spec import SIM
from tests.factories import sim_payload
from tests.support.committed import committed

__all__ = ["committed"]

Put = Callable[..., Applied]
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
GICCID = "8986000000000000001"


def at(seconds: float) -> datetime:
    """So many seconds after the first request was sent."""
    return START + timedelta(seconds=seconds)


def origin_of(account: Account, seconds: float = 0, **values: Any) -> Origin:
    return Origin(
        enterprise_id=account.enterprise_id,
        source=values.pop("source", "sweep"),
        observed_at=at(seconds),
        scope={"account_id": account.pk},
        **values,
    )


@pytest.fixture
def put(account: Account) -> Put:
    """`put(payload, ..., seconds=3)`: applies payloads of a request sent 3 s after the start."""

    def applied(*payloads: Any, seconds: float = 0, account: Account = account, **values: Any) -> Applied:
        return apply(SIM, payloads, origin_of(account, seconds, **values))

    return applied


@pytest.fixture
def payload() -> dict[str, Any]:
    return sim_payload(GICCID, imsi="460040000000001", msisdn="8614700000001", imei="35200000000001")


@pytest.fixture
def home(enterprise: Enterprise, account: Account) -> Enterprise:
    """The enterprise, with its account made."""
    return enterprise
