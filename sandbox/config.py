"""Settings from the environment. Every reader fails loudly and names the variable."""

import os
from dataclasses import dataclass
from pathlib import Path


class ConfigError(Exception):
    """A setting is absent or unusable; the message names the variable."""


@dataclass(frozen=True)
class Config:
    """What one sandbox process needs to know. `port` 0 is refused: tests choose a free one themselves."""

    port: int
    data: Path
    api_key: str
    control_token: str
    sims: int
    seed: int
    is_logging: bool

    @property
    def database(self) -> Path:
        """The SQLite file; its folder is private because it holds the fleet."""
        return self.data / "sandbox.sqlite3"


def _text(name: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value:
        raise ConfigError(f"{name} is required and not set")
    return value


def _number(name: str, default: int, low: int, high: int) -> int:
    raw = os.environ.get(name, "").strip() or str(default)
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 12 and low <= int(raw) <= high):
        raise ConfigError(f"{name} must be a whole number from {low} to {high}, not {raw!r}")
    return int(raw)


def read(*, is_serving: bool = True) -> Config:
    """The configuration; building a fleet (`is_serving=False`) needs neither key nor token."""
    return Config(
        port=_number("SANDBOX_PORT", 8001, 1, 65535),
        data=Path(os.environ.get("SANDBOX_DATA", "").strip() or "var/sandbox"),
        api_key=_text("SANDBOX_API_KEY") if is_serving else "",
        control_token=_text("SANDBOX_CONTROL_TOKEN") if is_serving else "",
        sims=_number("SANDBOX_SIMS", 2000, 0, 5_000_000),
        seed=_number("SANDBOX_SEED", 1, 0, 2**31),
        is_logging=os.environ.get("SANDBOX_LOG", "") == "1",
    )
