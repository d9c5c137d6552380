"""An embedded Valkey: the broker and the shared budget of one portal, on a loopback port with a password."""

import secrets
import socket
from pathlib import Path
from urllib.parse import unquote, urlsplit

from smarthub_portal.run.binaries import find_valkey
from smarthub_portal.run.kept import kept, write_private
from smarthub_portal.run.ports import LOOPBACK, remembered_port
from smarthub_portal.run.process import Spec


class Valkey:
    """`home` keeps the append-only file, the password and the port."""

    def __init__(self, home: Path, log: Path, instance: str, *, databases: int = 16) -> None:
        self.home = home
        self.log = log
        self.instance = instance
        self.databases = databases
        self.port = 0
        self.password = ""

    def url(self, database: int = 0) -> str:
        """Celery and redis-py both read the password without a user name."""
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/{database}"

    def prepare(self) -> Spec:
        """Choose the port and write the configuration; the password stays out of the process list."""
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.password = kept(self.home / "password", lambda: secrets.token_urlsafe(24))
        self.port = remembered_port(self.home / "port")
        config = self.home / "valkey.conf"
        write_private(config, self._configuration())
        # Run inside its folder and name the file relatively: no quoting of blanks in the path.
        return Spec(
            "valkey",
            (str(find_valkey()), config.name),
            self.log,
            self.instance,
            {},
            self.home,
            stop_seconds=5,
        )

    def _configuration(self) -> str:
        """Lose at most a second (everysec), refuse rather than drop (noeviction), load a cut file."""
        lines = {
            "bind": LOOPBACK,
            "port": self.port,
            "requirepass": self.password,
            "daemonize": "no",
            "databases": self.databases,
            "appendonly": "yes",
            "appendfsync": "everysec",
            "aof-load-truncated": "yes",
            "save": '""',
            "maxmemory-policy": "noeviction",
            "dir": ".",
        }
        return "".join(f"{name} {value}\n" for name, value in lines.items())


def is_ready(url: str, timeout: float = 1.0) -> bool:
    """PING by hand (RESP): ready only when the append-only file is loaded. Raises nothing."""
    parts = urlsplit(url)
    words = [b"PING\r\n"]
    if parts.password:
        user = [unquote(parts.username)] if parts.username else []
        words.insert(0, _command("AUTH", *user, unquote(parts.password)))
    try:
        with socket.create_connection((parts.hostname or LOOPBACK, parts.port or 6379), timeout) as link:
            link.settimeout(timeout)
            link.sendall(b"".join(words))
            answer = b""
            while b"\n" not in answer or answer.count(b"\r\n") < len(words):
                piece = link.recv(1024)
                if not piece:
                    return False
                answer += piece
    except OSError:
        return False
    return answer.endswith(b"+PONG\r\n")


def _command(*words: str) -> bytes:
    parts = [f"${len(word.encode())}\r\n{word}\r\n" for word in words]
    return f"*{len(words)}\r\n{''.join(parts)}".encode()
