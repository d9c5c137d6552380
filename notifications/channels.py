"""What administrators do to channels. Each deed stands in the audit trail, none of them with a secret."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from notifications import channel_deeds, outbound_signing
from notifications.models import Channel, Delivery
from notifications.outbound import TEST, Message, announce
from notifications.outbound_addresses import read
from staff.audit import record
from staff.models import User

# So long the former secret signs as well, for receivers that have not heard of the new one.
BOTH_SIGN = timedelta(hours=24)
_AS_NEW: dict[str, Any] = {"failures": 0, "open_until": None, "ended": ""}


@transaction.atomic
def save(channel: Channel, user: User, url: str = "") -> Channel:
    """Stores what the form says. `url`: a new one, or empty to keep the one there is."""
    is_new = channel.pk is None
    if url:
        channel.set_secret("url", url)
        channel.host = read(url).origin
        _reset(channel)
    if channel.is_signed and not channel.secret_sealed:
        channel.set_secret("secret", outbound_signing.new_secret())
    channel.save()
    _record(user, channel_deeds.ADDED if is_new else channel_deeds.CHANGED, channel)
    return channel


@transaction.atomic
def switch(channel: Channel, user: User, *, is_enabled: bool) -> None:
    """Off: what waits stays until its day is over. On: the circuit begins anew."""
    channel = _locked(channel)
    channel.is_enabled = is_enabled
    if is_enabled:
        _reset(channel)
    channel.save(update_fields=["is_enabled", *_AS_NEW])
    _record(user, channel_deeds.SWITCHED, channel, is_enabled=is_enabled)


@transaction.atomic
def renew_secret(channel: Channel, user: User, now: datetime) -> None:
    """A new signing secret; for a day the former one signs as well."""
    channel = _locked(channel)
    if not channel.is_signed:
        return
    channel.set_secret("secret_previous", channel.reveal("secret"))
    channel.set_secret("secret", outbound_signing.new_secret())
    channel.secret_previous_until = now + BOTH_SIGN
    channel.save(update_fields=["secret_sealed", "secret_previous_sealed", "secret_previous_until"])
    _record(user, channel_deeds.SECRET_RENEWED, channel)


@transaction.atomic
def remove(channel: Channel, user: User) -> None:
    """With all its deliveries."""
    _record(user, channel_deeds.REMOVED, channel)
    channel.delete()


@transaction.atomic
def send_test(channel: Channel, now: datetime) -> Delivery:
    """A message on the usual way, tried once; a resting channel is woken for it."""
    Channel.objects.filter(pk=channel.pk).update(open_until=None)
    message = Message(
        kind=TEST,
        title=_("Test of “%(name)s”") % {"name": channel.name},
        text=_("If you read this, messages of the portal arrive here."),
        severity="info",
        occurred_at=now,
        url=reverse("notifications:channels"),
        facts={"enterprise": channel.enterprise.name, "portal": settings.PUBLIC_URL},
    )
    return announce(channel, message, now)


def _reset(channel: Channel) -> None:
    for name, value in _AS_NEW.items():
        setattr(channel, name, value)


def _locked(channel: Channel) -> Channel:
    return Channel.objects.select_for_update(no_key=True).get(pk=channel.pk)


def _record(user: User, deed: Any, channel: Channel, **detail: Any) -> None:
    record(user, deed.name, channel.name, detail={"kind": channel.kind, "to": target_of(channel), **detail})


def target_of(channel: Channel) -> str:
    """Where it leads, as far as it may be told: the origin of the URL, or the recipients."""
    return channel.host or ", ".join(channel.recipients)
