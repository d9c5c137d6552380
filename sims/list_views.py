"""What a person keeps of the list: its layout and saved views; and asking for a purchase order."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from enterprise.access import current_enterprise_or_404, signed_in
from sims.forms import LayoutForm, PoForm, ViewForm
from sims.layouts import save_layout
from sims.purchase_orders import want_po
from sims.saved_views import Protects, delete_view, save_view, visible_views
from staff.gate import permission


@require_POST
@permission("portal.view")
def layout_save(request: HttpRequest) -> HttpResponse:
    form = LayoutForm(request.POST)
    form.is_valid()  # whatever is not valid becomes the usual
    save_layout(signed_in(request), **form.layout())
    return redirect(_back(request))


@require_POST
@permission("portal.view")
def view_save(request: HttpRequest) -> HttpResponse:
    user, enterprise = signed_in(request), current_enterprise_or_404(request)
    form = ViewForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect(_back(request))
    try:
        view = save_view(user, enterprise, **form.view())
    except Protects:
        messages.error(request, _protects_text())
        return redirect(_back(request))
    messages.success(request, _("The view “%(name)s” is saved.") % {"name": view.name})
    return redirect("sims:view", view.pk)


@require_safe
@permission("portal.view")
def view_open(request: HttpRequest, pk: int) -> HttpResponse:
    """The address to pass on: it leads to the list as it was saved."""
    user, enterprise = signed_in(request), current_enterprise_or_404(request)
    view = get_object_or_404(visible_views(user, enterprise), pk=pk)
    return redirect(f"{reverse('sims:list')}?{view.query}&view={view.pk}")


@require_POST
@permission("portal.view")
def view_delete(request: HttpRequest, pk: int) -> HttpResponse:
    user, enterprise = signed_in(request), current_enterprise_or_404(request)
    view = get_object_or_404(visible_views(user, enterprise), pk=pk, owner=user)
    try:
        delete_view(view)
    except Protects:
        messages.error(request, _protects_text())
    else:
        messages.success(request, _("The view “%(name)s” is deleted.") % {"name": view.name})
    return redirect("sims:list")


def _protects_text() -> str:
    return _("This view protects SIMs from changes. Remove its protection first, under Protections.")


@require_POST
@permission("sims.refresh")
def po_ask(request: HttpRequest) -> HttpResponse:
    """Has SmartHub asked for the SIMs of a purchase order: a row that a job finds."""
    form = PoForm(request.POST)
    if form.is_valid():
        want_po(current_enterprise_or_404(request), form.cleaned_data["po"])
        messages.success(request, _("SmartHub is being asked for this PO. Its SIMs will show here soon."))
    else:
        messages.error(request, _("The name of a PO has 1 to 200 characters."))
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    """Where the person came from, if that is a list of ours."""
    target = request.POST.get("next", "")
    is_ours = target.startswith("/sims/") and url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    return target if is_ours else reverse("sims:list")
