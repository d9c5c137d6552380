"""Templates: read by everybody who sees the enterprise, written by whoever may send."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commands.refusals import Refused
from enterprise.access import current_enterprise, current_enterprise_or_404, signed_in
from messaging import template_page, template_texts
from messaging.kind import policy_of
from messaging.models import Template
from messaging.text_forms import TemplateForm
from staff.gate import permission


@require_safe
@permission("portal.view")
def template_list(request: HttpRequest) -> HttpResponse:
    enterprise = current_enterprise(request)
    if enterprise is None:
        return render(request, "sims/no_enterprise.html")
    context = template_page.overview(signed_in(request), enterprise)
    return render(request, "messaging/templates.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission("commands.run")
def template_new(request: HttpRequest) -> HttpResponse:
    template = Template(enterprise=current_enterprise_or_404(request))
    return _saved_or_shown(request, template, request.POST if request.method == "POST" else None)


@require_safe
@permission("portal.view")
def template_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _shown(request, _form(_template_or_404(request, pk)))


@require_POST
@permission("commands.run")
def template_save(request: HttpRequest, pk: int) -> HttpResponse:
    return _saved_or_shown(request, _template_or_404(request, pk), request.POST)


@require_POST
@permission("commands.run")
def template_remove(request: HttpRequest, pk: int) -> HttpResponse:
    template_texts.remove(signed_in(request), _template_or_404(request, pk))
    messages.success(request, _("The template is removed. What was sent with it stays as it is."))
    return redirect("messages:templates")


def _template_or_404(request: HttpRequest, pk: int) -> Template:
    """Of the enterprise on screen."""
    found = template_texts.kept_for(current_enterprise_or_404(request), pk)
    if found is None:
        raise Http404
    return found


def _form(template: Template, data: Any = None) -> TemplateForm:
    parts = policy_of(template.enterprise_id).max_parts
    return TemplateForm(data, instance=template, max_parts=parts)


def _saved_or_shown(request: HttpRequest, template: Template, data: Any) -> HttpResponse:
    form = _form(template, data)
    if data is not None and form.is_valid():
        try:
            kept = template_texts.save(signed_in(request), form.save(commit=False))
        except Refused as reason:
            form.add_error("name", str(reason))
        else:
            messages.success(request, _("The template is saved."))
            return redirect("messages:template", kept.pk)
    return _shown(request, form)


def _shown(request: HttpRequest, form: TemplateForm) -> HttpResponse:
    context = template_page.one(signed_in(request), form, request.GET.get("sim", ""))
    return render(request, "messaging/template.html", context, status=422 if form.errors else 200)
