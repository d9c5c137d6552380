"""The page of one SIM and its tabs. Every tab is a page; the fragment of all of them is `sims/_sim.html`."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common.htmx import render_page, wants_fragment
from enterprise.access import signed_in
from enterprise.connections import explain
from sims import card_presentation, card_tabs, hooks, live, news, notes, order_tab
from sims.access import get_sim_or_404
from sims.models import Sim
from sims.note_forms import LabelForm, TagForm
from sims.refresh import refresh_sim
from smarthub_client import NotFound, SmartHubError
from staff.gate import permission
from staff.models import User

_CONTEXTS: dict[str, Callable[[Sim, User, Mapping[str, Any]], dict[str, Any]]] = {
    "detail": lambda sim, user, _query: card_presentation.detail(sim, user),
    "timeline": card_tabs.timeline_tab,
    "usage": card_tabs.usage_tab,
    "commands": order_tab.commands_tab,
    "raw": card_tabs.raw_tab,
}


def tab_context(sim: Sim, user: User, tab: str) -> dict[str, Any]:
    """What `sims/_sim.html` needs for a tab, as it opens; the first one for a name that is none."""
    return _context(sim, user, tab_name(tab), {})


def tab_name(tab: str) -> str:
    return tab if tab in _CONTEXTS or hooks.tab_named(tab) else "detail"


def _context(sim: Sim, user: User, name: str, query: Mapping[str, Any]) -> dict[str, Any]:
    if name in _CONTEXTS:
        return _CONTEXTS[name](sim, user, query)
    extra = hooks.tab_named(name)
    if extra is None:
        raise Http404
    return card_presentation.frame(sim, user, name) | extra.context(sim, user, query)


def _tab(request: HttpRequest, giccid: str, name: str) -> HttpResponse:
    user = signed_in(request)
    seen = news.cursor(user, giccid)  # first: what changes in between is told by the next poll
    sim = get_sim_or_404(user, giccid)
    context = _context(sim, user, name, request.GET)
    context |= live.poll(sim, name, seen, **context.get("poll_query", {}))
    return render_page(request, "sims/detail.html", "sims/_sim.html", context)


@require_safe
@permission("portal.view")
def sim_detail(request: HttpRequest, giccid: str) -> HttpResponse:
    return _tab(request, giccid, "detail")


@require_safe
@permission("portal.view")
def sim_timeline(request: HttpRequest, giccid: str) -> HttpResponse:
    """The fragment is the older part of the stream: it takes the place of the button that asked for it."""
    user = signed_in(request)
    seen = news.cursor(user, giccid)
    sim = get_sim_or_404(user, giccid)
    context = card_tabs.timeline_tab(sim, user, request.GET)
    context |= live.poll(sim, "" if context["newest_url"] else "timeline", seen, **context["poll_query"])
    return render_page(request, "sims/detail.html", "sims/_entries.html", context)


@require_safe
@permission("portal.view")
def sim_usage(request: HttpRequest, giccid: str) -> HttpResponse:
    return _tab(request, giccid, "usage")


@require_safe
@permission("portal.view")
def sim_raw(request: HttpRequest, giccid: str) -> HttpResponse:
    return _tab(request, giccid, "raw")


@require_safe
@permission("portal.view")
def sim_tab(request: HttpRequest, giccid: str, name: str) -> HttpResponse:
    """A tab that another app has registered (`sims.hooks.tabs`)."""
    if hooks.tab_named(name) is None:
        raise Http404
    return _tab(request, giccid, name)


@require_safe
@permission("portal.view")
def sim_raw_json(request: HttpRequest, giccid: str) -> HttpResponse:
    sim = get_sim_or_404(signed_in(request), giccid)
    text = card_tabs.version_json(sim, request.GET.get("version"))
    if text is None:
        raise Http404
    name = card_tabs.file_name(sim, timezone.localdate())
    return HttpResponse(
        text, "application/json", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@require_POST
@permission("sims.refresh")
def sim_refresh(request: HttpRequest, giccid: str) -> HttpResponse:
    sim = get_sim_or_404(signed_in(request), giccid)
    try:
        refresh_sim(sim)
    except NotFound:
        messages.warning(
            request, _("SmartHub does not know this SIM. It stays here until a complete sweep confirms it.")
        )
    except SmartHubError as error:
        messages.error(request, explain(error))
    else:
        messages.success(request, _("Read from SmartHub just now."))
    return _back(request, sim)


def _back(request: HttpRequest, sim: Sim) -> HttpResponse:
    """To the tab the button was pressed on."""
    tab = tab_name(request.POST.get("tab", ""))
    if wants_fragment(request):
        context = tab_context(sim, signed_in(request), tab) | {"with_messages": True}
        return render(request, "sims/_sim.html", context)
    return redirect(card_presentation.tab_url(sim, tab))


# --- what staff write on a SIM


@require_POST
@permission("sims.note")
def sim_label(request: HttpRequest, giccid: str) -> HttpResponse:
    sim, form = get_sim_or_404(signed_in(request), giccid), LabelForm(request.POST)
    if form.is_valid():
        notes.set_label(sim, form.cleaned_data["label"])
    return _noted(request, sim, form)


@require_POST
@permission("sims.note")
def sim_tag_add(request: HttpRequest, giccid: str) -> HttpResponse:
    sim, form = get_sim_or_404(signed_in(request), giccid), TagForm(request.POST)
    if form.is_valid():
        notes.add_tag(sim, form.cleaned_data["name"])
    return _noted(request, sim, form)


@require_POST
@permission("sims.note")
def sim_tag_remove(request: HttpRequest, giccid: str) -> HttpResponse:
    sim, form = get_sim_or_404(signed_in(request), giccid), TagForm(request.POST)
    if form.is_valid():
        notes.remove_tag(sim, form.cleaned_data["name"])
    return _noted(request, sim, form)


def _noted(request: HttpRequest, sim: Sim, form: Form) -> HttpResponse:
    """The notes as they stand now; what was wrong is told as a message."""
    for errors in form.errors.values():
        messages.error(request, " ".join(str(error) for error in errors))
    tab = tab_name(request.POST.get("tab", ""))
    if wants_fragment(request):
        context = card_presentation.notes_of(sim, signed_in(request), tab)
        return render(request, "sims/_notes.html", context | {"with_messages": True})
    return redirect(card_presentation.tab_url(sim, tab))
