"""The one door to a SIM."""

from django.shortcuts import get_object_or_404

from enterprise.models import Enterprise
from sims.models import Sim
from staff.models import User


def get_sim_or_404(user: User, giccid: str) -> Sim:
    """404 for a stranger, whether the SIM exists or not. Among enterprises sharing an ICCID the first is shown."""
    visible = Sim.objects.visible_to(user).select_related("account", "enterprise").order_by("enterprise_id")
    # Every index of SIMs begins with the enterprise: name them all, or a million rows are looked through.
    first = visible.filter(enterprise__in=Enterprise.objects.values("pk"), giccid=giccid).values("pk")[:1]
    return get_object_or_404(visible, pk__in=first)
