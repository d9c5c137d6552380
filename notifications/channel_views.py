"""Where the portal tells of what happened: channels, set up by administrators."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enterprise.access import current_enterprise, signed_in
from mirror.wake import wake
from notifications import channel_page, channels
from notifications.access import get_channel_or_404, new_channel_or_404
from notifications.channel_forms import ChannelForm
from notifications.models import Channel
from staff.gate import permission

DELIVER = "notifications.deliver"


@require_safe
@permission("portal.view")
def channel_list(request: HttpRequest) -> HttpResponse:
    enterprise = current_enterprise(request)
    if enterprise is None:
        return render(request, "sims/no_enterprise.html")
    context = channel_page.channel_list(signed_in(request), enterprise, timezone.now())
    return render(request, "notifications/channels.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission("enterprise.manage")
def channel_new(request: HttpRequest, kind: str) -> HttpResponse:
    return _edit(request, new_channel_or_404(request, kind))


@require_http_methods(["GET", "HEAD", "POST"])
@permission("enterprise.manage")
def channel_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _edit(request, get_channel_or_404(signed_in(request), pk))


def _edit(request: HttpRequest, channel: Channel) -> HttpResponse:
    form = ChannelForm(request.POST if request.method == "POST" else None, instance=channel)
    if request.method == "POST" and form.is_valid():
        saved = channels.save(form.filled(), signed_in(request), form.cleaned_data.get("url", ""))
        messages.success(request, _("The channel is saved. Send a test: it shows whether messages arrive."))
        return redirect("notifications:channel", saved.pk)
    context = channel_page.editor(signed_in(request), form, request.GET.get("secret", ""), timezone.now())
    return render(request, "notifications/channel.html", context, status=422 if form.errors else 200)


@require_POST
@permission("enterprise.manage")
def channel_switch(request: HttpRequest, pk: int) -> HttpResponse:
    user, is_enabled = signed_in(request), request.POST.get("on") == "1"
    channels.switch(get_channel_or_404(user, pk), user, is_enabled=is_enabled)
    text = _("The channel is on.") if is_enabled else _("The channel is off. Nothing is sent there.")
    messages.success(request, text)
    return redirect("notifications:channels")


@require_POST
@permission("enterprise.manage")
def channel_renew(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    channels.renew_secret(get_channel_or_404(user, pk), user, timezone.now())
    messages.success(
        request, _("There is a new secret. For 24 hours the former one signs as well: tell the receiver.")
    )
    return redirect("notifications:channel", pk)


@require_POST
@permission("enterprise.manage")
def channel_remove(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    channels.remove(get_channel_or_404(user, pk), user)
    messages.success(request, _("The channel is removed, and its deliveries with it."))
    return redirect("notifications:channels")


@require_POST
@permission("enterprise.manage")
def channel_test(request: HttpRequest, pk: int) -> HttpResponse:
    channel = get_channel_or_404(signed_in(request), pk)
    if not channel.is_enabled:
        messages.error(request, _("The channel is off. Switch it on first."))
        return redirect("notifications:channel", pk)
    delivery = channels.send_test(channel, timezone.now())
    wake(DELIVER)
    return redirect("notifications:delivery", delivery.pk)
