"""Where changes begin: the form of one, for one SIM or for a selection. It ends in a plan, which does nothing yet."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from commands import plans
from commands.kinds import Kind, changing_kinds
from commands.refusals import Refused
from common.htmx import render_page, wants_fragment
from enterprise.access import signed_in
from enterprise.models import Enterprise
from sims import manage_presentation
from sims.access import get_sim_or_404
from sims.bulk import Choice
from sims.bulk_views import with_choice
from sims.desk_access import get_selection_or_404
from sims.manage_forms import ManageForm
from sims.models import Selection
from staff.gate import permission
from staff.models import User

METHODS = ["GET", "HEAD", "POST"]


def _kind_or_404(name: str) -> Kind:
    for kind in changing_kinds():
        if kind.name == name:
            return kind
    raise Http404


@require_http_methods(METHODS)
@permission("commands.run")
def manage(request: HttpRequest, giccid: str, kind: str) -> HttpResponse:
    user, change = signed_in(request), _kind_or_404(kind)
    sim = get_sim_or_404(user, giccid)
    form = manage_presentation.form_of_sim(sim, change, request.POST if request.method == "POST" else None)
    if answer := _planned(user, sim.enterprise, form, plans.Source(giccids=(sim.giccid,))):
        return answer
    context = manage_presentation.of_sim(sim, change, form)
    return render_page(
        request, "sims/manage.html", "sims/_manage.html", context, status=_status(request, form)
    )


def _planned(
    user: User, enterprise: Enterprise, form: ManageForm, source: plans.Source
) -> HttpResponse | None:
    """To the plan; None while the form needs another look."""
    if not form.is_valid():
        return None
    try:
        plan = plans.make(
            user,
            enterprise,
            kind_name=form.kind.name,
            params=form.params(),
            source=source,
            **form.orders(),
        )
    except Refused as reason:
        form.add_error(None, str(reason))
        return None
    return redirect("commands:plan", plan.pk)


def _status(request: HttpRequest, form: ManageForm) -> int:
    """htmx swaps nothing of an answer that says 422."""
    return 422 if form.errors and not wants_fragment(request) else 200


# --- many


@require_POST
@permission("commands.run")
@with_choice
def bulk_change(request: HttpRequest, choice: Choice) -> HttpResponse:
    """Freezes the ticked rows, or all that match, and goes on to the form of the change."""
    name = request.POST.get("kind", "")
    if route := manage_presentation.own_form(name):
        return redirect(route, choice.chosen().pk)
    kind, selection = _kind_or_404(name), choice.chosen()
    url = reverse("sims:selection-change", args=[selection.pk])
    return redirect(f"{url}?kind={kind.name}")


@require_http_methods(METHODS)
@permission("commands.run")
def selection_change(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    user, kind = signed_in(request), _kind_or_404(request.GET.get("kind", ""))
    selection = get_selection_or_404(user, uid)
    form = None
    if selection.state == Selection.State.READY:
        data = request.POST if request.method == "POST" else None
        form = manage_presentation.form_of_selection(selection, kind, data)
        source = plans.Source(selection=selection.pk)
        if answer := _planned(user, selection.enterprise, form, source):
            return answer
    context = manage_presentation.of_selection(selection, kind, form)
    status = _status(request, form) if form else 200
    return render_page(
        request, "sims/selection_change.html", "sims/_selection_change.html", context, status=status
    )
