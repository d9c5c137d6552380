"""The world of the messages' campaign: web server, workers that send, one for pushes, one for slow work, a watcher."""

from pathlib import Path

from smarthub_portal.run.services import WEB
from tests.support.campaign_world import PLAIN, Crew
from tests.support.pushes_campaign_world import World as PushesWorld

WORKER = "tests.support.sms_campaign_worker"
WATCHER = "tests.support.sms_campaign_watcher"


class World(PushesWorld):
    """`workers`: how many send and read reports."""

    def __init__(self, folder: Path, *, sims: int, workers: int, seed: int) -> None:
        super().__init__(folder, sims=sims, seed=seed)
        self.workers_wanted = workers

    def crew(self) -> Crew:
        senders = {
            f"worker-{n}": self._words(f"worker-{n}", "commands", 2) for n in range(self.workers_wanted)
        }
        return senders | {
            "web": ("granian", *WEB, "--port", str(self.port), f"{self.web}:application"),
            "pushes": self._words("pushes", "pushes", 1),
            "default": self._words("default", "default", 1),
            "watcher": (WATCHER,),
        }

    @staticmethod
    def _words(name: str, queue: str, size: int) -> tuple[str, ...]:
        return (WORKER, "worker", "-n", f"{name}@campaign", "-Q", queue, "-c", str(size), *PLAIN)
