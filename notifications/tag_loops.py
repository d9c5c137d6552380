"""A word a SIM writes must not suspend it by a detour: one rule that tags, another that suspends what has the tag.

What SIMs write can't be verified. So no rule that suspends may choose its SIMs by a tag that such a rule puts on them.
Whether they are on does not matter: switching one on asks nothing. Asked when a rule is made or changed, and once more
before a plan is made, since views and names of tags may have changed by then.
"""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from notifications.defaults import name_of
from notifications.models import Rule
from notifications.scopes import tags_of
from notifications.triggers import BadRule, trigger_of


def check(rule: Rule) -> None:
    """Raises `BadRule` when a rule as drafted would close such a loop, with a sentence that names the other one."""
    if rule.suspend != Rule.Suspend.OFF and (found := loop_of(rule)):
        raise BadRule(found)
    tag = _put_unverified(rule)
    suspending = _others(rule).exclude(suspend=Rule.Suspend.OFF).select_related("view", "tag")
    for other in suspending if tag else ():
        if tag.casefold() in tags_of(other):
            text = _(
                "“%(rule)s” suspends SIMs with the tag “%(tag)s”. What SIMs write can't be verified: choose "
                "another tag."
            )
            raise BadRule(text % {"rule": name_of(other), "tag": tag})


def loop_of(rule: Rule) -> str:
    """Why this rule must suspend nothing, in a sentence for people; empty when nothing speaks against it."""
    if not (chosen := tags_of(rule)):
        return ""
    for other in _others(rule):
        tag = _put_unverified(other)
        if tag and tag.casefold() in chosen:
            text = _(
                "“%(rule)s” puts the tag “%(tag)s” on SIMs for what they write. That can't be verified, so no SIM is "
                "suspended by this tag."
            )
            return text % {"rule": name_of(other), "tag": tag}
    return ""


def _others(rule: Rule) -> "QuerySet[Rule]":
    return Rule.objects.filter(enterprise=rule.enterprise_id, removed_at=None).exclude(pk=rule.pk)


def _put_unverified(rule: Rule) -> str:
    """The tag it puts on SIMs for something that can't be verified; empty: none."""
    trigger = trigger_of(rule)
    return "" if trigger.may_suspend else trigger.tag_of(rule.params)
