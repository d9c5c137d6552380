"""Exports: CSV at once; the XLSX files a worker makes, followed, downloaded and retried."""

import json
import uuid

from django.contrib import messages
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common.htmx import STOP_POLLING, render_page, wants_fragment
from common.pages import page_of
from enterprise.access import current_enterprise_or_404, signed_in
from sims import export_files, export_presentation, exports
from sims.csv_export import csv_pieces
from sims.desk_access import get_export_or_404
from sims.filters import SimFilter
from staff.gate import permission

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@permission("portal.view")
def export_csv(request: HttpRequest) -> HttpResponseBase:
    user, enterprise = signed_in(request), current_enterprise_or_404(request)
    pieces = csv_pieces(user, enterprise, SimFilter(request.GET))
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    response["Content-Encoding"] = "identity"  # packing it would take three times as long as making it
    name = f"sims-{timezone.localtime():%Y%m%d-%H%M}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
@permission("portal.view")
def export_list(request: HttpRequest) -> HttpResponse:
    own = exports.own_exports(signed_in(request)).select_related("enterprise")
    page = page_of(own, request.GET.get("page"), 50)
    return render(request, "sims/exports.html", export_presentation.overview(page))


@require_safe
@permission("portal.view")
def export_detail(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    export = get_export_or_404(signed_in(request), uid)
    is_over = export.state in (exports.State.COMPLETED, exports.State.FAILED)
    is_end = wants_fragment(request) and is_over
    context = export_presentation.detail(export)
    status = STOP_POLLING if is_end else 200
    response = render_page(request, "sims/export.html", "sims/_export.html", context, status=status)
    if is_end and export.state == exports.State.COMPLETED:
        toast = {"level": "success", "text": _("The spreadsheet is ready.")}
        response["HX-Trigger"] = json.dumps({"toast": toast})
    return response


@require_safe
@permission("portal.view")
def export_file(request: HttpRequest, uid: uuid.UUID) -> HttpResponseBase:
    export = get_export_or_404(signed_in(request), uid)
    path = export_files.file_of(export)
    if path is None:
        raise Http404
    name = f"sims-{timezone.localtime(export.created_at):%Y%m%d-%H%M}.xlsx"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=_XLSX)


@require_POST
@permission("portal.view")
def export_retry(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    export = get_export_or_404(signed_in(request), uid)
    if not exports.retry(export):
        messages.info(request, _("This export has not failed; nothing was started."))
    return redirect("sims:export", export.pk)
