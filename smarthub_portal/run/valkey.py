"""An embedded Valkey: the broker and the shared budget of one portal, on a loopback port with a password."""

import secrets
from pathlib import Path

import redis

from smarthub_portal.run.binaries import find_valkey
from smarthub_portal.run.errors import StartError
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
            "set-proc-title": "no",  # writing a title would wipe the mark by which leftovers are found
        }
        return "".join(f"{name} {value}\n" for name, value in lines.items())


def is_ready(url: str, timeout: float = 1.0) -> bool:
    """PING: answered only when the append-only file is loaded. A refused password is for a person to cure."""
    try:
        with redis.Redis.from_url(url, socket_timeout=timeout, socket_connect_timeout=timeout) as client:
            return bool(client.ping())
    except redis.AuthenticationError as error:
        raise StartError(f"Redis refused the password: {error}") from None
    except (redis.RedisError, OSError):
        return False
