"""One door per object: a stranger gets 404, whether the object exists or not."""

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from enterprise.access import current_enterprise_or_404, signed_in
from enterprise.models import Enterprise
from notifications.models import Alert, Channel, Delivery, Push, PushAddress, Rule
from staff.models import User


def get_push_or_404(user: User, pk: int) -> Push:
    return get_object_or_404(Push.objects.visible_to(user).select_related("event", "enterprise"), pk=pk)


def get_address_or_404(user: User, pk: int) -> PushAddress:
    """Only one that is valid."""
    mine = PushAddress.objects.filter(enterprise__in=Enterprise.objects.visible_to(user), retired_at=None)
    return get_object_or_404(mine.select_related("enterprise"), pk=pk)


def get_rule_or_404(user: User, pk: int) -> Rule:
    """Of an enterprise they see, unless it was removed."""
    mine = Rule.objects.filter(enterprise__in=Enterprise.objects.visible_to(user), removed_at=None)
    return get_object_or_404(mine.select_related("enterprise", "view", "tag", "suspend_by"), pk=pk)


def get_alert_or_404(user: User, pk: int) -> Alert:
    rows = Alert.objects.visible_to(user).select_related("rule", "assignee", "enterprise")
    return get_object_or_404(rows, pk=pk)


def get_channel_or_404(user: User, pk: int) -> Channel:
    return get_object_or_404(Channel.objects.visible_to(user).select_related("enterprise"), pk=pk)


def new_channel_or_404(request: HttpRequest, kind: str) -> Channel:
    """For the enterprise of now. Who sees some accounts only makes none: messages tell of all of them."""
    if kind not in Channel.Kind.values or not signed_in(request).sees_all_accounts:
        raise Http404
    return Channel(enterprise=current_enterprise_or_404(request), kind=kind)


def get_delivery_or_404(user: User, pk: int) -> Delivery:
    return get_object_or_404(Delivery.objects.visible_to(user).select_related("channel", "enterprise"), pk=pk)
