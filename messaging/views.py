"""The list of conversations, and of messages that a search or filter finds."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.htmx import STOP_POLLING, render_page
from enterprise.access import current_enterprise, current_enterprise_or_404, signed_in
from messaging import exports, list_presentation, news
from messaging.lists import ListFilter
from staff.gate import permission


@require_safe
@permission("portal.view")
def message_list(request: HttpRequest) -> HttpResponse:
    enterprise = current_enterprise(request)
    if enterprise is None:
        return render(request, "sims/no_enterprise.html")
    seen = news.of_all(
        signed_in(request), enterprise
    )  # first: what comes in between is told by the next poll
    chosen = ListFilter.read(request.GET)
    context = list_presentation.list_page(signed_in(request), enterprise, chosen, seen)
    return render_page(request, "messaging/list.html", "messaging/_sms_list.html", context)


@require_safe
@permission("portal.view")
def message_list_live(request: HttpRequest) -> HttpResponse:
    """204 while nothing differs from what an open list has `seen`; else its parts, each to be put in by its id."""
    enterprise = current_enterprise(request)
    if enterprise is None:
        return HttpResponse(status=STOP_POLLING)
    seen = news.of_all(signed_in(request), enterprise)
    if seen == request.GET.get("seen"):
        return HttpResponse(status=204)
    context = list_presentation.pane(signed_in(request), enterprise, ListFilter.read(request.GET))
    return render(request, "messaging/list_news.html", context | {"seen": seen})


@require_safe
@permission("portal.view")
def message_list_csv(request: HttpRequest) -> HttpResponseBase:
    user, enterprise = signed_in(request), current_enterprise_or_404(request)
    return csv_file(exports.list_csv(user, enterprise, ListFilter.read(request.GET)), "messages")


def csv_file(pieces: Iterator[bytes], name: str) -> StreamingHttpResponse:
    """A download, sent as it is made. `name`: what the file's name begins with."""
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    response["Content-Encoding"] = "identity"  # packing it would take longer than making it
    response["Content-Disposition"] = f'attachment; filename="{name}-{timezone.localtime():%Y%m%d-%H%M}.csv"'
    return response
