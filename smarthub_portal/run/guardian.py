"""A second process that outlives a killed supervisor just long enough to see that nothing else does."""

import os
import signal
from pathlib import Path

from smarthub_portal.run import leftovers, runenv

GRACE_SECONDS = 10.0


class Guardian:
    """Forked from the supervisor. It waits at a pipe that the kernel closes when the supervisor dies.

    It keeps the inherited lock on the data folder until all is gone: a new start waits for it. By then the
    kernel has told every child to stop (PDEATHSIG); the guardian's part is what those left or ignored.
    """

    def __init__(self, instance: str, data: Path) -> None:
        self.instance = instance
        self.data = data
        self.pid = 0
        self._end = -1

    def start(self) -> None:
        """Fork. Call only while this process has one thread."""
        reading, self._end = os.pipe()
        self.pid = os.fork()
        if self.pid:
            os.close(reading)
            return
        os.close(self._end)
        self._keep_watch(reading)

    def ensure(self) -> None:
        """Start another one if someone killed it."""
        if self.pid and os.waitpid(self.pid, os.WNOHANG) != (0, 0):
            os.close(self._end)
            self.start()

    def dismiss(self) -> None:
        """After a clean stop: it finds nothing to do and goes."""
        if self.pid:
            os.close(self._end)
            os.waitpid(self.pid, 0)
            self.pid = 0

    def _keep_watch(self, reading: int) -> None:
        try:
            os.setsid()
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            quiet = os.open(os.devnull, os.O_RDWR)
            for standard in (0, 1, 2):
                os.dup2(quiet, standard)
            os.read(reading, 1)
            leftovers.end(self.instance, self.data / "postgres" / "data", GRACE_SECONDS)
            runenv.path_of(self.data).unlink(missing_ok=True)
        finally:
            os._exit(0)
