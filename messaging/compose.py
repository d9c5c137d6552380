"""The form below a conversation, and why there is none."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from commands.fleet import fleet
from commands.refusals import Refused
from commands.states import MESSAGE
from messaging import sending, template_texts
from messaging.access import Conversation
from messaging.kind import LONGEST_TEMPLATE, policy_of
from messaging.texts import measure
from staff.models import User

SIM_PAGE = "sim"


class SendForm(forms.Form):
    """`uid` makes a double click one message; `place`: where it was written, for the way back."""

    uid = forms.UUIDField()
    place = forms.ChoiceField(required=False, choices=[("", ""), (SIM_PAGE, "")])
    text = forms.CharField(required=False, strip=False, max_length=LONGEST_TEMPLATE * 4)


def blocked(user: User, talk: Conversation) -> str:
    """Why this person can't write to this SIM now, in a sentence; empty when they can."""
    if not user.has_perm("commands.run"):
        return _("You may read messages; an operator may send some.")
    if talk.card is None:
        return _("SmartHub does not list this SIM any more, or not for you. Nothing can be sent to it.")
    return fleet().why_not(user, talk.giccid, MESSAGE)


def write(user: User, talk: Conversation, data: Any) -> tuple[SendForm, bool]:
    """The form, and whether a second person has to approve the message first; a form with errors was not sent."""
    form = SendForm(data)
    if not form.is_valid():
        if "uid" in form.errors:
            form.add_error("text", _("That form was incomplete. Reload the page and try again."))
        return form, False
    values = form.cleaned_data
    try:
        plan = sending.send(user, talk.enterprise, talk.giccid, text=values["text"], form_uid=values["uid"])
    except Refused as reason:
        form.add_error("text", str(reason))
        return form, False
    return form, plan.state == plan.State.AWAITING


def context(
    user: User, talk: Conversation, place: str = "", form: SendForm | None = None, template: str = ""
) -> dict[str, Any]:
    """What `messaging/_sms_compose.html` needs. A form that was refused keeps its text; else it begins with the one of
    a `template`, filled for this SIM.
    """
    has_errors = form is not None and bool(form.errors)
    # A form that was refused stays, so that its text does; but not for a SIM that is not this person's (any more).
    why_not = "" if has_errors and talk.card is not None else blocked(user, talk)
    templates = [] if why_not else template_texts.choices(talk.enterprise.pk, talk.giccid)
    taken = template_texts.chosen(templates, template)
    text = str(form.data.get("text", "")) if form is not None and has_errors else taken.text if taken else ""
    return {
        "templates": templates,
        "taken": template,
        "talk": talk,
        "blocked": why_not,
        "place": place,
        "text": text,
        "errors": form.errors.get("text", []) if form is not None else [],
        "length": measure(text) if text else None,
        "parts": policy_of(talk.enterprise.pk).max_parts,
        "uid": uuid.uuid4(),
    }
