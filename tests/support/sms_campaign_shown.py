"""What the watcher saw, and how long it took until a message did not say "sending" any more."""

import bisect
import json
from collections import defaultdict
from collections.abc import Iterable

_OPEN = ("queued", "sending")
_USUAL, _LATE = (
    0.5,
    1.0,
)  # seconds between two looks: as it should be, and when the database or the machine was away


class Shown:
    """Made of the watcher's lines."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.polls: list[tuple[float, float]] = []
        self.seen: defaultdict[int, list[tuple[float, str]]] = defaultdict(list)
        for line in lines:
            try:
                told = json.loads(line)
            except ValueError:
                continue  # its writer was killed in the middle of a line
            if told[0] == "poll":
                self.polls.append((told[1], told[2]))
            else:
                self.seen[told[0]].append((told[2], told[1]))
        self.polls.sort()
        self._ends = [ended for _begun, ended in self.polls]

    def seconds(self, message: int, sent_at: float) -> tuple[float, str]:
        """From then to the first look that showed an outcome, or that it is unknown; and what it showed.

        Without the time during which nobody could look; infinite if no look ever showed it.
        """
        state = next((was for when, was in reversed(self.seen[message]) if when <= sent_at), "queued")
        began = sent_at
        for when, became in [(sent_at, state), *(item for item in self.seen[message] if item[0] > sent_at)]:
            if became == "queued":  # the commit came later than the trigger's clock says
                began = max(began, self._last_look_of(message, when))
            elif became not in _OPEN:
                return max(0.0, when - began - self._away(began, when)), became
        return float("inf"), state

    def _last_look_of(self, message: int, since: float) -> float:
        """The last look before the message was shown otherwise than since then."""
        change = next((when for when, _state in self.seen[message] if when > since), float("inf"))
        place = bisect.bisect_left(self._ends, change) - 1
        return self.polls[place][0] if place >= 0 else since

    def _away(self, since: float, until: float) -> float:
        """Seconds of [since, until] that lie in gaps between looks, longer than the machine explains."""
        lost = 0.0
        first = max(1, bisect.bisect_left(self._ends, since))
        for place in range(first, len(self.polls)):
            before, after = self._ends[place - 1] + _USUAL, self._ends[place]
            if before >= until:
                break
            if after - before > _LATE - _USUAL:
                lost += max(0.0, min(after, until) - max(before, since))
        return lost
