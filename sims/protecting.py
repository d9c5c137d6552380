"""Protection as people put it on and take it off; each deed stands in the audit trail."""

from django.db import transaction
from django.db.models import Q, QuerySet

from enterprise.models import Enterprise
from sims.models import Protection, SavedView, Sim
from sims.saved_views import visible_views
from staff import audit
from staff.models import User


def visible_protections(user: User, enterprise: Enterprise) -> "QuerySet[Protection]":
    """Those of SIMs and views this person sees."""
    views = Q(view__in=visible_views(user, enterprise).values("pk"))
    sims = Q(sim__in=Sim.objects.visible_to(user).filter(enterprise=enterprise).values("pk"))
    if user.sees_all_accounts:
        sims = ~Q(sim=None)
    found = Protection.objects.filter(sims | views, enterprise=enterprise)
    return found.select_related("sim", "view", "created_by").defer("sim__raw", "sim__supplementary")


def views_to_protect(user: User, enterprise: Enterprise) -> "QuerySet[SavedView]":
    """Shared views that do not protect yet. A private one would protect by rules only its owner can read."""
    return visible_views(user, enterprise).filter(is_shared=True, protection=None)


def protect_sim(user: User, sim: Sim, reason: str) -> None:
    """A second click changes nothing; so does another reason for what is protected already."""
    with transaction.atomic():
        made = {"enterprise": sim.enterprise, "reason": reason, "created_by": user}
        _protection, is_new = Protection.objects.get_or_create(sim=sim, defaults=made)
        if is_new:
            audit.record(user, "sim.protect", sim.giccid, detail={"reason": reason})


def unprotect_sim(user: User, sim: Sim, reason: str) -> bool:
    """False when it had no protection of its own."""
    with transaction.atomic():
        count, _by_model = Protection.objects.filter(sim=sim).delete()
        if count:
            audit.record(user, "sim.unprotect", sim.giccid, detail={"reason": reason})
    return bool(count)


def protect_view(user: User, view: SavedView, reason: str) -> None:
    with transaction.atomic():
        made = {"enterprise": view.enterprise, "reason": reason, "created_by": user}
        _protection, is_new = Protection.objects.get_or_create(view=view, defaults=made)
        if is_new:
            detail = {"reason": reason, "query": view.query, "enterprise": view.enterprise.name}
            audit.record(user, "view.protect", view.name, detail=detail)


def remove(user: User, protection: Protection, reason: str) -> None:
    about: Sim | SavedView | None = protection.sim or protection.view
    deed = "sim.unprotect" if protection.sim else "view.unprotect"
    with transaction.atomic():
        count, _by_model = Protection.objects.filter(pk=protection.pk).delete()
        if count:
            audit.record(user, deed, about, detail={"reason": reason})
