"""`manage.py run`: everything in order of readiness, until someone stops it."""

import contextlib
import http.client
import shutil
import time
from functools import partial
from pathlib import Path
from typing import TextIO

from smarthub_portal.canary import QUEUES
from smarthub_portal.run import banner, config, database, leftovers, lock, postgres, runenv, valkey
from smarthub_portal.run.errors import StartError, StopRequestedError
from smarthub_portal.run.guardian import Guardian
from smarthub_portal.run.instance import instance_of
from smarthub_portal.run.logs import Console, say, say_error
from smarthub_portal.run.ports import LOOPBACK, require_free
from smarthub_portal.run.services import Services
from smarthub_portal.run.supervisor import Supervisor

SERVER_LIMIT, TASK_LIMIT, READY_LIMIT = 60.0, 600.0, 60.0
# Stopped from the highest to the lowest.
STAGE_DATABASE, STAGE_BROKER, STAGE_SANDBOX, STAGE_WEB, STAGE_WORKER, STAGE_BEAT = range(6)


def run(begun: float | None = None) -> int:
    """Return the exit code: 0 after a stop that was asked for, 1 with one clear line otherwise."""
    begun = time.monotonic() if begun is None else begun
    try:
        settings = config.read()
        lock.open_folder(settings.data)
        with lock.acquire(settings.data) as held:
            return Portal(settings, held, begun).run()
    except StartError as error:
        say_error(f"Error: {error}")
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        say_error(f"Error: {error.strerror or error}{where}: free some space or check the permissions.")
    return 1


class Portal:
    """One run of one data folder, whose lock the caller holds."""

    def __init__(self, settings: config.Config, held: TextIO, begun: float) -> None:
        self.config = settings
        self.lock = held
        self.begun = begun
        self.instance = instance_of(settings.data)
        self.guardian = Guardian(self.instance, settings.data)
        self.supervisor = Supervisor(Console(is_streaming=settings.is_streaming), self.guardian)
        self.database_url = settings.database_url
        self.redis_url = settings.redis_url
        self.env: dict[str, str] = {}

    def run(self) -> int:
        """Start, watch, stop. Nothing is left running, whichever way it ends."""
        self._clear_leftovers()
        self._require_ports()
        self.env = config.effective(self.config, config.keys(self.config))
        self.guardian.start()
        self.supervisor.catch_signals()
        try:
            self._start()
            self.supervisor.console.is_quiet = False
            say(
                banner.text(
                    self.config, self.env.get("PORTAL_DEMO_PASSWORD", ""), time.monotonic() - self.begun
                )
            )
            self.supervisor.watch()
            return 0
        except StopRequestedError:
            return 0
        finally:
            self._stop()

    def _stop(self) -> None:
        say("Stopping …")
        self.supervisor.stop_all()
        leftovers.end(self.instance, self._cluster, grace=0)
        runenv.path_of(self.config.data).unlink(missing_ok=True)
        self.guardian.dismiss()

    @property
    def _cluster(self) -> Path:
        return self.config.data / "postgres" / "data"

    def _clear_leftovers(self) -> None:
        runenv.path_of(self.config.data).unlink(missing_ok=True)
        killed = leftovers.end(self.instance, self._cluster, grace=10)
        if killed:
            say(f"Ended {killed} processes left over from an earlier run.")

    def _require_ports(self) -> None:
        require_free("PORTAL_PORT", self.config.portal_port)
        if self.config.is_demo:
            require_free("SANDBOX_PORT", self.config.sandbox_port)

    def _start(self) -> None:
        self._begin_database()
        self._begin_broker()
        if self.config.is_demo:
            self.supervisor.start(self._services.sandbox(), stage=STAGE_SANDBOX)
        self._await_database()
        self._await_broker()
        self.env |= {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}
        self._clear_metrics()
        runenv.write(self.config.data, self.env)
        self.supervisor.run_task(self._services.manage("migrate", "--noinput"), limit=TASK_LIMIT)
        self._begin_portal()
        self._seed()
        self._await_portal()

    @property
    def _services(self) -> Services:
        return Services(self.config, self.instance, self.env)

    def _begin_database(self) -> None:
        if self.database_url:
            return
        cluster = postgres.Postgres(self.config.data / "postgres", self._log("postgres"), self.instance)
        spec = cluster.prepare()
        self.database_url = cluster.url

        def clear() -> None:
            leftovers.end(None, cluster.data, grace=0)
            cluster.clear_lock()

        self.supervisor.start(spec, stage=STAGE_DATABASE, before=clear)

    def _begin_broker(self) -> None:
        if self.redis_url:
            return
        broker = valkey.Valkey(self.config.data / "valkey", self._log("valkey"), self.instance)
        spec = broker.prepare()
        self.redis_url = broker.url()
        self.supervisor.start(spec, stage=STAGE_BROKER)

    def _await_database(self) -> None:
        if not self.config.database_url:
            self.supervisor.wait("PostgreSQL", partial(postgres.is_ready, self.database_url), SERVER_LIMIT)
        database.ensure(self.database_url)

    def _await_broker(self) -> None:
        limit = 10.0 if self.config.redis_url else SERVER_LIMIT
        self.supervisor.wait("Redis (REDIS_URL)", partial(valkey.is_ready, self.redis_url), limit)

    def _clear_metrics(self) -> None:
        """Files of dead processes would add up to false figures."""
        folder = self.config.data / "metrics"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)

    def _begin_portal(self) -> None:
        services = self._services
        require_free("PORTAL_PORT", self.config.portal_port)
        self.supervisor.start(services.web(), stage=STAGE_WEB)
        for queue in QUEUES:
            self.supervisor.start(services.worker(queue), stage=STAGE_WORKER)
        self.supervisor.start(services.beat(), stage=STAGE_BEAT, before=self._forget_ticks)

    def _forget_ticks(self) -> None:
        """A schedule cut by a kill could not be read. Its files end in .db or .dat and .dir, as Python has it."""
        schedule = self._services.beat_schedule
        for path in schedule.parent.glob(f"{schedule.name}*"):
            path.unlink()

    def _seed(self) -> None:
        """While the web and the workers load: saves two seconds of every start."""
        if not self.config.is_demo:
            return
        is_up = partial(answers, self.config.sandbox_port, "/healthz")
        self.supervisor.wait("the sandbox", is_up, SERVER_LIMIT)
        self.supervisor.run_task(self._services.manage("seed_demo"), limit=TASK_LIMIT)

    def _await_portal(self) -> None:
        is_up = partial(answers, self.config.portal_port, "/readyz")
        self.supervisor.wait("the portal to answer /readyz with 200", is_up, READY_LIMIT, every=0.3)

    def _log(self, name: str) -> Path:
        return self.config.data / "logs" / f"{name}.log"


def answers(port: int, path: str) -> bool:
    """Say whether a GET on this machine is answered with 200."""
    link = http.client.HTTPConnection(LOOPBACK, port, timeout=2)
    with contextlib.closing(link):
        try:
            link.request("GET", path)
            return link.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
