"""A worker that only takes up pushes and reads SIMs back, without a broker: `with pushed.worker(url):` runs one.

The same functions as the Celery tasks, at least as often as beat would call them; it dies with the test.
"""

import os
import subprocess
import time
from contextlib import AbstractContextManager

import django

from tests.support.own_worker import running


def worker(database_url: str) -> AbstractContextManager["subprocess.Popen[bytes]"]:
    return running("tests.support.pushed", database_url)


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
