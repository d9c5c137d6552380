"""The list of conversations, and of messages that a search or filter finds."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from enterprise.access import current_enterprise, signed_in
from messaging import page_tabs
from staff.gate import permission


@require_safe
@permission("portal.view")
def message_list(request: HttpRequest) -> HttpResponse:
    enterprise = current_enterprise(request)
    if enterprise is None:
        return render(request, "sims/no_enterprise.html")
    tabs = page_tabs.tabs(signed_in(request), enterprise, "messages:list")
    return render(request, "messaging/list.html", {"tabs": tabs})
