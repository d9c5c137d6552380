"""What people do about an alert: once, in their name, and never against somebody else's word."""

from datetime import timedelta

import pytest
from django.utils import timezone

from notifications import alerts, clearing
from notifications.models import Alert, AlertStep, Occurrence
from sims.models import Sim, Status
from staff.models import User
from tests.alert_factories import alert_about

pytestmark = pytest.mark.django_db
Deed = AlertStep.Deed


def deeds(alert: Alert) -> list[str]:
    return list(alert.steps.order_by("pk").values_list("deed", flat=True))


def test_who_acknowledges_takes_it_unless_somebody_has_it(sim: Sim, operator: User, approver: User):
    alert = alerts.acknowledge(operator, alert_about(sim))
    assert (alert.state, alert.assignee) == (Alert.State.ACKNOWLEDGED, operator)
    alert = alerts.assign(operator, alert, approver)
    assert alerts.acknowledge(operator, alert).assignee == approver


def test_a_double_click_leaves_one_step(sim: Sim, operator: User):
    alert = alert_about(sim)
    for _click in range(2):
        alerts.acknowledge(operator, alert)
        alerts.assign(operator, alert, operator)
    assert deeds(alert) == [Deed.OPENED, Deed.ACKNOWLEDGED]


def test_nobody_is_given_what_they_may_not_see(sim: Sim, operator: User, outsider: User):
    alert = alert_about(sim)
    with pytest.raises(alerts.Refused):
        alerts.assign(operator, alert, outsider)
    alert.refresh_from_db()
    assert alert.assignee is None


def test_a_snoozed_alert_comes_back_by_itself(sim: Sim, operator: User):
    now = timezone.now()
    alert = alerts.snooze(operator, alert_about(sim), now + timedelta(hours=1))
    assert (alert.state, alerts.wake(now)) == (Alert.State.SNOOZED, 0)
    assert alerts.wake(now + timedelta(hours=2)) == 1
    alert.refresh_from_db()
    assert (alert.state, alert.snoozed_until) == (Alert.State.OPEN, None)
    assert deeds(alert) == [Deed.OPENED, Deed.SNOOZED, Deed.WOKE]


@pytest.mark.parametrize("hours", [-1, 24 * 91])
def test_nothing_is_snoozed_into_the_past_or_for_ever(sim: Sim, operator: User, hours: int):
    alert = alert_about(sim)
    with pytest.raises(alerts.Refused):
        alerts.snooze(operator, alert, timezone.now() + timedelta(hours=hours))
    assert deeds(alert) == [Deed.OPENED]


def test_resolving_needs_a_note(sim: Sim, operator: User):
    alert = alert_about(sim)
    with pytest.raises(alerts.Refused):
        alerts.resolve(operator, alert, " x ")
    alert = alerts.resolve(operator, alert, "the carrier mended it")
    assert alert.state == Alert.State.RESOLVED
    step = alert.steps.latest("pk")
    assert (step.by, step.note) == (operator, "the carrier mended it")


def test_what_is_resolved_can_be_reopened_but_not_acknowledged(sim: Sim, operator: User):
    alert = alerts.resolve(operator, alert_about(sim), "done")
    with pytest.raises(alerts.Refused):
        alerts.acknowledge(operator, alert)
    assert alerts.reopen(operator, alert).state == Alert.State.OPEN


def test_of_one_cause_only_one_is_open(sim: Sim, operator: User):
    first = alerts.resolve(operator, alert_about(sim), "done")
    second = alert_about(sim, rule=first.rule)
    assert second != first
    with pytest.raises(alerts.Refused):
        alerts.reopen(operator, first)
    first.refresh_from_db()
    assert first.state == Alert.State.RESOLVED


def test_many_at_once_say_how_many_and_why_not(sim: Sim, operator: User):
    alert = alert_about(sim)
    assert alerts.each([alert], lambda one: alerts.resolve(operator, one, "ok then")) == (1, [])
    done, problems = alerts.each([alert], lambda one: alerts.acknowledge(operator, one))
    assert (done, len(problems)) == (0, 1)


def test_an_alert_is_seen_by_those_who_see_one_of_its_sims(
    sim: Sim, viewer: User, outsider: User, stranger: User
):
    alert = alert_about(sim)
    assert list(Alert.objects.visible_to(viewer)) == [alert]
    assert not Alert.objects.visible_to(outsider).exists()
    assert not Alert.objects.visible_to(stranger).exists()
    assert not Occurrence.objects.visible_to(outsider).exists()


# --- by itself


def read_again(sim: Sim, status: str) -> None:
    Sim.objects.filter(pk=sim.pk).update(status=status, observed_at=timezone.now())


def test_it_resolves_itself_when_the_reading_clears(sim: Sim):
    Sim.objects.filter(pk=sim.pk).update(status=Status.DEACTIVATED)
    alert = alert_about(sim)
    read_again(sim, Status.DEACTIVATED)
    assert clearing.look(timezone.now()) == 1
    alert.refresh_from_db()
    assert (alert.state, alert.standing) == (Alert.State.OPEN, 1)
    read_again(sim, Status.ACTIVATED)
    clearing.look(timezone.now())
    alert.refresh_from_db()
    assert (alert.state, alert.standing, alert.total) == (Alert.State.RESOLVED, 0, 1)
    assert deeds(alert) == [Deed.OPENED, Deed.CLEARED]


def test_it_stays_while_one_of_its_sims_is_as_told(sim: Sim):
    other = Sim.objects.create(
        enterprise=sim.enterprise,
        account=sim.account,
        giccid="8933010123415677000",
        status=Status.DEACTIVATED,
        raw={},
        row_hash="5f0e9a55-5f0c-4a6e-9b57-0a2f3f6a2b61",
        first_seen_at=timezone.now(),
        observed_at=timezone.now(),
        observed_by="sweep",
    )
    alert = alert_about(sim, other)
    read_again(sim, Status.ACTIVATED)
    clearing.look(timezone.now())
    alert.refresh_from_db()
    assert (alert.state, alert.standing, alert.total) == (Alert.State.OPEN, 1, 2)


def test_what_happens_anew_stands_again(sim: Sim):
    alert = alert_about(sim)
    Occurrence.objects.filter(alert=alert).update(cleared_at=timezone.now())
    assert alert_about(sim, rule=alert.rule) == alert
    assert Occurrence.objects.get(alert=alert).cleared_at is None
