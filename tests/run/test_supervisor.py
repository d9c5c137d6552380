"""The real supervisor under real kills.

One test with many steps: they share a portal that takes ten seconds of two cores to start, and pytest-xdist would hand
separate tests to both workers, each with a portal of its own.
"""

import os
import signal
import socket
import stat
import subprocess
import sys

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from smarthub_portal.run import runenv
from tests.run.portal import ROOT, Portal, until

pytestmark = pytest.mark.servers
PROMISED_STOP = 15.0
PATIENCE = 120.0
"""For what is promised, but not in how many seconds: the machine may be busy."""


def test_one_portal_through_a_hard_life(tmp_path):
    portal = Portal(tmp_path / "a folder")  # a blank in the path is everyday life
    try:
        portal.start()
        portal.wait_ready()
        it_tells_what_a_person_needs(portal)
        the_data_folder_and_every_secret_are_private(portal)
        a_second_terminal_just_works(portal)
        a_second_run_of_the_folder_is_refused_with_the_pid(portal)
        for name in ("valkey", "postgres", "worker", "worker-commands", "beat", "web"):
            a_killed_child_is_back_soon(portal, name)
        two_copies_run_side_by_side_one_on_servers_of_its_own(portal, tmp_path / "other")
        a_killed_supervisor_leaves_nothing_and_the_next_start_needs_no_hand(portal)
        a_start_right_after_a_kill_waits_for_the_old_run_to_end(portal)
        sigterm_stops_all_and_commands_then_say_what_to_do(portal)
    finally:
        portal.clean_up()


def it_tells_what_a_person_needs(portal):
    password = (portal.data / "secrets" / "PORTAL_DEMO_PASSWORD").read_text().strip()
    for text in (
        f":{portal.port}/",
        f":{portal.sandbox_port}/v1",
        "admin, approver, operator, viewer",
        password,
    ):
        assert text in portal.said()
    until(portal.is_ready, PATIENCE, "/readyz 200")


def the_data_folder_and_every_secret_are_private(portal):
    assert stat.S_IMODE(portal.data.stat().st_mode) == 0o700
    assert stat.S_IMODE((portal.data / "run.env").stat().st_mode) == 0o600
    kept = [
        *(portal.data / "secrets").iterdir(),
        *portal.data.glob("*/*password"),
        *portal.data.glob("*/*.conf"),
    ]
    assert len(kept) >= 6 + 3 + 1
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}


def a_second_terminal_just_works(portal):
    command = [sys.executable, "manage.py", "check", "--database", "default"]
    run = subprocess.run(command, cwd=ROOT, env=portal.env, capture_output=True, text=True, timeout=PATIENCE)
    assert run.returncode == 0, run.stderr


def a_second_run_of_the_folder_is_refused_with_the_pid(portal):
    again = Portal(portal.data)
    again.output = portal.data.with_suffix(".again")
    again.start()
    assert again.wait_end() == 1
    assert again.said().strip() == (
        f"Error: A portal with PORTAL_DATA={portal.data} is running already (process {portal.child.popen.pid})."
    )
    until(portal.is_ready, PATIENCE, "/readyz 200")


@pytest.mark.parametrize("name", ["PORTAL_PORT", "SANDBOX_PORT"])
def test_a_taken_port_is_named_and_nothing_is_started(name, tmp_path):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = str(server.getsockname()[1])
        other = Portal(tmp_path / "var", **{name: port})
        other.start()
        assert other.wait_end() == 1
    assert other.said().startswith(f"Error: {name}={port}: the port is taken")
    assert len(other.said().splitlines()) == 1
    assert other.processes() == []


def a_killed_child_is_back_soon(portal, name):
    victim = portal.pid_of(name)
    assert victim
    os.kill(victim, signal.SIGKILL)
    until(lambda: portal.pid_of(name) not in {0, victim}, PATIENCE, f"a new {name}")
    until(portal.is_ready, PATIENCE, "/readyz 200")
    assert f"{name} ended (killed by SIGKILL); starting it again" in portal.said()


def a_killed_supervisor_leaves_nothing_and_the_next_start_needs_no_hand(portal):
    assert len(portal.processes()) > 10
    portal.kill()
    until(lambda: not portal.processes(), PROMISED_STOP, "all processes gone")
    until(lambda: not (portal.data / "run.env").exists(), PATIENCE, "run.env gone")
    portal.start()
    portal.wait_ready()
    until(portal.is_ready, PATIENCE, "/readyz 200")


def a_start_right_after_a_kill_waits_for_the_old_run_to_end(portal):
    portal.kill()
    portal.start()
    portal.wait_ready()
    until(portal.is_ready, PATIENCE, "/readyz 200")


def two_copies_run_side_by_side_one_on_servers_of_its_own(portal, data):
    """The second: external PostgreSQL (the database is made for it) and Redis, no demo."""
    url = make_conninfo(os.environ["DATABASE_URL"], dbname="run_side_by_side")
    parts = psycopg.conninfo.conninfo_to_dict(url)
    own = f"postgresql://{parts['user']}:{parts['password']}@{parts['host']}:{parts['port']}/run_side_by_side"
    redis_url = os.environ["REDIS_URL"].rpartition("/")[0] + "/60"
    other = Portal(data, PORTAL_DEMO="0", DATABASE_URL=own, REDIS_URL=redis_url)
    try:
        other.start()
        other.wait_ready()
        until(other.is_ready, PATIENCE, "the second copy's /readyz 200")
        until(portal.is_ready, PATIENCE, "the first copy's /readyz 200")
        assert not (other.data / "postgres").exists()
        assert not (other.data / "valkey").exists()
        assert "Sandbox" not in other.said()
        os.kill(other.child.popen.pid, signal.SIGINT)  # Ctrl-C
        assert other.wait_end() == 0
        assert other.processes() == []
    finally:
        other.clean_up()
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as link:
            link.execute("DROP DATABASE IF EXISTS run_side_by_side WITH (FORCE)")


def sigterm_stops_all_and_commands_then_say_what_to_do(portal):
    os.kill(portal.child.popen.pid, signal.SIGTERM)
    assert portal.wait_end() == 0
    assert portal.processes() == []
    assert not runenv.path_of(portal.data).exists()
    assert "database system is shut down" in (portal.data / "logs" / "postgres.log").read_text()[-400:]
    command = [sys.executable, "manage.py", "check"]
    run = subprocess.run(command, cwd=ROOT, env=portal.env, capture_output=True, text=True, timeout=PATIENCE)
    assert run.returncode == 1
    assert run.stderr == "No database: start the portal with `make run` first, or set DATABASE_URL.\n"
