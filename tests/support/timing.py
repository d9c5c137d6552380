"""How quick something is, on a machine that others use too."""

import time
from collections.abc import Callable


def quickest(call: Callable[[], object], *, tries: int = 5, enough: float = 0.0) -> float:
    """Seconds of the quickest of some tries; no more are made once one took less than `enough`.

    What is slow by itself is slow every time; what only had to wait for a processor is quick once.
    """
    best = float("inf")
    for _ in range(tries):
        started = time.monotonic()
        call()
        best = min(best, time.monotonic() - started)
        if best < enough:
            break
    return best
