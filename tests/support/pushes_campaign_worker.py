"""A Celery worker to be killed: `python -m tests.support.pushes_campaign_worker worker -Q pushes …`.

CAMPAIGN_LEASE: seconds a row is held. CAMPAIGN_WIDEST: seconds between two moments of reading at most, since no sweep
comes to answer what waits: of all jobs only reading back runs, so that pushes alone keep the mirror fresh.
"""

import os
import sys
from datetime import timedelta

import django

from tests.support.sandbox import die_with_parent


def main(words: list[str]) -> None:
    django.setup()
    from celery.signals import worker_process_init  # noqa: PLC0415

    from mirror import jobs, runs  # noqa: PLC0415
    from notifications import claims, pace  # noqa: PLC0415
    from sims import readback  # noqa: PLC0415
    from smarthub_portal.celery import app  # noqa: PLC0415

    worker_process_init.connect(lambda **_more: die_with_parent(), weak=False)
    claims.LEASE = runs.LEASE = timedelta(seconds=float(os.environ["CAMPAIGN_LEASE"]))
    pace.widest = lambda _sweep_minutes: int(os.environ["CAMPAIGN_WIDEST"])
    jobs._JOBS.clear()
    jobs.register(readback.JOB)
    app.worker_main(words)


if __name__ == "__main__":
    main(sys.argv[1:])
