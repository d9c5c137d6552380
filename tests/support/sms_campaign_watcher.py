"""Looks at every message twice a second, as the page of a conversation does, and writes down what it would show.

A process of its own: `python -m tests.support.sms_campaign_watcher`. Lines of `shown.log`: `["poll", begun, ended]`, or
`[message, state, ended]` for what is shown otherwise than before. Seconds since the epoch; no line while the database
is away.
"""

import json
import os
import time
from pathlib import Path

import django

EVERY = 0.5
LOG = "shown.log"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarthub_portal.settings")
    django.setup()
    with (Path(os.environ["PORTAL_DATA"]) / LOG).open("a", buffering=1) as log:
        watch(log.write)


def watch(write: object, until: object = None) -> None:
    """`write`: takes a line; `until`: ends it when it returns true."""
    from django.db import DatabaseError, InterfaceError, connection  # noqa: PLC0415 - only now are there settings

    from messaging.models import Message  # noqa: PLC0415

    assert callable(write)
    shown: dict[int, str] = {}
    while until is None or not (callable(until) and until()):
        begun = time.time()
        try:
            rows = list(Message.objects.filter(direction="mt").shown().values_list("pk", "shown_state"))
        except (DatabaseError, InterfaceError):
            connection.close()
            time.sleep(EVERY)
            continue
        ended = time.time()
        news = [(pk, state) for pk, state in rows if shown.get(pk) != state]
        shown.update(news)
        write(json.dumps(["poll", begun, ended]) + "\n")
        for pk, state in news:
            write(json.dumps([pk, state, ended]) + "\n")
        time.sleep(max(0.0, EVERY - (time.time() - begun)))


if __name__ == "__main__":
    main()
