"""What is done to push addresses, as the audit trail tells it."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from staff.deeds import Deed

ROTATED = Deed(
    "push_address.rotated",
    gettext_lazy("Push address renewed"),
    lambda _detail, about: _("made a new push address: %(what)s") % {"what": about},
)
RETIRED = Deed(
    "push_address.retired",
    gettext_lazy("Push address ended"),
    lambda _detail, about: _("ended a former push address: %(what)s") % {"what": about},
)
