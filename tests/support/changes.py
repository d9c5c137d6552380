"""A worker that only carries out changes, without a broker: `with changes.worker(url):` runs one on that database.

The same functions as the Celery tasks of `commands.tasks`, one after another; it dies with the test.
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
    command = [sys.executable, "-m", "tests.support.changes"]
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
