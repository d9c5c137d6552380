"""A SIM wrote a word. Nothing of that can be read back, so it never leads to a command."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from messaging.models import Message
from notifications import keywords
from notifications.models import Event, Rule
from notifications.triggers.base import BadRule, Match, Param, Trigger, register

_MOST_PAST = 200_000
_SHOWN = 200
_HOW = [
    (keywords.FIRST, gettext_lazy("As the first word")),
    (keywords.ANYWHERE, gettext_lazy("Anywhere, as a word")),
    (keywords.WHOLE, gettext_lazy("Nothing but the word")),
]


@register
class KeywordTrigger(Trigger):
    key = "keyword"
    label = gettext_lazy("A SIM writes a word")
    icon = "message-square-quote"
    about = gettext_lazy(
        "A message from a SIM holds a word. Such messages can't be verified, so nothing is ordered."
    )
    may_suspend = False
    params = (
        Param(
            "words",
            gettext_lazy("Words"),
            [],
            text=True,
            is_needed=True,
            help=gettext_lazy("Such as SOS, HELP. Upper and lower case are the same, in every script."),
        ),
        Param("how", gettext_lazy("Where they stand"), keywords.FIRST, choices=_HOW),
        Param(
            "tag",
            gettext_lazy("Put this tag on the SIM"),
            "",
            line=True,
            most=60,
            help=gettext_lazy("Made if there is none of that name. Empty: no tag. Tags stay in the portal."),
        ),
    )

    def clean(self, params: Mapping[str, Any]) -> dict[str, Any]:
        cleaned = super().clean(params)
        by_pieces: dict[tuple[str, ...], str] = {}
        for word in cleaned["words"]:
            own = keywords.pieces(word)
            if not own:
                raise BadRule(_("“%(word)s” has neither letters nor digits.") % {"word": word})
            by_pieces.setdefault(own, word)
        if not by_pieces and "words" in params:
            raise BadRule(_("Write at least one word."))
        return cleaned | {"words": list(by_pieces.values())}

    def among(self, rule: Rule, events: Sequence[Event]) -> list[Match]:
        """Of an event's push that is no message of its own (told before under the same id) nothing is heard again."""
        told = {event.push_id: event for event in events if event.kind == "mo-sms" and event.giccid}
        if not told:
            return []
        rows = Message.objects.filter(enterprise=rule.enterprise_id, push_id__in=list(told)).order_by(
            "push_id"
        )
        return [
            match
            for row in rows
            if row.push_id is not None and (match := _heard(rule, row, told[row.push_id].pk))
        ]

    def past(self, rule: Rule, since: datetime, now: datetime) -> Iterable[Match]:
        rows = Message.objects.filter(enterprise=rule.enterprise_id, direction=Message.Direction.MO)
        rows = rows.filter(at__gte=since, at__lte=now).order_by("at", "pk")
        heard = (_heard(rule, row) for row in rows[:_MOST_PAST].iterator(chunk_size=2000))
        return (match for match in heard if match)

    def title(self, facts: Mapping[str, Any], count: int) -> str:
        text = ngettext("%(n)s SIM wrote “%(word)s”", "%(n)s SIMs wrote “%(word)s”", count)
        return text % {"n": f"{count:,}", "word": facts["word"]}

    def sentence(self, params: Mapping[str, Any]) -> str:
        words = ", ".join(params.get("words", []))
        how = dict(_HOW).get(params.get("how", ""), "")
        told = f"{how}: {words}" if words else str(how)
        tag = self.tag_of(params)
        return _("%(what)s; puts the tag “%(tag)s” on it") % {"what": told, "tag": tag} if tag else told

    def met(self, detail: Mapping[str, Any]) -> str:
        return str(detail.get("text") or "")

    def tag_of(self, params: Mapping[str, Any]) -> str:
        return str(params.get("tag") or "")


def _heard(rule: Rule, message: Message, event_id: int | None = None) -> Match | None:
    """The first of the rule's words that the message holds."""
    text = keywords.pieces(message.text)
    for word in rule.params["words"]:
        own = keywords.pieces(word)
        if keywords.holds(text, own, rule.params["how"]):
            return Match(
                subject=message.giccid,
                cause=" ".join(own)[:300],
                facts={"word": word},
                happened_at=message.at,
                giccid=message.giccid,
                event_id=event_id,
                verdict=str(Event.Verdict.UNVERIFIED),
                detail={"text": message.text[:_SHOWN]},
            )
    return None
