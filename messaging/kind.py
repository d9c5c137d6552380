"""An SMS as an order of the ledger: what it says to each SIM, how it is sent, and that only people send one twice."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from commands.fleet import CUSTOM_READ, fleet
from commands.kinds import BadParams, Composed, Danger, Field, Kind, Params, register
from commands.states import MESSAGE
from messaging.models import Policy
from messaging.texts import BadText, TooLong, checked, words_of
from messaging.variables import MissingValue, fill, names_in, strangers

MOST_PARTS = 3
LONGEST_TEMPLATE = 1000
_CUSTOM = {f"custom{number}" for number in range(1, 6)}
_NEVER = "?"


def _clean(params: Params) -> dict[str, Any]:
    """{text, max_parts}; a text without gaps must fit, one with gaps is looked at for each SIM."""
    text, parts = params.get("text"), params.get("max_parts", 1)
    if not isinstance(text, str) or not isinstance(parts, int) or not 1 <= parts <= MOST_PARTS:
        raise BadParams(_("Write a text."))
    if len(text) > LONGEST_TEMPLATE:
        raise BadParams(_("A text has at most %(n)s characters.") % {"n": LONGEST_TEMPLATE})
    if problem := unknown_names(text):
        raise BadParams(problem)
    try:
        # With gaps its own length means little.
        clean = checked(text, LONGEST_TEMPLATE if names_in(text) else parts)
    except (BadText, TooLong) as problem:
        raise BadParams(str(problem)) from None
    return {"text": clean, "max_parts": parts}


def unknown_names(text: str) -> str:
    """What is wrong with the variables of a text, in a sentence for people; empty when nothing is."""
    known = fleet().variable_names()
    unknown = strangers(text, known)
    if not unknown:
        return ""
    words = {"names": ", ".join(f"{{{name}}}" for name in unknown), "known": ", ".join(known)}
    return _("There is no %(names)s. Known are %(known)s, and tag.NAME for a tag written NAME:value.") % words


def _lacking(name: str, values: Mapping[str, str]) -> str:
    """A variable that is missing; with a mark a custom field that nobody has ever asked SmartHub for."""
    return name + _NEVER if name in _CUSTOM and CUSTOM_READ not in values else name


def _compose(params: Params, values: Mapping[str, str]) -> Composed:
    try:
        return Composed(checked(fill(params["text"], values), params["max_parts"]))
    except MissingValue as missing:
        return Composed("", "no_variable", ", ".join(_lacking(name, values) for name in missing.names))
    except TooLong as problem:
        return Composed("", "too_long", problem.note)
    except BadText as problem:
        return Composed("", "no_text", problem.note)


def explained(why: str, note: str) -> str:
    """What `_compose` noted, in the reader's language: the plan may have been made in another one."""
    if why == "no_variable":
        return ", ".join(_variable(name) for name in note.split(", "))
    return words_of(note) if why in ("too_long", "no_text") else note


def _variable(noted: str) -> str:
    if (name := noted.removesuffix(_NEVER)) != noted and name in _CUSTOM:
        return _("%(name)s (never read from SmartHub)") % {"name": name}
    return noted


register(
    Kind(
        name=MESSAGE,
        label=_("Send SMS"),
        verb=lambda n: ngettext("Send %(n)s SMS", "Send %(n)s SMS", n) % {"n": f"{n:,}"},
        icon="message-square-text",
        danger=Danger.TICK,
        permission="commands.run",
        operation="send_sms",
        send=lambda client, giccid, params, rid: client.send_sms(
            giccid, message_text=params["after"], request_id=rid
        ),
        current=lambda _payload, _params: None,
        wanted=lambda _params: "",
        shows=lambda _payload, _params, _baseline: None,
        clean=_clean,
        compose=_compose,
        explain=explained,
        read="answer",
        reply_id="smsMsgId",
        form_route="messages:bulk",
        fields=(Field("text", _("Text"), "text"),),
        may_reissue=False,
    )
)


def policy_of(enterprise_id: int) -> Policy:
    """The enterprise's own, or the defaults."""
    return Policy.objects.filter(pk=enterprise_id).first() or Policy(pk=enterprise_id)
