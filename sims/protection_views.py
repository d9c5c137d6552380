"""Protecting SIMs from changes, one by one or by a shared view, and taking protection off again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from enterprise.access import current_enterprise_or_404, signed_in
from sims import protecting, protection_presentation
from sims.access import get_sim_or_404
from sims.protection_forms import ReasonForm, ViewForm, complaint
from staff.gate import permission


@require_POST
@permission("sims.protect")
def sim_protect(request: HttpRequest, giccid: str) -> HttpResponse:
    user = signed_in(request)
    sim, form = get_sim_or_404(user, giccid), ReasonForm(request.POST)
    if form.is_valid():
        protecting.protect_sim(user, sim, form.cleaned_data["reason"])
        messages.success(request, _("This SIM is protected: no change will be sent for it."))
    else:
        messages.error(request, complaint(form))
    return redirect("sims:detail", sim.giccid)


@require_POST
@permission("sims.protect")
def sim_unprotect(request: HttpRequest, giccid: str) -> HttpResponse:
    user = signed_in(request)
    sim, form = get_sim_or_404(user, giccid), ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, complaint(form))
    elif protecting.unprotect_sim(user, sim, form.cleaned_data["reason"]):
        messages.success(request, _("This SIM is not protected any more."))
    return redirect("sims:detail", sim.giccid)


@require_safe
@permission("portal.view")
def protections(request: HttpRequest) -> HttpResponse:
    """Everything that is protected, of the enterprise on screen."""
    user, enterprise = signed_in(request), current_enterprise_or_404(request)
    context = protection_presentation.overview(user, enterprise, request.GET)
    return render(request, "sims/protections.html", context)


@require_POST
@permission("sims.protect")
def view_protect(request: HttpRequest) -> HttpResponse:
    user, enterprise = signed_in(request), current_enterprise_or_404(request)
    form = ViewForm(request.POST, views=protecting.views_to_protect(user, enterprise))
    if form.is_valid():
        view = form.cleaned_data["view"]
        protecting.protect_view(user, view, form.cleaned_data["reason"])
        text = _("Whatever the view “%(name)s” matches is protected.")
        messages.success(request, text % {"name": view.name})
    else:
        messages.error(request, complaint(form))
    return redirect("sims:protections")


@require_POST
@permission("sims.protect")
def protection_remove(request: HttpRequest, pk: int) -> HttpResponse:
    user, enterprise = signed_in(request), current_enterprise_or_404(request)
    found = get_object_or_404(protecting.visible_protections(user, enterprise), pk=pk)
    form = ReasonForm(request.POST)
    if form.is_valid():
        protecting.remove(user, found, form.cleaned_data["reason"])
        messages.success(request, _("The protection is removed."))
    else:
        messages.error(request, complaint(form))
    return redirect("sims:protections")
