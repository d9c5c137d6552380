"""What the process holds in memory: the two secrets, and the caches' beginnings."""

import hmac

from . import faults, knobs
from .config import Config
from .pushes import targets

_secrets: dict[str, bytes] = {}


def load(settings: Config) -> None:
    """Called once, after the database was opened."""
    _secrets.update(api_key=settings.api_key.encode(), control_token=settings.control_token.encode())
    knobs.load()
    targets.load()
    faults.load()


def is_secret(name: str, given: str | None) -> bool:
    """Whether `given` is the secret called `name`; takes the same time for every wrong guess."""
    return hmac.compare_digest((given or "").encode("utf-8", "surrogateescape"), _secrets[name])
