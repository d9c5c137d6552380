"""Pages about pushes, for `pages.py`."""

from typing import Any

from tests.browser.world import World


def _push(world: World) -> dict[str, object]:
    return {"pk": world.enterprises["main"].pushes.earliest("pk").pk}


def _rule(world: World) -> dict[str, object]:
    return {"pk": world.enterprises["main"].alert_rules.earliest("pk").pk}


def _alert(world: World) -> dict[str, object]:
    return {"pk": world.enterprises["main"].alerts.earliest("pk").pk}


LOOKS: dict[str, dict[str, Any]] = {
    "alerts": {"route": "notifications:home", "person": "operator"},
    "alerts, seen by a viewer": {"route": "notifications:home", "person": "viewer"},
    "no alerts": {"route": "notifications:home", "enterprise": "empty"},
    "alerts, none match": {"route": "notifications:home", "query": "?severity=info&tab=resolved"},
    "alert": {"route": "notifications:alert", "person": "operator", "args": _alert},
    "alert, seen by a viewer": {"route": "notifications:alert", "person": "viewer", "args": _alert},
    "pushes": {"route": "notifications:inbox", "query": "?kind=sim-status"},
    "pushes, seen by a viewer": {"route": "notifications:inbox", "person": "viewer"},
    "no pushes": {"route": "notifications:inbox", "enterprise": "empty"},
    "push": {"route": "notifications:push", "args": _push},
    "alert rules": {"route": "notifications:rules"},
    "alert rules, none": {"route": "notifications:rules", "enterprise": "empty", "person": "viewer"},
    "new alert rule": {"route": "notifications:rule-new"},
    "new alert rule about pushes": {
        "route": "notifications:rule-make",
        "args": lambda _world: {"start": "event"},
    },
    "alert rule": {"route": "notifications:rule", "args": _rule},
    "push setup": {"route": "notifications:setup"},
    "push setup, nothing yet": {"route": "notifications:setup", "enterprise": "keyless"},
}
NOT_PAGES = {
    "notifications:alerts-live": "parts of the list of alerts",
    "notifications:alerts-act": "answers a button",
    "notifications:alert-live": "parts of the page of an alert",
    "notifications:alert-sims": "answers a button",
    "notifications:inbox-live": "parts of the inbox",
    "notifications:replay": "answers a button",
    "notifications:replay-dead": "answers a button",
    "notifications:rule-save": "answers a button",
    "notifications:rule-switch": "answers a button",
    "notifications:rule-remove": "answers a button",
    "notifications:setup-make": "answers a button",
    "notifications:setup-test": "answers a button",
    "notifications:setup-rotate": "answers a button",
    "notifications:setup-retire": "answers a button",
    "push": "for machines",
}
