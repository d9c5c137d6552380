"""What a change says to people: values of a SIM before and after, in their words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from commands.kinds import Kind, Text, kind_named
from commands.states import MESSAGE
from common.statuses import SIM_LOOKS, STATE_LOOKS


def kind_label(name: str) -> Text:
    """ "Suspend"; a kind that was taken out of the registry keeps its name."""
    try:
        return kind_named(name).label
    except KeyError:
        return name


def value_words(kind_name: str, value: str) -> str:
    """A value as it stands in `before`, `after` or a piece of evidence."""
    if kind_name == "apn_status" and value.lower() in STATE_LOOKS:
        return str(STATE_LOOKS[value.lower()].label)
    look = SIM_LOOKS.get(value) if _changes_status(kind_name) else None
    return str(look.label) if look else value


def change_words(kind_name: str, before: str, after: str, params: Mapping[str, Any]) -> dict[str, str]:
    """{before, after} of a line; empty where it is not known. A package on top or a message has no "before"."""
    if kind_name == MESSAGE:
        return {"before": "", "after": after}
    if kind_name == "supplementary_plan":
        return {"before": "", "after": f"+ {params.get('package', '')}"}
    words = {"before": value_words(kind_name, before), "after": value_words(kind_name, after)}
    if kind_name == "apn_status" and params.get("apn"):
        words["after"] = _("%(apn)s: %(value)s") % {"apn": params["apn"], "value": words["after"]}
    return words


def _changes_status(kind_name: str) -> bool:
    try:
        kind: Kind = kind_named(kind_name)
    except KeyError:
        return False
    return kind.log_types == ("LOCAL_STATUS",)
