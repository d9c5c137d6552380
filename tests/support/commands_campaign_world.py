"""The world of the commands' campaign: workers for changes, and one for what is read."""

from pathlib import Path

from tests.support import campaign_world
from tests.support.campaign_world import PLAIN, Crew


class World(campaign_world.World):
    """`workers`: how many work on commands; `has_mirror`: whether read-backs and sweeps go on, too."""

    def __init__(self, folder: Path, *, sims: int, workers: int, has_mirror: bool, seed: int) -> None:
        super().__init__(folder, sims=sims, seed=seed)
        self.workers_wanted, self.has_mirror = workers, has_mirror

    def crew(self) -> Crew:
        wanted = {
            f"worker-{n}": self._words(f"worker-{n}", "commands", 2) for n in range(self.workers_wanted)
        }
        return wanted | ({"mirror": self._words("mirror", "default", 1)} if self.has_mirror else {})

    @staticmethod
    def _words(name: str, queue: str, size: int) -> tuple[str, ...]:
        module, address = "tests.support.commands_campaign_worker", f"{name}@campaign"
        return (module, "worker", "-n", address, "-Q", queue, "-c", str(size), *PLAIN)
