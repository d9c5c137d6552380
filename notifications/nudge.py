"""Wakes the workers from a thread of its own: an acknowledgement never waits for Redis.

However many pushes arrive while one message is on its way, the next message speaks for all of them. A lost one costs
a tick. While no message can be sent, workers wait for Redis, too: then this thread does their work.
"""

import logging
import threading
import time

from django.db import connection

from mirror.wake import line, wake
from notifications import process

TASK = "notifications.take"
logger = logging.getLogger(__name__)
_PAUSE_SECONDS = 0.05
_HERE_SECONDS = 1.0
_wanted = threading.Event()
_lock = threading.Lock()
_thread: threading.Thread | None = None


def nudge() -> None:
    """Returns at once."""
    global _thread
    _wanted.set()
    if _thread is None or not _thread.is_alive():
        with _lock:
            if _thread is None or not _thread.is_alive():  # a fork inherits the variable, not the thread
                _thread = threading.Thread(target=_deliver, name="push-nudge", daemon=True)
                _thread.start()


def _deliver() -> None:
    kept = line()
    while True:
        _wanted.wait()
        _wanted.clear()
        if not wake(TASK, kept):
            kept.collect()
            kept = line()
            _work_here()
        time.sleep(_PAUSE_SECONDS)


def _work_here() -> None:
    """Only what nobody has tried yet: whatever killed a worker must not kill the web server."""
    try:
        process.work(seconds=_HERE_SECONDS, only_fresh=True)
    except Exception as error:  # noqa: BLE001 - the thread must live; a worker's tick finds what is left
        logger.info("pushes wait for a worker: %s", type(error).__name__)
    finally:
        connection.close()
