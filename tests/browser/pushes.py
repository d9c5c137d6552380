"""Pages about pushes, for `pages.py`."""

from typing import Any

from tests.browser.world import World


def _push(world: World) -> dict[str, object]:
    return {"pk": world.enterprises["main"].pushes.earliest("pk").pk}


LOOKS: dict[str, dict[str, Any]] = {
    "pushes": {"route": "notifications:inbox", "query": "?kind=sim-status"},
    "pushes, seen by a viewer": {"route": "notifications:inbox", "person": "viewer"},
    "no pushes": {"route": "notifications:inbox", "enterprise": "empty"},
    "push": {"route": "notifications:push", "args": _push},
    "push setup": {"route": "notifications:setup"},
    "push setup, nothing yet": {"route": "notifications:setup", "enterprise": "keyless"},
}
NOT_PAGES = {
    "notifications:home": "leads to the inbox",
    "notifications:replay": "answers a button",
    "notifications:replay-dead": "answers a button",
    "notifications:setup-make": "answers a button",
    "notifications:setup-rotate": "answers a button",
    "notifications:setup-retire": "answers a button",
    "push": "for machines",
}
