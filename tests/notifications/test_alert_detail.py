"""One alert: what it is about, page by page, and what its rule did."""

import pytest
from django.utils import timezone

from enterprise.models import Enterprise
from notifications import alert_queries
from notifications.models import Channel, Delivery, Execution, Occurrence
from sims.models import Selection, Sim
from staff.models import User
from tests import factories
from tests.alert_factories import alert_about, rule_for
from tests.conftest import SignIn
from tests.notifications.test_alert_pages import HOME, NOW, made

pytestmark = pytest.mark.django_db


def test_its_sims_are_paged_and_open_in_the_list(sim: Sim, viewer: User, sign_in: SignIn) -> None:
    alert = alert_about(sim)
    rows = [factories.SimFactory(account=sim.account) for _n in range(alert_queries.SIMS_SHOWN + 5)]
    Occurrence.objects.bulk_create(
        Occurrence(
            alert=alert,
            enterprise=sim.enterprise,
            subject=s.giccid,
            giccid=s.giccid,
            first_at=NOW,
            last_at=NOW,
        )
        for s in rows
    )
    browser = sign_in(viewer)
    first = browser.get(f"{HOME}{alert.pk}/")
    second = browser.get(f"{HOME}{alert.pk}/?before={first.context['older']}", headers={"HX-Request": "true"})
    giccids = [row["met"].giccid for page in (first, second) for row in page.context["rows"]]
    assert sorted(giccids) == sorted(s.giccid for s in (sim, *rows))
    assert second.content.decode().lstrip().startswith('<section id="alert_sims"')
    answer = browser.post(f"{HOME}{alert.pk}/sims/")
    selection = Selection.objects.get(owner=viewer)
    assert (answer["Location"], selection.total) == (f"/sims/?selection={selection.pk}", len(giccids))


def test_an_alert_about_no_sim_tells_its_own_subjects(
    enterprise: Enterprise, viewer: User, sign_in: SignIn
) -> None:
    rule = rule_for(enterprise, "pushes_silent")
    (alert,) = made(rule, cause="mo-sms", facts={"kind": "mo-sms", "hours": 6}, total=1)
    Occurrence.objects.create(
        alert=alert,
        enterprise=enterprise,
        subject="push:mo-sms",
        detail={"changes": 5},
        first_at=NOW,
        last_at=NOW,
    )
    text = sign_in(viewer).get(f"{HOME}{alert.pk}/").content.decode()
    assert "Message from a SIM" in text
    assert "never one, 5 changes or more since" in text
    assert "Open them in the list" not in text


def test_what_the_rule_did_stands_with_it(sim: Sim, viewer: User, sign_in: SignIn) -> None:
    alert = alert_about(sim)
    Execution.objects.create(rule=alert.rule, alert=alert, deed="capped", text="ten a day", sims=1)
    assert "ten a day" in sign_in(viewer).get(f"{HOME}{alert.pk}/").content.decode()


def test_messages_about_it_stand_with_it_for_people_who_see_all(
    sim: Sim, viewer: User, sign_in: SignIn
) -> None:
    alert = alert_about(sim)
    channel = Channel.objects.create(enterprise=sim.enterprise, kind="chat", name="Night shift")
    now = timezone.now()
    told = Delivery.objects.create(
        channel=channel,
        enterprise=sim.enterprise,
        alert=alert,
        kind="alert.opened",
        title="x",
        payload="{}",
        created_at=now,
        deadline_at=now,
    )
    text = sign_in(viewer).get(f"{HOME}{alert.pk}/").content.decode()
    assert f'href="/notifications/deliveries/{told.pk}/"' in text
    assert "Night shift" in text
    limited = factories.UserFactory(role="operator", accounts=[sim.account])
    assert "Night shift" not in sign_in(limited).get(f"{HOME}{alert.pk}/").content.decode()
