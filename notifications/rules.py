"""Making and changing rules. What a person asks for is checked here, and recorded in the audit trail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from enterprise.models import Enterprise
from notifications import deeds, tag_loops
from notifications.defaults import name_of
from notifications.models import Channel, Rule, Severity
from notifications.triggers import TRIGGERS, BadRule, Trigger
from sims.models import SavedView, Tag
from staff import audit
from staff.models import User

MOST_SUSPENDED = 1_000


@dataclass(frozen=True)
class Wish:
    """A rule as somebody wants it."""

    name: str
    trigger: str
    params: Mapping[str, Any] = field(default_factory=dict)
    severity: str = Severity.WARNING
    scope: str = Rule.Scope.ALL
    view: SavedView | None = None
    tag: Tag | None = None
    is_enabled: bool = True
    suspend: str = Rule.Suspend.OFF
    suspend_cap: int = 10
    channels: tuple[Channel, ...] = ()


def draft(actor: User, enterprise: Enterprise, wish: Wish, rule: Rule | None = None) -> Rule:
    """The rule as wished, not saved: for the trial and for `save`. Raises `BadRule`."""
    trigger = TRIGGERS.get(wish.trigger)
    if trigger is None:
        raise BadRule(_("Choose what the rule waits for."))
    rule = rule or Rule(enterprise=enterprise, template="", created_at=timezone.now())
    rule.name, rule.trigger, rule.params = wish.name.strip()[:120], trigger.key, trigger.clean(wish.params)
    rule.severity, rule.is_enabled = wish.severity, wish.is_enabled
    _set_scope(rule, wish, trigger.names_sims)
    _set_suspension(actor, rule, wish, trigger)
    if not rule.name and not rule.template:
        raise BadRule(_("Give the rule a name that others understand."))
    tag_loops.check(rule)
    return rule


def _set_scope(rule: Rule, wish: Wish, names_sims: bool) -> None:
    scope = wish.scope if names_sims else Rule.Scope.ALL
    rule.scope, rule.view, rule.tag = scope, None, None
    if scope == Rule.Scope.VIEW:
        if wish.view is None or not wish.view.is_shared or wish.view.enterprise_id != rule.enterprise_id:
            raise BadRule(_("Choose a shared view: everybody must be able to see what the rule is about."))
        rule.view = wish.view
    if scope == Rule.Scope.TAG:
        if wish.tag is None or wish.tag.enterprise_id != rule.enterprise_id:
            raise BadRule(_("Choose a tag."))
        rule.tag = wish.tag


def _set_suspension(actor: User, rule: Rule, wish: Wish, trigger: Trigger) -> None:
    if wish.suspend != Rule.Suspend.OFF and not trigger.may_suspend:
        raise BadRule(_("What SIMs write can't be verified, so no SIM is suspended for it."))
    was_live = rule.suspend == Rule.Suspend.LIVE
    rule.suspend = wish.suspend if trigger.names_sims else Rule.Suspend.OFF
    if rule.suspend not in Rule.Suspend.values:
        raise BadRule(_("Choose whether the rule suspends SIMs."))
    if rule.suspend != Rule.Suspend.OFF and not 1 <= wish.suspend_cap <= MOST_SUSPENDED:
        words = {"most": f"{MOST_SUSPENDED:,}"}
        raise BadRule(_("A rule that suspends needs a limit from 1 to %(most)s SIMs in 24 hours.") % words)
    rule.suspend_cap = wish.suspend_cap if rule.suspend != Rule.Suspend.OFF else 10
    if rule.suspend == Rule.Suspend.LIVE:
        if not actor.has_perm("commands.run"):
            raise BadRule(_("Only somebody who may suspend SIMs can make a rule that does."))
        rule.suspend_by = rule.suspend_by if was_live and rule.suspend_by else actor
    else:
        rule.suspend_by = None


def save(actor: User, rule: Rule, channels: Sequence[Channel] = ()) -> Rule:
    """A drafted one; it is looked at anew at once. `channels` of other enterprises are left out.

    Raises `BadRule` when another has its name; a double click finds the one it made.
    """
    now = timezone.now()
    rule.changed_at, rule.changed_by, rule.run_at, rule.problem = now, actor, now, ""
    if twin := _twin(actor, rule):
        return twin
    with transaction.atomic():
        try:
            with transaction.atomic():
                rule.save()
        except IntegrityError:
            raise BadRule(_("Another rule has this name already. Choose a different one.")) from None
        rule.channels.set([channel for channel in channels if channel.enterprise_id == rule.enterprise_id])
        audit.record(
            actor, deeds.RULE_SAVED.name, name_of(rule), detail=_detail(rule), is_alarm=_is_live(rule)
        )
    return rule


def _twin(actor: User, rule: Rule) -> Rule | None:
    """What the first of two clicks made a moment ago."""
    if rule.pk:
        return None
    same = {
        name: getattr(rule, name) for name in ("enterprise", "name", "trigger", "params", "scope", "suspend")
    }
    moment = rule.changed_at - timedelta(seconds=30)
    return Rule.objects.filter(**same, changed_by=actor, removed_at=None, changed_at__gt=moment).first()


def switch(actor: User, rule: Rule, *, is_enabled: bool) -> Rule:
    """On or off. What it found so far stays."""
    with transaction.atomic():
        row = Rule.objects.select_for_update(of=("self",)).get(pk=rule.pk)
        if row.is_enabled != is_enabled:
            row.is_enabled, row.run_at = is_enabled, timezone.now()
            row.save(update_fields=["is_enabled", "run_at"])
            audit.record(actor, deeds.RULE_SWITCHED.name, name_of(row), detail={"is_enabled": is_enabled})
    return row


def remove(actor: User, rule: Rule) -> None:
    """It finds nothing more; its alerts and history stay."""
    with transaction.atomic():
        row = Rule.objects.select_for_update(of=("self",)).get(pk=rule.pk)
        if row.removed_at is None:
            # A view or tag must not be kept from being deleted by a rule nobody sees any more.
            row.removed_at, row.is_enabled, row.view, row.tag = timezone.now(), False, None, None
            row.save(update_fields=["removed_at", "is_enabled", "view", "tag"])
            audit.record(actor, deeds.RULE_REMOVED.name, name_of(row), detail=_detail(rule))


def _is_live(rule: Rule) -> bool:
    return rule.suspend == Rule.Suspend.LIVE and rule.is_enabled


def _detail(rule: Rule) -> dict[str, Any]:
    return {
        "trigger": rule.trigger,
        "params": rule.params,
        "scope": str(rule.scope),
        "of": str(rule.view or rule.tag or ""),
        "channels": sorted(rule.channels.values_list("name", flat=True)),
        "is_enabled": rule.is_enabled,
        "suspend": str(rule.suspend),
        "suspend_cap": rule.suspend_cap,
    }
