"""A SIM's commands: its tab, its timeline, the strip on its head, what is still to come.

Aims at: `fresh_orders` without the settled ones, `to_come` that shows drafts, `visible_to` taken out of `orders_of`.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from commands.models import Command, Plan
from enterprise.models import Account
from sims.models import Sim
from sims.timeline import timeline
from staff.models import User
from tests import factories
from tests.command_factories import CommandFactory, PlanFactory
from tests.conftest import SignIn

pytestmark = pytest.mark.django_db


def order(sim: Sim, state: str, *, hours: float = 0, **more: object) -> Command:
    """A command that came into its state so many hours ago."""
    plan = PlanFactory(enterprise=sim.enterprise, state="running", reason="Lost vehicle")
    made = CommandFactory(sim=sim, plan=plan, state=state, **more)
    Command.objects.filter(pk=made.pk).update(changed_at=timezone.now() - timedelta(hours=hours))
    return made


def test_the_tab_tells_every_command_newest_first(sim: Sim, viewer: User, sign_in: SignIn) -> None:
    order(sim, "applied", hours=3)
    order(sim, "rejected", hours=2, error="SmartHub says no")
    text = sign_in(viewer).get(f"/sims/{sim.giccid}/commands/").content.decode()
    assert text.index("Rejected") < text.index("Applied")
    assert "SmartHub says no" in text
    assert "Suspended" in text  # what it becomes, in words
    assert text.count("data-rows") == 1


def test_the_tab_is_paged_and_says_so_when_there_is_nothing(sim: Sim, viewer: User, sign_in: SignIn) -> None:
    browser = sign_in(viewer)
    assert "Nothing was ordered" in browser.get(f"/sims/{sim.giccid}/commands/").content.decode()
    for _n in range(26):
        order(sim, "applied")
    assert browser.get(f"/sims/{sim.giccid}/commands/").content.decode().count('data-label="State"') == 25
    second = browser.get(f"/sims/{sim.giccid}/commands/?page=2").content.decode()
    assert second.count('data-label="State"') == 1
    assert browser.get(f"/sims/{sim.giccid}/commands/?page=x").status_code == 200


def test_a_command_of_another_account_is_not_told_to_people_limited_to_this_one(
    sim: Sim, other_account: Account, sign_in: SignIn
) -> None:
    made = order(sim, "applied", error="Before it moved")
    Command.objects.filter(pk=made.pk).update(account_id=other_account.pk)
    limited = factories.UserFactory(role="operator", accounts=[sim.account])
    text = sign_in(limited).get(f"/sims/{sim.giccid}/commands/").content.decode()
    assert "Before it moved" not in text


def test_commands_stand_in_the_timeline_under_their_own_kind(sim: Sim, viewer: User, sign_in: SignIn) -> None:
    order(sim, "applied", hours=1)
    order(sim, "not_applied", hours=2, error="It stayed as it was")
    browser = sign_in(viewer)
    for query in ("", "?kind=command"):
        text = browser.get(f"/sims/{sim.giccid}/timeline/{query}").content.decode()
        assert text.index("Suspend: Applied") < text.index("Suspend: Not applied")
        assert "It stayed as it was" in text
        assert "Lost vehicle" in text
    assert "Suspend: Applied" not in browser.get(f"/sims/{sim.giccid}/timeline/?kind=apn").content.decode()


def test_more_commands_than_one_reading_are_all_reached_by_going_on(
    sim: Sim, viewer: User, sign_in: SignIn
) -> None:
    for n in range(130):
        order(sim, "applied", hours=n + 1)
    seen, before = 0, None
    for _page in range(10):
        page = timeline(sim, before=before, kind="command")
        seen, before = seen + len(page.entries), page.older
        if before is None:
            break
    assert seen == 130


@pytest.mark.parametrize("tab", ["timeline", "commands"])
def test_what_a_plan_will_do_stands_on_top(tab: str, sim: Sim, viewer: User, sign_in: SignIn) -> None:
    start_at = timezone.now() + timedelta(hours=24)
    plan = PlanFactory(enterprise=sim.enterprise, kind="retire", state="scheduled", start_at=start_at)
    CommandFactory(sim=sim, plan=plan)
    browser = sign_in(viewer)
    text = browser.get(f"/sims/{sim.giccid}/{tab}/").content.decode()
    assert "Still to come" in text
    assert "unless the plan is cancelled" in text
    for state, words in (("awaiting", "second person"), ("paused", "paused"), ("running", "running")):
        Plan.objects.update(state=state)
        assert words in browser.get(f"/sims/{sim.giccid}/{tab}/").content.decode()
    for state in ("draft", "cancelled", "completed", "declined"):
        Plan.objects.update(state=state)
        assert "Still to come" not in browser.get(f"/sims/{sim.giccid}/{tab}/").content.decode()


def test_the_open_page_is_told_how_a_command_goes_on_and_looks_sooner_until_it_is_settled(
    sim: Sim, viewer: User, sign_in: SignIn
) -> None:
    made = order(sim, "acked")
    browser = sign_in(viewer)
    page = browser.get(f"/sims/{sim.giccid}/")
    text = page.content.decode()
    assert "waiting for SmartHub to show it" in text
    assert "data-live-soon" in text
    url = f"{page.context['live_url']}&seen={page.context['seen']}"
    assert browser.get(url).status_code == 204
    Command.objects.filter(pk=made.pk).update(state="applied", changed_at=timezone.now())
    news = browser.get(url).content.decode()
    assert 'id="in_flight"' in news
    assert "Applied" in news
    assert "data-live-soon" not in news


def test_the_strip_forgets_what_was_settled_long_ago_but_not_what_needs_a_person(
    sim: Sim, viewer: User, sign_in: SignIn
) -> None:
    order(sim, "applied", hours=1)
    browser = sign_in(viewer)
    assert 'data-live="order-' not in browser.get(f"/sims/{sim.giccid}/").content.decode()
    order(sim, "needs_human", hours=48)
    text = browser.get(f"/sims/{sim.giccid}/").content.decode()
    assert "a person must decide" in text
    assert "data-live-soon" not in text


def test_a_kind_nobody_knows_any_more_is_shown_as_it_is_called(
    sim: Sim, viewer: User, sign_in: SignIn
) -> None:
    made = order(sim, "applied", hours=1)
    Command.objects.filter(pk=made.pk).update(kind="teleport")
    assert "teleport" in sign_in(viewer).get(f"/sims/{sim.giccid}/commands/").content.decode()
