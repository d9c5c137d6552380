"""Custom fields: read one SIM a call, when somebody asks; kept with their age, and missing while never read."""

from datetime import timedelta

import pytest
from django.utils import timezone

from commands import execute, settle
from commands.models import Command
from enterprise.models import Account, Enterprise
from sims import customs, variables
from sims.models import CustomFields, Sim
from sims.refresh import refresh_sim
from smarthub_client import BudgetExhausted
from tests.commands.conftest import OpenGate, Order, after, gate, order, platform, wired, wired_account
from tests.commands.platform import Platform
from tests.factories import SimFactory

__all__ = ["gate", "order", "platform", "wired", "wired_account"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def fleet(wired_account: Account, platform: Platform) -> list[Sim]:
    sims = SimFactory.create_batch(3, account=wired_account)
    platform.take(*sims)
    for number, sim in enumerate(sims):
        platform.sims[sim.giccid]["custom"] = {"custom1": f"site {number}", "custom3": ""}
    return sims


def named(sim: Sim) -> dict[str, str]:
    return variables.variables(sim.enterprise_id, [sim.giccid])[sim.giccid]


def test_asked_for_they_are_read_one_call_each_and_then_have_an_age(
    wired: Enterprise, fleet: list[Sim], platform: Platform
) -> None:
    assert "custom1" not in named(fleet[0])
    assert customs.want(Sim.objects.all()) == 3
    assert (customs.ages(Sim.objects.all()).never, customs.ages(Sim.objects.all()).waiting) == (3, 3)
    assert customs.wanting(timezone.now()) == [wired.pk]
    assert customs.work(wired.pk) == 3
    assert len(platform.asked) == 3
    ages = customs.ages(Sim.objects.all())
    assert (ages.total, ages.never, ages.waiting) == (3, 0, 0)
    assert ages.oldest is not None
    assert timezone.now() - ages.oldest < timedelta(minutes=1)
    assert (named(fleet[1])["custom1"], "custom3" in named(fleet[1])) == ("site 1", False)
    assert customs.wanting(timezone.now()) == []


def test_without_budget_they_stay_wanted_until_there_is_some(
    wired: Enterprise, fleet: list[Sim], platform: Platform, gate: type[OpenGate]
) -> None:
    gate.refusal = BudgetExhausted("used_up", retry_at=timezone.now() + timedelta(minutes=10))
    customs.want(Sim.objects.all())
    assert (customs.work(wired.pk), platform.asked) == (0, [])
    assert customs.wanting(timezone.now()) == []
    gate.refusal = None
    with after(601):
        assert customs.wanting(timezone.now()) == [wired.pk]
        assert customs.work(wired.pk) == 3


def test_an_older_answer_never_replaces_a_newer_one(wired: Enterprise, fleet: list[Sim]) -> None:
    now = timezone.now()
    customs.keep(wired.pk, fleet[0].giccid, {"custom1": "new"}, now)
    customs.keep(wired.pk, fleet[0].giccid, {"custom1": "old"}, now - timedelta(seconds=1))
    assert CustomFields.objects.get().values == {"custom1": "new"}


def test_a_sim_the_platform_does_not_know_is_not_asked_about_for_ever(
    wired: Enterprise, fleet: list[Sim], platform: Platform
) -> None:
    del platform.sims[fleet[0].giccid]
    customs.want(Sim.objects.all())
    customs.work(wired.pk)
    assert customs.wanting(timezone.now()) == []
    assert CustomFields.objects.get(sim=fleet[0]).read_at is None
    assert CustomFields.objects.exclude(read_at=None).count() == 2


def test_a_killed_worker_leaves_them_to_the_next(wired: Enterprise, fleet: list[Sim]) -> None:
    customs.want(Sim.objects.all())
    assert len(customs._claim(wired.pk, timezone.now())) == 3
    assert customs._claim(wired.pk, timezone.now()) == []
    with after(31):
        assert len(customs._claim(wired.pk, timezone.now())) == 3


def test_those_never_read_come_first_and_an_hours_requests_are_the_most(
    wired: Enterprise, fleet: list[Sim], monkeypatch: pytest.MonkeyPatch
) -> None:
    customs.keep(wired.pk, fleet[0].giccid, {}, timezone.now())
    monkeypatch.setattr(customs, "MOST", 2)
    assert customs.want(Sim.objects.all()) == 2
    wanted = CustomFields.objects.filter(is_wanted=True).values_list("sim", flat=True)
    assert set(wanted) == {fleet[1].pk, fleet[2].pk}


def test_what_settling_an_edit_reads_is_kept(order: Order, platform: Platform) -> None:
    (line,) = order(1, kind="custom_fields", params={"custom1": "x"})
    execute.dispatch(line.enterprise_id)
    with after(5):
        settle.settle(line.enterprise_id)
    assert Command.objects.get().state == "applied"
    assert CustomFields.objects.get().values == {"custom1": "x"}


def test_refreshing_a_sim_reads_them_again_where_they_were_read_once(
    wired: Enterprise, fleet: list[Sim], platform: Platform
) -> None:
    refresh_sim(fleet[0])
    assert not CustomFields.objects.exists()
    customs.keep(wired.pk, fleet[0].giccid, {}, timezone.now())
    refresh_sim(fleet[0])
    assert CustomFields.objects.get().is_wanted
