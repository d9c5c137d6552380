"""Wakes the workers from a thread of its own: an acknowledgement never waits for Redis.

However many pushes arrive while one message is on its way, the next message speaks for all of them. A lost one costs
a tick.
"""

import threading
import time

from mirror.wake import wake

TASK = "notifications.tick"
_PAUSE_SECONDS = 0.03
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
    while True:
        _wanted.wait()
        _wanted.clear()
        wake(TASK)
        time.sleep(_PAUSE_SECONDS)
