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
RULE_SAVED = Deed(
    "alert_rule.saved",
    gettext_lazy("Alert rule saved"),
    lambda _detail, about: _("saved the alert rule “%(what)s”") % {"what": about},
)
RULE_SWITCHED = Deed(
    "alert_rule.switched",
    gettext_lazy("Alert rule switched"),
    lambda detail, about: (
        (
            _("switched the alert rule “%(what)s” on")
            if detail.get("is_enabled")
            else _("switched the alert rule “%(what)s” off")
        )
        % {"what": about}
    ),
)
RULE_REMOVED = Deed(
    "alert_rule.removed",
    gettext_lazy("Alert rule removed"),
    lambda _detail, about: _("removed the alert rule “%(what)s”") % {"what": about},
)
