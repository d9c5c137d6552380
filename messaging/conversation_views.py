"""The conversation with one SIM: reading it, writing to it, marking it read."""

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common.htmx import render_page, wants_fragment
from enterprise.access import signed_in
from messaging import compose, exports, news, reading, talk_presentation
from messaging.access import get_conversation_or_404
from messaging.views import csv_file
from staff.gate import permission

LOOK = "look-now"
"""Makes an open page ask for news at once (components/live_poll.html)."""


@require_safe
@permission("portal.view")
def conversation(request: HttpRequest, giccid: str) -> HttpResponse:
    """The fragment is the older part: it takes the place of the button that asked for it."""
    user = signed_in(request)
    talk = get_conversation_or_404(user, giccid)
    seen = news.of_talk(user, talk)  # first: what comes in between is told by the next poll
    context = talk_presentation.talk_page(user, talk, request.GET, seen)
    return render_page(request, "messaging/conversation.html", "messaging/_older.html", context)


@require_safe
@permission("portal.view")
def conversation_live(request: HttpRequest, giccid: str) -> HttpResponse:
    """204 while nothing differs from what the page has `seen`; else its parts, each to be put in by its id."""
    user = signed_in(request)
    talk = get_conversation_or_404(user, giccid)
    seen = news.of_talk(user, talk)
    if seen == request.GET.get("seen"):
        return HttpResponse(status=204)
    context = talk_presentation.news(user, talk, request.GET)
    context |= talk_presentation.beside(user, talk, request.GET)
    return render(request, "messaging/talk_news.html", context | {"seen": seen})


@require_safe
@permission("portal.view")
def conversation_csv(request: HttpRequest, giccid: str) -> HttpResponseBase:
    user = signed_in(request)
    talk = get_conversation_or_404(user, giccid)
    return csv_file(exports.talk_csv(user, talk), f"messages-{talk.giccid}")


@require_POST
@permission("commands.run")
def send(request: HttpRequest, giccid: str) -> HttpResponse:
    """Queues one message. What is refused stands at the field, with the text kept."""
    user = signed_in(request)
    talk = get_conversation_or_404(user, giccid)
    form, is_awaiting = compose.write(user, talk, request.POST)
    place = request.POST.get("place", "")
    if form.errors:
        context = talk_presentation.talk_page(user, talk, {}, "") | compose.context(user, talk, place, form)
        page, status = "messaging/conversation.html", 200 if wants_fragment(request) else 422
        return render_page(request, page, "messaging/_sms_compose.html", context, status=status)
    said = _("A second person has to approve this message first.") if is_awaiting else ""
    if wants_fragment(request):
        response = render(request, "messaging/_sms_compose.html", compose.context(user, talk, place))
        toast = {"toast": {"level": "info", "text": said}} if said else {}
        response["HX-Trigger"] = json.dumps({LOOK: {}} | toast)
        return response
    if said:
        messages.info(request, said)
    return redirect(_back(giccid, place))


@require_POST
@permission("commands.run")
def mark_read(request: HttpRequest, giccid: str) -> HttpResponse:
    user = signed_in(request)
    upto = request.POST.get("upto", "")
    number = int(upto) if upto.isascii() and upto.isdigit() and len(upto) < 19 else 0
    reading.mark_read(user, get_conversation_or_404(user, giccid), number)
    if wants_fragment(request):
        return HttpResponse(status=204, headers={"HX-Trigger": LOOK})
    return redirect(_back(giccid, request.POST.get("place", "")))


@require_POST
@permission("commands.run")
def mark_unread(request: HttpRequest, giccid: str) -> HttpResponse:
    """Back to the list: who stays would be taken to have read it."""
    user = signed_in(request)
    if reading.mark_unread(user, get_conversation_or_404(user, giccid)):
        messages.success(request, _("Marked as unread."))
    return redirect("messages:list")


def _back(giccid: str, place: str) -> str:
    """To where it was written."""
    if place == compose.SIM_PAGE:
        return reverse("sims:tab", args=[giccid, "messages"])
    return reverse("messages:conversation", args=[giccid])
