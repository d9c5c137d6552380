"""Why a SIM is left alone, or what became of its order, in words: one table for pages and files."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WHY: Mapping[str, Promise] = {
    # In a plan.
    "status": _("Not possible from its state"),
    "no_package": _("Its account does not have this package"),
    "no_apn": _("It does not have this APN"),
    "not_here": _("No SIM of this number is known here"),
    # A message in a plan.
    "not_active": _("Only an activated SIM takes messages"),
    "no_variable": _("A value its text needs is missing"),
    "too_long": _("Its text is longer than allowed"),
    "no_text": _("Its text is empty or can't be sent"),
    # Before it was sent.
    "drifted": _("It changed after the plan was made"),
    "cancelled": _("The rest of the plan was cancelled"),
    "declined": _("The plan was not approved"),
    "expired": _("Nobody approved the plan in time"),
    "unconfirmed": _("Not documented by SmartHub, and not confirmed by an administrator"),
    "InvalidArgument": _("Its values can't be sent"),
    # What SmartHub said.
    "illegal_status": _("SmartHub: not possible from its state"),
    "missing": _("SmartHub does not know this SIM or value"),
    "missing_field": _("SmartHub: a value is missing"),
    "invalid": _("SmartHub: a value is not valid"),
    "already_exists": _("SmartHub: it is there already"),
    "task_failed": _("Its task in the batch failed"),
    "reported_failed": _("SmartHub's change log says that it failed"),
    "Forbidden": _("SmartHub forbids it"),
    "BadRequest": _("SmartHub did not understand the request"),
    "ValidationFailed": _("SmartHub refused it"),
    "NotFound": _("SmartHub does not know this SIM or value"),
    "UnexpectedStatus": _("SmartHub answered something unexpected"),
}
"""Codes of `Command.why`. SmartHub's own are an open enumeration: one that is missing here is shown as it came."""

OF_GROUP: Mapping[str, Promise] = {
    "already": _("It is like that already"),
    "protected": _("Somebody protected it from changes"),
    "unknown": _("Not among your SIMs, or removed"),
    "not_allowed": _("Not allowed"),
}
"""For lines whose group says it all."""


def why_text(why: str, group: str) -> str:
    """Words for a line of a plan; empty when there is nothing to explain."""
    known = WHY.get(why) if why else OF_GROUP.get(group)
    return why if known is None else str(known)
