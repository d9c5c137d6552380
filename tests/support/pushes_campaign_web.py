"""The portal's web with one safety switched off, as a test of the campaign: production code knows nothing of it."""

import os
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg

from smarthub_portal.wsgi import application

__all__ = ["application"]
_LATE_SECONDS = 0.1


def commit_after_the_answer() -> None:
    """200 as soon as the insert is done; the commit follows when it can."""
    from django.db import Error, transaction  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from notifications import nudge, reception  # noqa: PLC0415

    later = ThreadPoolExecutor(8)

    def take(letter: reception.Letter) -> int:
        answer: Future[int] = Future()

        def store() -> None:
            try:
                with transaction.atomic():
                    answer.set_result(reception._judge(letter, timezone.now()))
                    time.sleep(_LATE_SECONDS)
            except (Error, psycopg.Error):
                if not answer.done():
                    answer.set_result(503)
            nudge.nudge()

        later.submit(store)
        return answer.result()

    reception.take = take


def tell_none_apart() -> None:
    """Every delivery is a push of its own."""
    from notifications import bodies  # noqa: PLC0415

    bodies.digest_of = lambda _kind, _body: uuid.uuid4()


CONTROLS: dict[str, Callable[[], Any]] = {"commit": commit_after_the_answer, "twins": tell_none_apart}
if control := os.environ.get("CAMPAIGN_CONTROL"):
    CONTROLS[control]()
