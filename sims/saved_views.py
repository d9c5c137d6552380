"""Saved views: a name for a query string, for oneself or for everybody who may see what it filters by."""

from urllib.parse import urlencode

from django.db.models import ProtectedError, Q, QuerySet

from enterprise.models import Account, Enterprise
from sims.filters import FILTERS, SimFilter
from sims.models import SavedView
from staff.models import User

KEPT = (*(name for name in FILTERS if name != "selection"), "sort", "columns")
"""A selection ends after a week and is its owner's, so a view does not keep it."""


def visible_views(user: User, enterprise: Enterprise) -> "QuerySet[SavedView]":
    """Their own and the shared ones. A person limited to some accounts is not shown views that name other people's
    accounts; those shared by people who see everything may do so in their names too, so they see views of peers only.
    """
    views = SavedView.objects.filter(enterprise=enterprise).select_related("owner")
    shared = Q(is_shared=True)
    if not user.sees_all_accounts:
        mine = set(
            Account.objects.visible_to(user).filter(enterprise=enterprise).values_list("pk", flat=True)
        )
        peers = [
            pk for pk, accounts in _accounts_of_owners(enterprise).items() if accounts and accounts <= mine
        ]
        shared &= Q(owner__in=peers, owner__sees_all_accounts=False)
    return views.filter(Q(owner=user) | shared)


def _accounts_of_owners(enterprise: Enterprise) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    owners = SavedView.objects.filter(enterprise=enterprise, is_shared=True).values_list(
        "owner_id", "owner__granted_accounts"
    )
    for owner, account in owners:
        found.setdefault(owner, set()).update({account} - {None})
    return found


def query_of(chosen: SimFilter, columns: list[str]) -> str:
    """What a view keeps of an address: valid filters, sort, and the columns on screen."""
    kept = {name: chosen.value(name) for name in KEPT if chosen.value(name) is not None}
    return urlencode(kept | {"columns": ",".join(columns)})


class Protects(Exception):
    """The view keeps SIMs from being changed, so it stays as it is until its protection is removed."""


def save_view(user: User, enterprise: Enterprise, *, name: str, query: str, is_shared: bool) -> SavedView:
    """A view of a name the person already uses is saved over. Raises `Protects`: whoever may save views may not lift
    protections by it.
    """
    if (
        SavedView.objects.filter(enterprise=enterprise, owner=user, name=name)
        .exclude(protection=None)
        .exists()
    ):
        raise Protects
    view, _is_new = SavedView.objects.update_or_create(
        enterprise=enterprise, owner=user, name=name, defaults={"query": query, "is_shared": is_shared}
    )
    return view


def delete_view(view: SavedView) -> None:
    """For good; addresses that name it show the whole list. Raises `Protects`."""
    try:
        view.delete()
    except ProtectedError:
        raise Protects from None
