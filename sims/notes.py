"""What staff write on a SIM: a label and tags. They stay here; SmartHub is told nothing of them."""

from django.db.models import Exists, OuterRef

from enterprise.models import Enterprise
from sims.models import Sim, SimTag, Tag
from staff.models import User

SUGGESTIONS = 200


def set_label(sim: Sim, label: str) -> None:
    """An empty label removes it."""
    Sim.objects.filter(pk=sim.pk).update(label=label)
    sim.label = label


def add_tag(sim: Sim, name: str) -> Tag:
    """Puts a tag on the SIM, made when it is new. "Field test" and "field test" are the same tag."""
    tag = Tag.objects.filter(enterprise_id=sim.enterprise_id, name__iexact=name).first()
    if tag is None:
        tag, _is_new = Tag.objects.get_or_create(enterprise_id=sim.enterprise_id, name=name)
    SimTag.objects.get_or_create(sim=sim, tag=tag)
    return tag


def remove_tag(sim: Sim, name: str) -> None:
    """The tag itself stays, for other SIMs and as a suggestion."""
    SimTag.objects.filter(sim=sim, tag__name=name).delete()


def visible_tags(user: User, enterprise: Enterprise) -> list[str]:
    """Names to choose from; a person limited to some accounts is told only what stands on SIMs they see."""
    tags = Tag.objects.filter(enterprise=enterprise)
    if not user.sees_all_accounts:
        on_seen = SimTag.objects.filter(tag=OuterRef("pk"), sim__account__grants__user=user)
        tags = tags.filter(Exists(on_seen))
    return list(tags.values_list("name", flat=True)[:SUGGESTIONS])
