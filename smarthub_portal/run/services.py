"""What runs beside the two servers: sandbox, web, worker, beat, and the two tasks before them."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from smarthub_portal.run.config import Config
from smarthub_portal.run.ports import LOOPBACK
from smarthub_portal.run.process import Spec

WEB = (
    *("--interface", "wsgi", "--host", LOOPBACK, "--workers", "2", "--blocking-threads", "8"),
    *(
        "--workers-kill-timeout",
        "10",
        "--respawn-failed-workers",
        "--no-access-log",
        "--log-level",
        "warning",
    ),
)
_WORKER = ("--max-tasks-per-child", "1000", "--without-gossip", "--without-mingle", "--without-heartbeat")


@dataclass(frozen=True)
class Services:
    """Makes the specs of our own Python processes."""

    config: Config
    instance: str
    settings: Mapping[str, str]

    def sandbox(self) -> Spec:
        """It imitates another company's platform: it gets its own settings and none of our secrets."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
        for name in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"):
            inherited.pop(name, None)
        own = {name: value for name, value in self.settings.items() if name.startswith("SANDBOX_")}
        return self._spec("sandbox", ("-m", "sandbox"), {**inherited, **own}, stop_seconds=5)

    def web(self) -> Spec:
        """Two processes of eight threads: more would wait for Python's lock and for connections."""
        port = ("--port", str(self.config.portal_port))
        return self._spec("web", ("-m", "granian", *WEB, *port, "smarthub_portal.wsgi:application"))

    def worker(self, queue: str) -> Spec:
        """A stopped task is taken up again from its row, so that ten seconds of patience are enough."""
        name = "worker" if queue == "default" else f"worker-{queue}"
        words = ("worker", "-n", f"{name}@%h", "-Q", queue, "-c", "2", *_WORKER)
        return self._spec(name, ("-m", "celery", "-A", "smarthub_portal", *words))

    def beat(self) -> Spec:
        """It only ticks; its schedule file is made anew at each start."""
        file = str(self.beat_schedule)
        return self._spec("beat", ("-m", "celery", "-A", "smarthub_portal", "beat", "-s", file, "--pidfile="))

    @property
    def beat_schedule(self) -> Path:
        """Where beat notes its last ticks."""
        return self.config.data / "beat-schedule"

    def manage(self, *words: str) -> Spec:
        """Return a management command as a child with a log of its own."""
        return self._spec(words[0], (str(self.config.root / "manage.py"), *words))

    def _spec(
        self,
        name: str,
        words: tuple[str, ...],
        env: Mapping[str, str] | None = None,
        stop_seconds: float = 10,
    ) -> Spec:
        base = {**os.environ, **self.settings} if env is None else env
        return Spec(
            name=name,
            argv=(sys.executable, *words),
            log=self.config.data / "logs" / f"{name}.log",
            instance=self.instance,
            env={**base, "PYTHONUNBUFFERED": "1"},
            cwd=self.config.root,
            stop_seconds=stop_seconds,
        )
