"""A rule that tags: what it heard puts a word on the SIM, which stays in the portal and harms nothing."""

from datetime import datetime

from notifications.models import Execution, Rule
from notifications.raising import Raised
from notifications.triggers import trigger_of
from sims import bulk_tags
from sims.models import Sim


def consider(rule: Rule, raised: Raised, now: datetime) -> None:
    """Tags those of its SIMs that lack the tag, and writes down which; joins the caller's transaction.

    Also SIMs the alert knew already: whoever took a tag off has seen to it, and the SIM asks anew.
    """
    name = trigger_of(rule).tag_of(rule.params)
    if not name:
        return
    met = {match.giccid for match in raised.met if match.giccid}
    bare = Sim.objects.present().filter(enterprise=rule.enterprise_id, giccid__in=met)
    bare = bare.exclude(tags__name__iexact=name)
    giccids = list(bare.order_by("giccid").values_list("giccid", flat=True))
    if not giccids:
        return
    bulk_tags.add_tag(
        rule.enterprise, Sim.objects.filter(enterprise=rule.enterprise_id, giccid__in=giccids), name
    )
    Execution.objects.create(
        rule=rule,
        alert=raised.alert,
        at=now,
        deed=Execution.Deed.TAGGED,
        sims=len(giccids),
        giccids=giccids,
        text=name,
    )
