"""All tables of this app, by what they are about."""

from notifications.alert_models import Alert, AlertStep, Occurrence
from notifications.channel_models import Channel, Delivery, DeliveryAttempt
from notifications.push_models import Event, Push, PushAddress, ReadPace, Refusal
from notifications.rule_models import Execution, Rule, Severity

__all__ = [
    "Alert",
    "AlertStep",
    "Channel",
    "Delivery",
    "DeliveryAttempt",
    "Event",
    "Execution",
    "Occurrence",
    "Push",
    "PushAddress",
    "ReadPace",
    "Refusal",
    "Rule",
    "Severity",
]
