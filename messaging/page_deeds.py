"""What the deeds of this app read like in the audit trail."""

from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.models import Policy
from staff.deeds import Deed, Detail


def _label(name: str) -> str:
    """What the form calls a setting; one of an earlier version is named as it was."""
    try:
        return str(getattr(Policy._meta.get_field(name), "verbose_name", name))
    except FieldDoesNotExist:
        return name


def _changed(detail: Detail, about: str) -> str:
    pairs = sorted(detail["changes"].items())
    names = ", ".join(f"{_label(name)}: {_shown(old)} → {_shown(new)}" for name, (old, new) in pairs)
    return _("changed the SMS settings of %(enterprise)s: %(changes)s") % {
        "enterprise": about,
        "changes": names,
    }


def _shown(value: object) -> str:
    return "–" if value in (None, "") else str(value)


ALL = (
    Deed("sms_policy.change", gettext_lazy("Changed SMS settings"), _changed),
    Deed(
        "sms_template.save",
        gettext_lazy("Wrote an SMS template"),
        lambda detail, about: (
            _("wrote the SMS template “%(name)s” of %(enterprise)s: %(text)s")
            % {"name": about, "enterprise": detail["enterprise"], "text": detail["text"]}
        ),
    ),
    Deed(
        "sms_template.remove",
        gettext_lazy("Removed an SMS template"),
        lambda detail, about: (
            _("removed the SMS template “%(name)s” of %(enterprise)s")
            % {"name": about, "enterprise": detail["enterprise"]}
        ),
    ),
)
