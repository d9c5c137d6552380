"""TCP ports on the loopback: is one free, and which one to take."""

import errno
import secrets
import socket
from pathlib import Path

from smarthub_portal.run.errors import StartError
from smarthub_portal.run.kept import kept, write_private

LOOPBACK = "127.0.0.1"
# Below Linux's range for outgoing connections (32768 and up): not taken by accident between two starts.
CHOICE = range(20_000, 32_000)


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Say whether a server could listen there. SO_REUSEADDR as servers set it: TIME_WAIT does not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True


def free_port() -> int:
    """Pick a free port at random, so that two copies starting together hardly ever pick the same."""
    for _ in range(200):
        port = secrets.choice(CHOICE)
        if is_free(port):
            return port
    raise StartError(f"No free port found between {CHOICE.start} and {CHOICE.stop}: close some programs.")


def remembered_port(path: Path) -> int:
    """Return last time's port while it is still free, else a new one, kept for the next start."""
    port = int(kept(path, lambda: str(free_port())))
    if not is_free(port):
        port = free_port()
        write_private(path, f"{port}\n")
    return port


def require_free(variable: str, port: int, host: str = LOOPBACK) -> None:
    """Refuse a taken port by the name of the setting: granian would share it silently."""
    try:
        taken = not is_free(port, host)
    except PermissionError:
        raise StartError(
            f"{variable}={port}: not allowed to listen on this port; choose one above 1023."
        ) from None
    except OSError as error:
        raise StartError(f"{variable}={port}: cannot listen on {host}: {error.strerror}.") from None
    if taken:
        raise StartError(
            f"{variable}={port}: the port is taken by another program; set {variable} to a free one."
        )
