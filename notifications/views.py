"""The inbox of pushes, and where SmartHub is to send them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from common.htmx import STOP_POLLING, render_page
from enterprise.access import current_enterprise, current_enterprise_or_404, signed_in
from notifications import addresses, claims, inbox_live, presentation, queries, rehearsal
from notifications.access import get_address_or_404, get_push_or_404
from notifications.models import Push
from staff.gate import permission


@require_safe
@permission("portal.view")
def inbox(request: HttpRequest) -> HttpResponse:
    enterprise = current_enterprise(request)
    if enterprise is None:
        return render(request, "sims/no_enterprise.html")
    seen = inbox_live.cursor(enterprise)  # first: what comes in between is told by the next poll
    context = presentation.inbox(signed_in(request), enterprise, queries.InboxFilter.read(request.GET), seen)
    return render_page(request, "notifications/inbox.html", "notifications/_pushes.html", context)


@require_safe
@permission("portal.view")
def inbox_news(request: HttpRequest) -> HttpResponse:
    """204 while nothing differs from what an open inbox has `seen`; else its parts, each to be put in by its id."""
    enterprise = current_enterprise(request)
    if enterprise is None:
        return HttpResponse(status=STOP_POLLING)
    seen = inbox_live.cursor(enterprise)
    if seen == request.GET.get("seen"):
        return HttpResponse(status=204)
    context = presentation.inbox(signed_in(request), enterprise, queries.InboxFilter.read(request.GET), seen)
    return render(request, "notifications/push_news.html", context)


@require_safe
@permission("portal.view")
def push_detail(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    context = presentation.push_page(user, get_push_or_404(user, pk))
    return render(request, "notifications/push.html", context)


@require_POST
@permission("enterprise.manage")
def push_replay(request: HttpRequest, pk: int) -> HttpResponse:
    push = get_push_or_404(signed_in(request), pk)
    claims.replay(Push.objects.filter(pk=push.pk), timezone.now())
    messages.success(request, _("The push is processed anew."))
    return redirect("notifications:push", push.pk)


@require_POST
@permission("enterprise.manage")
def replay_dead(request: HttpRequest) -> HttpResponse:
    user, enterprise = signed_in(request), current_enterprise_or_404(request)
    count = claims.replay(
        Push.objects.filter(pk__in=queries.dead(user, enterprise).values("pk")), timezone.now()
    )
    text = ngettext("%(n)s push is processed anew.", "%(n)s pushes are processed anew.", count)
    messages.success(request, text % {"n": count})
    return redirect("notifications:inbox")


@require_safe
@permission("enterprise.manage")
def setup(request: HttpRequest) -> HttpResponse:
    enterprise = current_enterprise(request)
    if enterprise is None:
        return render(request, "sims/no_enterprise.html")
    shown = request.GET.get("show", "")
    context = presentation.setup(signed_in(request), enterprise, shown, timezone.now())
    return render(request, "notifications/setup.html", context)


@require_POST
@permission("enterprise.manage")
def setup_make(request: HttpRequest) -> HttpResponse:
    addresses.ensure(current_enterprise_or_404(request))
    messages.success(request, _("Each kind of push has its address now."))
    return redirect("notifications:setup")


@require_POST
@permission("enterprise.manage")
def setup_rotate(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    addresses.rotate(get_address_or_404(user, pk), user)
    messages.success(
        request, _("There is a new address. The former one stays good until you end it: tell SmartHub first.")
    )
    return redirect("notifications:setup")


@require_POST
@permission("enterprise.manage")
def setup_retire(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    addresses.retire(get_address_or_404(user, pk), user)
    messages.success(request, _("The former address has ended. Pushes sent there are refused."))
    return redirect("notifications:setup")


@require_POST
@permission("enterprise.manage")
def setup_test(request: HttpRequest, pk: int) -> HttpResponse:
    address = get_address_or_404(signed_in(request), pk)
    try:
        rehearsal.send_one(address.enterprise, address.kind)
    except rehearsal.NotSent as problem:
        messages.error(request, str(problem))
        return redirect("notifications:setup")
    messages.success(request, _("The sandbox sends one now: here is where it arrives."))
    return redirect(f"{reverse('notifications:inbox')}?kind={address.kind}")
