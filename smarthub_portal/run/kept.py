"""Small facts a data folder keeps from one start to the next: keys, passwords, ports."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Write atomically with mode 0600: a reader, or a kill in the middle, never meets half a file."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def kept(path: Path, make: Callable[[], str]) -> str:
    """Return the line kept in `path`, made and stored on first use. An empty file counts as none."""
    text = path.read_text(encoding="utf-8").strip() if path.exists() else ""
    if not text:
        text = make()
        write_private(path, text + "\n")
    return text
