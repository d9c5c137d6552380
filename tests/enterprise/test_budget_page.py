"""The page of the request budget."""

from datetime import timedelta
from typing import Any

import pytest
import redis
from django.utils import timezone

from enterprise import budget as module
from enterprise.budget import budget_of, forget_budgets
from enterprise.models import Account, BudgetUse, Enterprise
from enterprise.pacing import RESERVED
from mirror.models import SyncRun
from smarthub_client import RateLimit
from smarthub_client.budget import Granted, Purpose
from staff.models import User
from tests.conftest import SignIn
from tests.factories import SyncRunFactory
from tests.support.budgets import told

pytestmark = pytest.mark.django_db
Kind = SyncRun.ErrorKind


def page(sign_in: SignIn, user: User, enterprise: Enterprise, query: str = "", **headers: str) -> Any:
    return sign_in(user).get(f"/enterprise/{enterprise.pk}/budget/{query}", headers=headers)


def test_it_tells_what_is_left_when_it_resets_and_who_may_use_how_much(
    sign_in: SignIn, viewer: User, enterprise: Enterprise
) -> None:
    told(enterprise, 900, reset_in=1800)
    response = page(sign_in, viewer, enterprise)
    now = response.context["now"]
    assert response.status_code == 200
    assert (now["left"], now["limit"], now["is_shared"], now["stopped_until"]) == (900, 1000, True, None)
    assert timedelta(minutes=29) < now["ends_at"] - timezone.now() <= timedelta(minutes=30)
    classes = {row["label"]: row for row in now["classes"]}
    assert list(classes) == ["People", "Commands", "Read-back", "Change logs and lists", "Sweeps"]
    # 1,000: reserves, half a percent nobody touches, half a percent for people to the very end
    assert classes["People"]["may"] == 895
    assert classes["People"]["keeps"] == 0
    assert 250 <= classes["Sweeps"]["keeps"] <= 256
    assert classes["Sweeps"]["may"] == pytest.approx(895 - classes["Sweeps"]["keeps"], abs=1)


def test_requests_of_others_and_of_each_class_are_told(
    sign_in: SignIn, viewer: User, enterprise: Enterprise
) -> None:
    told(enterprise, 900)
    for left in (880, 870):
        grant = budget_of(enterprise).acquire(Purpose.SWEEP)
        assert isinstance(grant, Granted)
        budget_of(enterprise).settle(grant, 200, RateLimit(1000, left, None, 3600))
    now = page(sign_in, viewer, enterprise).context["now"]
    assert (now["left"], now["others"]) == (870, 28)
    assert [row["used"] for row in now["classes"]] == [0, 0, 0, 0, 2]


def test_of_a_new_connection_nothing_is_known_yet(
    sign_in: SignIn, viewer: User, enterprise: Enterprise
) -> None:
    response = page(sign_in, viewer, enterprise)
    assert response.context["now"]["left"] is None
    assert "No request has been made yet" in response.content.decode()


def test_after_429_it_says_until_when_nothing_is_sent(
    sign_in: SignIn, viewer: User, enterprise: Enterprise
) -> None:
    told(enterprise, 900)
    grant = budget_of(enterprise).acquire(Purpose.SWEEP)
    assert isinstance(grant, Granted)
    budget_of(enterprise).settle(grant, 429)
    response = page(sign_in, viewer, enterprise)
    assert response.context["now"]["stopped_until"] > timezone.now()
    assert "SmartHub answered 429: nothing is sent until" in response.content.decode()


class Gone:
    """A Redis that is away."""

    def register_script(self, _script: str) -> Any:
        def refuse(**_: Any) -> None:
            raise redis.ConnectionError

        return refuse


def test_without_redis_it_says_so_and_shows_what_smarthub_told_last(
    sign_in: SignIn, viewer: User, enterprise: Enterprise, monkeypatch: pytest.MonkeyPatch
) -> None:
    enterprise.rate_limit, enterprise.rate_remaining = 5000, 1234
    enterprise.rate_reset_at = timezone.now() + timedelta(minutes=5)
    enterprise.save()
    forget_budgets()
    monkeypatch.setattr(module, "shared_redis", Gone)
    response = page(sign_in, viewer, enterprise)
    now = response.context["now"]
    assert response.status_code == 200
    assert (now["is_shared"], now["left"], now["limit"], now["classes"]) == (False, 1234, 5000, [])
    assert "Redis does not answer" in response.content.decode()


def test_it_shows_what_waits_and_why(sign_in: SignIn, admin: User, enterprise: Enterprise) -> None:
    later = timezone.now() + timedelta(minutes=20)
    waits = {"state": SyncRun.State.WAITING, "finished_at": None, "error_kind": Kind.THROTTLED}
    SyncRunFactory(enterprise=enterprise, error=RESERVED, run_at=later, **waits)
    SyncRunFactory(enterprise=enterprise, job="sims.delta", state=SyncRun.State.RUNNING, finished_at=None)
    SyncRunFactory(enterprise=enterprise, job="sims.sweep")
    response = page(sign_in, admin, enterprise)
    (item,) = response.context["waiting"]
    assert (item["reason"], item["run"].run_at) == (RESERVED, later)


def test_a_limited_person_sees_no_account_of_others(
    sign_in: SignIn, outsider: User, account: Account, foreign_enterprise: Enterprise
) -> None:
    waits = {"state": SyncRun.State.WAITING, "finished_at": None}
    for number, (error, kind) in enumerate(
        [(f"{account.name} broke", Kind.OTHER), (RESERVED, Kind.THROTTLED)]
    ):
        SyncRunFactory(
            enterprise=account.enterprise, job=f"job{number}", error=error, error_kind=kind, **waits
        )
    SyncRunFactory(enterprise=foreign_enterprise, job="sims.sweep", error=RESERVED, **waits)
    response = page(sign_in, outsider, account.enterprise)
    assert {item["reason"] for item in response.context["waiting"]} == {"Other", RESERVED}
    assert account.name not in response.content.decode()
    assert page(sign_in, outsider, foreign_enterprise).status_code == 404


def used(enterprise: Enterprise, hours_ago: int, purpose: str, granted: int) -> None:
    hour = timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours_ago)
    BudgetUse.objects.create(enterprise=enterprise, hour=hour, purpose=purpose, granted=granted)


@pytest.mark.parametrize(
    ("query", "hours"), [("", 24), ("?hours=72", 72), ("?hours=x", 24), ("?hours=9", 24)]
)
def test_the_chart_shows_each_hour_by_class(
    sign_in: SignIn,
    viewer: User,
    enterprise: Enterprise,
    foreign_enterprise: Enterprise,
    query: str,
    hours: int,
) -> None:
    used(enterprise, 0, "sweep", 300)
    used(enterprise, 0, "interactive", 4)
    used(enterprise, hours - 1, "poll", 7)
    used(enterprise, hours, "sweep", 999)
    used(foreign_enterprise, 0, "sweep", 999)
    response = page(sign_in, viewer, enterprise, query)
    columns, series = response.context["columns"], response.context["series"]
    assert [part["label"] for part in series] == [
        "Sweeps",
        "Change logs and lists",
        "Read-back",
        "Commands",
        "People",
    ]
    assert len(columns) == hours
    assert columns[-1]["values"] == [300, 0, 0, 0, 4]
    assert columns[0]["values"] == [0, 7, 0, 0, 0]
    assert "999" not in response.content.decode()


def test_the_fragment_is_the_part_that_changes(sign_in: SignIn, viewer: User, enterprise: Enterprise) -> None:
    response = page(sign_in, viewer, enterprise, **{"HX-Request": "true"})
    assert response.templates[0].name == "enterprise/_budget.html"
    assert '<svg class="chart-drawing' not in response.content.decode()


def test_only_who_may_change_the_settings_is_led_there(
    sign_in: SignIn, viewer: User, admin: User, enterprise: Enterprise
) -> None:
    link = f"/enterprise/{enterprise.pk}/edit/"
    assert link in page(sign_in, admin, enterprise).content.decode()
    assert link not in page(sign_in, viewer, enterprise).content.decode()


def test_the_chip_leads_there(sign_in: SignIn, viewer: User, enterprise: Enterprise) -> None:
    assert (
        f'href="/enterprise/{enterprise.pk}/budget/"' in sign_in(viewer).get("/enterprise/").content.decode()
    )
