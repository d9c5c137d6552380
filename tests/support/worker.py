"""A worker to be killed: `python -m tests.support.worker RUN` works on one sync run until it ends.

`worker_of(run)` starts one on this test's database; it dies with the test.
"""

import os
import subprocess
import sys
import time

import django
from django.db import connection

from tests.support.sandbox import ROOT, die_with_parent


def worker_of(run_id: int) -> "subprocess.Popen[bytes]":
    settings = connection.settings_dict
    address = {"user": settings["USER"], "host": settings["HOST"], "port": settings["PORT"]}
    query = "&".join(f"{name}={value}" for name, value in address.items() if value)
    secret = f":{settings['PASSWORD']}@" if settings["PASSWORD"] else ""
    environment = {**os.environ, "DATABASE_URL": f"postgresql://{secret}/{settings['NAME']}?{query}"}
    command = [sys.executable, "-m", "tests.support.worker", str(run_id)]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, preexec_fn=die_with_parent, stdout=subprocess.DEVNULL
    )


def main(run_id: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarthub_portal.settings")
    django.setup()
    from django.utils import timezone  # noqa: PLC0415 - only now are there settings

    from mirror import runs  # noqa: PLC0415
    from mirror.models import SyncRun  # noqa: PLC0415

    while SyncRun.objects.open().filter(pk=run_id).exists():
        if held := runs.claim(run_id, timezone.now()):
            runs.work(held)
        time.sleep(0.05)


if __name__ == "__main__":
    main(int(sys.argv[1]))
