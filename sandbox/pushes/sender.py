"""The thread that delivers: at least once, with retries, and across restarts.

One thread alone reads and writes the table, and lets due changes take effect so that they are told of without
a request coming in. A few others only post. What was being sent when the process ended is sent again.
"""

import json
import queue
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sandbox import db, effects, knobs
from sandbox.answers import Json
from sandbox.call import dump

from . import bodies, table, targets
from .client import Client

POSTERS = 16
_BUSY_S, _IDLE_S, _TROUBLE_S = 0.005, 0.05, 1.0


@dataclass(frozen=True)
class Attempt:
    """How one attempt went. `status` is None without an answer."""

    push: db.Row
    status: int | None
    error: str | None

    @property
    def is_delivered(self) -> bool:
        """Only 2xx counts; a redirect is not followed."""
        return self.status is not None and 200 <= self.status < 300


class Sender:
    """`start` it once; `stop` waits for what is being written, not for what is being posted."""

    def __init__(self) -> None:
        self._todo: queue.SimpleQueue[db.Row | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Attempt] = queue.SimpleQueue()
        self._sending: set[int] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="push-sender", daemon=True)

    def start(self) -> None:
        """Start all threads. They are daemons: nothing they wait for holds up the end."""
        for number in range(POSTERS):
            threading.Thread(target=self._post_all, name=f"push-{number}", daemon=True).start()
        self._thread.start()

    def stop(self) -> None:
        """Record what was answered, and end."""
        self._stopping.set()
        for _ in range(POSTERS):
            self._todo.put(None)
        self._thread.join(timeout=1)

    def _run(self) -> None:
        pause = _IDLE_S
        while not self._stopping.wait(pause):
            try:
                pause = _BUSY_S if self._step() else _IDLE_S
            except Exception:  # noqa: BLE001 - whatever happens, the next push must still be sent
                traceback.print_exc()
                pause = _TROUBLE_S
        self._record()

    def _step(self) -> bool:
        """One turn; whether there was anything to do."""
        now = time.time()
        effects.settle(now)
        self._record()
        self._hand_out(now)
        return bool(self._sending)

    def _hand_out(self, now: float) -> None:
        """Never more than there are posters: a push waits in the table, not in memory."""
        if len(self._sending) == POSTERS:
            return
        for push in table.due(now, POSTERS):
            if push["id"] not in self._sending and len(self._sending) < POSTERS:
                self._sending.add(push["id"])
                self._todo.put(push)

    def _record(self) -> None:
        attempts = []
        while not self._done.empty():
            attempts.append(self._done.get())
        if not attempts:
            return
        now = time.time()
        sql = (
            "UPDATE push SET attempts = attempts + 1, status = ?, due_at = ?, last_status = ?, last_error = ?"
            " WHERE id = ?"
        )
        with db.transaction() as connection:
            connection.executemany(sql, [_outcome(attempt, now) for attempt in attempts])
        self._sending.difference_update(attempt.push["id"] for attempt in attempts)

    def _post_all(self) -> None:
        client = Client()
        while (push := self._todo.get()) is not None:
            self._done.put(_attempt(client, push))


def _attempt(client: Client, push: db.Row) -> Attempt:
    chosen = targets.current
    url = chosen.urls.get(push["kind"])
    if url is None:
        return Attempt(push, None, "no target")
    try:
        payload = dump(_signed(push, chosen.key)).encode()
        status = client.post(targets.address(url), payload, knobs.current.push_timeout_s)
    except Exception as problem:  # noqa: BLE001 - a poster that dies would keep its push for ever
        return Attempt(push, None, type(problem).__name__)
    return Attempt(push, status, None)


def _signed(push: db.Row, key: str) -> Json:
    """What is posted now: the body with the signature of this second."""
    style, seconds = knobs.current.push_date_style, int(time.time())
    if style == "mixed":
        style = bodies.DATE_STYLES[(push["id"] + push["attempts"]) % len(bodies.DATE_STYLES)]
    key = f"{key}?" if push["forged"] == "signature" else key
    signed = {"signature": bodies.signature(key, seconds), "datePush": bodies.date_push(seconds, style)}
    return {**json.loads(push["body"]), **signed}


def _outcome(attempt: Attempt, now: float) -> tuple[str, float, int | None, str | None, int]:
    """(status, due_at, last_status, last_error, id). A forger does not try again when he is refused."""
    push, waits = attempt.push, knobs.current.push_retry_s
    if attempt.is_delivered:
        status, due_at = "delivered", push["due_at"]
    elif push["forged"] == "signature" or attempt.error == "no target" or push["attempts"] >= len(waits):
        status, due_at = "failed", push["due_at"]
    else:
        status, due_at = "pending", now + waits[push["attempts"]]
    return status, due_at, attempt.status, attempt.error, push["id"]


@contextmanager
def running() -> Iterator[None]:
    """Deliver while the block runs."""
    sender = Sender()
    sender.start()
    try:
        yield
    finally:
        sender.stop()
