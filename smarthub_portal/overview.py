"""The first page. While the first sweep runs it asks for itself again until there is a fleet to show."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.htmx import STOP_POLLING, render_page, wants_fragment
from enterprise.access import current_enterprise, signed_in
from enterprise.models import Enterprise
from enterprise.queries import account_list, rejected_list, worst_pools
from sims.account_usage import fleet_usage
from sims.figures import fleet_figures
from sims.recent import recent_changes
from smarthub_portal import overview_charts, overview_parts, overview_sync
from staff.gate import permission
from staff.models import User

USAGE_DAYS, CHANGES, ACCOUNTS, POOLS = 30, 8, 5, 3


@require_safe
@permission("portal.view")
def overview(request: HttpRequest) -> HttpResponse:
    user, enterprise = signed_in(request), current_enterprise(request)
    if enterprise is None:
        return render(request, "sims/no_enterprise.html")
    context = _context(user, enterprise)
    has_ended = wants_fragment(request) and context["start"] is None
    status = STOP_POLLING if has_ended else 200
    return render_page(request, "overview.html", "overview/_overview.html", context, status=status)


def _context(user: User, enterprise: Enterprise) -> dict[str, Any]:
    now = timezone.now()
    figures = fleet_figures(user, enterprise, now)
    rejected = rejected_list(user, enterprise).count() if user.sees_all_accounts else None
    accounts = sorted(account_list(user, enterprise), key=lambda account: -account.sim_count)  # type: ignore[attr-defined]
    return {
        "enterprise": enterprise,
        "figures": figures,
        "start": overview_sync.start_of(user, enterprise),
        "cards": [
            *overview_parts.cards(figures, rejected, is_whole=enterprise.swept_at is not None),
            *overview_parts.change_cards(user, enterprise),
            overview_parts.notification_card(user, enterprise),
        ],
        "segments": overview_parts.segments(figures),
        "usage": overview_charts.usage_chart(fleet_usage(user, enterprise, USAGE_DAYS, now)),
        "ending": overview_charts.ending_chart(figures),
        "changes": recent_changes(user, enterprise, CHANGES),
        "sync": overview_sync.sync_health(user, enterprise),
        "pools": worst_pools(user, enterprise, POOLS),
        "accounts": accounts[:ACCOUNTS],
        "more_accounts": max(len(accounts) - ACCOUNTS, 0),
        "may_start": user.has_perm("mirror.start"),
        "told": overview_parts.told(enterprise),
        "alarms": overview_parts.alarms(user, now),
    }
