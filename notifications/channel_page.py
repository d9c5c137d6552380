"""What pages about channels and deliveries show."""

import json
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from common.sealing import SealError
from enterprise.models import Enterprise
from notifications import channels, delivery_queries, outbound_mail
from notifications.channel_forms import ChannelForm
from notifications.models import Channel, Delivery, DeliveryAttempt
from notifications.presentation import tabs
from staff.models import User

ICONS = {
    Channel.Kind.WEBHOOK: "webhook",
    Channel.Kind.CHAT: "message-square",
    Channel.Kind.TEAMS: "users-round",
    Channel.Kind.EMAIL: "mail",
}
# While the next try is that near, the page looks again by itself.
_SOON_SECONDS = 60
_Outcome = Delivery.Outcome


def channel_list(user: User, enterprise: Enterprise, now: datetime) -> dict[str, Any]:
    may_manage = user.has_perm("enterprise.manage")
    found = delivery_queries.channels(user, enterprise)
    return {
        "tabs": tabs(user, "notifications:channels"),
        "sees_all": user.sees_all_accounts,
        "may_manage": may_manage,
        "kinds": [{"value": kind.value, "label": kind.label, "icon": ICONS[kind]} for kind in Channel.Kind],
        "rows": [_row(channel, now, may_manage=may_manage) for channel in found],
        "is_mail_lost": not outbound_mail.is_configured()
        and any(channel.kind == Channel.Kind.EMAIL for channel in found),
    }


def _row(channel: Channel, now: datetime, *, may_manage: bool) -> dict[str, Any]:
    return {
        "channel": channel,
        "icon": ICONS[Channel.Kind(channel.kind)],
        "target": _target(channel, may_manage=may_manage),
        "is_resting": channel.is_enabled and channel.is_resting(now),
    }


def _target(channel: Channel, *, may_manage: bool) -> str:
    """Names of people are for those who manage them."""
    if channel.kind == Channel.Kind.EMAIL and not may_manage:
        return _("Recipients: %(n)s") % {"n": len(channel.recipients)}
    return channels.target_of(channel)


def editor(user: User, form: ChannelForm, shown: str, now: datetime) -> dict[str, Any]:
    """`shown`: "1" when the signing secret is to stand on the page."""
    channel = form.instance
    both_until = channel.secret_previous_until
    return {
        "tabs": tabs(user, "notifications:channels"),
        "form": form,
        "channel": channel,
        "icon": ICONS[Channel.Kind(channel.kind)],
        "is_resting": channel.is_enabled and channel.is_resting(now),
        "rules": channel.alert_rules.filter(removed_at=None).count() if channel.pk else 0,
        "both_until": both_until if both_until and both_until > now else None,
        "is_mail_lost": channel.kind == Channel.Kind.EMAIL and not outbound_mail.is_configured(),
        "secret": _secret(channel) if shown == "1" and channel.secret_sealed else None,
    }


def _secret(channel: Channel) -> str:
    """Empty when it can't be opened any more."""
    try:
        return channel.reveal("secret")
    except SealError:
        return ""


def delivery_list(
    user: User, enterprise: Enterprise, chosen: delivery_queries.DeliveryFilter
) -> dict[str, Any]:
    part = delivery_queries.deliveries(user, enterprise, chosen)
    found = delivery_queries.channels(user, enterprise)
    return {
        "tabs": tabs(user, "notifications:deliveries"),
        "sees_all": user.sees_all_accounts,
        "filter": chosen,
        "channels": [{"value": channel.pk, "label": channel.name} for channel in found],
        "states": [{"value": value, "label": label} for value, label in Delivery.State.choices],
        "deliveries": part.deliveries,
        "older": part.older,
    }


def delivery_page(user: User, delivery: Delivery, now: datetime) -> dict[str, Any]:
    channel = delivery.channel
    is_waiting = delivery.state == Delivery.State.WAITING
    is_held = is_waiting and delivery.is_held(now)
    next_at = max(delivery.run_at, channel.open_until or delivery.run_at)
    return {
        "tabs": tabs(user, "notifications:deliveries"),
        "delivery": delivery,
        "channel": channel,
        "icon": ICONS[Channel.Kind(channel.kind)],
        "tries": [_try(attempt) for attempt in delivery.tries.all()],
        "payload": _readable(delivery),
        "is_held": is_held,
        "next_at": next_at if is_waiting and not is_held and channel.is_enabled else None,
        "is_resting": is_waiting and channel.is_enabled and channel.is_resting(now),
        "is_moving": is_held
        or (is_waiting and channel.is_enabled and (next_at - now).total_seconds() < _SOON_SECONDS),
        "may_send": user.has_perm("enterprise.manage"),
        "mail_folder": channel.kind == Channel.Kind.EMAIL and not outbound_mail.is_configured(),
    }


def _try(attempt: DeliveryAttempt) -> dict[str, Any]:
    """`state`: in one word of `common.statuses`; `why`: in more."""
    states = {_Outcome.ACCEPTED: "delivered", _Outcome.SENDING: "running", _Outcome.LOST: "lost"}
    outcome = _Outcome(attempt.outcome)
    return {"attempt": attempt, "state": states.get(outcome, "failed"), "why": outcome.label}


def _readable(delivery: Delivery) -> str:
    """JSON indented for the eye; what was sent is the text it is made of."""
    try:
        return json.dumps(json.loads(delivery.payload), indent=2, ensure_ascii=False)
    except ValueError:
        return delivery.payload
