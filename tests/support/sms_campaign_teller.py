"""The campaign's SmartHub tells what became of messages: in copies, shuffled, late, too early, or not at all; and some
tell lies. SIMs write, too.

Whatever the ledger shows is reported; which of the reports were acknowledged stands in the letters.
"""

import heapq
import random
import threading
import time
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from tests.support.push_letters import Letter, Sort
from tests.support.push_sender import Sender
from tests.support.sandbox import SandboxProcess

REPORT, FROM_SIM = "mt-sms-status", "mo-sms"
Effect = dict[str, Any]


def from_sims(count: int, giccids: Sequence[str], *, seed: int) -> list[Letter]:
    """What SIMs write; one in eight is forged."""
    chance = random.Random(seed)
    return [
        Letter(
            FROM_SIM,
            Sort.FORGED if chance.random() < 0.12 else Sort.PLAIN,
            {
                "smsMsgId": f"mo{number:08d}",
                "giccid": chance.choice(giccids),
                "messageText": f"STATUS {number}",
                "fromMsisdn": "46701234567",
                "toMsisdn": "1234",
                "createdTime": _now(),
            },
            copies=chance.randint(1, 4),
        )
        for number in range(count)
    ]


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def end_of(giccid: str, text: str) -> str:
    """What the sandbox decides when it accepts a message."""
    return "FAILED" if zlib.crc32(f"{giccid}\n{text}".encode()) % 100 < 3 else "DELIVERED"


class Teller(Sender):
    """`delay`: seconds from a message's acceptance to its end; `spread`: by how much reports are late.

    It looks into the ledger until it is stopped.
    """

    letters: list[Letter]

    def __init__(
        self, letters: list[Letter], sandbox: SandboxProcess, *, delay: float, spread: float = 6, **more: Any
    ) -> None:
        super().__init__(letters, change=lambda *_all: None, **more)
        self.sandbox, self.delay, self.spread, self.seen = sandbox, delay, spread, 0
        self.chance = random.Random(1)
        self.reports: dict[str, list[Letter]] = {}
        self.lost = self.lies = 0
        self._reader = threading.Thread(target=self._read, daemon=True)

    def start(self) -> None:
        super().start()
        self._reader.start()

    def stop(self) -> None:
        self.over.set()
        self._reader.join(20)
        super().stop()

    def _read(self) -> None:
        while not self.over.wait(0.5):
            try:
                self.take_in(self.sandbox.ledger(after=self.seen))
            except OSError:
                continue  # a busy sandbox: later

    def take_in(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            self.seen = effect["seq"]
            if effect["operation"] == "send_sms":
                self._about(effect)

    def _about(self, effect: Effect) -> None:
        chance, own = self.chance, effect["detail"]
        end = end_of(effect["giccid"], own["messageText"])
        other = "FAILED" if end == "DELIVERED" else "DELIVERED"
        if chance.random() < 0.15:
            self._tell(effect, "PENDING", Sort.PLAIN, [0.0])
        if chance.random() < 0.12:
            self.lies += 1
            self._tell(effect, other, Sort.LIE, self._delays(2))
        if chance.random() < 0.04:
            self._tell(effect, other, Sort.FORGED, self._delays(1))
        if chance.random() < 0.04:
            self._tell(
                effect | {"detail": {"smsMsgId": f"{chance.getrandbits(128):032x}"}}, end, Sort.LIE, [0.5]
            )
        if chance.random() < 0.12:
            self.lost += 1
            return
        late = chance.uniform(2.5, 5) * self.spread if chance.random() < 0.06 else 0.0
        true = self._tell(effect, end, Sort.TRUTH, [late + d for d in self._delays(chance.randint(1, 4))])
        self.reports.setdefault(own["smsMsgId"], []).append(true)

    def _delays(self, copies: int) -> list[float]:
        return [self.delay + self.chance.random() * self.spread for _copy in range(copies)]

    def _tell(self, effect: Effect, status: str, sort: Sort, delays: list[float]) -> Letter:
        body = {
            "smsMsgId": effect["detail"]["smsMsgId"],
            "giccid": effect["giccid"],
            "status": status,
            "updatedTime": _now(),
        }
        letter = Letter(REPORT, sort, body, copies=len(delays))
        self.add(letter, delays)
        return letter

    def add(self, letter: Letter, delays: Sequence[float]) -> None:
        """One more letter, each copy so many seconds from now."""
        with self._turn:
            self.letters.append(letter)
            now, number = time.monotonic() - self.began, len(self.letters) - 1
            for delay in delays:
                heapq.heappush(self._queue, (now + delay, self.random.getrandbits(40), number))
            self.deliveries += len(delays)
            self._turn.notify_all()
