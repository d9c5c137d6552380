"""Workers that die one after the other, each at the step it is told: for a slice of the campaign that takes seconds.

`python -m tests.support.sms_campaign_nursery STEP…` imports the portal once and forks a worker for each step, in order;
the last one lives on. Without a broker: the same functions as the tasks, one after the other.
"""

import os
import sys
import time
from pathlib import Path

import django

from tests.support.sandbox import die_with_parent

LOG, LEASE = "steps.log", 2.0


def main(steps: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarthub_portal.settings")
    django.setup()
    for step in [*steps, ""]:
        child = os.fork()
        if not child:
            die_with_parent()
            work(step)
        os.waitpid(child, 0)


def work(step: str) -> None:
    """Until it dies at this step."""
    from tests.support import sms_campaign_steps  # noqa: PLC0415

    sms_campaign_steps.quicken(LEASE)
    log = Path(os.environ["CAMPAIGN_FOLDER"]) / LOG
    sms_campaign_steps.install(lambda reached: reached == step, log)
    while True:
        turn()
        time.sleep(0.05)


def turn() -> None:
    """What beat and the queues would have called in a second."""
    from django.utils import timezone  # noqa: PLC0415

    from commands import claims, execute, running, settle, wanted  # noqa: PLC0415
    from messaging import reports  # noqa: PLC0415
    from notifications import message_reads, process  # noqa: PLC0415

    claims.recover(timezone.now())
    for uid in wanted.due_plans(timezone.now()):
        running.advance(uid, timezone.now())
    for task, enterprise_id in wanted.due_work(timezone.now()):
        if task == "dispatch":
            execute.dispatch(enterprise_id, seconds=0.5)
        elif task == "settle":
            settle.settle(enterprise_id, seconds=0.5)
    process.work(seconds=0.5)
    for enterprise_id in reports.wanting(timezone.now()):
        reports.work(enterprise_id, seconds=0.5)
    message_reads.work(timezone.now())


if __name__ == "__main__":
    main(sys.argv[1:])
