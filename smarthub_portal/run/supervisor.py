"""Keeps a set of children alive, shows what they say, and ends them. Knows nothing of what they do."""

import os
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from smarthub_portal.run.backoff import Backoff
from smarthub_portal.run.errors import StartError, StopRequestedError
from smarthub_portal.run.guardian import Guardian
from smarthub_portal.run.logs import Console, last_words, say
from smarthub_portal.run.process import Child, Spec, spawn

TICK_SECONDS = 0.1
HURRY_SECONDS = 0.5


@dataclass
class Service:
    """One child that shall live. `before` clears what a crash may have left behind."""

    spec: Spec
    stage: int
    before: Callable[[], None] | None = None
    child: Child | None = None
    backoff: Backoff = field(default_factory=Backoff)
    start_at: float = 0.0

    @property
    def name(self) -> str:
        """The name in logs and messages."""
        return self.spec.name

    def start(self) -> None:
        """Clear and start."""
        if self.before:
            self.before()
        self.child = spawn(self.spec)


class Supervisor:
    """One thread; signals only set a flag. Stages stop in descending order."""

    def __init__(self, console: Console, guardian: Guardian) -> None:
        self.console = console
        self.guardian = guardian
        self.services: list[Service] = []
        self.stops = 0
        self._reading, self._writing = os.pipe()

    def catch_signals(self) -> None:
        """SIGCHLD only has to wake the loop."""
        for end in (self._reading, self._writing):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._writing, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def _on_stop(self, *_: object) -> None:
        self.stops += 1

    def start(self, spec: Spec, *, stage: int, before: Callable[[], None] | None = None) -> Service:
        """Start a child that shall live until the end."""
        service = Service(spec, stage, before)
        self.console.follow(spec.name, spec.log)
        self.services.append(service)
        service.start()
        return service

    def run_task(self, spec: Spec, *, limit: float) -> None:
        """Run a child to its end; anything but exit code 0 stops the start."""
        size = spec.log.stat().st_size if spec.log.exists() else 0
        self.console.follow(spec.name, spec.log)
        service = Service(spec, stage=9)
        self.services.append(service)  # so that a stop finds it
        service.start()
        self.wait(f"{spec.name} to finish", lambda: not _lives(service), limit, besides=service)
        self.services.remove(service)
        code = service.child.popen.returncode if service.child else 1
        if code != 0:
            reason = last_words(spec.log, size)
            raise StartError(f"{spec.name} failed (exit code {code}): {reason}; read {spec.log}")

    def wait(
        self,
        what: str,
        is_done: Callable[[], bool],
        limit: float,
        *,
        every: float = TICK_SECONDS,
        besides: Service | None = None,
    ) -> None:
        """Wait for a condition while starting: a child that dies now is reported, not restarted."""
        deadline = time.monotonic() + limit
        while not is_done():
            until = time.monotonic() + every
            while time.monotonic() < until:
                self._require_all_alive(besides)
                self._rest(until - time.monotonic())
            if time.monotonic() > deadline:
                raise StartError(f"Waited {limit:.0f} s for {what}; read {self._logs()}")

    def _require_all_alive(self, besides: Service | None) -> None:
        if self.stops:
            raise StopRequestedError
        for service in self.services:
            if service is not besides and not _lives(service):
                reason = last_words(service.spec.log)
                raise StartError(f"{service.name} ended while starting: {reason}; read {service.spec.log}")

    def watch(self) -> None:
        """Keep all alive until someone asks us to stop."""
        while not self.stops:
            self.guardian.ensure()
            for service in self.services:
                self._care(service)
            self._rest()

    def _care(self, service: Service) -> None:
        now = time.monotonic()
        if service.child and not service.child.is_alive:
            child, service.child = service.child, None
            child.signal_group(signal.SIGKILL)  # what it left behind would hold ports and locks
            pause = service.backoff.after(now - child.started_at)
            service.start_at = now + pause
            say(
                f"{service.name} ended ({_ending(child.popen.returncode)}); starting it again in {pause:g} s."
            )
        elif service.child is None and now >= service.start_at:
            try:
                service.start()
            except (OSError, StartError) as error:  # full disk, port taken meanwhile: try again later
                service.start_at = now + service.backoff.after(0)
                say(f"{service.name} could not be started: {error}")

    def stop_all(self, limit: float = 20.0) -> None:
        """Stop stage by stage, all of one stage together; whoever is late is killed."""
        self.console.is_quiet = True
        self.stops = 0
        deadline = time.monotonic() + limit
        for stage in sorted({service.stage for service in self.services}, reverse=True):
            self._stop_stage([s.child for s in self.services if s.stage == stage and s.child], deadline)

    def _stop_stage(self, children: list[Child], deadline: float) -> None:
        begun = time.monotonic()
        for child in children:
            if child.is_alive:
                child.popen.send_signal(child.spec.stop_signal)
        while living := [child for child in children if child.is_alive]:
            hurry = HURRY_SECONDS if self.stops else float("inf")
            now = time.monotonic()
            for child in living:
                if now - begun > min(child.spec.stop_seconds, hurry) or now > deadline:
                    child.signal_group(signal.SIGKILL)
            self._rest()
        for child in children:
            child.signal_group(signal.SIGKILL)

    def _rest(self, seconds: float = TICK_SECONDS) -> None:
        self.console.pump()
        ready, _, _ = select.select([self._reading], [], [], max(0.0, min(seconds, TICK_SECONDS)))
        if ready:
            os.read(self._reading, 4096)

    def _logs(self) -> Path:
        return self.services[0].spec.log.parent if self.services else Path("logs")


def _lives(service: Service) -> bool:
    return service.child is not None and service.child.is_alive


def _ending(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
