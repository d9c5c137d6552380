"""A message to every SIM of a selection: written here, it ends in a plan, which sends nothing yet."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from commands import plans
from commands.fleet import Chosen, fleet
from commands.refusals import Refused
from commands.states import MESSAGE
from common.htmx import render_page, wants_fragment
from enterprise.access import get_enterprise_or_404, signed_in
from messaging import bulk_page
from messaging.text_forms import BulkForm
from staff.gate import permission
from staff.models import User


@require_http_methods(["GET", "HEAD", "POST"])
@permission("commands.run")
def bulk(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """`look`: only what the first SIMs would get. Such a form makes no plan."""
    user = signed_in(request)
    chosen = _chosen_or_404(user, uid)
    data = request.POST if request.method == "POST" else None
    form = bulk_page.form(chosen, data, template=request.GET.get("template", ""))
    is_look = data is None or "look" in data
    if not is_look and chosen.state == bulk_page.READY and (plan := _planned(user, uid, chosen, form)):
        return redirect("commands:plan", plan)
    context = bulk_page.page(user, uid, chosen, form, is_look=is_look)
    status = 422 if form.errors and not is_look and not wants_fragment(request) else 200
    return render_page(request, "messaging/bulk.html", bulk_page.fragment(data), context, status=status)


def _planned(user: User, uid: uuid.UUID, chosen: Chosen, form: BulkForm) -> uuid.UUID | None:
    """The plan's address; None while the form needs another look."""
    if not form.is_valid():
        return None
    given = form.cleaned_data
    try:
        plan = plans.make(
            user,
            get_enterprise_or_404(user, chosen.enterprise_id),
            kind_name=MESSAGE,
            params={"text": given["text"], "max_parts": form.max_parts},
            source=plans.Source(selection=uid),
            form_uid=given["uid"],
            reason=given["reason"],
            pace=form.pace.as_json(),
        )
    except Refused as reason:
        form.add_error(None, str(reason))
        return None
    return plan.pk


@require_POST
@permission("sims.refresh")
def bulk_custom(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Has the custom fields of the selection's SIMs read, one call each."""
    user = signed_in(request)
    _chosen_or_404(user, uid)
    count = fleet().want_custom(user, uid)
    text = ngettext(
        "The custom fields of %(n)s SIM are being read.",
        "The custom fields of %(n)s SIMs are being read.",
        count,
    )
    messages.success(request, text % {"n": f"{count:,}"} + " " + _("Reload this page to see how far it is."))
    return redirect("messages:bulk", uid)


def _chosen_or_404(user: User, uid: uuid.UUID) -> Chosen:
    found = fleet().chosen(user, uid)
    if found is None:
        raise Http404
    return found
