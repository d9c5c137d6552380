"""How many conversations hold something a SIM sent and nobody has read."""

from enterprise.models import Enterprise
from messaging.models import Thread
from messaging.querysets import ThreadQuerySet
from staff.models import User

MOST = 99


def unread(user: User, enterprise: Enterprise) -> ThreadQuerySet:
    return Thread.objects.visible_to(user).filter(enterprise=enterprise, unread__gt=0)


def badge(user: User, enterprise: Enterprise) -> str:
    """For the rail and tabs: "" for none, "99+" for more than that. One walk of a small index."""
    count = unread(user, enterprise).order_by()[: MOST + 1].count()
    return f"{MOST}+" if count > MOST else str(count or "")
