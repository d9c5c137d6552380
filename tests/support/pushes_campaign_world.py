"""The world of the pushes' campaign: the portal's own web server, workers for pushes, and one that reads back."""

import time
from pathlib import Path

from smarthub_portal.run.services import WEB
from tests.support import campaign_world
from tests.support.campaign_world import PLAIN, Crew
from tests.support.push_poster import NONE, Poster
from tests.support.sandbox import free_port

WORKER = "tests.support.pushes_campaign_worker"


class World(campaign_world.World):
    """`port`: where pushes go; `web`: the module whose `application` is served."""

    def __init__(self, folder: Path, *, sims: int, seed: int, web: str = "smarthub_portal.wsgi") -> None:
        super().__init__(folder, sims=sims, seed=seed)
        self.port, self.web = free_port(), web

    def crew(self) -> Crew:
        return {
            "web": ("granian", *WEB, "--port", str(self.port), f"{self.web}:application"),
            "worker": (WORKER, "worker", "-n", "pushes@campaign", "-Q", "pushes", "-c", "2", *PLAIN),
            "mirror": (WORKER, "worker", "-n", "mirror@campaign", "-Q", "default", "-c", "1", *PLAIN),
        }

    def await_door(self) -> None:
        """Until the web server answers."""
        poster, until = Poster(self.port), time.monotonic() + 60
        while poster.post("/push/nobody/nothing", b"{}") == NONE:
            if time.monotonic() > until:
                raise TimeoutError("the web server did not get ready")
            time.sleep(0.1)
        poster.close()
