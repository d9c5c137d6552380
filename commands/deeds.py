"""What the deeds of this app read like in the audit trail."""

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from commands.kinds import kind_named
from commands.models import Rules
from staff.deeds import Deed, Detail, register


def _change(detail: Detail) -> str:
    """ "Suspend 312 SIMs (Home)"; a kind nobody knows any more is named as it was."""
    count = int(detail["change"])
    try:
        what = kind_named(detail["kind"]).verb(count)
    except KeyError:
        what = f"{detail['kind']}, {count:,}"
    return f"{what} ({detail['enterprise']})"


def _plan(name: str, label: Any, text: Any) -> Deed:
    """`text` is marked for translation and holds %(change)s."""
    return Deed(name, label, lambda detail, _about: str(text) % {"change": _change(detail)}, "commands:plan")


_CHOICES = {
    "applied": gettext_lazy("decided that an order was applied: %(kind)s, SIM %(giccid)s"),
    "not_applied": gettext_lazy("decided that an order was not applied: %(kind)s, SIM %(giccid)s"),
    "reissue": gettext_lazy("had an order sent again: %(kind)s, SIM %(giccid)s"),
    "look_again": gettext_lazy("had an order's outcome looked at again: %(kind)s, SIM %(giccid)s"),
}


def _decided(detail: Detail, _about: str) -> str:
    kind = kind_named(detail["kind"]).label if detail["kind"] else ""
    return str(_CHOICES[detail["choice"]]) % {"kind": kind, "giccid": detail["giccid"]}


def _label(name: str) -> str:
    """What the form calls a rule; one of an earlier version is named as it was."""
    try:
        return str(getattr(Rules._meta.get_field(name), "verbose_name", name))
    except FieldDoesNotExist:
        return name


def _rules_changed(detail: Detail, about: str) -> str:
    changes = sorted(detail["changes"].items())
    names = ", ".join(f"{_label(name)}: {before} → {after}" for name, (before, after) in changes)
    return _("changed the rules for changes of %(enterprise)s: %(changes)s") % {
        "enterprise": about,
        "changes": names,
    }


def _confirmed(detail: Detail, about: str) -> str:
    words = {"operation": detail["operation"], "enterprise": about, "path": detail["path"]}
    if detail["is_confirmed"]:
        return _("vouched for an undocumented operation of %(enterprise)s: %(operation)s, %(path)s") % words
    return _("no longer vouches for an operation of %(enterprise)s: %(operation)s, %(path)s") % words


def _accepted(detail: Detail, about: str) -> str:
    n = int(detail["sims"])
    text = ngettext(
        "accepted %(n)s SIM of %(enterprise)s as SmartHub shows it",
        "accepted %(n)s SIMs of %(enterprise)s as SmartHub shows them",
        n,
    )
    return text % {"n": f"{n:,}", "enterprise": about}


def register_deeds() -> None:
    """Called once, when the app is ready."""
    register(
        _plan("plan.submit", gettext_lazy("Plan submitted"), gettext_lazy("submitted a plan: %(change)s")),
        _plan("plan.approve", gettext_lazy("Plan approved"), gettext_lazy("approved a plan: %(change)s")),
        _plan("plan.decline", gettext_lazy("Plan declined"), gettext_lazy("declined a plan: %(change)s")),
        _plan(
            "plan.bypass",
            gettext_lazy("Emergency bypass"),
            gettext_lazy("released a plan without a second person: %(change)s"),
        ),
        _plan("plan.pause", gettext_lazy("Plan paused"), gettext_lazy("paused a plan: %(change)s")),
        _plan("plan.resume", gettext_lazy("Plan resumed"), gettext_lazy("resumed a plan: %(change)s")),
        _plan(
            "plan.cancel",
            gettext_lazy("Plan cancelled"),
            gettext_lazy("cancelled what was left of a plan: %(change)s"),
        ),
        Deed("command.decide", gettext_lazy("Outcome decided"), _decided, "commands:detail"),
        Deed("rules.change", gettext_lazy("Rules changed"), _rules_changed),
        Deed("operation.confirm", gettext_lazy("Operation vouched for"), _confirmed),
        Deed("drift.accept", gettext_lazy("Drift accepted"), _accepted),
    )
