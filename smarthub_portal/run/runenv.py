"""PORTAL_DATA/run.env: the settings of the running portal, so that a second terminal just works."""

import os
import shlex
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from smarthub_portal.run.errors import StartError
from smarthub_portal.run.kept import write_private
from smarthub_portal.run.lock import is_held


def path_of(data: Path) -> Path:
    """Return where the file lies."""
    return data / "run.env"


def dump(settings: Mapping[str, str]) -> str:
    """Quote so that `. run.env` in a shell and `load` both give back the same values."""
    for name, value in settings.items():
        if "\n" in value or "\0" in value:
            raise StartError(f"{name} must be a single line.")
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in sorted(settings.items()))


def parse(text: str) -> dict[str, str]:
    """The inverse of `dump`."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    pairs = [line.partition("=") for line in lines]
    return {name: "".join(shlex.split(value)) for name, _, value in pairs}


def write(data: Path, settings: Mapping[str, str]) -> None:
    """Put the file in place in one step, mode 0600."""
    write_private(path_of(data), dump(settings))


def load(data: Path, environ: MutableMapping[str, str] = os.environ) -> bool:
    """Add the running portal's settings to the environment, whose own values win.

    A file that outlived its portal (a kill -9) is ignored: its ports may be others' by now.
    """
    path = path_of(data)
    try:
        if not path.exists() or not is_held(data):
            return False
        settings = parse(path.read_text(encoding="utf-8"))
    except PermissionError:
        return False
    for name, value in settings.items():
        environ.setdefault(name, value)
    return True
