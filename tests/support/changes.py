"""A worker that only carries out changes, without a broker: `with changes.worker(url):` runs one on that database.

The same functions as the Celery tasks of `commands.tasks`, one after another; it dies with the test.
"""

import os
import subprocess
import time
from contextlib import AbstractContextManager

import django

from tests.support.own_worker import running


def worker(database_url: str) -> AbstractContextManager["subprocess.Popen[bytes]"]:
    return running("tests.support.changes", database_url)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarthub_portal.settings")
    django.setup()
    from django.utils import timezone  # noqa: PLC0415 - only now are there settings

    from commands import claims, execute, job_polls, running, settle, wanted  # noqa: PLC0415

    work = {"dispatch": execute.dispatch, "settle": settle.settle, "poll": job_polls.poll}
    while True:
        now = timezone.now()
        claims.recover(now)
        for uid in wanted.due_plans(now):
            running.advance(uid, now)
        for name, enterprise_id in wanted.due_work(now):
            work[name](enterprise_id, seconds=1.0)
        time.sleep(0.1)


if __name__ == "__main__":
    main()
