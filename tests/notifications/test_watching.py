"""Rules about how things stand: what is new opens an alert, what has passed clears it, nothing alarms twice."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from commands.models import Command, State
from enterprise.models import Account, Enterprise, SharePool
from notifications import alerts, defaults, watching
from notifications.models import Alert, Execution, Occurrence, PushAddress, Rule
from notifications.triggers import pools, trigger_of
from sims.models import ChangeLog, Sim, SimDay, Status
from staff.models import User
from tests.alert_factories import rule_for
from tests.command_factories import CommandFactory, PlanFactory
from tests.factories import SharePoolFactory, SimFactory
from tests.notifications.sender import address_of

pytestmark = pytest.mark.django_db
NOW = timezone.now


def look(rule: Rule) -> None:
    rule.refresh_from_db()
    watching.look(rule, NOW())


def subjects() -> set[str]:
    return set(Occurrence.objects.filter(cleared_at=None).values_list("subject", flat=True))


def used(account: Account, share: float, **values: Any) -> Sim:
    return SimFactory(account=account, data_used_mb=share * 1000, allowance_mb=1000, **values)


def test_usage_over_the_mark_alarms_once_and_clears_when_it_falls(account: Account):
    rule = rule_for(account.enterprise, "usage", params={"percent": 80})
    above, _below = used(account, 0.9), used(account, 0.7)
    look(rule)
    look(rule)
    alert = Alert.objects.get()
    assert (alert.total, subjects()) == (1, {above.giccid})
    assert Execution.objects.filter(deed=Execution.Deed.MATCHED).count() == 1
    Sim.objects.filter(pk=above.pk).update(data_used_mb=0)
    look(rule)
    alert.refresh_from_db()
    assert (alert.state, alert.standing) == (Alert.State.RESOLVED, 0)


def test_what_a_person_resolved_does_not_come_back_while_it_lasts(account: Account, operator: User):
    rule = rule_for(account.enterprise, "usage")
    sim = used(account, 0.9)
    look(rule)
    alerts.resolve(operator, Alert.objects.get(), "we know")
    look(rule)
    assert Alert.objects.count() == 1
    Sim.objects.filter(pk=sim.pk).update(data_used_mb=0)
    look(rule)
    Sim.objects.filter(pk=sim.pk).update(data_used_mb=950)
    look(rule)
    assert list(Alert.objects.order_by("pk").values_list("state", flat=True)) == ["resolved", "open"]


def test_a_pool_that_runs_dry_alarms_and_one_that_has_ended_does_not(account: Account):
    rule = rule_for(account.enterprise, "pool", params={"percent": 80})
    SharePoolFactory(account=account, key="a", total_mb=100, used_mb=95, ends_at=NOW() + timedelta(days=3))
    SharePoolFactory(account=account, key="b", total_mb=100, used_mb=95, ends_at=NOW() - timedelta(days=3))
    SharePoolFactory(account=account, key="c", total_mb=100, used_mb=50, ends_at=NOW() + timedelta(days=3))
    look(rule)
    assert subjects() == {"pool:a"}
    assert SharePool.objects.count() == 3


def test_a_package_that_ends_soon_alarms_and_a_renewed_one_clears(account: Account):
    rule = rule_for(account.enterprise, "expiry", params={"days": 7})
    soon = SimFactory(account=account, package_ends_at=NOW() + timedelta(days=5))
    SimFactory(account=account, package_ends_at=NOW() + timedelta(days=9))
    SimFactory(account=account, package_ends_at=NOW() + timedelta(days=5), status=Status.RETIRED)
    look(rule)
    assert subjects() == {soon.giccid}
    Sim.objects.filter(pk=soon.pk).update(package_ends_at=NOW() + timedelta(days=300))
    look(rule)
    assert Alert.objects.get().state == Alert.State.RESOLVED


def test_only_activated_sims_we_have_watched_long_enough_are_called_silent(account: Account):
    rule = rule_for(account.enterprise, "no_traffic", params={"days": 7})
    old = {"first_seen_at": NOW() - timedelta(days=30), "activated_at": NOW() - timedelta(days=60)}
    silent = SimFactory(account=account, status=Status.ACTIVATED)
    moving = SimFactory(account=account, status=Status.ACTIVATED)
    suspended = SimFactory(account=account, status=Status.DEACTIVATED)
    SimFactory(account=account, status=Status.ACTIVATED)  # seen since today
    Sim.objects.filter(pk__in=[silent.pk, moving.pk, suspended.pk]).update(**old)
    SimDay.objects.all().delete()
    SimDay.objects.create(sim=moving, day=NOW().date(), data_mb=1, sms=0, voice_min=0)
    look(rule)
    assert subjects() == {silent.giccid}


def test_an_imei_read_on_two_sims_names_both(account: Account):
    rule = rule_for(account.enterprise, "imei")
    one, two = (SimFactory(account=account, imei="351111111111111") for _n in range(2))
    SimFactory(account=account, imei="352222222222222")
    look(rule)
    assert subjects() == {one.giccid, two.giccid}
    assert Occurrence.objects.get(giccid=one.giccid).detail == {
        "imei": "351111111111111",
        "others": [two.giccid],
    }


def test_orders_of_one_plan_that_failed_are_one_card(account: Account):
    rule = rule_for(account.enterprise, "command")
    plan = PlanFactory(enterprise=account.enterprise, kind="suspend")
    orders = [
        CommandFactory(plan=plan, sim=SimFactory(account=account), state=State.REJECTED, changed_at=NOW())
        for _n in range(3)
    ]
    CommandFactory(plan=plan, sim=SimFactory(account=account), state=State.UNKNOWN, changed_at=NOW())
    look(rule)
    alert = Alert.objects.get()
    assert (alert.total, alert.facts["state"]) == (3, "rejected")
    assert subjects() == {f"order:{order.pk}" for order in orders}


def test_an_unknown_outcome_alarms_when_it_stays_and_clears_when_it_is_settled(sim: Sim):
    rule = rule_for(sim.enterprise, "command")
    plan = PlanFactory(enterprise=sim.enterprise, kind="suspend")
    order = CommandFactory(plan=plan, sim=sim, state=State.UNKNOWN, changed_at=NOW() - timedelta(minutes=6))
    look(rule)
    assert Alert.objects.get().facts["state"] == "unknown"
    Command.objects.filter(pk=order.pk).update(state=State.APPLIED)
    look(rule)
    assert Alert.objects.get().state == Alert.State.RESOLVED


# --- pushes that stay away


def changes(enterprise: Enterprise, count: int, ago: timedelta, kind: str = "LOCAL_STATUS") -> None:
    for n in range(count):
        ChangeLog.objects.create(
            enterprise=enterprise,
            giccid=f"89330101234156780{n:02d}",
            type=kind,
            happened_at=NOW() - ago,
            raw={},
            digest=f"5f0e9a55-5f0c-4a6e-9b57-{n:06d}{int(ago.total_seconds()) % 10**6:06d}",
            fetched_at=NOW(),
        )


def silence_rule(enterprise: Enterprise) -> Rule:
    return rule_for(enterprise, "pushes_silent", params={"kinds": ["sim-status"], "hours": 6, "changes": 3})


def last_push(enterprise: Enterprise, ago: timedelta | None) -> None:
    """None: never one, although the address has been there for days."""
    address_of(enterprise, "sim-status")
    PushAddress.objects.update(
        last_received_at=None if ago is None else NOW() - ago, created_at=NOW() - timedelta(days=3)
    )


def test_silence_while_the_change_logs_go_on_alarms_and_a_push_clears_it(enterprise: Enterprise):
    rule = silence_rule(enterprise)
    last_push(enterprise, timedelta(hours=10))
    changes(enterprise, 3, timedelta(hours=8))
    look(rule)
    assert (Alert.objects.get().cause, subjects()) == ("sim-status", {"push:sim-status"})
    last_push(enterprise, timedelta(minutes=1))
    look(rule)
    assert Alert.objects.get().state == Alert.State.RESOLVED


def test_a_kind_that_never_came_alarms_too(enterprise: Enterprise):
    last_push(enterprise, None)
    changes(enterprise, 3, timedelta(hours=8))
    look(silence_rule(enterprise))
    assert Alert.objects.get().cause == "sim-status"


def test_what_happened_before_there_was_an_address_could_not_be_pushed(enterprise: Enterprise):
    rule = silence_rule(enterprise)
    changes(enterprise, 3, timedelta(hours=8))
    look(rule)
    address_of(enterprise, "sim-status")
    look(rule)
    assert not Alert.objects.exists()


@pytest.mark.parametrize(
    ("pushed_ago", "count", "kind"),
    [
        (timedelta(hours=1), 3, "LOCAL_STATUS"),  # a push came
        (timedelta(hours=10), 2, "LOCAL_STATUS"),  # a quiet night
        (timedelta(hours=10), 3, "SERVICE_PACKAGE"),  # nothing this kind would tell
    ],
)
def test_silence_that_means_nothing_alarms_nobody(
    enterprise: Enterprise, pushed_ago: timedelta, count: int, kind: str
):
    rule = silence_rule(enterprise)
    last_push(enterprise, pushed_ago)
    changes(enterprise, count, timedelta(hours=8), kind)
    look(rule)
    assert not Alert.objects.exists()


# --- the rounds


def test_every_enterprise_gets_the_rules_to_begin_with_once(
    enterprise: Enterprise, foreign_enterprise: Enterprise
):
    on = sum(template.is_on for template in defaults.TEMPLATES.values())
    assert defaults.ensure() == 2 * on
    Rule.objects.filter(enterprise=enterprise, template="usage").update(removed_at=NOW())
    assert defaults.ensure() == 0
    assert Rule.objects.filter(enterprise=foreign_enterprise).count() == on


def test_a_rule_is_looked_at_when_it_is_due_and_not_before(account: Account):
    rule = rule_for(account.enterprise, "usage")
    assert watching.work() == 1
    assert watching.work() == 0
    rule.refresh_from_db()
    assert rule.run_at > NOW() + timedelta(seconds=30)
    assert rule.lease_until is None


def test_a_rule_that_fails_says_so_and_the_others_are_looked_at(
    account: Account, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_all: Any) -> Any:
        raise ZeroDivisionError("no")

    monkeypatch.setattr(pools.PoolTrigger, "standing", fail)
    broken, whole = rule_for(account.enterprise, "pool"), rule_for(account.enterprise, "usage")
    used(account, 0.9)
    assert watching.work() == 2
    broken.refresh_from_db()
    whole.refresh_from_db()
    assert (broken.problem, whole.problem) == ("ZeroDivisionError: no", "")
    assert Alert.objects.get().rule == whole


# --- in words


def test_each_trigger_says_what_it_met_and_what_its_subjects_are_called(account: Account, operator: User):
    SharePoolFactory(account=account, key="a", name="Pool A", total_mb=100, used_mb=95)
    used(account, 0.9)
    SimFactory(account=account, package_ends_at=NOW() + timedelta(days=2), package_name="IoT-1")
    one, two = (SimFactory(account=account, imei="351111111111111") for _n in range(2))
    changes(account.enterprise, 3, timedelta(hours=8))
    last_push(account.enterprise, None)
    said = {}
    for trigger in ("pool", "usage", "expiry", "imei"):
        look(rule_for(account.enterprise, trigger))
    look(silence_rule(account.enterprise))
    for met in Occurrence.objects.order_by("-pk").select_related("alert__rule"):
        rule = met.alert.rule
        said[rule.trigger] = (
            trigger_of(rule).name_of(met.subject, met.detail),
            trigger_of(rule).met(met.detail),
        )
    assert said["pool"][0].startswith("Pool A · ")
    assert (said["pool"][1], said["usage"][1]) == ("95.0 %", "90.0 %")
    assert said["expiry"][1].startswith("IoT-1 ends on 20")
    assert said["imei"][1] == f"IMEI 351111111111111, also on {two.giccid}"
    assert said["pushes_silent"] == ("SIM status changed", "never one, 3 changes or more since")
    assert one.giccid < two.giccid
