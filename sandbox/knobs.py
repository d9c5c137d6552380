"""The sandbox's adjustable behaviour (`/control/settings`), kept in the database."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from . import db


@dataclass(frozen=True)
class Knobs:
    """Delays and windows in seconds. `usage_step_s` 0 freezes usage; `page_base` numbers the first page.

    `push_retry_s`: the wait before each further attempt to deliver a push.
    """

    page_base: int = 0
    rate_limit: int = 5000
    window_s: float = 3600
    reset_style: str = "seconds"
    activation_delay_s: float = 2
    job_delay_s: float = 3
    sms_delay_s: float = 2
    usage_step_s: int = 3600
    push_date_style: str = "number"
    push_retry_s: tuple[float, ...] = (5, 30, 120)
    push_timeout_s: float = 5


class KnobError(ValueError):
    """An unknown setting or a value it cannot take; the message says which."""


_CHOICES: dict[str, tuple[Any, ...]] = {
    "page_base": (0, 1),
    "reset_style": ("seconds", "epoch"),
    "push_date_style": ("number", "digits", "ms", "iso", "mixed"),
}
_LARGEST = {"rate_limit": 10**9, "usage_step_s": 31 * 86_400}
_WHOLE = {"page_base", "rate_limit", "usage_step_s"}
_POSITIVE = {"window_s", "push_timeout_s"}
_MAX_RETRIES = 20

current = Knobs()


def load() -> None:
    """Take over what an earlier process was told."""
    global current
    current = Knobs(**db.get_meta("knobs", {}))


def change(values: dict[str, Any]) -> Knobs:
    """Merge `values` into the settings; KnobError, and no change at all, if one of them is wrong."""
    global current
    for name, value in values.items():
        _check(name, value)
    current = replace(current, **values)
    db.put_meta("knobs", asdict(current))
    return current


def _check(name: str, value: Any) -> None:
    if name not in Knobs.__dataclass_fields__:
        raise KnobError(f"unknown setting {name!r}")
    if name in _CHOICES:
        if isinstance(value, bool) or value not in _CHOICES[name]:
            raise KnobError(f"{name} must be one of {_CHOICES[name]}")
        return
    if name == "push_retry_s":
        if not isinstance(value, list) or len(value) > _MAX_RETRIES:
            raise KnobError(f"{name} must be a list of up to {_MAX_RETRIES} numbers")
        for wait in value:
            _check_number(name, wait)
        return
    _check_number(name, value)


def _check_number(name: str, value: Any) -> None:
    kinds = int if name in _WHOLE else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds):
        raise KnobError(f"{name} must be a {'whole ' if name in _WHOLE else ''}number")
    if not (0 <= value <= _LARGEST.get(name, 86_400 * 366)) or (name in _POSITIVE and value == 0):
        raise KnobError(f"{name} is out of range")
