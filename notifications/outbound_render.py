"""What is sent, by the kind of channel: rendered once, when it happens, so that every try says the same.

Webhook: the body Standard Webhooks recommends (`type`, `timestamp`, `data`). Chat: `{"text": …}`, which Slack and
those compatible with it take. Teams: a message with one Adaptive Card, which is all that its Workflows take; the older
connectors with their `text` are being switched off. Texts go into plain runs, where no markup is read.
"""

import json
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from notifications.models import Channel

if TYPE_CHECKING:
    from notifications.outbound import Message

MOST_TEXT = 3000  # Slack cuts at 4,000 characters, Teams at 28 KB
_MOST_FACTS = 12


def render(kind: str, message: "Message", url: str) -> str:
    """`url`: the whole address of the page about it, or empty."""
    return clean(_RENDERERS[Channel.Kind(kind)](message, url))


def clean(text: str) -> str:
    """Without NUL and halves of characters, which neither PostgreSQL nor UTF-8 can hold."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _webhook(message: "Message", url: str) -> str:
    data = {
        "title": message.title,
        "text": message.text[:MOST_TEXT],
        "severity": message.severity,
        "url": url,
        "facts": message.facts,
    }
    return _dump({"type": message.kind, "timestamp": message.occurred_at.isoformat(), "data": data})


def _chat(message: "Message", url: str) -> str:
    lines = [f"*{_slack(message.title)}*", _slack(message.text[:MOST_TEXT])]
    lines += [_slack(f"{name}: {value}") for name, value in _facts(message.facts)]
    lines += [f"<{_slack(url)}|{_slack(_('Open in the portal'))}>"] if url else []
    return _dump({"text": "\n".join(line for line in lines if line)})


def _slack(text: str) -> str:
    """Slack's own three escapes: a label such as <!channel> must not call everybody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _teams(message: "Message", url: str) -> str:
    blocks = [_runs(message.title, weight="Bolder", size="Medium"), _runs(message.text[:MOST_TEXT])]
    blocks += [_runs(f"{name}: {value}") for name, value in _facts(message.facts)]
    card: dict[str, Any] = {
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [block for block in blocks if block],
    }
    if url:
        card["actions"] = [{"type": "Action.OpenUrl", "title": _("Open in the portal"), "url": url}]
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return _dump({"type": "message", "summary": message.title, "attachments": [attachment]})


def _runs(text: str, **style: str) -> dict[str, Any]:
    """Unlike a TextBlock, a run does not read Markdown."""
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}]} if text else {}


def _email(message: "Message", url: str) -> str:
    lines = [message.text[:MOST_TEXT], ""] if message.text else []
    lines += [f"{name}: {value}" for name, value in _facts(message.facts)]
    lines += ["", url] if url else []
    return "\n".join(lines).strip() + "\n"


def _facts(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The simple ones, a few: programs get all of them, people read."""
    simple = [(name, value) for name, value in facts.items() if isinstance(value, str | int | float)]
    return [(name, str(value)[:200]) for name, value in simple[:_MOST_FACTS]]


def _dump(value: Any) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    """What JSON can say; a message is never held up because of a fact it can't."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value)


_RENDERERS: dict[Channel.Kind, Callable[["Message", str], str]] = {
    Channel.Kind.WEBHOOK: _webhook,
    Channel.Kind.CHAT: _chat,
    Channel.Kind.TEAMS: _teams,
    Channel.Kind.EMAIL: _email,
}
