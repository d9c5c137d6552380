"""Purchase orders the platform is asked about."""

from enterprise.models import Enterprise
from sims.models import PurchaseOrder


def want_po(enterprise: Enterprise, name: str) -> PurchaseOrder:
    """The row whose SIMs a job reads from now on; a second wish for the same one changes nothing."""
    order, _is_new = PurchaseOrder.objects.get_or_create(enterprise=enterprise, name=name)
    return order
