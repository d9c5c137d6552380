"""A worker that sends messages, takes up pushes and asks what became of messages: `with texting.worker(url):` runs one.

The same functions as the Celery tasks, at least as often as beat would call them; it dies with the test.
"""

import os
import subprocess
import time
from contextlib import AbstractContextManager

import django

from tests.support.own_worker import running


def worker(database_url: str) -> AbstractContextManager["subprocess.Popen[bytes]"]:
    return running("tests.support.texting", database_url)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarthub_portal.settings")
    django.setup()
    from django.utils import timezone  # noqa: PLC0415 - only now are there settings

    from commands import execute, running, wanted  # noqa: PLC0415
    from messaging import reports  # noqa: PLC0415
    from notifications import process  # noqa: PLC0415

    while True:
        now = timezone.now()
        for uid in wanted.due_plans(now):
            running.advance(uid, now)
        for name, enterprise_id in wanted.due_work(now):
            if name == "dispatch":
                execute.dispatch(enterprise_id, seconds=1.0)
        process.work(seconds=1.0)
        for enterprise_id in reports.wanting(timezone.now()):
            reports.work(enterprise_id, seconds=1.0)
        time.sleep(0.1)


if __name__ == "__main__":
    main()
