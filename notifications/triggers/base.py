"""The grammar of triggers. Two kinds: those asked about events as they come, those that look how things stand."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from notifications.models import Event, Rule

MOST_STANDING = 20_000
"""So many subjects a rule about how things stand keeps track of; the title says when there were more."""


class BadRule(Exception):
    """What a person asked a rule to be can't be; a sentence that says what to do."""


@dataclass(frozen=True)
class Match:
    """One fact a rule waited for. `cause` groups, `subject` (within it) tells apart, `facts` make the title."""

    subject: str
    cause: str
    facts: Mapping[str, Any]
    happened_at: datetime
    giccid: str = ""
    event_id: int | None = None
    verdict: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Param:
    """A parameter of a trigger. Without `choices` a whole number between `least` and `most`.

    `many`: any number of the choices, as a list; `text`: words separated by commas, as a list, none allowed;
    `line`: one line of at most `most` characters.
    """

    name: str
    label: str | Promise
    default: Any
    choices: Sequence[tuple[str, str | Promise]] = ()
    many: bool = False
    text: bool = False
    line: bool = False
    is_needed: bool = False
    switch: bool = False
    least: int = 1
    most: int = 1_000
    unit: str | Promise = ""
    help: str | Promise = ""

    def clean(self, value: Any) -> Any:
        """As it is stored. Raises `BadRule`."""
        if self.switch:
            return value in (True, "on", "true", "1")
        if self.text:
            return _words(value)
        if self.line:
            return " ".join(str(value or "").replace("\0", "").split())[: self.most]
        if self.choices:
            return self._chosen(value)
        return self._number(value)

    def _chosen(self, value: Any) -> Any:
        allowed = {key for key, _label in self.choices}
        if not self.many:
            if value not in allowed:
                raise BadRule(_("Choose one: %(name)s.") % {"name": self.label})
            return value
        chosen = [key for key, _label in self.choices if isinstance(value, list | tuple) and key in value]
        if not chosen:
            raise BadRule(_("Choose at least one: %(name)s.") % {"name": self.label})
        return chosen

    def _number(self, value: Any) -> int:
        text = str(value).strip()
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
        if not self.least <= number <= self.most:
            words = {"name": self.label, "least": self.least, "most": self.most}
            raise BadRule(_("%(name)s: a whole number from %(least)s to %(most)s.") % words)
        return number


def _words(value: Any) -> list[str]:
    parts = value if isinstance(value, list | tuple) else re.split("[,，、]", str(value or ""))
    words = [str(part).strip().replace("\0", "")[:100] for part in parts]
    return [word for word in words if word][:20]


class Trigger:
    """One kind. Subclasses set the class's facts and either `among` or `standing`."""

    key: ClassVar[str]
    label: ClassVar[str | Promise]
    icon: ClassVar[str]
    about: ClassVar[str | Promise]
    params: ClassVar[tuple[Param, ...]] = ()
    interval: ClassVar[timedelta | None] = None
    """How often it is looked at; None: it is asked about events."""
    names_sims: ClassVar[bool] = True
    """Whether a scope and a suspension make sense."""
    may_suspend: ClassVar[bool] = True
    """Whether what it finds can be read at all; what can't never leads to a command."""

    @property
    def is_about_events(self) -> bool:
        return self.interval is None

    def clean(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Its parameters as they are stored. Raises `BadRule`."""
        return {param.name: param.clean(params.get(param.name, param.default)) for param in self.params}

    def among(self, rule: Rule, events: Sequence[Event]) -> list[Match]:
        """Of these events of the rule's enterprise those that match, whatever SIM they are about."""
        raise NotImplementedError

    def standing(self, rule: Rule, now: datetime) -> Iterable[Match]:
        """What is so now, for the rule's SIMs."""
        raise NotImplementedError

    def past(self, rule: Rule, since: datetime, now: datetime) -> Iterable[Match]:
        """What would have matched since then, as far as it was stored; for the trial of a rule."""
        return [match for match in self.standing(rule, now) if match.happened_at >= since]

    def title(self, facts: Mapping[str, Any], count: int) -> str:
        """The cause in one sentence, in the reader's language."""
        raise NotImplementedError

    def sentence(self, params: Mapping[str, Any]) -> str:
        """What the rule waits for, in the reader's language."""
        raise NotImplementedError

    def name_of(self, subject: str, detail: Mapping[str, Any]) -> str:
        """What an occurrence about no SIM is called, in the reader's language."""
        return subject

    def met(self, detail: Mapping[str, Any]) -> str:
        """What was met about one subject, in the reader's language."""
        return ", ".join(str(value) for value in detail.values() if value not in (None, ""))

    def tag_of(self, params: Mapping[str, Any]) -> str:
        """The tag it puts on SIMs; empty for none."""
        return ""

    def icon_of(self, params: Mapping[str, Any]) -> str:
        """Its icon with these parameters."""
        return self.icon


TRIGGERS: dict[str, Trigger] = {}


def register(trigger: type[Trigger]) -> type[Trigger]:
    """As a decorator of the class."""
    TRIGGERS[trigger.key] = trigger()
    return trigger


def trigger_of(rule: Rule) -> Trigger:
    return TRIGGERS[rule.trigger]
