"""The platform's rate limit: so many requests per window, for the one key (doc).

Counted in memory: a restarted platform forgives, as a real one does when its counter is lost.
"""

import math
import threading
import time
from dataclasses import dataclass, field

from . import knobs


@dataclass
class Limiter:
    """A fixed window that begins with its first request."""

    used: int = 0
    ends_at: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> tuple[bool, dict[str, str]]:
        """Count a request. Whether it is allowed, and the X-RateLimit headers of its answer."""
        with self.lock:
            now = time.time()
            if now >= self.ends_at:
                self.used, self.ends_at = 0, now + knobs.current.window_s
            is_allowed = self.used < knobs.current.rate_limit
            self.used += is_allowed
            return is_allowed, self._headers(now)

    def restart(self) -> None:
        """Begin a new window with the next request."""
        with self.lock:
            self.ends_at = 0.0

    def _headers(self, now: float) -> dict[str, str]:
        reset = self.ends_at if knobs.current.reset_style == "epoch" else self.ends_at - now
        return {
            "X-RateLimit-Limit": str(knobs.current.rate_limit),
            "X-RateLimit-Remaining": str(knobs.current.rate_limit - self.used),
            "X-RateLimit-Reset": str(math.ceil(reset)),
        }


limiter = Limiter()
