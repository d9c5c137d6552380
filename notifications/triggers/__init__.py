"""What rules may wait for: each kind of trigger knows its parameters, what matches, and how to say it."""

from notifications.triggers import events, fleet, keyword, orders, pools, silence  # noqa: F401 - they register themselves
from notifications.triggers.base import TRIGGERS, BadRule, Match, Param, Trigger, trigger_of

__all__ = ["TRIGGERS", "BadRule", "Match", "Param", "Trigger", "trigger_of"]
