"""What is done to channels, as the audit trail tells it."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from staff.deeds import Deed, Detail


def _switched(detail: Detail, about: str) -> str:
    words = {"what": about, "to": detail["to"]}
    if detail["is_enabled"]:
        return _("switched the channel “%(what)s” on (%(to)s)") % words
    return _("switched the channel “%(what)s” off (%(to)s)") % words


ADDED = Deed(
    "channel.added",
    gettext_lazy("Channel added"),
    lambda detail, about: _("added the channel “%(what)s” to %(to)s") % {"what": about, "to": detail["to"]},
)
CHANGED = Deed(
    "channel.changed",
    gettext_lazy("Channel changed"),
    lambda detail, about: _("changed the channel “%(what)s” to %(to)s") % {"what": about, "to": detail["to"]},
)
SWITCHED = Deed("channel.switched", gettext_lazy("Channel switched"), _switched)
SECRET_RENEWED = Deed(
    "channel.secret_renewed",
    gettext_lazy("Signing secret renewed"),
    lambda _detail, about: _("made a new signing secret for the channel “%(what)s”") % {"what": about},
)
REMOVED = Deed(
    "channel.removed",
    gettext_lazy("Channel removed"),
    lambda detail, about: _("removed the channel “%(what)s” to %(to)s") % {"what": about, "to": detail["to"]},
)
ALL = (ADDED, CHANGED, SWITCHED, SECRET_RENEWED, REMOVED)
