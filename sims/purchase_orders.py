"""Purchase orders the platform is asked about."""

from django.db import transaction

from enterprise.models import Enterprise
from sims.hints import wake
from sims.models import PurchaseOrder


def want_po(enterprise: Enterprise, name: str) -> PurchaseOrder:
    """The row whose SIMs a job reads from now on; a second wish for the same one changes nothing."""
    with transaction.atomic():
        order, is_new = PurchaseOrder.objects.get_or_create(enterprise=enterprise, name=name)
        if is_new:
            transaction.on_commit(wake, robust=True)
    return order
