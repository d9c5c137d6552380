"""All tables of this app, by what they are about."""

from notifications.push_models import Event, Push, PushAddress, ReadPace, Refusal

__all__ = ["Event", "Push", "PushAddress", "ReadPace", "Refusal"]
