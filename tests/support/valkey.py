"""A Valkey of one's own, to be frozen, killed and wiped; and a client as the portal makes it."""

import signal
import subprocess
import tempfile
import time
from types import TracebackType
from typing import Self

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from smarthub_portal.run.binaries import find_valkey
from tests.support.sandbox import die_with_parent, free_port


def connect(url: str, seconds: float = 0.2) -> "redis.Redis":
    """Every call ends within `seconds`; one new try when the connection turns out to be dead."""
    return redis.Redis.from_url(
        url,
        socket_timeout=seconds,
        socket_connect_timeout=seconds,
        decode_responses=True,
        retry=Retry(NoBackoff(), 1, (redis.ConnectionError,)),
    )


class OwnValkey:
    """`with OwnValkey() as valkey: connect(valkey.url)`."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="valkey-")
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> Self:
        options = {"port": self.port, "bind": "127.0.0.1", "save": "", "appendonly": "no", "daemonize": "no"}
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        self.process = subprocess.Popen(
            [str(find_valkey()), *words],
            cwd=self.folder.name,
            stdout=subprocess.DEVNULL,
            preexec_fn=die_with_parent,
        )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                connect(self.url).ping()
                return self
            except redis.RedisError:
                time.sleep(0.02)
        raise TimeoutError("Valkey did not get ready")

    def freeze(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self.folder.cleanup()
