"""What became of each message."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common.htmx import render_page
from enterprise.access import current_enterprise, signed_in
from mirror.wake import wake
from notifications import channel_page, deliver_claims, delivery_queries
from notifications.access import get_delivery_or_404
from notifications.channel_views import DELIVER
from staff.gate import permission


@require_safe
@permission("portal.view")
def delivery_list(request: HttpRequest) -> HttpResponse:
    enterprise = current_enterprise(request)
    if enterprise is None:
        return render(request, "sims/no_enterprise.html")
    chosen = delivery_queries.DeliveryFilter.read(request.GET)
    context = channel_page.delivery_list(signed_in(request), enterprise, chosen)
    return render_page(request, "notifications/deliveries.html", "notifications/_deliveries.html", context)


@require_safe
@permission("portal.view")
def delivery_detail(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    context = channel_page.delivery_page(user, get_delivery_or_404(user, pk), timezone.now())
    return render_page(request, "notifications/delivery.html", "notifications/_delivery.html", context)


@require_POST
@permission("enterprise.manage")
def delivery_again(request: HttpRequest, pk: int) -> HttpResponse:
    delivery = get_delivery_or_404(signed_in(request), pk)
    if deliver_claims.send_again(delivery, timezone.now()):
        wake(DELIVER)
        messages.success(request, _("It is sent again, with the same id."))
    else:
        messages.error(request, _("It can't be sent now: it is on its way, or its channel is off."))
    return redirect("notifications:delivery", pk)
