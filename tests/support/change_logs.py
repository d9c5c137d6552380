"""Change logs as a scripted platform tells them."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from smarthub_client.times import format_time


def log(number: int, *, minutes: float = 0, **more: Any) -> dict[str, Any]:
    """A change `minutes` ago of SIM `number`."""
    at = format_time(timezone.now() - timedelta(minutes=minutes))
    entry = {
        "giccid": f"{number:019d}",
        "type": "LOCAL_STATUS",
        "original": "INVENTORY",
        "target": "ACTIVATED",
    }
    return entry | {"createdTime": at, "status": "SUCCESS"} | more


def logs(count: int, *, start: int = 0, minutes: float = 0) -> list[dict[str, Any]]:
    """Newest first, a minute apart."""
    return [log(start + number, minutes=minutes + number) for number in range(count)]
