"""The small parts: back-off, ports, logs, locks, privileges, leftovers."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from smarthub_portal.run import leftovers, lock, logs, ports, privileges, process
from smarthub_portal.run.backoff import Backoff
from smarthub_portal.run.errors import StartError


def test_backoff_doubles_to_half_a_minute_and_forgives_after_a_minute():
    backoff = Backoff()
    assert [backoff.after(1) for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert backoff.after(60) == 0.5
    assert backoff.after(59) == 1


def test_a_taken_port_names_its_variable():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        with pytest.raises(StartError, match=f"^PORTAL_PORT={port}: the port is taken"):
            ports.require_free("PORTAL_PORT", port)


def test_a_remembered_port_is_kept_while_free(tmp_path):
    first = ports.remembered_port(tmp_path / "port")
    assert ports.remembered_port(tmp_path / "port") == first
    with socket.socket() as server:
        server.bind(("127.0.0.1", first))
        server.listen()
        second = ports.remembered_port(tmp_path / "port")
    assert second != first
    assert ports.remembered_port(tmp_path / "port") == second


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (json.dumps({"level": "warning", "event": "slow"}), True),
        (json.dumps({"level": "info", "event": "ERROR: only a word"}), False),
        ("{cut", False),
        ("2026-11-21 UTC [1] ERROR:  relation missing", True),
        ("2026-11-21 UTC [1] FATAL:  the database system is starting up", False),
        ("2026-11-21 UTC [1] LOG:  checkpoint complete", False),
        ("Traceback (most recent call last):", True),
    ],
)
def test_what_the_console_shows(line, expected):
    assert logs.is_telling(line) is expected


def test_a_followed_log_survives_rotation(tmp_path):
    path = tmp_path / "a.log"
    path.write_bytes(b"before\n")
    follower = logs.Follower("a", path)
    with path.open("ab", buffering=0) as writer:
        writer.write(b"one\ntw")
        assert follower.lines() == ["one"]
        writer.write(b"o\n")
        assert follower.lines() == ["two"]
        assert logs.rotate(path, largest=3)
        follower.offset, follower.rest = 0, b""
        writer.write(b"three\n")
        assert follower.lines() == ["three"]
    assert (tmp_path / "a.log.1").read_bytes() == b"before\none\ntwo\n"


def test_a_second_supervisor_is_told_the_first_ones_pid(tmp_path):
    with lock.acquire(tmp_path), pytest.raises(StartError, match=rf"process {os.getpid()}\)"):
        lock.acquire(tmp_path)


def test_the_folder_is_made_private(tmp_path):
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    lock.open_folder(folder)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match=r"PORTAL_DATA=.*cannot be used"):
        lock.open_folder(tmp_path / "file" / "var")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_another_users_folder_is_refused_by_name(tmp_path):
    os.chown(tmp_path, 65534, 65534)
    with pytest.raises(StartError, match="belongs to nobody"):
        lock.open_folder(tmp_path)


def test_root_drops_to_reading_and_in_docker_to_the_wider_capability():
    docker = "CapBnd:\t00000000a80425fb\n"
    full = "Name:\tx\nCapBnd:\t000001ffffffffff\n"
    assert "--ambient-caps=-all,+dac_read_search" in privileges.drop_prefix(65534, 65534, full)
    assert "--ambient-caps=-all,+dac_override" in privileges.drop_prefix(65534, 65534, docker)
    assert not [w for w in privileges.drop_prefix(1, 1, "CapBnd:\t0\n") if "caps" in w]


def test_a_dead_parent_takes_its_child_along(tmp_path):
    """PDEATHSIG, and a grandchild that ignored it is found by its marker."""
    code = (
        "import os, pathlib, sys\n"
        "from smarthub_portal.run.process import Spec, spawn\n"
        "child = spawn(Spec('x', ('sleep', '60'), pathlib.Path(sys.argv[1]), 'mark-of-this-test'))\n"
        "print(child.popen.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "log")]
    pid = int(subprocess.run(command, capture_output=True, text=True).stdout)
    deadline = time.monotonic() + 5
    while lock.started_at(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not lock.started_at(pid)


def test_leftovers_are_found_by_marker_and_ended(tmp_path):
    command = ("sh", "-c", "trap '' TERM; sleep 61 & wait")
    child = process.spawn(process.Spec("x", command, tmp_path / "log", "another-mark"))
    time.sleep(0.1)
    assert child.popen.pid in leftovers.find("another-mark")
    assert leftovers.end("another-mark", grace=0) == 2
    assert child.popen.wait(5) == -signal.SIGKILL
    assert leftovers.find("another-mark") == []


def test_stop_kills_what_will_not_go(tmp_path):
    spec = process.Spec(
        "x", ("sh", "-c", "trap '' TERM; echo deaf; sleep 62 & wait; wait"), tmp_path / "log", "third-mark"
    )
    child = process.spawn(spec)
    deadline = time.monotonic() + 5
    while "deaf" not in spec.log.read_text() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not process.stop(child, seconds=0.2)
    deadline = time.monotonic() + 5
    while leftovers.find("third-mark") and time.monotonic() < deadline:
        time.sleep(0.02)
    assert leftovers.find("third-mark") == []
