"""SmartHub's moments."""

from datetime import datetime

from mirror.spec import shown_time


def moment(value: object) -> datetime | None:
    """An aware moment out of an answer, one a page can show; None for anything that is none."""
    try:
        return shown_time(value) if isinstance(value, str) else None
    except ValueError:
        return None
