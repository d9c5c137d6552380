"""Evidence of an order in sentences people read, oldest first. An entry nobody knows is shown as it stands."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from commands import words
from commands.models import Command

Entry = Mapping[str, Any]


def lines(command: Command) -> list[dict[str, Any]]:
    """[{at (datetime or None), icon, text, note}] of its evidence."""
    entries = command.evidence if isinstance(command.evidence, list) else []
    return [_line(command, entry) for entry in entries if isinstance(entry, dict)]


def _line(command: Command, entry: Entry) -> dict[str, Any]:
    icon, write = _WRITERS.get(str(entry.get("by")), ("file-text", _as_it_stands))
    return {
        "at": _moment(entry.get("at")),
        "icon": icon,
        "text": write(command, entry),
        "note": str(entry.get("note") or ""),
    }


def _moment(text: object) -> datetime | None:
    try:
        found = parse_datetime(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def _baseline(_command: Command, entry: Entry) -> str:
    return _("Before it was sent, the SIM held this plan %(n)s times.") % {"n": entry.get("held", "?")}


def _read(command: Command, entry: Entry) -> str:
    saw = entry.get("saw")
    if saw is None:
        return _("Read: SmartHub's answer does not tell about this SIM.")
    value = words.value_words(command.kind, str(saw)) or _("nothing")
    if command.kind == "supplementary_plan":
        return _("Read: the SIM holds %(value)s on top.") % {"value": value}
    if str(saw) == command.after:
        return _("Read: SIM is now %(value)s.") % {"value": value}
    if str(saw) == command.before:
        return _("Read: SIM is still %(value)s.") % {"value": value}
    return _("Read: SIM is %(value)s.") % {"value": value}


def _job(_command: Command, entry: Entry) -> str:
    return _("Batch job %(job)s told about this SIM.") % {"job": entry.get("jobId") or "?"}


def _task(_command: Command, entry: Entry) -> str:
    text = str(entry.get("error") or "")
    if not text:
        return _("The job's task for this SIM failed; SmartHub did not say why.")
    return _("The job's task for this SIM failed: %(error)s") % {"error": text}


def _change_log(command: Command, entry: Entry) -> str:
    return _("SmartHub's change log: %(entries)s.") % {"entries": _told(command, entry)}


def _change_logs(command: Command, entry: Entry) -> str:
    if entry.get("error"):
        return _("SmartHub's change log could not be asked: %(error)s") % {"error": entry["error"]}
    entries = [item for item in entry.get("entries") or [] if isinstance(item, dict)]
    if not entries:
        return _("SmartHub's change log was asked: it tells of no change.")
    told = "; ".join(_told(command, item) for item in entries)
    return _("SmartHub's change log was asked: %(entries)s.") % {"entries": told}


def _told(command: Command, entry: Entry) -> str:
    before = words.value_words(command.kind, str(entry.get("original") or "–"))
    after = words.value_words(command.kind, str(entry.get("target") or "–"))
    text = f"{entry.get('type') or '?'} {before} → {after}"
    return _("%(change)s (failed)") % {"change": text} if entry.get("has_failed") else text


def _unreadable(_command: Command, entry: Entry) -> str:
    return _("The SIM could not be read: %(error)s") % {"error": entry.get("error") or "?"}


def _reissue(_command: Command, _entry: Entry) -> str:
    return _("Read twice as not applied, so it was queued to be sent again.")


def _person(_command: Command, entry: Entry) -> str:
    texts = {
        "applied": _("%(who)s marked it as applied."),
        "not_applied": _("%(who)s marked it as not applied."),
        "reissue": _("%(who)s had it sent again."),
        "look_again": _("%(who)s had the SIM read again."),
    }
    text = texts.get(str(entry.get("choice")), _("%(who)s decided."))
    return text % {"who": entry.get("who") or "?"}


def _report(_command: Command, entry: Entry) -> str:
    return _("SmartHub was asked about message %(id)s: same SIM, same text, sent at that moment.") % {
        "id": entry.get("smsMsgId") or "?"
    }


def _no_proof(_command: Command, _entry: Entry) -> str:
    return _("No report proved that it was sent, and SmartHub has no way to ask. A person has to decide.")


def _as_it_stands(_command: Command, entry: Entry) -> str:
    return json.dumps(entry, ensure_ascii=False, default=str)[:500]


_WRITERS: dict[str, tuple[str, Callable[[Command, Entry], str]]] = {
    "baseline": ("ruler", _baseline),
    "read": ("eye", _read),
    "job": ("layers", _job),
    "task": ("circle-x", _task),
    "change_log": ("scroll-text", _change_log),
    "change_logs": ("scroll-text", _change_logs),
    "unreadable": ("cloud-off", _unreadable),
    "reissue": ("rotate-cw", _reissue),
    "person": ("user-round", _person),
    "report": ("message-square-check", _report),
    "no_proof": ("circle-question-mark", _no_proof),
}
