"""A worker that only takes up pushes and reads SIMs back, without a broker: `with pushed.worker(url):` runs one.

The same functions as the Celery tasks, at least as often as beat would call them; it dies with the test.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import django

from tests.support.sandbox import ROOT, die_with_parent


@contextmanager
def worker(database_url: str) -> Iterator["subprocess.Popen[bytes]"]:
    environment = {**os.environ, "DATABASE_URL": database_url}
    command = [sys.executable, "-m", "tests.support.pushed"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, preexec_fn=die_with_parent)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarthub_portal.settings")
    django.setup()
    from django.utils import timezone  # noqa: PLC0415 - only now are there settings

    from mirror import runs  # noqa: PLC0415
    from mirror.models import SyncRun  # noqa: PLC0415
    from notifications import process  # noqa: PLC0415
    from sims import readback  # noqa: PLC0415

    while True:
        process.work(seconds=1.0)
        now = timezone.now()
        own = SyncRun.objects.filter(job=readback.JOB_NAME)
        busy = set(own.open().values_list("enterprise_id", flat=True))
        for due in readback.due(now):
            if due.enterprise_id not in busy:
                own.create(enterprise_id=due.enterprise_id, job=readback.JOB_NAME, slot=due.slot)
        for pk in own.claimable(timezone.now()).values_list("pk", flat=True):
            if run := runs.claim(pk, timezone.now()):
                readback.advance(run)
        time.sleep(0.1)


if __name__ == "__main__":
    main()
