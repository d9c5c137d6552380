"""Alerts: the list of what waits for somebody, one of them, and what people do about them."""

from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from common.htmx import STOP_POLLING, render_page
from enterprise.access import current_enterprise, signed_in
from notifications import alert_presentation, alert_queries, alerts
from notifications.access import get_alert_or_404
from notifications.alert_forms import DeedForm
from notifications.alert_queries import AlertFilter, number_of
from notifications.models import Alert
from sims import selections
from staff.gate import permission

MOST_SIMS = 50_000


@require_safe
@permission("portal.view")
def alert_list(request: HttpRequest) -> HttpResponse:
    enterprise = current_enterprise(request)
    if enterprise is None:
        return render(request, "sims/no_enterprise.html")
    seen = alert_queries.cursor(enterprise)  # first: what comes in between is told by the next poll
    context = alert_presentation.listing(signed_in(request), enterprise, AlertFilter.read(request.GET), seen)
    return render_page(request, "notifications/alerts.html", "notifications/_alerts.html", context)


@require_safe
@permission("portal.view")
def alert_news(request: HttpRequest) -> HttpResponse:
    """204 while nothing differs from what an open list has `seen`; else its parts, each to be put in by its id."""
    enterprise = current_enterprise(request)
    if enterprise is None:
        return HttpResponse(status=STOP_POLLING)
    seen = alert_queries.cursor(enterprise)
    if seen == request.GET.get("seen"):
        return HttpResponse(status=204)
    context = alert_presentation.listing(signed_in(request), enterprise, AlertFilter.read(request.GET), seen)
    return render(request, "notifications/alert_news.html", context)


@require_safe
@permission("portal.view")
def alert_detail(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    alert, before = get_alert_or_404(user, pk), number_of(request.GET.get("before"))
    context = alert_presentation.alert_page(user, alert, before)
    return render_page(request, "notifications/alert.html", "notifications/_alert_sims.html", context)


@require_safe
@permission("portal.view")
def alert_live(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    alert = get_alert_or_404(user, pk)
    if alert_queries.cursor_of(alert) == request.GET.get("seen"):
        return HttpResponse(status=204)
    return render(request, "notifications/alert_parts.html", alert_presentation.alert_page(user, alert, None))


@require_POST
@permission("alerts.handle")
def alert_act(request: HttpRequest) -> HttpResponse:
    """One deed for one alert or for the ticked ones, then back to where it was pressed."""
    user, form = signed_in(request), DeedForm(request.POST)
    done, problems = 0, [] if form.is_valid() else [form.problem]
    if not problems:
        rows = Alert.objects.visible_to(user).filter(pk__in=form.ids)
        done, problems = alerts.each(rows, form.verb(user, timezone.now()))
    for problem in problems:
        messages.error(request, problem)
    if done:
        messages.success(request, alert_presentation.done_text(form.act_named, done))
    return redirect(_back(request, form))


def _back(request: HttpRequest, form: DeedForm) -> str:
    """The page of the one alert, or the list with its filters."""
    if request.POST.get("back") == "page" and len(form.ids) == 1:
        return reverse("notifications:alert", args=form.ids)
    return f"{reverse('notifications:home')}?{AlertFilter.read(QueryDict(request.POST.get('back', '')[:500])).query}"


@require_POST
@permission("portal.view")
def alert_sims(request: HttpRequest, pk: int) -> HttpResponse:
    """Its SIMs as a selection, in the list where everything can be done with them."""
    user = signed_in(request)
    alert = get_alert_or_404(user, pk)
    giccids = alert_queries.giccids(user, alert, MOST_SIMS)
    selection = selections.freeze_ticked(user, alert.enterprise, form_uid=uuid4(), giccids=giccids)
    return redirect(f"{reverse('sims:list')}?selection={selection.pk}")
