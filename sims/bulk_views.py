"""The bar above the list of SIMs: freezing, tagging, refreshing what is ticked or selected."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from enterprise.access import current_enterprise, get_enterprise_or_404, signed_in
from sims import selections
from sims.bulk import Choice, Refused
from sims.desk_forms import ChoiceForm
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
