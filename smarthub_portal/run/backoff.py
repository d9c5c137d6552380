"""How long to wait before a crashed child is started again."""

from dataclasses import dataclass

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 30.0
STEADY_SECONDS = 60.0


@dataclass
class Backoff:
    """0.5 s, doubling to 30 s; a life of 60 s earns a fresh start."""

    next_seconds: float = FIRST_SECONDS

    def after(self, life_seconds: float) -> float:
        """Return the pause after a life of that length."""
        if life_seconds >= STEADY_SECONDS:
            self.next_seconds = FIRST_SECONDS
        pause = self.next_seconds
        self.next_seconds = min(pause * 2, LONGEST_SECONDS)
        return pause
