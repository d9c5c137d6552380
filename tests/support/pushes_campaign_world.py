"""The world of the pushes' campaign: the portal's own web server, workers for pushes, and one that reads back."""

import os
from pathlib import Path

from smarthub_portal.run.services import WEB
from tests.support import campaign_world
from tests.support.campaign_world import PLAIN, Crew
from tests.support.sandbox import free_port

WORKER = "tests.support.pushes_campaign_worker"


class World(campaign_world.World):
    """`port`: where pushes go. CAMPAIGN_CONTROL in the environment: the web server has a safety switched off."""

    def __init__(self, folder: Path, *, sims: int, seed: int) -> None:
        super().__init__(folder, sims=sims, seed=seed)
        self.port = free_port()

    def crew(self) -> Crew:
        is_control = bool(os.environ.get("CAMPAIGN_CONTROL"))
        place = "tests.support.pushes_campaign_web" if is_control else "smarthub_portal.wsgi"
        return {
            "web": ("granian", *WEB, "--port", str(self.port), f"{place}:application"),
            "worker": (WORKER, "worker", "-n", "pushes@campaign", "-Q", "pushes", "-c", "2", *PLAIN),
            "mirror": (WORKER, "worker", "-n", "mirror@campaign", "-Q", "default", "-c", "1", *PLAIN),
        }
