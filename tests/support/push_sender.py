"""The campaign's SmartHub: sends each push one to five times, late, shuffled, and again until it is acknowledged.

What was answered 200 stands in the letters themselves: that list is the oracle, and nobody else writes to it.
"""

import heapq
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from tests.support.push_letters import Letter, Sort
from tests.support.push_poster import NONE, Poster, signed

SPREAD = 2.0  # seconds by which copies are late, so that they overtake others
PAUSE = 0.2  # before a thread that got no answer goes on
FORGER_TRIES = 3  # a forger gives up when nobody answers


class Sender:
    """`paths`: address by kind. `change(giccid, values)`: what the platform is told before it pushes."""

    def __init__(
        self,
        letters: Sequence[Letter],
        *,
        rate: float,
        port: int,
        paths: Mapping[str, str],
        key: str,
        change: Callable[..., object],
        seed: int,
        threads: int = 12,
    ) -> None:
        self.letters, self.port, self.paths, self.key, self.change = letters, port, paths, key, change
        self.random = random.Random(seed)
        self.statuses: dict[int, int] = {}
        self.took: list[float] = []
        self.error: BaseException | None = None
        self.over = threading.Event()
        self._turn = threading.Condition()
        self._queue = self._plan(rate)
        self._at_work = 0
        self.deliveries = len(self._queue)
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(threads)]

    def _plan(self, rate: float) -> list[tuple[float, int, int]]:
        """(seconds from the start, a number that settles ties, letter)."""
        planned = [
            (number / rate + self.random.random() * SPREAD, self.random.getrandbits(40), number)
            for number, letter in enumerate(self.letters)
            for _copy in range(letter.copies)
        ]
        heapq.heapify(planned)
        return planned

    def start(self) -> None:
        self.began = time.monotonic()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self.over.set()
        with self._turn:
            self._turn.notify_all()
        for thread in self._threads:
            thread.join(10)

    @property
    def left(self) -> int:
        """Deliveries to come, as far as is known."""
        with self._turn:
            return len(self._queue) + self._at_work

    @property
    def sent(self) -> int:
        return sum(self.statuses.values())

    # --- each thread

    def _work(self) -> None:
        poster = self.poster()
        try:
            while (letter := self._next()) is not None:
                again = self._deliver(poster, letter)
                with self._turn:
                    self._at_work -= 1
                    if again:
                        later = time.monotonic() - self.began + self.random.uniform(1, 5)
                        heapq.heappush(self._queue, (later, self.random.getrandbits(40), again - 1))
        except BaseException as error:  # noqa: BLE001 - told to whoever waits for us
            self.error = error
        finally:
            poster.close()

    def poster(self) -> Poster:
        """One for each thread."""
        return Poster(self.port)

    def _next(self) -> tuple[int, Letter] | None:
        """The next one that is due; waits for it. None: it is over."""
        with self._turn:
            while not self.over.is_set():
                wait = self._queue[0][0] - (time.monotonic() - self.began) if self._queue else 0.2
                if wait <= 0:
                    number = heapq.heappop(self._queue)[2]
                    self._at_work += 1
                    return number, self.letters[number]
                self._turn.wait(min(wait, 0.2))
        return None

    def _deliver(self, poster: Poster, turn: tuple[int, Letter]) -> int:
        """One more than the letter's number if it is to be sent again, else 0."""
        number, letter = turn
        with letter.lock:
            if letter.change is not None:
                self.change(letter.giccid, **letter.change)
                letter.change = None
        key = f"{self.key}?" if letter.sort is Sort.FORGED else self.key
        begun = time.monotonic()
        status = poster.post(self.paths[letter.kind], signed(letter.body, key))
        if status == NONE:
            self.over.wait(PAUSE)
        with letter.lock:
            letter.tries += 1
            letter.acks += status == 200
        with self._turn:
            self.took.append(time.monotonic() - begun)
            self.statuses[status] = self.statuses.get(status, 0) + 1
        is_refused = status not in (200, 503, NONE)
        gives_up = letter.sort is Sort.FORGED and letter.tries >= FORGER_TRIES * letter.copies
        return 0 if status == 200 or is_refused or gives_up else number + 1
