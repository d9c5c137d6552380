"""A Celery worker to be killed: `python -m tests.support.sms_campaign_worker worker -Q commands …`.

CAMPAIGN_STEPS: how likely it is killed at each step of a message. CAMPAIGN_DAWDLE: this share of its readings of
reports sleeps until others took over. CAMPAIGN_CONTROL switches one safety off in this process, as a test of the test.
"""

import os
import random
import sys
from pathlib import Path

import django

from tests.support.sandbox import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarthub_portal.settings")
LOG = "steps.log"
LEASE = 4.0
# Pushes are processed hundreds at a time, and a worker that only ever dies gets nowhere.
_SELDOM = {"before the claim": 0.3, "pushes processed, before the commit": 0.5}


def main(words: list[str]) -> None:
    django.setup()
    from celery.signals import worker_process_init  # noqa: PLC0415

    from mirror import jobs  # noqa: PLC0415
    from sims import readback  # noqa: PLC0415
    from smarthub_portal.celery import app  # noqa: PLC0415
    from tests.support import sms_campaign_steps as steps  # noqa: PLC0415

    worker_process_init.connect(lambda **_more: (random.seed(), die_with_parent()), weak=False)
    share, control = float(os.environ.get("CAMPAIGN_STEPS", "0")), os.environ.get("CAMPAIGN_CONTROL", "")
    log = Path(os.environ["PORTAL_DATA"]) / LOG
    steps.quicken(LEASE)
    jobs._JOBS.clear()  # sweeps have campaigns of their own
    jobs.register(readback.JOB)
    if control in ("claims", "backward"):  # what follows is to go through it
        steps.CONTROLS[control]()
    steps.install(lambda step: random.random() < share * _SELDOM.get(step, 1), log)
    steps.dawdle(float(os.environ.get("CAMPAIGN_DAWDLE", "0")), LEASE)
    if control in ("again", "late"):
        steps.CONTROLS[control]()
    app.worker_main(words)


if __name__ == "__main__":
    main(sys.argv[1:])
