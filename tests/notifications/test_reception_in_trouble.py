"""The door with a database in trouble, with crowds, and with a process that dies: 200 always means "on disk".

Aims at: no time limits, the answer given before the commit.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import psycopg
import pytest
from django.db import connection

from enterprise.models import Enterprise
from notifications import reception
from notifications.models import Push, Refusal
from tests.notifications.sender import path_of, post, push, signed, take
from tests.support.committed import at_once
from tests.support.sandbox import ROOT, die_with_parent
from tests.support.timing import quickest

pytestmark = pytest.mark.servers


def database_url() -> str:
    settings = connection.settings_dict
    address = {"user": settings["USER"], "host": settings["HOST"], "port": settings["PORT"]}
    query = "&".join(f"{name}={value}" for name, value in address.items() if value)
    secret = f":{settings['PASSWORD']}@" if settings["PASSWORD"] else ""
    return f"postgresql://{secret}/{settings['NAME']}?{query}"


@pytest.mark.parametrize("table", ["notifications_push", "notifications_pushaddress"])
def test_a_locked_table_is_a_503_within_a_second(table: str, committed: Enterprise) -> None:
    path = path_of(committed)
    with psycopg.connect(database_url()) as other:
        other.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        response = post(path, signed({"giccid": "1"}))
        took = quickest(lambda: post(path, signed({"giccid": "1"})), enough=1.0)
        other.rollback()
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert took < 1.0
    assert not committed.pushes.exists()
    assert post(path, signed({"giccid": "1"})).status_code == 200
    assert committed.pushes.get().times == 1


def test_a_locked_row_is_a_503_and_not_a_lost_repeat(committed: Enterprise) -> None:
    assert push(committed, giccid="1").status_code == 200
    with psycopg.connect(database_url()) as other:
        other.execute("SELECT 1 FROM notifications_push WHERE enterprise_id = %s FOR UPDATE", [committed.pk])
        assert push(committed, giccid="1").status_code == 503
        assert push(committed, giccid="2").status_code == 200  # nobody else waits for it
        other.rollback()
    assert push(committed, giccid="1").status_code == 200
    assert sorted(committed.pushes.values_list("times", flat=True)) == [1, 2]


def test_a_database_that_is_away_is_a_503(committed: Enterprise, monkeypatch: pytest.MonkeyPatch) -> None:
    path, body = path_of(committed), json.dumps(signed({})).encode()

    def gone(*_args: object) -> None:
        raise psycopg.OperationalError("the server closed the connection unexpectedly")

    monkeypatch.setattr(reception, "_reach_database", gone)
    assert take(path, body) == 503


def test_the_same_push_five_times_at_once_is_one_row(committed: Enterprise) -> None:
    path, body = path_of(committed), json.dumps(signed({"giccid": "1"})).encode()
    assert at_once(*[lambda: take(path, body)] * 5) == [200] * 5
    assert committed.pushes.get().times == 5


def test_refusals_counted_at_once_are_all_counted(committed: Enterprise) -> None:
    path, body = path_of(committed), b"[]"
    assert at_once(*[lambda: take(path, body)] * 8) == [400] * 8
    assert sum(row.times for row in Refusal.objects.filter(enterprise=committed)) == 8


# Answers, and dies with the answer on its lips. "late": as if the commit came after the answer.
DOOR = """
import os, sys
import django
django.setup()
from django.db import transaction
from tests.notifications.sender import take
path, body, is_late = sys.argv[1], sys.argv[2].encode(), sys.argv[3] == "late"
def answer():
    status = take(path, body)
    os.write(1, str(status).encode())
    os.kill(os.getpid(), 9)
if is_late:
    with transaction.atomic():
        answer()
answer()
"""


@pytest.mark.parametrize(("when", "rows"), [("now", 1), ("late", 0)])
def test_what_was_acknowledged_survives_a_killed_process(when: str, rows: int, committed: Enterprise) -> None:
    """The control: the same killed before the commit leaves nothing, so the kill does come early enough."""
    arguments = [path_of(committed), json.dumps(signed({"giccid": "1"})), when]
    done = subprocess.run(
        [sys.executable, "-c", DOOR, *arguments],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "smarthub_portal.settings",
        },
        preexec_fn=die_with_parent,
        stdout=subprocess.PIPE,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, b"200")
    assert committed.pushes.count() == rows


def test_the_answer_does_not_wait_for_the_wake_up(
    committed: Enterprise, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis may hang for ever: whoever delivers wake-ups waits, the pushes don't."""
    release, woken, over = threading.Event(), threading.Event(), threading.Event()

    def hang(_task: str, _line: object) -> bool:
        woken.set()
        release.wait(120)
        over.set()
        return True

    monkeypatch.setattr("notifications.nudge.wake", hang)
    try:
        assert push(committed, giccid="1").status_code == 200
        assert woken.wait(30)
        assert [push(committed, giccid=str(n)).status_code for n in range(2, 12)] == [200] * 10
        assert not over.is_set()
    finally:
        release.set()
    assert Push.objects.filter(enterprise=committed).count() == 11


def test_while_nobody_can_be_woken_the_web_server_does_the_work(
    committed: Enterprise, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for what was tried before: whatever killed a worker must not kill the web server."""
    monkeypatch.setattr("notifications.nudge.wake", lambda _task, _line: False)
    assert push(committed, giccid="1").status_code == 200
    await_done(committed, 1)
    with monkeypatch.context() as asleep:
        asleep.setattr(reception.nudge, "nudge", lambda: None)
        assert push(committed, giccid="2").status_code == 200
    Push.objects.filter(enterprise=committed, state="new").update(attempts=1)
    assert push(committed, giccid="3").status_code == 200
    await_done(committed, 2)
    assert Push.objects.filter(enterprise=committed, state="new", attempts=1).count() == 1


def await_done(enterprise: Enterprise, count: int) -> None:
    until = time.monotonic() + 60
    while Push.objects.filter(enterprise=enterprise, state="done").count() < count:
        assert time.monotonic() < until, "nobody took them up"
        time.sleep(0.02)
