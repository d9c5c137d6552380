"""A word a SIM writes suspends nobody by a detour: one rule tags, another suspends what has the tag."""

from typing import Any

import pytest
from django.utils import timezone

from commands.models import Plan
from enterprise.models import Account, Enterprise
from notifications import rules, suspending
from notifications.models import Execution, Rule
from notifications.rules import Wish
from notifications.triggers import BadRule
from sims.models import SavedView, Sim, Tag
from staff.models import User
from tests.alert_factories import rule_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def tag(enterprise: Enterprise) -> Tag:
    return Tag.objects.create(enterprise=enterprise, name="Help")


def hears(enterprise: Enterprise, **values: Any) -> Rule:
    params = {"words": ["SOS"], "how": "first", "tag": "help"}
    return rule_for(enterprise, "keyword", params=params, name="Calls", **values)


def by_view(enterprise: Enterprise, owner: User, query: str = "status=ACTIVATED&tag=Help") -> dict[str, Any]:
    view = SavedView.objects.create(enterprise=enterprise, owner=owner, name="v", query=query, is_shared=True)
    return {"scope": Rule.Scope.VIEW, "view": view}


def by_tag(tag: Tag) -> dict[str, Any]:
    return {"scope": Rule.Scope.TAG, "tag": tag}


def suspends(**scope: Any) -> Wish:
    params = {"kinds": ["imei-change"]}
    return Wish("Moved", "event", params=params, suspend=Rule.Suspend.SHADOW, suspend_cap=5, **scope)


@pytest.mark.parametrize("is_view", [False, True])
@pytest.mark.parametrize("is_enabled", [True, False])
def test_a_rule_that_suspends_may_not_choose_its_sims_by_a_tag_that_words_set(
    is_view: bool, is_enabled: bool, tag: Tag, enterprise: Enterprise, operator: User
):
    """Nor by one that a rule switched off would set. Seen red: without the check."""
    scope = by_view(enterprise, operator) if is_view else by_tag(tag)
    rules.draft(operator, enterprise, suspends(**scope))
    heard = hears(enterprise, is_enabled=is_enabled)
    with pytest.raises(BadRule, match="“Calls” puts the tag “help”"):
        rules.draft(operator, enterprise, suspends(**scope))
    rules.remove(operator, heard)
    rules.draft(operator, enterprise, suspends(**scope))


def test_other_tags_and_rules_that_suspend_nothing_are_free(tag: Tag, enterprise: Enterprise, operator: User):
    hears(enterprise)
    other = Tag.objects.create(enterprise=enterprise, name="Depot")
    rules.draft(operator, enterprise, suspends(**by_tag(other)))
    rules.draft(operator, enterprise, suspends(**by_view(enterprise, operator, "status=ACTIVATED")))
    rules.draft(operator, enterprise, Wish("x", "event", params={"kinds": ["imei-change"]}, **by_tag(tag)))


@pytest.mark.parametrize("is_view", [False, True])
def test_a_word_may_not_set_a_tag_by_which_a_rule_suspends(
    is_view: bool, tag: Tag, enterprise: Enterprise, operator: User
):
    """Seen red: without the check."""
    scope = by_view(enterprise, operator) if is_view else by_tag(tag)
    own = rule_for(enterprise, name="Moved", suspend=Rule.Suspend.LIVE, suspend_by=operator, **scope)
    wish = Wish("Calls", "keyword", params={"words": "SOS", "how": "first", "tag": "HELP"})
    with pytest.raises(BadRule, match="“Moved” suspends SIMs with the tag “HELP”"):
        rules.draft(operator, enterprise, wish)
    Rule.objects.filter(pk=own.pk).update(suspend=Rule.Suspend.OFF)
    rules.draft(operator, enterprise, wish)


def test_one_that_got_there_all_the_same_suspends_nobody_and_says_why(
    tag: Tag, sim: Sim, account: Account, operator: User
):
    """As after a tag was renamed. Seen red: without the check before a plan is made."""
    Sim.objects.update(status="ACTIVATED")
    hears(sim.enterprise)
    rule = rule_for(sim.enterprise, suspend=Rule.Suspend.LIVE, suspend_by=operator, **by_tag(tag))
    Execution.objects.create(
        rule=rule,
        at=timezone.now(),
        deed=Execution.Deed.SUSPENDED,
        sims=1,
        giccids=[sim.giccid],
        is_pending=True,
    )
    suspending.carry_out()
    done = Execution.objects.get()
    assert (done.deed, done.is_pending) == (Execution.Deed.REFUSED, False)
    assert "“Calls” puts the tag “help”" in done.text
    assert not Plan.objects.exists()
