"""The bar above the list of SIMs: freezing, tagging, refreshing what is ticked or selected."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from enterprise.access import current_enterprise, get_enterprise_or_404, signed_in
from sims import bulk_tags, exports, selections
from sims.bulk import Choice, Refused
from sims.desk_forms import ChoiceForm
from sims.note_forms import TagForm
from sims.refresh import price_of, refresh_many
from staff.gate import permission

Action = Callable[[HttpRequest, Choice], HttpResponse]


def with_choice(action: Action) -> Callable[[HttpRequest], HttpResponse]:
    """Reads the form of the bar; what is refused leads back to the list with the reason."""

    @wraps(action)
    def view(request: HttpRequest) -> HttpResponse:
        form = ChoiceForm(request.POST)
        if not form.is_valid():
            messages.error(request, _("That form was incomplete. Reload the list and try again."))
            return redirect("sims:list")
        given, user = form.cleaned_data, signed_in(request)
        enterprise = get_enterprise_or_404(user, given["enterprise"])
        choice = Choice(user, enterprise, given["uid"], given["query"], tuple(form.ticked))
        try:
            return action(request, choice)
        except Refused as reason:
            messages.error(request, str(reason))
            return back(choice.query)

    return view


def back(query: str) -> HttpResponse:
    """To the list as it was."""
    return redirect(f"{reverse('sims:list')}?{QueryDict(query[:4000]).urlencode()}")


@require_POST
@permission("portal.view")
@with_choice
def bulk_select(request: HttpRequest, choice: Choice) -> HttpResponse:
    """Freezes the ticked rows, or all that match; small sets are shown at once."""
    selection = choice.frozen(is_all="all" in request.POST)
    if selection.state == selections.State.READY and current_enterprise(request) == choice.enterprise:
        return back(f"selection={selection.pk}")
    return redirect("sims:selection", selection.pk)


@require_POST
@permission("sims.note")
@with_choice
def bulk_tag(request: HttpRequest, choice: Choice) -> HttpResponse:
    """Puts a tag on the ticked SIMs or the selection on screen, or takes it off."""
    form = TagForm({"name": request.POST.get("tag", "")})
    if not form.is_valid():
        raise Refused(_("The name of a tag has 1 to 60 characters."))
    verb = bulk_tags.remove_tag if "remove" in request.POST else bulk_tags.add_tag
    try:
        changed = verb(choice.enterprise, choice.sims(), form.cleaned_data["name"])
    except bulk_tags.TooMany:
        raise Refused(_("At most 50,000 SIMs can be tagged at once. Split the selection.")) from None
    text = ngettext("%(count)s SIM was changed.", "%(count)s SIMs were changed.", changed)
    messages.success(request, text % {"count": f"{changed:,}"})
    return back(choice.query)


@require_POST
@permission("sims.refresh")
@with_choice
def bulk_refresh(request: HttpRequest, choice: Choice) -> HttpResponse:
    """Has the ticked SIMs or the selection on screen read from SmartHub soon, 100 in a call."""
    count = refresh_many(choice.user, choice.sims())
    text = ngettext(
        "%(count)s SIM is being read from SmartHub (calls: %(calls)s).",
        "%(count)s SIMs are being read from SmartHub (calls: %(calls)s).",
        count,
    )
    messages.success(request, text % {"count": f"{count:,}", "calls": f"{price_of(count):,}"})
    return back(choice.query)


@require_POST
@permission("portal.view")
@with_choice
def bulk_export(request: HttpRequest, choice: Choice) -> HttpResponse:
    """The ticked rows, or all that match: CSV at once, XLSX by a worker."""
    query = choice.list_query()
    if "xlsx" in request.POST:
        export = exports.want_export(choice.user, choice.enterprise, form_uid=choice.form_uid, query=query)
        return redirect("sims:export", export.pk)
    return redirect(f"{reverse('sims:export-csv')}?{query}")
