"""How many conversations hold something a SIM sent and nobody has read."""

from collections.abc import Iterable, Mapping

from django.db.models import Count, Exists, OuterRef

from enterprise.models import Enterprise
from messaging.models import Message, Thread
from messaging.querysets import MessageQuerySet, ThreadQuerySet
from staff.models import User

MOST = 99


def unread(user: User, enterprise: Enterprise) -> ThreadQuerySet:
    """A conversation counts what is in it for everybody: who sees some accounts only may see nothing of that."""
    found = Thread.objects.visible_to(user).filter(enterprise=enterprise, unread__gt=0)
    if user.sees_all_accounts:
        return found
    own = _messages(user, enterprise).filter(giccid=OuterRef("giccid"))
    return found.filter(Exists(own))


def counts(user: User, enterprise: Enterprise, threads: Iterable[Thread]) -> Mapping[str, int]:
    """{ICCID: messages nobody has read}, of those this person may see; a SIM without any may be left out."""
    new = {thread.giccid: thread.unread for thread in threads if thread.unread}
    if user.sees_all_accounts or not new:
        return new
    own = _messages(user, enterprise).filter(giccid__in=new)
    return dict(own.order_by().values_list("giccid").annotate(Count("pk")))


def badge(user: User, enterprise: Enterprise) -> str:
    """For the rail and tabs: "" for none, "99+" for more than that. One walk of a small index."""
    count = unread(user, enterprise).order_by()[: MOST + 1].count()
    return f"{MOST}+" if count > MOST else str(count or "")


def _messages(user: User, enterprise: Enterprise) -> MessageQuerySet:
    new = Message.objects.visible_to(user).filter(enterprise=enterprise)
    return new.filter(direction=Message.Direction.MO, read_at=None)
