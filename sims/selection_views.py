"""Selections: the list of one's own, pasting or uploading one, watching it, downloading its problems."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from common.htmx import STOP_POLLING, render_page, wants_fragment
from common.pages import page_of
from enterprise.access import current_enterprise, signed_in
from sims import selection_presentation, selections
from sims.desk_access import get_selection_or_404
from sims.desk_forms import ListForm
from staff.gate import permission


@require_safe
@permission("portal.view")
def selection_list(request: HttpRequest) -> HttpResponse:
    own = selections.own_selections(signed_in(request)).select_related("enterprise")
    page = page_of(own, request.GET.get("page"), 50)
    return render(request, "sims/selections.html", selection_presentation.overview(page))


@require_http_methods(["GET", "HEAD", "POST"])
@permission("portal.view")
def selection_new(request: HttpRequest) -> HttpResponse:
    user, enterprise = signed_in(request), current_enterprise(request)
    if enterprise is None:
        return render(request, "sims/no_enterprise.html")
    form = ListForm(request.POST, request.FILES) if request.method == "POST" else ListForm.blank()
    if form.is_bound and form.is_valid():
        uid = form.cleaned_data["uid"]
        selection = selections.freeze_listed(user, enterprise, form_uid=uid, listed=form.listed)
        return redirect("sims:selection", selection.pk)
    status = 422 if form.errors else 200
    return render(request, "sims/selection_new.html", {"form": form, "enterprise": enterprise}, status=status)


@require_safe
@permission("portal.view")
def selection_detail(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    user = signed_in(request)
    selection = get_selection_or_404(user, uid)
    is_over = selection.state != selections.State.RESOLVING
    status = STOP_POLLING if wants_fragment(request) and is_over else 200
    context = selection_presentation.detail(selection, current_enterprise(request), user)
    return render_page(request, "sims/selection.html", "sims/_selection.html", context, status=status)


@require_safe
@permission("portal.view")
def selection_problems(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    selection = get_selection_or_404(signed_in(request), uid)
    text = selection_presentation.problems_csv(selection)
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="problems.csv"'
    return response
